"""Which documents a record gives, in which order, and what they refer to."""

import pytest

from fhir_profiles import fhir_json
from mappings import identity, known, records, registry
from tests.cases.test_worked_story import BASE
from tests.cases.test_worked_story import given as story
from tests.records import examples


def changed(record, **fields):
    raw = records.to_json(record) | fields
    return records.parse(fhir_json.loads(fhir_json.encode({k: v for k, v in raw.items() if v is not None})))


def the(record_id):
    return next(record for record in story() if record.id == record_id)


def made(record, *others):
    at_hand = known.InMemory([*(r for r in story() if r.id != record.id), record, *others])
    return registry.documents_for(record, BASE, at_hand)


def types(found):
    return [m.document["resourceType"] for m in found]


def session(status, **actual):
    fields = {"status": status, "actual": actual or None, "side_effects": None, "stop_reason": None}
    return changed(the("S-1"), **fields)


START = {"infusion_start": "2026-03-02T10:00:00-06:00"}
PREPARED = {"prep_start": "2026-03-02T09:32:00-06:00"}


@pytest.mark.parametrize(
    ("status", "actual", "procedure", "administration"),
    [
        ("scheduled", {}, None, None),
        ("checked_in", {}, None, None),
        ("cancelled", {}, None, None),
        ("no_show", {}, None, None),
        ("preparing", PREPARED, "preparation", None),
        ("infusing", START, "in-progress", "in-progress"),
        ("infusing", {}, "in-progress", None),
        ("paused", START, "on-hold", "on-hold"),
        ("recovering", START, "completed", "completed"),
        ("completed", START, "completed", "completed"),
        ("stopped", START, "stopped", "stopped"),
        ("aborted", PREPARED, "not-done", None),
        ("entered_in_error", {}, None, None),
        ("entered_in_error", PREPARED, "entered-in-error", None),
        ("entered_in_error", START, "entered-in-error", "entered-in-error"),
    ],
)
def test_the_documents_of_a_session_and_their_status_follow_its_state(status, actual, procedure, administration):
    found = {m.document["resourceType"]: m.document["status"] for m in made(session(status, **actual))}

    assert found.get("Procedure") == procedure
    assert found.get("MedicationAdministration") == administration


def test_a_recovering_session_whose_last_segment_was_stopped_is_written_as_stopped():
    segments = [{"no": 1, "start": START["infusion_start"], "end_reason": "stop"}]
    found = made(changed(session("recovering", **START), segments=segments))

    assert {m.document["status"] for m in found} == {"stopped"}
    assert "recovering" in dict(registry.not_carried(session("recovering", **START)))["status"]


@pytest.mark.parametrize("status", ["completed", "stopped", "recovering"])
def test_an_infusion_that_ended_and_never_began_cannot_be_written(status):
    with pytest.raises(registry.Unmappable, match=r"session S-1: MedicationAdministration\.effectivePeriod"):
        made(session(status, **PREPARED))


def test_the_rate_stands_beside_the_dose_only_when_it_was_the_same_throughout():
    dosage = {m.document["resourceType"]: m.document.get("dosage") for m in made(the("S-1"))}
    assert "rateQuantity" not in dosage["MedicationAdministration"]

    dosage = {m.document["resourceType"]: m.document.get("dosage") for m in made(the("S-2"))}
    assert str(dosage["MedicationAdministration"]["rateQuantity"]["value"]) == "0.50"


def test_there_is_no_dosage_without_a_dose_or_a_rate():
    bare = changed(the("S-1"), given_total=None, segments=None)

    assert all("dosage" not in m.document for m in made(bare))


def test_a_session_without_an_order_names_no_drug_and_points_to_no_order():
    (administration,) = (m.document for m in made(changed(the("S-1"), order=None)) if m.rank == 4)

    assert administration["medicationCodeableConcept"]["coding"][0]["code"] == "unknown"
    assert "request" not in administration


def test_an_aborted_session_tells_why_nothing_was_infused_and_a_stopped_one_why_it_ended():
    why = {"text": "blood pressure too high"}
    aborted = changed(session("aborted", **PREPARED), not_done_reason=why, stop_reason={"text": "left out"})
    stopped = changed(session("stopped", **START), stop_reason=why)
    in_error = changed(session("entered_in_error", **PREPARED), not_done_reason=why)

    for record, name in ((aborted, "not_done_reason"), (stopped, "stop_reason"), (in_error, "not_done_reason")):
        documents = [m.document for m in made(record)]
        (carried,) = registry.record_from(documents, BASE)
        assert documents[0]["statusReason"] == why
        assert carried.fields[name] == why


def test_a_session_waits_for_its_plan_and_nothing_else():
    with pytest.raises(registry.Waits) as caught:
        registry.documents_for(the("S-1"), BASE, known.InMemory([]))

    assert (caught.value.for_kind, caught.value.for_id) == ("plan", "PL-1")
    for record in story():
        if record.kind != "session":
            assert registry.documents_for(record, BASE, known.InMemory([]))


