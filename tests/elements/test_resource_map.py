"""The engine of two-way maps, on maps of a few elements."""

from decimal import Decimal

import pytest
from pydantic import BaseModel

from fhir_profiles import fhir_json, terminology
from mappings import codecs, codes, identity
from mappings.resource_map import Part, ResourceMap
from mappings.rules import both, each, fixed, out_only
from mappings.scope import Scope, Unmappable

BASE = identity.Base.of("https://clinic.example/fhir")
SCOPE = Scope(BASE, "visit", "V-1")


class Member(BaseModel):
    role: str
    who: str


class When(BaseModel):
    start: str | None = None
    end: str | None = None


class Visit(BaseModel):
    id: str = "V-1"
    status: str = "done"
    when: When | None = None
    staff: tuple[Member, ...] = ()
    notes: tuple[str, ...] = ()
    secret: str = ""


STATUS = codes.table("visit", {"done": "completed", "ended": "stopped"}, also_read={"unknown": "done"})
ROLE = codes.concepts("role", {"nurse": (terminology.STAFF_FUNCTION["infusion-nurse"], terminology.ANESTHETIST)})
STAFF = Part(
    Member,
    "ProcedurePerformer",
    [both("role", "function", ROLE), both("who", "actor", codecs.to("PractitionerRole", "staff-role"))],
)


def rules(**without):
    declared = {
        "notes": each("notes", "note", codecs.note),
        "start": both("when.start", "performedPeriod.start", codecs.text),
        "end": both("when.end", "performedPeriod.end", codecs.text),
        "staff": each("staff", "performer", STAFF.item("who")),
        "text": out_only("text", lambda visit, _: {"status": "generated", "div": f"<div>{visit.status}</div>"},
                         why="may be reworded", codec=codecs.raw("narrative"), follows=True),
        "status": both("status", "status", STATUS),
        "code": fixed("code", terminology.INTRAVENOUS_INFUSION.concept("Infusion")),
        "id": both("id", "identifier:visit", codecs.business_identifier("session")),
    }  # fmt: skip
    return [rule for name, rule in declared.items() if name not in without]


def mapped(declared=None, **more):
    more = {"not_yet_carried": {"secret": "stays here"}} | more
    declared = rules() if declared is None else declared
    return ResourceMap(Visit, declared, resource="Procedure", identity="session", **more)


VISIT = mapped()
FULL = Visit(
    when=When(start="2026-03-02T10:00:00Z", end="2026-03-02T11:00:00Z"),
    staff=(Member(role="nurse", who="ST-1"), Member(role="nurse", who="ST-2")),
    notes=("calm", "slept"),
)


def test_elements_come_in_fhirs_order_however_the_rules_are_declared():
    document = VISIT.to_fhir(FULL, SCOPE)

    assert fhir_json.canonical(document) == fhir_json.encode(document)
    assert list(document) == [
        "resourceType", "id", "text", "identifier", "status", "code", "performedPeriod", "performer", "note",
    ]  # fmt: skip


def test_what_is_read_is_what_the_record_holds():
    fields = VISIT.from_fhir(VISIT.to_fhir(FULL, SCOPE), SCOPE)

    assert fields == {
        "id": "V-1",
        "status": "done",
        "when": {"start": "2026-03-02T10:00:00Z", "end": "2026-03-02T11:00:00Z"},
        "staff": [{"role": "nurse", "who": "ST-1"}, {"role": "nurse", "who": "ST-2"}],
        "notes": ["calm", "slept"],
    }


def test_what_the_record_does_not_hold_is_not_written():
    assert list(VISIT.to_fhir(Visit(), SCOPE)) == ["resourceType", "id", "text", "identifier", "status", "code"]


@pytest.mark.parametrize("name", ["status", "start", "staff", "id"])
def test_a_field_without_a_rule_fails_when_the_map_is_built(name):
    with pytest.raises(ValueError, match="not exactly one rule"):
        mapped(rules(**{name: True}))


def test_a_field_with_two_rules_fails_when_the_map_is_built():
    with pytest.raises(ValueError, match=r"not exactly one rule for \['status'\]"):
        mapped([*rules(), both("status", "outcome.text", codecs.text)])


def test_a_field_that_has_a_rule_and_is_said_not_to_be_carried_fails():
    with pytest.raises(ValueError, match=r"not exactly one rule for \['notes'\]"):
        mapped(not_yet_carried={"secret": "", "notes": ""})


def test_a_rule_for_a_field_that_does_not_exist_fails():
    with pytest.raises(ValueError, match=r"no such fields: \['mood'\]"):
        mapped(not_yet_carried={"secret": "", "mood": ""})


def test_an_element_that_r4_does_not_have_fails_when_the_map_is_built():
    with pytest.raises(ValueError, match="Procedure has no element"):
        mapped([*rules(start=True), both("when.start", "performedPeriod.begin", codecs.text)])


def test_a_word_without_a_code_names_record_element_and_table_but_not_the_word():
    with pytest.raises(Unmappable) as caught:
        VISIT.to_fhir(Visit(status="PHI-Smith"), SCOPE)

    assert (caught.value.kind, caught.value.id, caught.value.element) == ("visit", "V-1", "Procedure.status")
    assert "table visit" in caught.value.says
    assert "PHI-Smith" not in str(caught.value)


