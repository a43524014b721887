"""Each rung of the write ladder, each kind of bundle, on HAPI with faults on: always the same count in the end."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from integration.sandbox.faults import Busy, CutReply, Rule, When
from integration.sandbox.faulty_proxy import FaultyProxy
from integration.sandbox.real_server import RealServer
from integration.sandbox.refusals import (
    RefuseConditionalCreate,
    RefuseConditionalUpdate,
    RewriteMetadata,
    declaring,
)
from tests.real import exports
from tests.real.clinic import SLOW, Clinic

pytestmark = [pytest.mark.java, pytest.mark.slow]

PATIENTS, SEED = 2, 3
MADE = ("CarePlan", "MedicationAdministration", "Observation", "Patient", "Procedure")


def nothing_refused() -> list[Rule]:
    return []


def no_conditional_create() -> list[Rule]:
    return [RefuseConditionalCreate()]


def no_conditions() -> list[Rule]:
    return [RefuseConditionalCreate(), RefuseConditionalUpdate()]


def no_conditions_and_says_so() -> list[Rule]:
    """What is refused is not declared either."""
    says = declaring(("batch",), conditionalCreate=False, conditionalUpdate=False)
    return [*no_conditions(), RewriteMetadata(change=says)]


@dataclass(frozen=True, slots=True)
class Way:
    """A hospital with its manners, and how it is then written to."""

    rung: int
    source: str
    bundle: str
    refuses: Callable[[], list[Rule]] = nothing_refused
    server: str = "hapi_server"
    options: dict[str, str] = field(default_factory=dict)


WAYS = {
    "our ids, set by the operator": Way(1, "set", "transaction", options={"rung": "1"}),
    "conditional create, as declared": Way(2, "declared", "transaction"),
    "conditional create, in batches": Way(2, "declared", "batch", options={"bundle": "batch"}),
    "client ids refused, one resource a request": Way(
        2, "declared", "single", server="hapi_without_client_ids", options={"bundle": "single"}
    ),
    "conditional create refused, conditional update set": Way(
        3, "set", "transaction", no_conditional_create, "hapi_without_client_ids", {"rung": "3"}
    ),
    "conditions refused, and declared so": Way(
        4, "declared", "batch", no_conditions_and_says_so, "hapi_without_client_ids"
    ),
    "conditions refused, but declared: the operator sets the rung": Way(
        4, "set", "transaction", no_conditions, "hapi_without_client_ids", {"rung": "4"}
    ),
}


@pytest.mark.parametrize("name", WAYS)
def test_each_way_of_writing_ends_with_everything_held_once(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    way = WAYS[name]
    server: RealServer = request.getfixturevalue(way.server)
    exported = exports.courses(PATIENTS, SEED)
    base = f"https://{name.replace(' ', '-').replace(',', '').replace(':', '')}.rungs.example/fhir"
    wanted = len(exports.documents_of(exported, base))
    cuts = CutReply(When(count=2, skip=1))
    faults = [Busy(When(count=1, skip=2), retry_after=1), cuts, *way.refuses()]

    with FaultyProxy(server.url, faults, seed=SEED) as hospital:
        clinic = Clinic.opened(tmp_path / "home", base)
        clinic.takes(exported)
        page = clinic.adds(hospital.url, SLOW, **way.options)
        pushed = clinic.pushes()
        verified = clinic.verified()
        again = clinic.pushes()

    assert {(one["rung"], one["source"]) for one in page["types"]} == {(way.rung, way.source)}
    assert page["bundle"]["kind"] == way.bundle
    assert cuts.when.times == 2
    assert pushed["rows"] == {"clean": wanted}
    assert (verified["held"], verified["expected"]) == (wanted, wanted)
    assert again["requests"] == {"write": 0, "read": 0}
