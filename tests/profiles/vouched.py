"""What HL7's validator is told about systems that it has no offline list of: generated from `terminology.py`.

Each CodeSystem is `complete` with exactly our codes, so a code that nobody vouched for is an error. The ValueSets stand
in for value sets that are a filter over such a system, or that live on a terminology server: each has the original's
URL and no version, and lists the codes of ours that belong to it.
"""

import json
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from fhir_profiles import terminology as t

_R4 = "http://hl7.org/fhir/ValueSet/"
_US_CORE = "http://hl7.org/fhir/us/core/ValueSet/"
_VSAC = "http://cts.nlm.nih.gov/fhir/ValueSet/"

NAMES = {
    t.LOINC: "loinc",
    t.SNOMED: "snomed",
    t.RXNORM: "rxnorm",
    t.ICD10CM: "icd10cm",
    t.ASSESS_PLAN.system: "careplan-category",
}
VITAL_SIGNS = [
    t.BLOOD_PRESSURE,
    t.SYSTOLIC,
    t.DIASTOLIC,
    t.MEAN_PRESSURE,
    t.HEART_RATE,
    t.RESPIRATORY_RATE,
    t.OXYGEN_SATURATION_PULSE,
    t.OXYGEN_SATURATION,
    t.OXYGEN_FLOW,
    t.OXYGEN_CONCENTRATION,
    t.BODY_WEIGHT,
    t.IDEAL_WEIGHT,
    t.BODY_HEIGHT,
    t.BODY_MASS_INDEX,
    t.BODY_TEMPERATURE,
    t.VITAL_SIGNS_PANEL,
]
CONDITIONS = [
    t.FIBROMYALGIA,
    t.CHRONIC_PAIN,
    t.HYPERTENSION,
    t.ICD_FIBROMYALGIA,
    t.ICD_CHRONIC_PAIN,
    t.ICD_HYPERTENSION,
]
PROCEDURES = [t.INTRAVENOUS_INFUSION, t.PHYSICAL_THERAPY, t.COGNITIVE_THERAPY, t.EXERCISE_THERAPY]


def write_vouched(folder: Path) -> None:
    """Write the validator's vouched folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for resource in [*_code_systems(), *_value_sets()]:
        name = f"{resource['resourceType']}-{resource['id']}.json"
        (folder / name).write_text(json.dumps(resource, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _code_systems() -> Iterable[dict[str, Any]]:
    for system, concepts in t.vouched().items():
        listed = [{"code": c.code} | ({"display": c.display} if c.display else {}) for c in concepts]
        yield _definition("CodeSystem", NAMES[system], system) | {"content": "complete", "concept": listed}


def _value_sets() -> Iterable[dict[str, Any]]:
    loinc = t.vouched()[t.LOINC]
    surveys = [concept for concept in loinc if concept not in VITAL_SIGNS]
    findings = [concept for concept in t.EFFECT.values() if concept.system == t.SNOMED]
    yield _value_set("observation-codes", f"{_R4}observation-codes", loinc)
    yield _value_set("clinical-findings", f"{_R4}clinical-findings", [*findings, t.FIBROMYALGIA, t.CHRONIC_PAIN])
    yield _value_set("condition-code", f"{_US_CORE}us-core-condition-code", [*CONDITIONS, *findings])
    yield _value_set("procedure-code", f"{_US_CORE}us-core-procedure-code", PROCEDURES)
    yield _value_set("survey-codes", f"{_US_CORE}us-core-survey-codes", surveys)
    yield _value_set("survey-codes-vsac", f"{_VSAC}2.16.840.1.113762.1.4.1267.13", surveys)
    yield _value_set("vital-signs-vsac", f"{_VSAC}2.16.840.1.113883.3.88.12.80.62", VITAL_SIGNS)
    yield _value_set("route-vsac", f"{_VSAC}2.16.840.1.113762.1.4.1267.22", [t.INTRAVENOUS])
    yield _value_set("simple-language", f"{_US_CORE}simple-language", t.LANGUAGE.values())
    yield _value_set("languages", "http://terminology.hl7.org/ValueSet/Languages", t.LANGUAGE.values())


def _value_set(name: str, url: str, concepts: Iterable[t.Concept]) -> dict[str, Any]:
    by_system = groupby(sorted(concepts, key=lambda concept: (concept.system, concept.code)), lambda c: c.system)
    include = [{"system": system, "concept": [{"code": c.code} for c in listed]} for system, listed in by_system]
    return _definition("ValueSet", name, url) | {"compose": {"include": include}}


def _definition(resource: str, name: str, url: str) -> dict[str, Any]:
    return {"resourceType": resource, "id": name, "url": url, "status": "active"}
