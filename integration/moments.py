"""Moments as they are written for people and for FHIR."""

from datetime import UTC, datetime


def utc(at: float) -> str:
    """Write seconds since 1970 as a FHIR instant in UTC, to the millisecond."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def utc_or_none(at: float | None) -> str | None:
    """Write a moment, or None where there is none."""
    return None if at is None else utc(at)