def test_a_code_without_a_word_is_refused_and_not_guessed():
    document = VISIT.to_fhir(FULL, SCOPE) | {"status": "PHI-Smith"}

    with pytest.raises(Unmappable, match=r"Procedure\.status has a code that the table visit does not know") as caught:
        VISIT.from_fhir(document, SCOPE)
    assert "PHI-Smith" not in str(caught.value)


@pytest.mark.parametrize("place", ["top", "item"])
def test_a_modifier_extension_is_never_read_past(place):
    document = VISIT.to_fhir(FULL, SCOPE)
    changed = document if place == "top" else document["performer"][0]
    changed["modifierExtension"] = [{"url": "urn:not", "valueBoolean": True}]

    with pytest.raises(Unmappable, match="modifierExtension"):
        VISIT.from_fhir(document, SCOPE)


def test_a_value_that_its_field_does_not_take_is_refused():
    document = VISIT.to_fhir(FULL, SCOPE)
    document["performedPeriod"]["start"] = Decimal("72.50")

    with pytest.raises(Unmappable, match=r"Procedure\.performedPeriod\.start"):
        VISIT.from_fhir(document, SCOPE)


def test_a_synonym_that_a_hospital_wrote_is_left_as_it_is():
    copy = VISIT.to_fhir(FULL, SCOPE) | {"status": "unknown"}

    assert VISIT.from_fhir(copy, SCOPE)["status"] == "done"
    assert VISIT.to_fhir(FULL, SCOPE, onto=copy)["status"] == "unknown"


def test_a_code_that_reads_differently_or_not_at_all_is_exchanged():
    for theirs in ("stopped", "banana"):
        copy = VISIT.to_fhir(FULL, SCOPE) | {"status": theirs, "_status": {"extension": [{"url": "urn:why"}]}}
        written = VISIT.to_fhir(FULL, SCOPE, onto=copy)

        assert written["status"] == "completed"
        assert "_status" not in written


def test_an_element_that_the_record_no_longer_holds_is_taken_out_and_leaves_nothing_empty():
    copy = VISIT.to_fhir(FULL, SCOPE)

    assert "performedPeriod" not in VISIT.to_fhir(Visit(), SCOPE, onto=copy)


def test_the_hospitals_additions_inside_an_item_stay_when_the_item_is_found_by_its_key():
    copy = VISIT.to_fhir(FULL, SCOPE)
    copy["performer"].reverse()
    copy["performer"][0]["onBehalfOf"] = {"display": "the hospital's"}
    copy["performer"][0]["function"] = {"text": "reworded, no code"}
    written = VISIT.to_fhir(FULL, SCOPE, onto=copy)

    assert [VISIT.from_fhir(written, SCOPE)["staff"][n]["who"] for n in (0, 1)] == ["ST-1", "ST-2"]
    changed = next(item for item in written["performer"] if "onBehalfOf" in item)
    assert codecs.has(changed["function"], terminology.STAFF_FUNCTION["infusion-nurse"])


def test_items_that_are_the_hospitals_stay_and_ours_that_are_gone_go():
    copy = VISIT.to_fhir(FULL, SCOPE)
    copy["note"].insert(1, {"authorString": "Dr Who", "text": "theirs"})
    written = VISIT.to_fhir(FULL.model_copy(update={"notes": ("slept", "ate")}), SCOPE, onto=copy)

    assert [note["text"] for note in written["note"]] == ["slept", "theirs", "ate"]


def test_a_reworded_narrative_stays_until_something_else_changes():
    copy = VISIT.to_fhir(FULL, SCOPE) | {"text": {"status": "generated", "div": "<div>theirs</div>"}}

    assert VISIT.to_fhir(FULL, SCOPE, onto=copy)["text"]["div"] == "<div>theirs</div>"
    ended = FULL.model_copy(update={"status": "ended"})
    assert VISIT.to_fhir(ended, SCOPE, onto=copy)["text"]["div"] == "<div>ended</div>"


def test_a_fixed_code_counts_by_system_and_code_and_is_put_back_when_it_is_gone():
    copy = VISIT.to_fhir(FULL, SCOPE)
    copy["code"] = {"coding": [{"system": "urn:theirs", "code": "x"}, terminology.INTRAVENOUS_INFUSION.coding()]}

    assert VISIT.to_fhir(FULL, SCOPE, onto=copy)["code"] == copy["code"]
    copy["code"]["coding"].pop()
    assert codecs.has(VISIT.to_fhir(FULL, SCOPE, onto=copy)["code"], terminology.INTRAVENOUS_INFUSION)


def test_a_copy_that_is_written_onto_is_itself_left_alone():
    copy = VISIT.to_fhir(FULL, SCOPE)
    before = fhir_json.encode(copy)
    VISIT.to_fhir(Visit(status="ended"), SCOPE, onto=copy)

    assert fhir_json.encode(copy) == before


def test_the_table_is_printed_from_the_rules():
    rows = [(row.ours, row.element, row.direction) for row in VISIT.rows()]

    assert ("when.start", "performedPeriod.start", "both ways") in rows
    assert ("staff[].role", "performer.function", "both ways") in rows
    assert ("-", "code", "fixed") in rows
    assert ("-", "text", "out only") in rows
