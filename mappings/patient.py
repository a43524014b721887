"""Patient: the clinic's record of a patient ⇄ FHIR Patient."""

from collections.abc import Iterator
from typing import Any

from fhir_profiles import terminology
from mappings import codecs, codes
from mappings.codec import Codec
from mappings.records import patient as patient_record
from mappings.records import record
from mappings.resource_map import Part, ResourceMap
from mappings.rules import both, each
from mappings.scope import Scope, Unfit, reference, referent

GENDER = codes.table("administrative-gender", codes.spelled("male", "female", "other", "unknown"))
_IN_USE = {True: "usual", False: "old"}
_TYPE = {"MR": terminology.MEDICAL_RECORD.concept(), "PI": terminology.PATIENT_INTERNAL.concept()}
_LOOK = "let a person look at the document"


def _write_type(value: str, _scope: Scope) -> Any:
    return _TYPE.get(value)


def _read_type(element: Any, _scope: Scope) -> Any:
    if element.get("type") is None:
        return "other"
    found = [word for word, concept in _TYPE.items() if codecs.codings(concept) <= codecs.codings(element["type"])]
    if len(found) != 1:
        raise Unfit("has a type of identifier that is neither MR nor PI", _LOOK)
    return found[0]


def _write_use(value: bool, _scope: Scope) -> Any:
    return _IN_USE[value]


def _read_use(element: Any, _scope: Scope) -> Any:
    return element == "usual"


_PERIOD = Codec(
    "as precise as it was written",
    lambda value, _scope: {
        name: found.text for name, found in (("start", value.start), ("end", value.end)) if found is not None
    },
    lambda element, _scope: {name: element[name] for name in ("start", "end") if name in element},
)
_LINES = Codec("each as it is", lambda value, _scope: list(value) or None, lambda element, _scope: list(element))


def _own_identifier(element: Any, scope: Scope) -> bool:
    """Tell the record's identifiers from our own id and from those that a hospital added: it says usual or old."""
    return (
        isinstance(element, dict)
        and element.get("use") in ("usual", "old")
        and {"system", "value"} <= element.keys()
        and scope.base.kind_of(element["system"]) is None
    )


IDENTIFIER = Part(
    patient_record.Identifier,
    "Identifier",
    [
        both("active", "use", Codec("usual when true, else old", _write_use, _read_use)),
        both("type", "type", Codec("v2-0203 MR or PI; none for other", _write_type, _read_type),
             reads=_read_type),
        both("system", "system", codecs.text),
        both("value", "value", codecs.text),
        both("assigner", "assigner.display", codecs.text),
    ],
)  # fmt: skip

NAME = Part(
    record.HumanName,
    "HumanName",
    [
        *(both(name, name, codecs.text) for name in ("use", "text", "family")),
        *(both(name, name, _LINES) for name in ("given", "prefix", "suffix")),
        both("period", "period", _PERIOD),
    ],
)

TELECOM = Part(
    record.Telecom,
    "ContactPoint",
    [
        *(both(name, name, codecs.text) for name in ("system", "value", "use")),
        both("rank", "rank", codecs.whole),
        both("period", "period", _PERIOD),
    ],
)

ADDRESS = Part(
    record.Address,
    "Address",
    [
        *(both(name, name, codecs.text) for name in ("use", "type", "text", "city", "district", "state", "country")),
        both("line", "line", _LINES),
        both("postal_code", "postalCode", codecs.text),
        both("period", "period", _PERIOD),
    ],
)


def _write_contact(value: patient_record.EmergencyContact, scope: Scope) -> Any:
    """Write whom to call; without a name or a number there is nothing that FHIR would take (pat-1)."""
    if value.name is None and value.phone is None:
        return None
    relationship = terminology.EMERGENCY_CONTACT.concept(value.relationship)
    found: dict[str, Any] = {"relationship": [relationship]}
    if value.name is not None:
        found["name"] = NAME.build(value.name, scope, {})
    if value.phone is not None:
        found["telecom"] = [{"system": "phone", "value": value.phone}]
    return found


