"""Sound documents pass; a broken one is refused at its element, for the stated reason."""

import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fhir_profiles import check, fhir_json
from fhir_profiles import terminology as t
from tests.profiles.documents import (
    ADMINISTRATION,
    BLOOD_PRESSURE,
    CARE_PLAN,
    PATIENT,
    PROCEDURE,
    SOUND,
    WEIGHT,
    changed,
)

STORY = [fhir_json.loads(line) for line in Path(__file__).with_name("story.ndjson").read_bytes().splitlines()]
DETAIL = "activity.0.detail"
REPEAT = f"{DETAIL}.scheduledTiming.repeat"
CODE, REFERENCE, RULE, DATE = check.CODE, check.REFERENCE, check.RULE, check.DATE
STRUCTURE, IDENTITY, TYPE = check.STRUCTURE, check.IDENTITY, check.TYPE


def to(kind: str) -> dict[str, str]:
    return {"reference": f"{kind}/x-1", "type": kind}


def quantity(**more: Any) -> dict[str, Any]:
    return {"value": 1, "system": t.UCUM, "code": "mg"} | more


def div(inside: str) -> str:
    return f'<div xmlns="{t.XHTML}">{inside}</div>'


@pytest.mark.parametrize("document", STORY, ids=[f"{d['resourceType']}-{i}" for i, d in enumerate(STORY)])
def test_each_document_of_the_worked_story_is_clean(document: Any) -> None:
    assert check.check(document) == []


@pytest.mark.parametrize("document", SOUND, ids=lambda d: f"{d['resourceType']}-{d['id']}")
def test_each_sound_document_is_clean(document: Any) -> None:
    assert check.check(document) == []


WRONG_CODES = [
    (PATIENT, "gender", "f"),
    (PATIENT, "identifier.0.use", "main"),
    (PATIENT, "name.0.use", "married"),
    (PATIENT, "telecom.0.system", "mobile"),
    (PATIENT, "telecom.0.use", "cell"),
    (PATIENT, "address.0.use", "house"),
    (PATIENT, "address.0.type", "home"),
    (PATIENT, "contact.0.gender", "M"),
    (PATIENT, "link.0.type", "replaced"),
    (CARE_PLAN, "status", "banana"),
    (CARE_PLAN, "intent", "directive"),
    (CARE_PLAN, "text.status", "made"),
    (CARE_PLAN, f"{DETAIL}.kind", "Procedure"),
    (CARE_PLAN, f"{DETAIL}.kind", "MedicationAdministration"),
    (CARE_PLAN, f"{DETAIL}.status", "active"),
    (CARE_PLAN, f"{REPEAT}.durationUnit", "minutes"),
    (CARE_PLAN, f"{REPEAT}.periodUnit", "week"),
    (PROCEDURE, "status", "aborted"),
    (ADMINISTRATION, "status", "given"),
    (WEIGHT, "status", "entered_in_error"),
    (WEIGHT, "valueQuantity.comparator", "="),
    (WEIGHT, "valueQuantity.code", "mcg"),
    (WEIGHT, "valueQuantity.code", "mg/hr"),
    (CARE_PLAN, f"{DETAIL}.code.coding.0.code", "inductions"),
]


@pytest.mark.parametrize(("document", "path", "value"), WRONG_CODES)
def test_a_code_outside_its_required_set_is_refused(document: Any, path: str, value: str) -> None:
    assert_refused(changed(document, path, value), as_element(document, path), CODE, "code")


def test_lists_of_codes_are_checked_one_by_one() -> None:
    document = changed(CARE_PLAN, REPEAT, {"period": 1, "periodUnit": "d", "when": ["MORN", "BRUNCH"]})
    assert_refused(document, as_element(document, f"{REPEAT}.when.1"), CODE, "codes that FHIR R4 requires")


