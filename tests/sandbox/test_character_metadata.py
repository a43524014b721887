"""What a hospital says of itself: each line of /metadata is tried, and what it does not say is not done."""

import pytest

from fhir_profiles import check, fhir_json
from integration.hospital import capability
from integration.sandbox import character_file, manners, resource_types
from tests.sandbox.asking import Asked

NAMES = character_file.names()
NOT_OFFERED = {"not-supported", "forbidden"}
KNOWN_TYPES = sorted(resource_types.ALL)


def statement(asked):
    said = asked("GET", "metadata")
    assert said.status == 200
    return said.json


def tried(asked, kind, interaction):
    """Try an interaction with something that is nothing: what matters is whether it is offered at all."""
    nothing = {"resourceType": kind, "id": "x1"}
    target, document = {
        "read": ("x1", None),
        "vread": ("x1/_history/1", None),
        "create": ("", nothing),
        "update": ("x1", nothing),
        "delete": ("x1", None),
        "search-type": ("?_id=x1", None),
        "history-instance": ("x1/_history", None),
        "history-type": ("_history", None),
    }[interaction]
    method = {"create": "POST", "update": "PUT", "delete": "DELETE"}.get(interaction, "GET")
    said = asked(method, f"{kind}/{target}".replace("/?", "?").rstrip("/"), document)
    issues = said.json.get("issue", []) if said.response.body else []
    return said.status, {issue["code"] for issue in issues}


@pytest.mark.parametrize("name", NAMES)
def test_each_declared_interaction_is_done_and_no_other(name):
    character = character_file.load(name).model_copy(update={"rate": None})
    asked = Asked(character.named(name))
    declared = {one["type"]: one for one in statement(asked)["rest"][0]["resource"]}
    claimed = {(kind, one) for quirk in character.quirks for kind in quirk.types for one in quirk.claims}
    every = KNOWN_TYPES if len(declared) < 50 else ["Patient", "Observation", "CarePlan", "Provenance", "Slot"]
    for kind in every:
        interactions = {one["code"] for one in declared.get(kind, {}).get("interaction", [])}
        for interaction in (
            "read",
            "vread",
            "create",
            "update",
            "delete",
            "search-type",
            "history-instance",
            "history-type",
        ):
            status, codes = tried(asked, kind, interaction)
            turned_away = status in (403, 404, 405) and bool(codes & NOT_OFFERED)
            offered = interaction in interactions and (kind, interaction) not in claimed
            assert turned_away is not offered, (kind, interaction, status, codes)


@pytest.mark.parametrize("name", NAMES)
def test_each_declared_search_parameter_is_taken_and_no_other(name):
    asked = Asked(character_file.load(name).model_copy(update={"rate": None}).named(name))
    for one in statement(asked)["rest"][0]["resource"]:
        for parameter in (
            one.get("searchParam", [])[:40] if one["type"] in ("Patient", "Observation", "Procedure") else []
        ):
            value = {"date": "2026-01-01", "quantity": "1", "number": "1"}.get(parameter["type"], "Patient/x")
            assert asked("GET", f"{one['type']}?{parameter['name']}={value}").status == 200, parameter


@pytest.mark.parametrize("name", NAMES)
def test_bundles_are_taken_as_declared(name):
    character = character_file.load(name)
    asked = Asked(character)
    declared = {one["code"] for one in statement(asked)["rest"][0].get("interaction", [])}
    hidden = {one for quirk in character.quirks for one in quirk.hides}

    for kind in ("batch", "transaction"):
        said = asked("POST", "", {"resourceType": "Bundle", "type": kind, "entry": []})
        assert (said.status == 200) is (kind in declared | hidden), kind