def _read_contact(element: Any, scope: Scope) -> Any:
    found: dict[str, Any] = {}
    if "name" in element:
        found["name"] = NAME.read(element["name"], scope)
    phones = [telecom["value"] for telecom in element.get("telecom", ()) if telecom.get("system") == "phone"]
    if phones:
        found["phone"] = phones[0]
    words = [relation["text"] for relation in element["relationship"] if "text" in relation]
    if words:
        found["relationship"] = words[0]
    return found


def _carried_contact(patient: patient_record.Patient, written: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    contact = patient.emergency_contact
    if contact is not None and (contact.name is not None or contact.phone is not None):
        yield "emergency_contact", written["emergency_contact"]


def _is_emergency(element: Any, _scope: Scope) -> bool:
    return any(codecs.has(relation, terminology.EMERGENCY_CONTACT) for relation in element.get("relationship", ()))


def _write_language(value: str, _scope: Scope) -> Any:
    known = terminology.LANGUAGE.get(value, terminology.Concept(terminology.LANGUAGE_SYSTEM, value))
    return {"language": known.concept(), "preferred": True}


def _read_language(element: Any, _scope: Scope) -> Any:
    found = [code for system, code in codecs.codings(element["language"]) if system == terminology.LANGUAGE_SYSTEM]
    if len(found) != 1:
        raise Unfit("has no language code, or two", _LOOK)
    return found[0]


def _preferred(element: Any, _scope: Scope) -> bool:
    return element.get("preferred") is True and "language" in element


def _write_deceased(value: Any, _scope: Scope) -> Any:
    return {"deceasedBoolean": value} if isinstance(value, bool) else {"deceasedDateTime": value.text}


def _read_deceased(element: Any, _scope: Scope) -> Any:
    return next(iter(element.values()))


def _write_merged(value: str, scope: Scope) -> Any:
    return {"other": reference(scope.base, "Patient", "patient", value), "type": "replaced-by"}


def _read_merged(element: Any, scope: Scope) -> Any:
    found = referent(scope.base, element["other"], "patient")
    return found[1] if found else None


def _is_replaced(element: Any, scope: Scope) -> bool:
    return element.get("type") == "replaced-by" and referent(scope.base, element.get("other"), "patient") is not None


def _in_use(patient: patient_record.Patient) -> bool:
    """R4's Patient has no status: one entered in error is inactive."""
    return patient.active and patient.entered_in_error is None


def _carried_in_use(patient: patient_record.Patient, _written: Any) -> Iterator[tuple[str, Any]]:
    yield "active", _in_use(patient)


PATIENT = ResourceMap(
    patient_record.Patient,
    resource="Patient",
    identity="patient",
    declared=[
        both("test", "meta.security:HTEST", codecs.security_label(terminology.TEST_DATA)),
        each("identifiers", "identifier", IDENTIFIER.item(mine=_own_identifier)),
        both("id", "identifier:patient", codecs.business_identifier("patient")),
        both("active", "active", codecs.flag, get=_in_use, carries=_carried_in_use),
        each("names", "name", NAME.item()),
        each("telecom", "telecom", TELECOM.item()),
        both("admin_gender", "gender", GENDER),
        both("birth_date", "birthDate", codecs.date),
        both("deceased", "deceased[x]",
             Codec("true, false or a time", _write_deceased, _read_deceased, ("deceasedBoolean", "deceasedDateTime"))),
        each("address", "address", ADDRESS.item()),
        both("emergency_contact", "contact:emergency",
             Codec("contact with relationship C", _write_contact, _read_contact, mine=_is_emergency),
             carries=_carried_contact),
        both("language", "communication:preferred",
             Codec("language code, preferred", _write_language, _read_language, mine=_preferred)),
        both("merged_into", "link:replaced-by",
             Codec("reference to Patient, type replaced-by", _write_merged, _read_merged, mine=_is_replaced)),
    ],
    elsewhere=("kind",),
    partly={"active": "a patient entered in error is written, and read, as inactive"},
    not_yet_carried={
        "updated_at": "stays in the clinic: our versions are our own",
        "created_at": "stays in the clinic",
        "recorded_by": "stays in the clinic",
        "entered_in_error": "R4's Patient has no such status: written as inactive; the reason follows with Provenance",
        "escort_name": "stays in the clinic",
    },
)  # fmt: skip
"""The map of a patient."""
