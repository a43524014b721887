"""The two laws of every map, on canonical bytes, for generated records and generated hospitals' copies."""

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fhir_profiles import check, fhir_json, models
from mappings import known, places, records, registry
from mappings.scope import Scope
from tests.elements import strategies
from tests.elements.strategies import BASE

KINDS = pytest.mark.parametrize("kind", sorted(strategies.KINDS))
EXAMPLES = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def parsed(raw):
    return records.parse(fhir_json.loads(fhir_json.encode(raw)))


PLAN = parsed(
    {
        "kind": "plan", "id": "R-plan", "updated_at": "2026-03-24T16:30:00-05:00", "patient": "P", "indication": "C",
        "assessment": "A", "title": "Plan", "status": "active", "period": {"start": "2026"},
        "phases": [{"key": "one", "kind": "induction", "status": "in_progress"}],
        "regimen": [{"phase": "one", "drug": {"text": "ketamine"}, "dose": {"value": 1, "unit_ucum": "mg/kg"},
                     "max_total": {"value": 1, "unit_ucum": "mg"}}],
        "goals": [{"key": "g", "metric": "pain-nrs", "kind": "percent_reduction", "percent": 50, "baseline": "B"}],
        "revisions": [{"rev": 1, "at": "2026-02-26T14:00:00-06:00", "by": "ST", "reason": {"text": "first"},
                       "dose_change": "none"}],
    }
)  # fmt: skip
SESSION = parsed(
    {
        "kind": "session", "id": "R-session", "updated_at": "2026-03-24T16:30:00-05:00", "plan": "R-plan",
        "phase": "one", "sequence_no": 1, "status": "infusing",
        "scheduled": {"start": "2026-03-02T09:30:00-06:00", "end": "2026-03-02T11:00:00-06:00"},
        "actual": {"infusion_start": "2026-03-02T10:00:00-06:00"},
    }
)  # fmt: skip


def documents(record):
    at_hand = known.InMemory([PLAN, SESSION])
    return [made.document for made in registry.documents_for(record, BASE, at_hand)]


def writers(record):
    return list(registry.writers(record, BASE, known.InMemory([PLAN, SESSION])))


def as_read(record, copies):
    """The record as its documents' copies tell it; what they do not carry stays."""
    found = registry.record_from(copies, BASE)
    raw = records.to_json(record)
    if not found:
        return record
    return parsed(overlaid(raw, found[0].fields))


def overlaid(raw, fields):
    merged = dict(raw)
    if "absent" in fields:
        merged.pop("components", None)
    for name, value in fields.items():
        both_objects = isinstance(value, dict) and isinstance(raw.get(name), dict) and name in ("actual", "outcome")
        merged[name] = overlaid(raw[name], value) if both_objects else value
    return merged


def unordered(fields):
    """Where nothing but the order of notes differs, the hospital's order stands."""
    sorted_notes = {name: sorted(fields[name]) for name in ("note", "preparation_advice") if name in fields}
    return places.essence(fields | sorted_notes)


@KINDS
@EXAMPLES
@given(data=st.data())
def test_a_record_comes_back_from_its_documents_with_the_same_bytes(kind, data):
    record = data.draw(strategies.parsed(kind))
    made = documents(record)
    found = registry.record_from(data.draw(st.permutations(made)), BASE)
    told = found[0].fields if found else {}
    if "side_effects" in told:
        told["side_effects"].sort(key=lambda effect: [e.id for e in record.side_effects].index(effect["id"]))

    assert len(found) == bool(made)
    assert fhir_json.sorted_json(told) == fhir_json.sorted_json(registry.carried(record))


@KINDS
@EXAMPLES
@given(data=st.data())
def test_documents_are_canonical_as_they_are_built_and_fhir_can_read_them(kind, data):
    for document in documents(data.draw(strategies.parsed(kind))):
        assert fhir_json.canonical(document) == fhir_json.encode(document)
        assert models.parse_r4b(document) == []
        assert check.check(document) == []


@KINDS
@EXAMPLES
@given(data=st.data())
def test_a_record_read_from_a_hospitals_copy_and_written_onto_it_leaves_every_byte(kind, data):
    record = data.draw(strategies.parsed(kind))
    copies = [data.draw(strategies.copies(document)) for document in documents(record)]
    theirs = as_read(record, copies)
    by_id = {(copy["resourceType"], copy["id"]): copy for copy in copies}

    for source in (record, theirs):
        for its_map, thing, scope in writers(source):
            copy = by_id[its_map.resource, BASE.logical_id(its_map.identity, thing.id)]
            written = its_map.to_fhir(thing, scope, onto=copy)

            assert fhir_json.canonical(written) == fhir_json.canonical(copy)


@KINDS
@EXAMPLES
@given(data=st.data())
def test_a_changed_record_written_onto_a_copy_is_what_is_read_there_and_their_additions_stay(kind, data):
    before = data.draw(strategies.parsed(kind))
    after = data.draw(strategies.parsed(kind)).model_copy(update={"id": before.id})
    now = {(w[0].resource, w[0].identity): w for w in writers(after) if w[0].identity != "side-effect"}

    for its_map, thing, scope in writers(before):
        if (its_map.resource, its_map.identity) not in now:
            continue
        copy = data.draw(strategies.copies(its_map.to_fhir(thing, scope)))
        _, changed, its_scope = now[its_map.resource, its_map.identity]
        fresh = its_map.to_fhir(changed, its_scope)
        written = its_map.to_fhir(changed, its_scope, onto=copy)
        read = its_map.from_fhir(written, Scope(BASE, kind, before.id))

        assert unordered(read) == unordered(its_map.from_fhir(fresh, Scope(BASE, kind, before.id)))
        assert f"{strategies.FOREIGN}/extension" in [found["url"] for found in written["extension"]]
        assert f"{strategies.FOREIGN}/id" in [found["system"] for found in written["identifier"]]
        assert written["meta"]["versionId"] == "7"
        assert "note" not in copy or {"authorString"} <= set().union(*(found.keys() for found in written["note"]))
        if its_map.resource == "Observation":
            assert "extra" in [found["code"]["coding"][0]["code"] for found in written["component"]]


@KINDS
@EXAMPLES
@given(data=st.data())
def test_a_misshapen_copy_is_read_or_refused_and_never_crashes(kind, data):
    record = data.draw(strategies.parsed(kind))
    for its_map, thing, scope in writers(record):
        fresh = its_map.to_fhir(thing, scope)
        copy = data.draw(strategies.damaged(fresh))
        with contextlib.suppress(registry.Unmappable):
            its_map.from_fhir(copy, scope)
        registry.owner(copy, BASE)
        written = its_map.to_fhir(thing, scope, onto=copy)
        if "modifierExtension" not in fhir_json.encode(written).decode():
            read = its_map.from_fhir(written, scope)

            assert unordered(read) == unordered(its_map.from_fhir(fresh, scope))