@pytest.mark.parametrize("name", NAMES)
def test_conditions_are_honoured_as_declared(name):
    asked = Asked(character_file.load(name).model_copy(update={"rate": None}).named(name))
    declared = {one["type"]: one for one in statement(asked)["rest"][0]["resource"]}
    hidden = {one for quirk in asked.hospital.character.quirks for one in quirk.hides}
    if "Group" not in declared:
        assert not any(one.get("conditionalCreate") or one.get("updateCreate") for one in declared.values())
        return
    group = {"resourceType": "Group", "type": "person", "actual": True, "identifier": [{"value": "g1"}]}

    statuses = [asked("POST", "Group", group, if_none_exist="identifier=g1").status for _ in range(2)]
    made = asked("PUT", "Group/own-id", group | {"id": "own-id", "identifier": [{"value": "g2"}]}).status

    assert (statuses == [201, 200]) is declared["Group"]["conditionalCreate"]
    assert (made == 201) is declared["Group"].get("updateCreate", "updateCreate" in hidden)


@pytest.mark.parametrize("name", NAMES)
def test_the_statement_is_r4_and_our_own_client_reads_it(name):
    asked = Asked(character_file.load(name))
    document = statement(asked)

    assert check.check(document) == []
    assert fhir_json.loads(fhir_json.encode(document)) == document
    read = capability.parse(document)
    assert read.fhir_version == "4.0.1"
    assert "TEST" in document["implementation"]["description"]


def test_what_our_client_makes_of_the_vendors():
    epic = capability.parse(statement(Asked(character_file.load("epic-like"))))
    oracle = capability.parse(statement(Asked(character_file.load("oracle-like"))))

    assert (epic.batch, epic.transaction) == (False, False)
    assert (oracle.batch, oracle.transaction) == (True, False)
    assert not epic.types["CarePlan"].takes_writes
    assert epic.types["Observation"].is_searchable
    assert not oracle.types["Observation"].is_searchable
    assert "_lastUpdated" not in epic.types["Observation"].search_params
    assert "_lastUpdated" in oracle.types["Procedure"].search_params


def test_hapi_like_hides_two_things_under_their_names():
    hapi = Asked(character_file.load("hapi-like"))
    document = statement(hapi)

    assert {quirk.name for quirk in hapi.hospital.character.quirks} == {
        "update-create-not-declared",
        "batch-not-declared",
    }
    assert "updateCreate" not in document["rest"][0]["resource"][0]
    assert {one["code"] for one in document["rest"][0]["interaction"]} == {"transaction", "history-system"}
    assert hapi("POST", "", {"resourceType": "Bundle", "type": "batch", "entry": []}).status == 200
    assert hapi("PUT", "Patient/p1", {"resourceType": "Patient", "id": "p1"}).status == 201


def test_operations_are_declared_where_they_are():
    declared = {one["type"]: one for one in statement(Asked(character_file.load("open")))["rest"][0]["resource"]}

    assert {one["name"] for one in declared["Patient"]["operation"]} == {"match", "everything", "export"}
    assert {one["name"] for one in declared["Group"]["operation"]} == {"export"}
    assert "operation" not in declared["Observation"]


def test_what_a_type_demands_is_told_in_words():
    declared = {one["type"]: one for one in statement(Asked(character_file.load("epic-like")))["rest"][0]["resource"]}

    assert "The status must be final." in declared["Observation"]["documentation"]


@pytest.mark.parametrize("name", NAMES)
def test_without_clients_there_is_no_smart_configuration(name):
    assert Asked(character_file.load(name))("GET", ".well-known/smart-configuration").status == 404


def test_with_a_client_it_names_token_endpoint_and_scopes():
    client = manners.Client("clinic", ({"kid": "k1"},), ("system/*.cruds",))
    asked = Asked(character_file.load("epic-like").with_client(client))

    said = asked("GET", ".well-known/smart-configuration").json

    assert said["token_endpoint"].endswith("/auth/token")
    assert "system/Observation.crs" in said["scopes_supported"]
    assert "system/CarePlan.rs" in said["scopes_supported"]
    assert asked("GET", "Patient/x").status == 401
    assert asked("GET", "metadata").json["rest"][0]["security"]["service"][0]["coding"][0]["code"] == "SMART-on-FHIR"
