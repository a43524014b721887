"""`hapi-like` and the real HAPI are asked the same, and answer alike: status, headers, outcome, and what is there then.

Where they differ on purpose the list says why, and the difference is looked for too: once it is gone, so must the
reason be. Where this looks at nothing on either side: ids, times, and the words of an error.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from fhir_profiles import terminology
from integration.sandbox import character_file, fault_schedule
from integration.sandbox.character import Character
from integration.sandbox.faulty_proxy import FaultyProxy
from integration.sandbox.real_server import RealServer
from integration.sandbox.testing import PretendHospital
from tests.likeness import bundles, documents, faulty_lines, races, racing, searches, single_requests
from tests.likeness.faulty_lines import FaultyLine
from tests.likeness.playing import Visit
from tests.likeness.races import Race
from tests.likeness.scenario import Scenario, patient, put, send

SCENARIOS = (*single_requests.ALL, *documents.ALL, *bundles.ALL, *searches.ALL)
SEEDS = 200
ROUNDS = 8

Open = Callable[..., PretendHospital]
HapiOf = Callable[[bool], str]


@pytest.fixture
def word() -> str:
    """A word of its own: the real HAPI is shared with all other tests."""
    return f"w{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=60) as opened:
        yield opened


@pytest.fixture
def hapi_url(request: pytest.FixtureRequest) -> HapiOf:
    def of(client_ids: bool) -> str:
        server: RealServer = request.getfixturevalue("hapi_server" if client_ids else "hapi_without_client_ids")
        return server.url

    return of


def hapi_like(*, client_ids: bool = True) -> Character:
    character = character_file.load("hapi-like")
    return character.model_copy(update={"conditions": replace(character.conditions, update_create=client_ids)})


def visit_of(there: PretendHospital, word: str) -> Visit:
    return Visit(there.client, there.url, word)


@pytest.mark.java
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_both_answer_alike_but_where_the_list_says_why_not(
    scenario: Scenario, word: str, client: httpx.Client, hapi_url: HapiOf, hospital: Open
) -> None:
    there = hospital(hapi_like(client_ids=scenario.client_ids))

    real = Visit(client, hapi_url(scenario.client_ids), word).play(scenario)
    like = visit_of(there, word).play(scenario)

    differs = scenario.differs.where if scenario.differs else {}
    steps = [(step, one.differing(other)) for step, (one, other) in enumerate(zip(real, like, strict=True), 1)]
    for step, aspects in steps:
        if step not in differs:
            assert like[step - 1] == real[step - 1], f"step {step}"
        else:
            assert aspects == differs[step], f"step {step}: {scenario.differs}"
    assert differs.keys() <= dict(steps).keys()


@pytest.mark.java
@pytest.mark.parametrize("line", faulty_lines.ALL, ids=lambda line: f"{line.fault}: {line.scenario.steps[0].method}")
def test_both_answer_alike_behind_the_same_fault(
    line: FaultyLine, word: str, client: httpx.Client, hapi_server: RealServer, hospital: Open
) -> None:
    there = hospital(hapi_like(), faults=fault_schedule.read(line.schedule, line.fault))
    with FaultyProxy(hapi_server.url, [line.rule()]) as proxy:
        real = Visit(client, proxy.url, word).play(line.scenario)
        struck = [one.fault for one in proxy.journal() if one.fault]

    like = visit_of(there, word).play(line.scenario)

    assert [one.without_words() for one in like] == [one.without_words() for one in real]
    assert there.struck == {line.fault: len(struck)}


@pytest.mark.parametrize("race", races.ALL, ids=lambda race: race.name)
def test_a_race_at_hapi_like_ends_in_each_way_seen_at_hapi_and_in_no_other(race: Race) -> None:
    character = hapi_like()

    assert {racing.at_hapi_like(race, character, seed) for seed in range(SEEDS)} == race.ends


@pytest.mark.java
@pytest.mark.parametrize("race", races.ALL, ids=lambda race: race.name)
def test_a_race_at_hapi_ends_in_a_way_that_is_on_the_list(race: Race, word: str, hapi_server: RealServer) -> None:
    ends = {racing.at_hapi(race, hapi_server.url, f"{word}-{number}") for number in range(ROUNDS)}

    assert ends - race.ends == set()


def test_the_list_is_long_enough_and_each_scenario_has_a_name_of_its_own() -> None:
    names = [scenario.name for scenario in SCENARIOS]

    assert len(names) >= 60
    assert len(set(names)) == len(names)


@pytest.mark.java
def test_everything_at_hapi_like_is_labelled_as_test_data_and_nothing_at_hapi_is(
    word: str, client: httpx.Client, hapi_server: RealServer, hospital: Open
) -> None:
    """On purpose: nobody should ever take what a pretend hospital says for a patient's data."""
    there = hospital("hapi-like")
    both = [Visit(client, hapi_server.url, word), visit_of(there, word)]

    real, like = (visit.send(put("Patient/p-<u>", patient("p"))).json() for visit in both)

    assert terminology.TEST_DATA.coding() in like["meta"]["security"]
    assert "security" not in real["meta"]


@pytest.mark.java
def test_hapi_gives_answers_to_bundles_an_address_and_hapi_like_gives_none(
    word: str, client: httpx.Client, hapi_server: RealServer, hospital: Open
) -> None:
    """On purpose: the address leads nowhere, at HAPI too."""
    there = hospital("hapi-like")
    real, like = Visit(client, hapi_server.url, word), visit_of(there, word)

    said = real.send(send())

    assert client.get(said.headers["Location"]).status_code == 404
    assert "Location" not in like.send(send()).headers


@pytest.mark.java
def test_both_declare_the_same_and_hide_the_same(client: httpx.Client, hapi_server: RealServer, hospital: Open) -> None:
    """On purpose hapi-like says what it does where HAPI promises more.

    `versioned-update` would want an If-Match of every update, and `multiple` would delete several at once: HAPI does
    neither.
    """
    there = hospital("hapi-like")

    real = declared(client.get(f"{hapi_server.url}/metadata").json())
    like = declared(there.client.get("metadata").json())

    assert (real.pop("versioning"), like.pop("versioning")) == ("versioned-update", "versioned")
    assert (real.pop("conditionalDelete"), like.pop("conditionalDelete")) == ("multiple", "single")
    assert real == like


def declared(statement: dict[str, Any]) -> dict[str, Any]:
    """What a server says of Bundles, and of Patients."""
    rest = statement["rest"][0]
    of_patients = next(one for one in rest["resource"] if one["type"] == "Patient")
    bundles_taken = {one["code"] for one in rest.get("interaction", [])} & {"batch", "transaction"}
    switches = ("versioning", "updateCreate", "conditionalCreate", "conditionalUpdate", "conditionalDelete")
    return {"bundles": bundles_taken} | {name: of_patients.get(name) for name in switches}
