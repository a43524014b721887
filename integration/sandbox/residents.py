"""Whom a pretend hospital has besides those in its character's file: so many pretend patients, or those of a file.

A clinic that wants to see its own test data arrive gives its own export: the hospital then knows the same people, under
ids and record numbers of its own, with an open Encounter for each visit and a Practitioner for each of the staff.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fhir_profiles import fhir_json, terminology
from fhir_profiles.fhir_json import Document
from integration import errors
from integration.sandbox import clinic_names, r4_form, resource_types
from integration.sandbox.character import Character
from mappings import identity, known, records, registry, sample

UNUSABLE: Final = "IF-SBX-21"
_SYSTEM: Final = "urn:oid:2.999.20.1"
_BASE: Final = identity.Base.of("https://sandbox.invalid/ids")
_KEPT: Final[tuple[str, ...]] = ("active", "name", "telecom", "gender", "birthDate", "address", "communication")
_MOST: Final = 100_000

Link = tuple[str, str, str]
"""A kind of the clinic's (`patient`, `session` …), the clinic's id, and the id of what stands for it here."""


@dataclass(frozen=True, slots=True)
class Residents:
    """Resources that are there from the beginning; `links` tells which of them stands for what of the clinic's."""

    documents: tuple[Document, ...] = ()
    links: tuple[Link, ...] = ()

    def in_(self, character: Character) -> Character:
        """Give the character with these besides its own."""
        staff = dict(character.staff)
        for document in self.documents:
            bare = {key: value for key, value in document.items() if key != "resourceType"}
            staff[document["resourceType"]] = (*staff.get(document["resourceType"], ()), bare)
        return character.model_copy(update={"staff": staff})

    def links_csv(self) -> str:
        """Give the links as `infusion-fhir link --file` reads them."""
        return "\n".join(["kind,id,hospital_id", *(",".join(link) for link in self.links)]) + "\n"


def of(what: str | int | Path, seed: int = 0) -> Residents:
    """Give so many pretend patients, or those of a file: FHIR resources, a Bundle, or a clinic's export."""
    if isinstance(what, int) or (isinstance(what, str) and what.isascii() and what.isdigit()):
        number = int(what)
        if number > _MOST:
            raise errors.UsageError(UNUSABLE, f"{number} patients are too many: at most {_MOST}")
        made = sample.courses(number, seed) if number else ()
        return _living(list(made))
    return _of_file(Path(what))


def given(documents: Iterable[Document]) -> Residents:
    """Give these resources; each needs an id."""
    return Residents(tuple(_resource(one, "") for one in documents))


def _of_file(path: Path) -> Residents:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as cause:
        says = "is no UTF-8 text" if isinstance(cause, UnicodeDecodeError) else str(cause.strerror)
        raise errors.UsageError(UNUSABLE, f"the patients cannot be read: {says}", where=str(path)) from None
    found = list(_objects(text, str(path)))
    people = _living([one for _, one in found if "kind" in one], str(path))
    given = [_right(_resource(one, where), where) for where, one in found if "resourceType" in one]
    if not people.documents and not given:
        raise errors.UsageError(UNUSABLE, "there is neither a FHIR resource nor a patient's record", where=str(path))
    return Residents((*people.documents, *given), people.links)


def _objects(text: str, file: str) -> Iterator[tuple[str, Document]]:
    """Take a file apart: one JSON document (a Bundle's resources each by itself), or one a line."""
    try:
        whole = fhir_json.loads(text)
    except fhir_json.JsonError:
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                yield f"{file}, line {number}", _read(line, f"{file}, line {number}")
        return
    entries = whole.get("entry", []) if isinstance(whole, dict) and whole.get("resourceType") == "Bundle" else None
    for one in [whole] if entries is None else [entry.get("resource", {}) for entry in entries]:
        if not isinstance(one, dict):
            raise errors.UsageError(UNUSABLE, "this is no JSON object", where=file)
        yield file, one


