"""Vital signs one by one: the Observation that a hospital takes which files readings and nothing else of ours.

Such a hospital (Epic and Oracle Health are of this kind) has a place for each vital sign, by its LOINC code. It takes
one code, one value, one moment, its own Patient, Encounter and Practitioner, and no extensions. A blood pressure stays
one Observation with its two components, as both take it: so one document of ours is one resource there, under one
identifier, and the ledger needs no rows for halves.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from fhir_profiles import terminology
from fhir_profiles.fhir_json import Document
from mappings import measures

RESOURCE: Final = "Observation"

_USUAL: Final = ("bp", "hr", "rr", "spo2", "temperature", "weight", "height")
_PRESSURES: Final = (terminology.SYSTOLIC.code, terminology.DIASTOLIC.code)


def _codes(keys: Sequence[str]) -> tuple[str, ...]:
    concepts = (concept for key in keys for concept in measures.MEASURES[key].concepts)
    return tuple(concept.code for concept in concepts if concept.system == terminology.LOINC)


ALL_CODES: Final = _codes([k for k, m in measures.MEASURES.items() if m.category is measures.Category.VITAL_SIGNS])
"""Every code that a hospital may say it has a place for."""

USUAL_CODES: Final = _codes(_USUAL)
"""The codes of a hospital that has not said which it has a place for."""

ALL_STATUSES: Final = ("final", "amended", "corrected")
"""The statuses of a reading that counts."""

COMPONENTS: Final[Mapping[str, Sequence[str]]] = {terminology.BLOOD_PRESSURE.code: _PRESSURES}
"""The codes whose reading is in components, all of them needed; others of ours (a mean pressure) are not sent."""

KEPT: Final = ("resourceType", "id", "meta", "identifier", "status", "category", "code", "subject", "encounter",
               "effectiveDateTime", "performer", "valueQuantity", "component")  # fmt: skip
"""The elements that are sent, in FHIR's order; body site, method, device, notes and interpretation stay with us."""

LINKED: Final[Mapping[str, str]] = {"encounter": "Encounter", "performer": "Practitioner"}
"""The elements that name something of the hospital's own, to which ours is linked by file."""


def alone(document: Document, codes: Collection[str], statuses: Collection[str]) -> Document | str:
    """Give one reading as it is sent, or say in a few words why it is not."""
    concept = next((one for one in _concepts(document) if one["code"] in codes), None)
    why = _why_not(document, concept, statuses)
    if why or concept is None:
        return why
    by = _performer(document)
    if isinstance(by, str):
        return by
    sent = document | {"code": {"coding": [concept]}, "performer": [by]}
    sent["encounter"] = _theirs(document["encounter"], LINKED["encounter"])
    if concept["code"] in COMPONENTS:
        sent["component"] = [_component(document, code) for code in COMPONENTS[concept["code"]]]
    return {name: sent[name] for name in KEPT if name in sent}


def _why_not(document: Document, concept: Any, statuses: Collection[str]) -> str:
    if not _concepts(document):
        return "vital signs alone go there"
    if concept is None:
        return f"no place there for code {_concepts(document)[0]['code']}"
    if document["status"] not in statuses:
        return f"status {document['status']} is not taken there"
    if not _has_value(document, concept["code"]):
        return "a reading without its value"
    if "effectiveDateTime" not in document:
        return "a reading over a time, not at a moment"
    return "" if "encounter" in document else "a reading of no visit"


def _concepts(document: Document) -> list[Any]:
    """Give the LOINC codings of a vital sign; none for what is no vital sign."""
    if document["resourceType"] != RESOURCE:
        return []
    categories = [coding["code"] for one in document.get("category", ()) for coding in one.get("coding", ())]
    if categories != [measures.Category.VITAL_SIGNS]:
        return []
    return [one for one in document["code"]["coding"] if one.get("system") == terminology.LOINC]


def _has_value(document: Document, code: str) -> bool:
    if code not in COMPONENTS:
        return "valueQuantity" in document
    return all("valueQuantity" in _component(document, one) for one in COMPONENTS[code])


def _component(document: Document, code: str) -> Any:
    found = (one for one in document.get("component", ()) if code in (c["code"] for c in one["code"]["coding"]))
    return next(found, {})


def _performer(document: Document) -> Document | str:
    """Give who answers for a reading, as a Practitioner: the one who took it, or for whom the device that did stands.

    A hospital wants a Practitioner; our documents name a role, and a device's reading nobody. Both are linked by file.
    """
    by = next(iter(document.get("performer", ())), None) or document.get("device")
    if by is None:
        return "a reading that nobody is named for"
    return "a reading that the patient took" if by["type"] == "Patient" else _theirs(by, LINKED["performer"])


def _theirs(reference: Document, resource: str) -> Document:
    """Refer to what ours is linked to: our identifier says who ours is, nothing of theirs, and stays with us."""
    return {"reference": f"{resource}/{reference['reference'].partition('/')[2]}", "type": resource}
