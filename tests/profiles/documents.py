"""Small sound documents of each type that we make, for tests to break one thing at a time."""

import copy
from decimal import Decimal
from typing import Any

from fhir_profiles import terminology as t

Document = dict[str, Any]

PATIENT: Document = {
    "resourceType": "Patient",
    "id": "p-1",
    "identifier": [{"use": "usual", "system": "https://clinic.example/fhir/patient", "value": "P-1"}],
    "active": True,
    "name": [{"use": "official", "family": "Testpatient", "given": ["Elin"]}],
    "telecom": [{"system": "phone", "value": "+1-555-0142", "use": "mobile"}],
    "gender": "female",
    "birthDate": "1979-04",
    "address": [{"use": "home", "type": "physical", "line": ["1 Sample Street"], "city": "Madison"}],
    "contact": [{"name": {"family": "Testpatient"}, "gender": "male"}],
    "communication": [{"language": t.LANGUAGE["en"].concept(), "preferred": True}],
    "link": [{"other": {"reference": "Patient/p-2", "type": "Patient"}, "type": "replaced-by"}],
}

CARE_PLAN: Document = {
    "resourceType": "CarePlan",
    "id": "c-1",
    "text": {"status": "generated", "div": f'<div xmlns="{t.XHTML}"><p>A plan &amp; more.<br/></p></div>'},
    "extension": [{"url": t.PLAN_REVISION, "valuePositiveInt": 3}],
    "status": "active",
    "intent": "plan",
    "category": [t.ASSESS_PLAN.concept()],
    "subject": {"reference": "Patient/p-1", "type": "Patient"},
    "period": {"start": "2026-03-02", "end": "2027-04"},
    "author": {"reference": "PractitionerRole/r-1", "type": "PractitionerRole"},
    "activity": [
        {
            "id": "phase.induction",
            "extension": [{"url": t.ACTIVITY_TITLE, "valueString": "Induction"}],
            "detail": {
                "kind": "ServiceRequest",
                "code": t.PHASE_KIND["induction"].concept("Ketamine intravenous infusion"),
                "status": "in-progress",
                "scheduledTiming": {
                    "repeat": {
                        "boundsRange": {
                            "low": {"value": 14, "system": t.UCUM, "code": "d"},
                            "high": {"value": 21, "system": t.UCUM, "code": "d"},
                        },
                        "count": 6,
                        "duration": 90,
                        "durationUnit": "min",
                        "frequency": 2,
                        "period": 1,
                        "periodUnit": "wk",
                    }
                },
            },
        },
        {"id": "regimen.induction", "reference": {"reference": "MedicationRequest/m-1", "type": "MedicationRequest"}},
    ],
    "note": [{"authorReference": {"reference": "Practitioner/r-1", "type": "Practitioner"}, "text": "Loose clothing"}],
}

PROCEDURE: Document = {
    "resourceType": "Procedure",
    "id": "s-1",
    "extension": [
        {
            "extension": [
                {"url": "phase", "valueCode": "induction"},
                {"url": "number", "valuePositiveInt": 1},
                {"url": "plannedTotal", "valuePositiveInt": 6},
            ],
            "url": t.SESSION_SEQUENCE,
        },
        {
            "extension": [
                {"url": "stage", "valueCode": "recovery"},
                {"url": "period", "valuePeriod": {"start": "2026-03-02T10:00:00-06:00"}},
            ],
            "url": t.SESSION_INTERVAL,
        },
    ],
    "basedOn": [{"reference": "CarePlan/c-1", "type": "CarePlan"}],
    "status": "completed",
    "code": t.INTRAVENOUS_INFUSION.concept("Ketamine intravenous infusion"),
    "subject": {"reference": "Patient/p-1", "type": "Patient"},
    "performedPeriod": {"start": "2026-03-02T09:05:00-06:00", "end": "2026-03-02T09:55:00-06:00"},
    "performer": [
        {
            "function": t.STAFF_FUNCTION["infusion-nurse"].concept(),
            "actor": {"reference": "PractitionerRole/r-1", "type": "PractitionerRole"},
        }
    ],
}

ADMINISTRATION: Document = {
    "resourceType": "MedicationAdministration",
    "id": "a-1",
    "partOf": [{"reference": "Procedure/s-1", "type": "Procedure"}],
    "status": "completed",
    "category": t.OUTPATIENT.concept(),
    "medicationCodeableConcept": t.KETAMINE.concept(),
    "subject": {"reference": "Patient/p-1", "type": "Patient"},
    "effectivePeriod": {"start": "2026-03-02T09:05:00-06:00", "end": "2026-03-02T09:55:00-06:00"},
    "dosage": {
        "route": t.INTRAVENOUS.concept(),
        "dose": {"value": Decimal("36.00"), "unit": "mg", "system": t.UCUM, "code": "mg"},
    },
}

BLOOD_PRESSURE: Document = {
    "resourceType": "Observation",
    "id": "o-1",
    "extension": [
        {
            "extension": [{"url": "code", "valueCode": "during"}, {"url": "offsetMinutes", "valueInteger": -5}],
            "url": t.PROTOCOL_TIMEPOINT,
        }
    ],
    "status": "final",
    "category": [t.OBSERVATION_CATEGORY["vital-signs"].concept()],
    "code": t.BLOOD_PRESSURE.concept(),
    "subject": {"reference": "Patient/p-1", "type": "Patient"},
    "effectiveDateTime": "2026-03-02T09:10:00-06:00",
    "performer": [{"reference": "PractitionerRole/r-1", "type": "PractitionerRole"}],
    "component": [
        {
            "code": t.SYSTOLIC.concept(),
            "valueQuantity": {"value": 121, "unit": "mmHg", "system": t.UCUM, "code": "mm[Hg]"},
        },
        {"code": t.DIASTOLIC.concept(), "dataAbsentReason": t.DATA_ABSENT_REASON["asked-declined"].concept()},
    ],
}

WEIGHT: Document = {
    "resourceType": "Observation",
    "id": "o-2",
    "status": "final",
    "category": [t.OBSERVATION_CATEGORY["vital-signs"].concept()],
    "code": t.BODY_WEIGHT.concept(),
    "subject": {"reference": "Patient/p-1", "type": "Patient"},
    "effectiveDateTime": "2026-03-02T09:00:00-06:00",
    "valueQuantity": {"value": Decimal("72.50"), "unit": "kg", "system": t.UCUM, "code": "kg"},
}

SOUND = (PATIENT, CARE_PLAN, PROCEDURE, ADMINISTRATION, BLOOD_PRESSURE, WEIGHT)


def changed(document: Document, path: str, value: Any) -> Document:
    """Copy a document with one element (dotted path, numbers for list items) set to a value, or taken out by `...`."""
    document = copy.deepcopy(document)
    place: Any = document
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return document