WRONG_REFERENCES = [
    (CARE_PLAN, "subject", to("Device"), "type of resource"),
    (CARE_PLAN, "subject", {"type": "Device", "identifier": {"value": "1"}}, "type of resource"),
    (CARE_PLAN, "note.0.authorReference", to("PractitionerRole"), "type of resource"),
    (CARE_PLAN, "activity.1.reference", to("Procedure"), "type of resource"),
    (PROCEDURE, "basedOn.0", to("Goal"), "type of resource"),
    (PROCEDURE, "performer.0.actor", to("CareTeam"), "type of resource"),
    (ADMINISTRATION, "partOf.0", to("Encounter"), "type of resource"),
    (WEIGHT, "subject", to("Practitioner"), "type of resource"),
    (WEIGHT, "subject", {"reference": "https://h.example/fhir/Organization/1"}, "type of resource"),
    (WEIGHT, "subject", {"reference": "Patient/x", "type": "Group"}, "points to another"),
    (WEIGHT, "subject", {"reference": "Patient"}, "Type/id"),
    (WEIGHT, "subject", {"reference": "patient/x"}, "Type/id"),
    (WEIGHT, "subject", {"reference": "Patient/" + "x" * 65}, "Type/id"),
    (WEIGHT, "subject", {"type": "Patient"}, "nothing"),
    (WEIGHT, "subject", {}, "nothing"),
    (WEIGHT, "subject", {"reference": "#gone"}, "ref-1"),
]


@pytest.mark.parametrize(("document", "path", "value", "says"), WRONG_REFERENCES)
def test_a_wrong_reference_is_refused(document: Any, path: str, value: Any, says: str) -> None:
    assert_refused(changed(document, path, value), as_element(document, path), REFERENCE, says)


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": "Patient/x-1"},
        {"reference": "Patient/x-1/_history/2"},
        {"reference": "https://h.example/fhir/Patient/x-1"},
        {"reference": "urn:uuid:0c3a1c1e-0000-4000-8000-000000000001", "type": "Patient"},
        {"reference": "Patient?identifier=urn:s|1"},
        {"type": "Group", "identifier": {"system": "urn:s", "value": "1"}},
        {"display": "somebody"},
    ],
)
def test_each_way_to_write_a_reference_is_taken(reference: Any) -> None:
    assert check.check(changed(WEIGHT, "subject", reference)) == []


