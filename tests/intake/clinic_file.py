"""Small records of a pretend clinic, as raw JSON objects, and files of them."""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from fhir_profiles import fhir_json
from mappings import records

Raw = dict[str, Any]
T1 = "2026-03-02T12:00:00-06:00"
T2 = "2026-03-03T12:00:00-06:00"
T3 = "2026-03-04T12:00:00-06:00"
KETAMINE = {"codings": [{"system": "http://snomed.info/sct", "code": "373464007", "display": "Ketamine"}]}
IV = {"codings": [{"system": "http://snomed.info/sct", "code": "47625008", "display": "Intravenous route"}]}


def patient(**changes: Any) -> Raw:
    return {
        "kind": "patient", "id": "P-1", "test": True, "updated_at": T1,
        "identifiers": [{"system": "urn:oid:2.999.7.1", "value": "HT-100001", "type": "MR", "active": True}],
        "names": [{"use": "official", "family": "Canarius", "given": ["Zebedee"]}],
        "birth_date": "1979-04-02", "admin_gender": "female", "active": True,
    } | changes  # fmt: skip


def plan(**changes: Any) -> Raw:
    return {
        "kind": "plan", "id": "PL-1", "test": True, "updated_at": T1, "patient": "P-1", "indication": "CO-1",
        "assessment": "A-1", "title": "Ketamine infusion plan", "status": "active", "period": {"start": "2026-03-01"},
        "phases": [{"key": "induction", "kind": "induction", "title": "Induction", "status": "in_progress",
                    "per": {"freq": 2, "period": 1, "unit": "wk"}, "appointment_min": 90}],
        "regimen": [{"phase": "induction", "drug": KETAMINE, "route": IV,
                     "dose": {"value": Decimal("0.50"), "unit_ucum": "mg/kg"},
                     "max_total": {"value": Decimal("36.00"), "unit_ucum": "mg"}, "weight_basis": "actual",
                     "infusion_min": {"low": 45, "high": 55}}],
        "goals": [{"key": "g1", "metric": "pain-nrs", "kind": "percent_reduction", "percent": 50,
                   "baseline": "O-1", "lifecycle": "active", "achievement": "in-progress"}],
        "revisions": [{"rev": 1, "at": T1, "by": "ST-1", "reason": {"text": "First plan"}, "summary": "First plan.",
                       "dose_change": "none"}],
    } | changes  # fmt: skip


def session(**changes: Any) -> Raw:
    return {
        "kind": "session", "id": "S-1", "test": True, "updated_at": T1, "plan": "PL-1", "phase": "induction",
        "sequence_no": 1, "status": "completed",
        "scheduled": {"start": "2026-03-02T09:00:00-06:00", "end": "2026-03-02T10:30:00-06:00"},
        "staff": [{"role": "infusion_nurse", "staff_role": "ST-2"}],
        "actual": {"checked_in": "2026-03-02T09:00:00-06:00", "prep_start": "2026-03-02T09:05:00-06:00",
                   "infusion_start": "2026-03-02T09:10:00-06:00", "infusion_end": "2026-03-02T10:00:00-06:00",
                   "recovery_end": "2026-03-02T10:15:00-06:00", "discharged": "2026-03-02T10:20:00-06:00"},
        "dosing_weight": "O-1",
        "order": {"phase": "induction", "drug": KETAMINE, "route": IV,
                  "dose": {"value": Decimal("0.50"), "unit_ucum": "mg/kg"},
                  "max_total": {"value": Decimal("36.00"), "unit_ucum": "mg"}},
        "ordered_total": {"value": Decimal("35.00"), "unit_ucum": "mg"},
        "given_total": {"value": Decimal("35.00"), "unit_ucum": "mg"},
        "segments": [{"no": 1, "start": "2026-03-02T09:10:00-06:00", "end": "2026-03-02T10:00:00-06:00",
                      "rate": {"value": Decimal("0.60"), "unit_ucum": "mg/kg/h"},
                      "amount": {"value": Decimal("35.00"), "unit_ucum": "mg"}, "end_reason": "complete",
                      "changed_by": "ST-2"}],
        "side_effects": [side_effect()],
    } | changes  # fmt: skip


def side_effect(**changes: Any) -> Raw:
    return {
        "id": "SE-1",
        "effect": {"codings": [{"system": "http://snomed.info/sct", "code": "422587007", "display": "Nausea"}]},
        "onset": "2026-03-02T09:40:00-06:00", "severity": "mild", "outcome": "resolved", "causality": "Possible",
        "action": "none", "serious": False, "reported_by": "staff-role/ST-2",
    } | changes  # fmt: skip


def weight(**changes: Any) -> Raw:
    return {
        "kind": "observation", "id": "O-1", "test": True, "updated_at": T1, "patient": "P-1", "measure": "weight",
        "effective": "2026-03-02T09:06:00-06:00", "status": "final",
        "value": {"value": Decimal("72.50"), "unit_ucum": "kg"}, "performer": "staff-role/ST-2",
        "visit": "session/S-1", "timepoint": {"code": "baseline"},
    } | changes  # fmt: skip


def heart_rate(**changes: Any) -> Raw:
    return weight(
        id="O-2", measure="hr", effective="2026-03-02T09:30:00-06:00", value={"value": 72, "unit_ucum": "/min"},
        timepoint={"code": "during", "offset_min": 20},
    ) | changes  # fmt: skip


def course() -> list[Raw]:
    """One patient, plan and session with two observations."""
    return [patient(), plan(), session(), weight(), heart_rate()]


def record(raw: Raw) -> records.Record:
    """The record of a raw object, read as intake reads it."""
    return records.parse(fhir_json.loads(fhir_json.encode(raw)))


def write(path: Path, some: Iterable[Raw | bytes]) -> Path:
    """A file with a line for each; bytes are written as they are."""
    path.write_bytes(b"".join((one if isinstance(one, bytes) else fhir_json.encode(one)) + b"\n" for one in some))
    return path
