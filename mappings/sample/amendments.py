"""What the pretend clinic finds out later: newer versions of records of an earlier export."""

import datetime as dt
from collections.abc import Iterable, Iterator

from mappings.sample.moment import EXPORTED, Moment
from mappings.sample.words import Raw

_LATER = Moment(EXPORTED + dt.timedelta(days=3), 9 * 60)


def later(records: Iterable[Raw]) -> Iterator[Raw]:
    """Give three newer versions: a heart rate corrected, a score entered in error, a completed session a no-show."""
    found: set[str] = set()
    for record in records:
        for name, amended in (("hr", _corrected), ("pain-nrs", _in_error), ("session", _no_show)):
            if name not in found and (newer := amended(record)) is not None:
                found.add(name)
                yield newer


def _final(record: Raw, measure: str) -> bool:
    return record.get("measure") == measure and record["status"] == "final" and "value" in record


def _corrected(record: Raw) -> Raw | None:
    if not _final(record, "hr"):
        return None
    value = record["value"] | {"value": record["value"]["value"] + 1}
    return record | {"status": "corrected", "issued": _LATER.text, "value": value, "updated_at": _LATER.text}


def _in_error(record: Raw) -> Raw | None:
    if not _final(record, "pain-nrs") or not record["visit"].startswith("session/"):
        return None
    reason = {"text": "Belongs to another patient."}
    return record | {"status": "entered_in_error", "entered_in_error": reason, "updated_at": _LATER.text}


def _no_show(record: Raw) -> Raw | None:
    if record["kind"] != "session" or record["status"] != "completed":
        return None
    kept = ("kind", "id", "test", "plan", "phase", "sequence_no", "planned_total", "scheduled", "location", "chair")
    fields = {key: record[key] for key in kept if key in record}
    reason = {"text": "did not come; the session was written into the wrong chart"}
    return fields | {
        "updated_at": _LATER.text,
        "status": "no_show",
        "staff": record["staff"],
        "not_done_reason": reason,
    }
