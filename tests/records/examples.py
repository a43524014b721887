"""Small valid records, as dicts read from a clinic's file, to be broken one field at a time."""

from decimal import Decimal
from typing import Any

Raw = dict[str, Any]

UPDATED = "2026-03-02T13:00:00-06:00"
KETAMINE = {"codings": [{"system": "urn:oid:2.999.1", "code": "6130", "display": "ketamine"}]}


def mg(value: str) -> Raw:
    return {"value": Decimal(value), "unit_ucum": "mg"}


def per_kg(value: str) -> Raw:
    return {"value": Decimal(value), "unit_ucum": "mg/kg"}


def patient(**changes: Any) -> Raw:
    return {
        "kind": "patient",
        "id": "P-1",
        "updated_at": UPDATED,
        "identifiers": [{"system": "urn:oid:2.999.2", "value": "HT-77", "type": "MR", "active": True}],
        "names": [{"family": "Testmann", "given": ["Greta", "Maria"]}],
        "birth_date": "1979-04-12",
        "admin_gender": "female",
        "active": True,
    } | changes


def plan(**changes: Any) -> Raw:
    return {
        "kind": "plan",
        "id": "PL-1",
        "updated_at": UPDATED,
        "patient": "P-1",
        "indication": "CO-1",
        "assessment": "A-1",
        "title": "Ketamine infusion plan",
        "status": "active",
        "period": {"start": "2026-03-02"},
        "phases": [{"key": "induction", "kind": "induction", "status": "in_progress", "planned_count": 6}],
        "regimen": [
            {
                "phase": "induction",
                "drug": KETAMINE,
                "dose": per_kg("0.50"),
                "max_total": mg("40.00"),
                "infusion_min": {"low": 45, "high": 55},
            }
        ],
        "premedication": [{"key": "p1", "drug": KETAMINE, "prn": False}],
        "goals": [
            {"key": "g1", "metric": "pain-nrs", "kind": "percent_reduction", "percent": 50, "baseline": "O-PAIN"}
        ],
        "monitoring": {"vitals_every_min": 10},
        "revisions": [
            {
                "rev": 1,
                "at": "2026-02-26T14:00:00-06:00",
                "by": "ST-1",
                "reason": {"text": "first"},
                "dose_change": "none",
            }
        ],
    } | changes


def session(**changes: Any) -> Raw:
    """A session without any finding, given the observations of `vitals`."""
    return {
        "kind": "session",
        "id": "S-1",
        "updated_at": UPDATED,
        "plan": "PL-1",
        "phase": "induction",
        "sequence_no": 1,
        "planned_total": 6,
        "status": "completed",
        "scheduled": {"start": "2026-03-02T09:30:00-06:00", "end": "2026-03-02T11:00:00-06:00"},
        "actual": {
            "checked_in": "2026-03-02T09:25:00-06:00",
            "prep_start": "2026-03-02T09:32:00-06:00",
            "infusion_start": "2026-03-02T09:50:00-06:00",
            "infusion_end": "2026-03-02T10:40:00-06:00",
            "recovery_end": "2026-03-02T10:55:00-06:00",
            "discharged": "2026-03-02T11:00:00-06:00",
        },
        "staff": [{"role": "infusion_nurse", "staff_role": "ST-2"}],
        "dosing_weight": "O-WT",
        "order": {"phase": "induction", "drug": KETAMINE, "dose": per_kg("0.50"), "max_total": mg("40.00")},
        "ordered_total": mg("36.25"),
        "given_total": mg("36.25"),
        "segments": [
            {
                "no": 1,
                "start": "2026-03-02T09:50:00-06:00",
                "end": "2026-03-02T10:40:00-06:00",
                "amount": mg("36.25"),
                "end_reason": "complete",
            }
        ],
        "premeds_given": [{"key": "pm1", "premedication": "p1", "drug": KETAMINE, "status": "given"}],
        "discharge": {"criteria": [{"key": "oriented", "met": True}], "escort_present": True},
    } | changes


def observation(**changes: Any) -> Raw:
    return {
        "kind": "observation",
        "id": "O-1",
        "updated_at": UPDATED,
        "patient": "P-1",
        "measure": "hr",
        "effective": "2026-03-02T09:40:00-06:00",
        "status": "final",
        "value": {"value": 80, "unit_ucum": "/min"},
        "device": "MON-1",
        "visit": "session/S-1",
    } | changes


def without(raw: Raw, *names: str) -> Raw:
    return {key: value for key, value in raw.items() if key not in names}


def pressure(systolic: int = 130, diastolic: int = 80) -> list[Raw]:
    return [
        {"measure": "systolic", "value": {"value": systolic, "unit_ucum": "mm[Hg]"}},
        {"measure": "diastolic", "value": {"value": diastolic, "unit_ucum": "mm[Hg]"}},
    ]


def vitals() -> list[Raw]:
    """The weight, and a round of vital signs at baseline, every ten minutes, and at discharge."""
    rounds = [("baseline", "09:40"), ("during", "10:00"), ("during", "10:10"), ("during", "10:20"), ("during", "10:30")]
    found = [
        observation(
            id="O-WT",
            measure="weight",
            value={"value": Decimal("72.50"), "unit_ucum": "kg"},
            effective="2026-03-02T09:33:00-06:00",
        )
    ]
    for number, (point, time) in enumerate([*rounds, ("discharge", "10:58")]):
        common = {"effective": f"2026-03-02T{time}:00-06:00", "timepoint": {"code": point}}
        found.append(observation(id=f"O-HR{number}", **common))
        found.append(without(observation(id=f"O-BP{number}", measure="bp", components=pressure(), **common), "value"))
        saturation = {"value": 98, "unit_ucum": "%"}
        found.append(observation(id=f"O-SP{number}", measure="spo2", value=saturation, **common))
    return found