def _read(line: str, where: str) -> Document:
    try:
        found = fhir_json.loads(line)
    except fhir_json.JsonError as wrong:
        raise errors.UsageError(UNUSABLE, f"this is not exact JSON (column {wrong.column})", where=where) from None
    if not isinstance(found, dict):
        raise errors.UsageError(UNUSABLE, "this is no JSON object", where=where)
    return found


def _resource(document: Document, where: str) -> Document:
    if document.get("resourceType") not in resource_types.ALL:
        raise errors.UsageError(UNUSABLE, "this is no resource of FHIR R4", where=where)
    if not isinstance(document.get("id"), str):
        raise errors.UsageError(UNUSABLE, "a resource that is there from the beginning needs an id", where=where)
    return document


def _right(document: Document, where: str) -> Document:
    """Refuse what FHIR R4 does not allow: a hospital serves what it holds."""
    for _, issue in r4_form.faults(document):
        raise errors.UsageError(UNUSABLE, f"this is not FHIR R4: {issue.says}", where=where)
    return document


def _living(raw: Sequence[dict[str, Any]], file: str = "") -> Residents:
    """The clinic's people and visits as the hospital has them, under its own ids and numbers; every visit is open."""
    people = [one for one in raw if one["kind"] == "patient"]
    visits = clinic_names.visits(raw)
    documents: list[Document] = []
    links: list[Link] = []
    for number, one in enumerate(people, 1):
        ours = _as_fhir(one, file)
        patient, visit = f"sandbox-patient-{number:04}", f"sandbox-visit-{number:04}"
        identifier = {"use": "usual", "system": _SYSTEM, "value": f"S-{number:06}"}
        kept: Document = {key: ours[key] for key in _KEPT if key in ours}
        documents.append({"resourceType": "Patient", "id": patient, "identifier": [identifier], **kept})
        documents.append(_visit(visit, patient))
        links.append(("patient", str(one["id"]), patient))
        for place, (kind, name) in enumerate(visits.get(one["id"], ()), 1):
            documents.append(_visit(f"{visit}-{place:02}", patient))
            links.append((kind, name, f"{visit}-{place:02}"))
    staff = _staff(clinic_names.staff(raw), clinic_names.devices(raw))
    return Residents((*documents, *staff.documents), (*links, *staff.links))


def _staff(roles: Sequence[str], devices: Sequence[str]) -> Residents:
    """A Practitioner for each of the clinic's staff; the first of them answers for what devices show."""
    ids = [f"sandbox-staff-{number:04}" for number in range(1, max(len(roles), bool(devices)) + 1)]
    documents = [_practitioner(one) for one in ids]
    links = [*(("staff-role", role, there) for role, there in zip(roles, ids, strict=False)),
             *(("device", device, ids[0]) for device in devices)]  # fmt: skip
    return Residents(tuple(documents), tuple(links))


def _practitioner(identity: str) -> Document:
    name = {"use": "official", "family": "Pretend", "given": [f"Staff {identity.rpartition('-')[2]}"]}
    return {"resourceType": "Practitioner", "id": identity, "active": True, "name": [name]}


def _as_fhir(raw: dict[str, Any], file: str) -> Document:
    try:
        record = records.parse(raw)
    except records.RecordError:
        says = "a patient's record is not as it must be; `infusion-fhir import` says more"
        raise errors.UsageError(UNUSABLE, says, where=file) from None
    return registry.documents_for(record, _BASE, known.InMemory([record]))[0].document


def _visit(visit: str, patient: str) -> Document:
    system = f"{terminology.TEST_DATA.system.rpartition('/')[0]}/v3-ActCode"
    return {
        "resourceType": "Encounter",
        "id": visit,
        "status": "in-progress",
        "class": {"system": system, "code": "AMB", "display": "ambulatory"},
        "subject": {"reference": f"Patient/{patient}", "type": "Patient"},
    }
