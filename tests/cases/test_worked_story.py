"""The worked story: from its records our maps give its documents, and from its documents the carried fields."""

import pathlib

import pytest

from fhir_profiles import fhir_json
from mappings import identity, known, records, registry

FOLDER = pathlib.Path(__file__).parent / "worked-story"
BASE = identity.Base.of("https://records.lakeside-infusion.example/fhir")

NOT_YET = {
    "Patient": {"meta.profile"},
    "CarePlan": {
        "meta.profile", "supportingInfo", "goal", "activity.outcomeReference", "activity.progress",
        "activity.reference", "activity.detail.goal", "activity.detail.location", "activity.detail.performer",
    },
    "Procedure": {"meta.profile", "performer.onBehalfOf"},
    "MedicationAdministration": set(),
    "Observation": {"meta.profile", "derivedFrom"},
}  # fmt: skip


def lines(name):
    return [fhir_json.loads(line) for line in (FOLDER / name).read_text().splitlines()]


def given():
    return [records.parse(raw) for raw in lines("records.ndjson")]


def without(value, left_out, at=""):
    """Take out what is not carried yet, and what that leaves empty: an activity that only had its reference."""
    if isinstance(value, list):
        kept = [without(item, left_out, at) for item in value]
        bare = [isinstance(item, dict) and item.keys() <= {"id"} for item in kept]
        return [item for item, nothing in zip(kept, bare, strict=True) if not nothing]
    if not isinstance(value, dict):
        return value
    found = {}
    for name, part in value.items():
        path = f"{at}.{name}" if at else name
        kept = part if path in left_out and is_ours(path, part) else None if path in left_out else without(
            part, left_out, path
        )
        if kept not in (None, {}, []):
            found[name] = kept
    return found


def is_ours(path, part):
    """A supportive treatment's provider is carried, the clinic that performs each phase is not yet."""
    return path == "activity.detail.performer" and part[0]["type"] == "PractitionerRole"


def expected():
    found = {}
    for document in lines("documents.ndjson"):
        cut = without(document, NOT_YET[document["resourceType"]])
        found[document["resourceType"], document["id"]] = fhir_json.encode(cut)
    return found


def made():
    everything = given()
    at_hand = known.InMemory(everything)
    return [made for record in everything for made in registry.documents_for(record, BASE, at_hand)]


def test_each_document_of_the_story_is_made_and_no_other():
    assert sorted((m.document["resourceType"], m.document["id"]) for m in made()) == sorted(expected())


@pytest.mark.parametrize("resource", sorted(NOT_YET))
def test_the_documents_are_those_of_the_story_but_for_what_is_not_yet_carried(resource):
    wanted = expected()
    for found in made():
        if found.document["resourceType"] == resource:
            assert fhir_json.encode(found.document) == wanted[resource, found.document["id"]]


def test_what_is_not_yet_carried_does_stand_in_the_story():
    seen = {resource: set() for resource in NOT_YET}

    def walk(resource, value, at):
        for name, part in value.items():
            path = f"{at}.{name}" if at else name
            seen[resource].add(path)
            for item in part if isinstance(part, list) else [part]:
                if isinstance(item, dict):
                    walk(resource, item, path)

    for document in lines("documents.ndjson"):
        walk(document["resourceType"], document, "")

    assert all(NOT_YET[resource] <= seen[resource] for resource in NOT_YET)


def test_the_documents_of_the_story_give_back_the_carried_fields_of_its_records():
    found = {(c.kind, c.id): c.fields for c in registry.record_from(lines("documents.ndjson"), BASE)}

    for record in given():
        fields = registry.carried(record)
        assert fhir_json.sorted_json(found.pop((record.kind, record.id), {})) == fhir_json.sorted_json(fields)
    assert not found


def test_a_no_show_has_no_document_and_says_so():
    no_show = next(record for record in given() if record.id == "S-3")

    assert registry.carried(no_show) == {}
    assert {"status", "plan", "not_done_reason"} <= {name for name, _ in registry.not_carried(no_show)}


def test_our_document_written_onto_the_story_changes_nothing_in_it():
    at_hand = known.InMemory(given())
    copies = {(d["resourceType"], d["id"]): d for d in lines("documents.ndjson")}
    for record in given():
        for its_map, thing, scope in registry.writers(record, BASE, at_hand):
            copy = copies[its_map.resource, scope.base.logical_id(its_map.identity, thing.id)]

            assert fhir_json.canonical(its_map.to_fhir(thing, scope, onto=copy)) == fhir_json.encode(copy)
