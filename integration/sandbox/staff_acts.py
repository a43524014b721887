"""What the hospital's own staff do in the moment before a request is worked on: edit, delete, merge.

These are faults of no machine: people work on the same patients. Each act looks for the resource that the request is
about, and does nothing where there is none.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from fhir_profiles import terminology
from fhir_profiles.fhir_json import Document
from integration.sandbox import request_kinds
from integration.sandbox.exchange import Request
from integration.sandbox.machine import SandboxHospital

OTHER: Final = "sandbox-merged-into"
"""The id of the Patient that others are merged into."""

_REMARK: Final = "TEST: looked at by the hospital's own staff"
_EDITED: Final = {"system": terminology.TEST_DATA.system, "code": terminology.TEST_DATA.code, "display": _REMARK}
_NOTED: Final = frozenset({"CarePlan", "MedicationAdministration", "Observation", "Procedure"})


def act(hospital: SandboxHospital, name: str, request: Request, seen: str | None, now: float) -> None:
    """Do what a fault of this name says; `seen` is a resource of the last search that had more pages."""
    doing = _ACTS.get(name)
    if doing is None:
        return
    for reference in (seen,) if name == "changed-while-paging" else _targets(request):
        resource_type, _, resource_id = (reference or "").partition("/")
        if hospital.store.live(resource_type, resource_id) is not None:
            doing(hospital, resource_type, resource_id, now)
            return


def noted(document: Document) -> Document:
    """The document as somebody at the hospital leaves it who has looked at it: with a remark more."""
    if document.get("resourceType") in _NOTED:
        return document | {"note": [*document.get("note", []), {"text": _REMARK}]}
    meta: Mapping[str, Any] = document.get("meta") or {}
    return document | {"meta": {**meta, "tag": [*meta.get("tag", []), _EDITED]}}


def _targets(request: Request) -> Iterator[str]:
    """What a request is about: the resource in its address, or those that a Bundle puts."""
    if request.path.strip("/"):
        yield request.path.strip("/")
        return
    document = request_kinds.document_of(request.body) or {}
    entries = document.get("entry")
    for entry in entries if isinstance(entries, list) else []:
        asked = entry.get("request") if isinstance(entry, dict) else None
        if isinstance(asked, dict) and asked.get("method") == "PUT":
            yield str(asked.get("url"))


def _edit(hospital: SandboxHospital, resource_type: str, resource_id: str, now: float) -> None:
    hospital.edit(resource_type, resource_id, noted, now)


def _merge(hospital: SandboxHospital, resource_type: str, resource_id: str, now: float) -> None:
    document = hospital.store.live(resource_type, resource_id) or {}
    patient = resource_id if resource_type == "Patient" else _patient_of(document)
    if patient in ("", OTHER) or hospital.store.live("Patient", patient) is None:
        return
    if hospital.store.live("Patient", OTHER) is None:
        name = {"family": "Merged", "given": ["Into"], "text": "TEST: one of two that were the same person"}
        hospital.put({"resourceType": "Patient", "id": OTHER, "active": True, "name": [name]}, now)
    hospital.merge(patient, OTHER, now)


def _patient_of(document: Document) -> str:
    for element in ("subject", "patient"):
        reference = str((document.get(element) or {}).get("reference", ""))
        if reference.rpartition("/")[0].endswith("Patient"):
            return reference.rpartition("/")[2]
    return ""


def _delete(hospital: SandboxHospital, resource_type: str, resource_id: str, now: float) -> None:
    hospital.delete(resource_type, resource_id, now)


_ACTS: Final[Mapping[str, Callable[[SandboxHospital, str, str, float], None]]] = {
    "edited-meanwhile": _edit,
    "changed-while-paging": _edit,
    "deleted-meanwhile": _delete,
    "patient-merged": _merge,
}