BROKEN_RULES = [
    (WEIGHT, "dataAbsentReason", t.DATA_ABSENT_REASON["unknown"].concept(), "", "obs-6"),
    (BLOOD_PRESSURE, "component.0.code", t.BLOOD_PRESSURE.concept(), "", None),
    (changed(BLOOD_PRESSURE, "valueString", "x"), "component.0.code", t.BLOOD_PRESSURE.concept(), "", "obs-7"),
    (WEIGHT, "effectiveDateTime", "2026-03", "", "vs-1"),
    (WEIGHT, "effectiveDateTime", ..., "", "vs-1"),
    (WEIGHT, "valueQuantity", ..., "", "vs-2"),
    (BLOOD_PRESSURE, "component.1.dataAbsentReason", ..., "", "vs-3"),
    (WEIGHT, "referenceRange", [{"type": t.REASON["other"].concept()}], "referenceRange.0", "obs-3"),
    (WEIGHT, "valueQuantity.system", ..., "valueQuantity", "qty-3"),
    (PROCEDURE, "performedPeriod.end", "2026-03-02T09:04:59-06:00", "performedPeriod", "per-1"),
    (PROCEDURE, "performedPeriod.end", "2026-03-02T16:04:59+01:00", "performedPeriod", "per-1"),
    (CARE_PLAN, "period.end", "2026-02", "period", "per-1"),
    (CARE_PLAN, "period.start", "2027-05-01T00:00:00Z", "period", "per-1"),
    (CARE_PLAN, "activity.0.reference", to("MedicationRequest"), "activity.0", "cpl-3"),
    (CARE_PLAN, f"{REPEAT}.durationUnit", ..., REPEAT, "tim-1"),
    (CARE_PLAN, f"{REPEAT}.periodUnit", ..., REPEAT, "tim-2"),
    (CARE_PLAN, f"{REPEAT}.duration", Decimal("-0.5"), REPEAT, "tim-4"),
    (CARE_PLAN, f"{REPEAT}.period", -1, REPEAT, "tim-5"),
    (CARE_PLAN, REPEAT, {"periodMax": 2}, REPEAT, "tim-6"),
    (CARE_PLAN, REPEAT, {"durationMax": 2}, REPEAT, "tim-7"),
    (CARE_PLAN, REPEAT, {"countMax": 2}, REPEAT, "tim-8"),
    (CARE_PLAN, REPEAT, {"offset": 5}, REPEAT, "tim-9"),
    (CARE_PLAN, REPEAT, {"offset": 5, "when": ["CM"]}, REPEAT, "tim-9"),
    (CARE_PLAN, REPEAT, {"timeOfDay": ["08:00:00"], "when": ["MORN"]}, REPEAT, "tim-10"),
    (CARE_PLAN, f"{REPEAT}.boundsRange.low.value", 22, f"{REPEAT}.boundsRange", "rng-2"),
    (
        CARE_PLAN,
        REPEAT,
        {"boundsDuration": {"value": 3, "system": "urn:s", "code": "x"}},
        f"{REPEAT}.boundsDuration",
        "drt-1",
    ),
    (ADMINISTRATION, "dosage.dose", ..., "dosage", "mad-1"),
    (ADMINISTRATION, "dosage.dose", quantity(comparator="<"), "dosage.dose.comparator", "sqty-1"),
    (ADMINISTRATION, "dosage.rateRatio", {"numerator": quantity()}, "dosage.rateRatio", "rat-1"),
    (PATIENT, "contact.0", {"gender": "male"}, "contact.0", "pat-1"),
    (PATIENT, "telecom.0.system", ..., "telecom.0", "cpt-2"),
    (PATIENT, "photo", [{"data": "aGk="}], "photo.0", "att-1"),
    (WEIGHT, "extension", [{"url": "urn:x"}], "extension.0", "ext-1"),
    (CARE_PLAN, "text.div", div("<script>alert(1)</script>"), "text", "txt-1"),
    (CARE_PLAN, "text.div", div('<p onclick="x()">a</p>'), "text", "txt-1"),
    (CARE_PLAN, "text.div", div('<a href="javascript:x()">a</a>'), "text", "txt-1"),
    (CARE_PLAN, "text.div", div('<img src="https://x.example/i.png"/>a'), "text", "txt-1"),
    (CARE_PLAN, "text.div", div("<p>a"), "text", "txt-1"),
    (CARE_PLAN, "text.div", div(" &#160; "), "text", "txt-1"),
    (CARE_PLAN, "text.div", "<div>no namespace</div>", "text", "txt-1"),
    (CARE_PLAN, "text.div", "plain text", "text", "txt-1"),
    (CARE_PLAN, "text.div", div("a") + div("b"), "text", "txt-1"),
    (CARE_PLAN, "text.div", "<!DOCTYPE x>" + div("a"), "text", "txt-1"),
]


@pytest.mark.parametrize(("document", "path", "value", "element", "says"), BROKEN_RULES)
def test_a_broken_rule_is_named_at_its_element(document: Any, path: str, value: Any, element: str, says: str) -> None:
    broken = changed(document, path, value)
    if says is None:
        assert check.check(broken) == []
    else:
        assert_refused(broken, as_element(broken, element), RULE, says)