def test_no_document_refers_to_one_of_a_higher_rank_nor_to_one_that_is_not_made():
    everything = [m for record in story() for m in made(record)]
    rank = {(m.document["resourceType"], m.document["id"]): m.rank for m in everything}

    for m in everything:
        for target in m.references:
            assert rank[target] <= m.rank
    assert {m.rank for m in everything} == {0, 1, 2, 3, 4, 5}


def test_a_reading_refers_to_what_its_session_gave_and_the_dosing_weight_to_nothing():
    parts = {
        record_id: {kind for kind, _ in made(the(record_id))[0].references} - {"Patient", "CarePlan"}
        for record_id in ("S1-HR1", "S1-HR2", "S1-W1", "S1-W0", "OB-A01")
    }

    assert parts == {
        "S1-HR1": {"Procedure"},
        "S1-HR2": {"Procedure", "MedicationAdministration"},
        "S1-W1": set(),
        "S1-W0": {"Procedure"},
        "OB-A01": set(),
    }


def test_a_weight_during_an_infusion_never_refers_to_an_administration_that_may_refer_to_it():
    weight = changed(the("S1-W0"), timepoint={"code": "during"})

    assert ("MedicationAdministration" in dict(made(weight)[0].references)) is False


def test_a_dosing_weight_that_is_no_weight_is_refused():
    with pytest.raises(registry.Unmappable, match="supportingInformation"):
        made(changed(the("S-1"), dosing_weight="S1-HR1"))


def test_a_session_that_is_not_there_leaves_its_readings_without_part_of():
    alone = registry.documents_for(the("S1-HR2"), BASE, known.InMemory([]))

    assert "partOf" not in alone[0].document


def test_each_reference_carries_literal_type_and_identifier():
    def walk(value):
        if isinstance(value, dict):
            if isinstance(value.get("reference"), str):
                assert value.keys() >= {"reference", "type", "identifier"}
                assert value["reference"].startswith(value["type"] + "/")
                assert value["identifier"].keys() == {"system", "value"}
                found.append(value["type"])
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)

    found = []
    for record in story():
        for m in made(record):
            walk(m.document)
    assert {"Patient", "Encounter", "Condition", "PractitionerRole", "Device", "Location"} <= set(found)


def test_two_clinics_with_the_same_record_ids_share_no_identity():
    other = identity.Base.of("urn:uuid:6c1b2f4e-4c0e-4b0a-9d34-0a1f5d6c7b8a")
    everything = known.InMemory(story())
    ours, theirs = (
        {m.document["id"] for record in story() for m in registry.documents_for(record, base, everything)}
        for base in (BASE, other)
    )

    assert ours.isdisjoint(theirs)


def test_a_document_that_is_given_no_more_is_marked_and_otherwise_unchanged():
    for record_id in ("P-0001", "PL-1", "S-1", "S1-HR1"):
        for m in made(the(record_id)):
            document = registry.retracted(m.document)
            name = "active" if document["resourceType"] == "Patient" else "status"

            assert document[name] in (False, "entered-in-error")
            assert {k: v for k, v in document.items() if k != name} == {
                k: v for k, v in m.document.items() if k != name
            }
            assert fhir_json.canonical(document) == fhir_json.encode(document)


def test_a_document_of_nobody_is_refused_when_read_and_told_beforehand():
    foreign = {"resourceType": "Observation", "id": "x", "identifier": [{"system": "urn:theirs", "value": "1"}]}

    assert registry.owner(foreign, BASE) is None
    with pytest.raises(registry.Unmappable, match=r"Observation\.identifier has no identifier of this clinic"):
        registry.record_from([foreign], BASE)


def test_a_document_written_onto_a_hospitals_copy_keeps_what_they_added():
    document = made(the("S1-BP4"))[0].document
    copy = document | {"status": "preliminary", "issued": "2026-03-04T10:00:00Z", "meta": {"versionId": "3"}}
    written = registry.onto(document, copy, BASE)

    assert written["status"] == "final"
    assert written["meta"]["versionId"] == "3"


def test_no_field_that_is_set_is_silently_left_out():
    for record in story():
        carried = registry.carried(record)
        told = {name.partition(".")[0] for name, why in registry.not_carried(record) if why}

        assert set(records.to_json(record)) - {"kind"} == set(carried) | told


@pytest.mark.parametrize(("theirs", "stands"), [("reworded", "reworded"), (False, "by hand"), ({}, "by hand")])
def test_words_beside_a_code_are_the_hospitals_as_long_as_they_are_words(theirs, stands):
    method = {"codings": [{"system": "http://snomed.info/sct", "code": "1", "display": "by hand"}]}
    record = records.parse(examples.observation(method=method))
    (made,) = registry.documents_for(record, BASE, known.InMemory([record]))
    copy = fhir_json.loads(fhir_json.encode(made.document))
    copy["method"]["coding"][0]["display"] = theirs

    assert registry.onto(made.document, copy, BASE)["method"]["coding"][0]["display"] == stands
