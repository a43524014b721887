"""The fields of a record as its clinic's file writes them, found and set by dotted names."""

from typing import Any


def pick(written: Any, name: str) -> Any:
    """Find a field, by its dotted name, in a record as written; None when it is not set."""
    for step in name.split("."):
        if not isinstance(written, dict):
            return None
        written = written.get(step)
    return None if written in (None, [], {}) else written


def put(found: dict[str, Any], name: str, value: Any) -> None:
    """Set a field by its dotted name."""
    *steps, last = name.split(".")
    for step in steps:
        found = found.setdefault(step, {})
    found[last] = value


def heads(names: tuple[str, ...], field: str) -> bool:
    """Tell whether one of these dotted names lies in this field of the record."""
    return any(name.partition(".")[0] == field for name in names)