WRONG_VALUES = [
    (WEIGHT, "effectiveDateTime", "2026-03-02T09:00:00", DATE, "offset"),
    (WEIGHT, "effectiveDateTime", "2026-03-02T09:00-06:00", DATE, "seconds"),
    (WEIGHT, "effectiveDateTime", "2026-02-30", DATE, "day must exist"),
    (WEIGHT, "effectiveDateTime", "2025-02-29T10:00:00Z", DATE, "day must exist"),
    (WEIGHT, "effectiveDateTime", "2026-03-02T24:00:00Z", DATE, "date or time"),
    (WEIGHT, "effectiveDateTime", "2026-03-02T09:00:00+14:30", DATE, "date or time"),
    (WEIGHT, "issued", "2026-03-02", DATE, "instant"),
    (PATIENT, "birthDate", "1979-13", DATE, "no date"),
    (PATIENT, "birthDate", "1979-04-00", DATE, "no date"),
    (PATIENT, "birthDate", "04/12/1979", DATE, "no date"),
    (WEIGHT, "id", "x" * 65, IDENTITY, "64"),
    (WEIGHT, "id", "S_1", IDENTITY, "no id"),
    (WEIGHT, "id", "", IDENTITY, "no id"),
    (WEIGHT, "status", "", STRUCTURE, "no code"),
    (WEIGHT, "valueQuantity.value", "72.50", STRUCTURE, "number"),
    (WEIGHT, "valueQuantity.value", True, STRUCTURE, "number"),
    (WEIGHT, "valueQuantity.unit", " ", STRUCTURE, "empty"),
    (WEIGHT, "valueQuantity.unit", "a\x07", STRUCTURE, "control"),
    (WEIGHT, "valueQuantity.unit", None, STRUCTURE, "text"),
    (WEIGHT, "note", [], STRUCTURE, "empty list"),
    (WEIGHT, "subject", "Patient/1", STRUCTURE, "object"),
    (WEIGHT, "valueQuantity", {}, STRUCTURE, "ele-1"),
    (WEIGHT, "device", {"id": 5}, STRUCTURE, "text"),
    (PATIENT, "active", "yes", STRUCTURE, "true or false"),
    (PATIENT, "name.0.given.0", 5, STRUCTURE, "text"),
    (CARE_PLAN, f"{REPEAT}.count", 0, STRUCTURE, "between 1"),
    (CARE_PLAN, f"{REPEAT}.count", Decimal("6.0"), STRUCTURE, "whole"),
    (WEIGHT, "status", ..., STRUCTURE, "required"),
    (WEIGHT, "code", ..., STRUCTURE, "required"),
    (WEIGHT, "weight", 5, STRUCTURE, "no element"),
    (WEIGHT, "valueQuantity.valeu", 5, STRUCTURE, "no element"),
    (CARE_PLAN, "category.0", [], STRUCTURE, "object"),
    (PROCEDURE, "performer", {"actor": to("Practitioner")}, STRUCTURE, "list"),
]


@pytest.mark.parametrize(("document", "path", "value", "code", "says"), WRONG_VALUES)
def test_a_value_of_a_wrong_form_is_refused(document: Any, path: str, value: Any, code: str, says: str) -> None:
    broken = changed(document, path, value)
    element = as_element(document if value is ... else broken, path)
    if path == "device":
        element += ".id"
    assert_refused(broken, element, code, says)


def test_two_kinds_of_one_value_are_refused() -> None:
    broken = changed(WEIGHT, "valueString", "heavy")
    assert_refused(broken, "Observation", STRUCTURE, "two kinds")


WRONG_EXTENSIONS = [
    (BLOOD_PRESSURE, "extension.0.extension.0.valueCode", "lunch", "code that its definition"),
    (BLOOD_PRESSURE, "extension.0.extension.0.url", "kode", "not defined"),
    (BLOOD_PRESSURE, "extension.0.extension.1", {"url": "offsetMinutes", "valueString": "5"}, "another value"),
    (BLOOD_PRESSURE, "extension.0.extension", [{"url": "offsetMinutes", "valueInteger": 5}], "needs its part code"),
    (BLOOD_PRESSURE, "extension.0.url", t.SESSION_SEQUENCE, "does not belong here"),
    (BLOOD_PRESSURE, "extension.0.url", t.IG + "/StructureDefinition/mood", "not defined"),
    (CARE_PLAN, "extension.0", {"url": t.PLAN_REVISION, "valueInteger": 3}, "another value"),
    (PROCEDURE, "extension.1.extension.0.valueCode", "dreaming", "code that its definition"),
]


@pytest.mark.parametrize(("document", "path", "value", "says"), WRONG_EXTENSIONS)
def test_a_wrong_extension_of_ours_is_refused(document: Any, path: str, value: Any, says: str) -> None:
    broken = changed(document, path, value)
    assert_refused(broken, as_element(broken, ".".join(path.split(".")[:2])), RULE, says)


def test_an_extension_that_stands_once_is_refused_twice() -> None:
    twice = changed(CARE_PLAN, "extension", CARE_PLAN["extension"] * 2)
    assert_refused(twice, "CarePlan.extension[1]", RULE, "only once")


def test_foreign_extensions_are_let_be() -> None:
    extension = [{"url": "https://hospital.example/mood", "valueString": "good"}]
    assert check.check(changed(WEIGHT, "extension", extension)) == []


