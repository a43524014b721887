"""The clinic's record of a patient."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema

from mappings.records import record, values
from mappings.records.problem import Code, Problem


class Identifier(values.Part):
    """A number that the clinic, or someone else but no hospital of ours, knows the patient by."""

    system: values.Uri
    value: values.Text
    type: Literal["MR", "PI", "other"]
    assigner: values.Text | None = None
    active: values.Flag


class EmergencyContact(values.Part):
    """Whom to call."""

    name: record.HumanName | None = None
    phone: values.Text | None = None
    relationship: values.Text | None = None


def _deceased(value: Any) -> "bool | values.Instant":
    if type(value) is bool:
        return value
    return values.instant(value)


Deceased = Annotated[
    bool | values.Instant,
    PlainValidator(_deceased),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "string", "format": "date-time"}]}),
]


class Patient(record.Record):
    """A person treated by the clinic; identifiers that a hospital gave are links, never part of the record."""

    kind: Literal["patient"]
    identifiers: Annotated[values.Many[Identifier], Field(min_length=1)]
    names: Annotated[values.Many[record.HumanName], Field(min_length=1)]
    birth_date: values.PDate
    admin_gender: Literal["male", "female", "other", "unknown"]
    telecom: values.Many[record.Telecom] = ()
    address: values.Many[record.Address] = ()
    language: values.Token | None = None
    emergency_contact: EmergencyContact | None = None
    escort_name: values.Text | None = None
    deceased: Deceased | None = None
    active: values.Flag
    merged_into: values.Id | None = None


def problems(patient: Patient) -> Iterator[Problem]:
    """Find what the shape of the fields alone cannot tell."""
    yield from _medical_record_number(patient)
    for number, name in enumerate(patient.names):
        if not (name.family or name.given or name.text):
            yield Problem(f"names[{number}]", Code.MISSING, "has neither family, given nor text", "give the name")
    if patient.birth_date.earliest > patient.updated_at.at.date():
        yield Problem("birth_date", Code.CONTRADICTION, "lies after updated_at", "correct the birth date")
    if patient.merged_into is not None and patient.active:
        yield Problem("active", Code.CONTRADICTION, "is true on a merged patient", "set active to false")
    if patient.merged_into == patient.id:
        yield Problem("merged_into", Code.CONTRADICTION, "names the patient itself", "name the patient who remains")
    if tells_who(patient.id, patient):
        yield Problem(
            "id",
            Code.TELLS_WHO,
            "equals an MRN, a name or the birth date of the patient, and record ids go to hospitals",
            "give the record an id that means nothing, and use it in every record of this patient",
        )


def _medical_record_number(patient: Patient) -> Iterator[Problem]:
    """Ask for exactly one MRN in use; a patient who is no longer active may have none."""
    in_use = sum(identifier.type == "MR" and identifier.active for identifier in patient.identifiers)
    if in_use > 1 or (in_use == 0 and patient.active):
        yield Problem(
            "identifiers",
            Code.CONTRADICTION,
            "must have exactly one active identifier of type MR",
            "set active to false on the old medical record numbers, true on the one in use",
        )


def tells_who(record_id: str, patient: Patient) -> bool:
    """Tell whether a record id gives away an MRN, a name or the birth date of this patient."""
    return _bare(record_id) in personal(patient)


def telling(of_patient: record.Record, told: frozenset[str]) -> list[str]:
    """Name the fields of a patient's record that hold an id which is one of the patient's personal texts."""
    ids = {"id": of_patient.id}
    ids |= {f"side_effects[{n}].id": effect.id for n, effect in enumerate(getattr(of_patient, "side_effects", ()))}
    return [name for name, one in ids.items() if _bare(one) in told]


def personal(patient: Patient) -> frozenset[str]:
    """Give the texts that no id of a record of this patient may equal, without blanks, signs and capitals."""
    told = {_bare(patient.birth_date.text)}
    told.update(_bare(identifier.value) for identifier in patient.identifiers if identifier.type != "PI")
    for name in patient.names:
        parts = [part for part in (name.family, *name.given) if part]
        told.update(_bare(part) for part in (*parts, name.text) if part)
        told.update((_bare("".join(parts)), _bare("".join(parts[1:] + parts[:1]))))
        told.update(_bare(first + (name.family or "")) for first in name.given)
        told.update(_bare((name.family or "") + first) for first in name.given)
    return frozenset(told - {""})


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()
