"""Codes and small pieces that the sample's records are made of."""

from decimal import Decimal
from typing import Any, Final

from fhir_profiles import terminology
from fhir_profiles.terminology import Concept
from mappings.sample.moment import Moment

Raw = dict[str, Any]
"""A record, or a piece of one, as it stands in the clinic's file."""

PRESCRIBER: Final = "ST-1"
NURSE: Final = "ST-2"
SECOND_NURSE: Final = "ST-3"
THERAPIST: Final = "ST-4"
MONITOR: Final = "MON-1"
PUMP: Final = "PUMP-1"
ROOM: Final = "ROOM-1"
CHAIRS: Final = ("CHAIR-1A", "CHAIR-1B", "CHAIR-1C", "CHAIR-1D")

MRN_SYSTEM: Final = "urn:oid:2.999.7.1"
PROTOCOL: Final = f"{terminology.IG}/PlanDefinition/example-monitoring|1.0"
PHQ9: Final = f"{terminology.IG}/Questionnaire/phq-9"
PHQ9_ITEMS: Final = (
    "/44250-9", "/44255-8", "/44259-0", "/44254-1", "/44251-7", "/44258-2", "/44252-5", "/44253-3", "/44260-8",
)  # fmt: skip


def record(kind: str, record_id: str, updated: Moment) -> Raw:
    """Begin a record; each record of the sample says that it is pretend data."""
    return {"kind": kind, "id": record_id, "test": True, "updated_at": updated.text}


def coded(*concepts: Concept, text: str | None = None) -> Raw:
    """Write codes, words, or both."""
    value: Raw = {"codings": [concept.coding() for concept in concepts]} if concepts else {}
    return value if text is None else value | {"text": text}


def quantity(value: Decimal | int, unit: str) -> Raw:
    """Write a number and its unit."""
    return {"value": value, "unit_ucum": unit}


def ketamine() -> Raw:
    """Name the drug that is infused."""
    return coded(terminology.KETAMINE, terminology.KETAMINE_SUBSTANCE)


def ondansetron() -> Raw:
    """Name the drug against nausea."""
    return coded(terminology.ONDANSETRON, terminology.ONDANSETRON_SUBSTANCE)


def intravenous() -> Raw:
    """Name the route."""
    return coded(terminology.INTRAVENOUS)


def reason(code: str, text: str | None = None) -> Raw:
    """Name the reason of a status."""
    return coded(terminology.REASON[code], text=text)