def test_a_plain_value_may_be_replaced_by_its_extension() -> None:
    absent = [{"url": t.DATA_ABSENT, "valueCode": "unknown"}]
    patient = changed(PATIENT, "birthDate", ...) | {"_birthDate": {"extension": absent}}
    patient["name"] = [{"given": [None, "Maja"], "_given": [{"extension": absent}, None], "family": "Testpatient"}]

    assert check.check(patient) == []


def test_what_is_contained_is_checked_and_must_be_referred_to() -> None:
    device = {"resourceType": "Device", "id": "d1", "serialNumber": "7"}
    sound = WEIGHT | {"contained": [device], "device": {"reference": "#d1"}}

    assert check.check(sound) == []
    assert_refused(WEIGHT | {"contained": [device]}, "Observation.contained[0]", RULE, "dom-3")
    assert_refused(
        changed(sound, "contained.0.serial", "7"), "Observation.contained[0].serial", STRUCTURE, "no element"
    )
    assert_refused(changed(sound, "contained.0.contained", [device]), "Observation.contained[0]", RULE, "dom-2")
    assert_refused(changed(sound, "contained.0.meta", {"versionId": "1"}), "Observation.contained[0]", RULE, "dom-4")


def test_each_entry_of_a_bundle_is_checked() -> None:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": document} for document in SOUND]}

    assert check.check(bundle) == []
    assert_refused(changed(bundle, "entry.0.resource.gender", "f"), "Bundle.entry[0].resource.gender", CODE, "codes")
    assert_refused(
        changed(bundle, "entry.4.resource.status", ...), "Bundle.entry[4].resource.status", STRUCTURE, "required"
    )
    assert_refused(changed(bundle, "entry.0", {"fullUrl": "urn:x"}), "Bundle.entry[0]", RULE, "bdl-5")


@pytest.mark.parametrize("name", ["Treatment", "Quantity", "NutritionProduct", "", None, 5, "patient"])
def test_what_is_no_resource_of_r4_is_refused(name: Any) -> None:
    assert_refused({"resourceType": name, "id": "1"}, "resourceType", TYPE, "no type of resource")


def test_other_types_are_checked_for_their_form() -> None:
    encounter = {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"}, "period": {"start": "x"}}
    assert_refused(encounter, "Encounter.period.start", STRUCTURE, "not as FHIR R4 has it")


def test_no_issue_repeats_a_value() -> None:
    canary = "Canary-Testname"
    paths = ["gender", "birthDate", "name.0.use", "active", "contact", "link.0.other", "telecom.0.rank", canary]
    says = [issue.says + issue.element for path in paths for issue in check.check(changed(PATIENT, path, canary))]

    assert len(says) >= len(paths)
    assert not [line for line in says if canary in line.replace(f"Patient.{canary}", "")]


def test_whatever_is_broken_the_check_answers() -> None:
    junk: list[Any] = [
        None,
        "",
        1,
        True,
        [],
        {},
        [None],
        [{}],
        [[]],
        {"a": 1},
        "x y",
        {"reference": 5},
        {"coding": [5]},
    ]
    chance = random.Random(3)
    refused = 0
    for _ in range(600):
        document = fhir_json.loads(fhir_json.encode(chance.choice(SOUND)))
        place, key = chance.choice(spots(document))
        place[key] = chance.choice(junk)
        refused += bool(check.check(document))

    assert refused > 500


def spots(value: Any) -> list[tuple[Any, Any]]:
    pairs = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [(value, key) for key, _ in pairs] + [spot for _, inner in pairs for spot in spots(inner)]


def as_element(document: Any, path: str) -> str:
    """Write a dotted path as an issue writes its element: `activity.0.detail` -> `CarePlan.activity[0].detail`."""
    steps = [f"[{step}]" if step.isdigit() else f".{step}" for step in path.split(".")] if path else []
    return str(document["resourceType"]) + "".join(steps)


def assert_refused(document: Any, element: str, code: str, says: str) -> None:
    issues = check.check(document)
    found = [issue for issue in issues if issue.element == element and issue.code == code and says in issue.says]

    assert found, issues
    assert found[0].severity is check.Severity.ERROR
