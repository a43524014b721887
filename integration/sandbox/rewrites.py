"""What hospitals do to a document in silence: decimals lose zeros, times move to UTC, displays become their own.

Pure functions from a value to another value; what they were given is never changed.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

TIME_KEYS = frozenset({"start", "end", "issued", "recorded", "date", "authoredOn", "created", "dateAsserted"})


def without_zeros(value: Any) -> Any:
    """Give a value whose decimals have lost their last zeros: `1.10` becomes `1.1`, `72.00` becomes `72`."""
    return _everywhere(value, lambda _, leaf: _short(leaf) if isinstance(leaf, Decimal) else leaf)


def in_utc(value: Any, keys: frozenset[str] = TIME_KEYS) -> Any:
    """Give a value whose times with an offset stand in UTC, as the same moments; dates alone stay as they are."""
    return _everywhere(value, lambda key, leaf: _moved(leaf) if key in keys or key.endswith("DateTime") else leaf)


def with_displays(value: Any, displays: Mapping[tuple[str, str], str]) -> Any:
    """Give a value whose codings have the hospital's own displays, where it has one for the code."""
    if isinstance(value, list):
        return [with_displays(item, displays) for item in value]
    if not isinstance(value, dict):
        return value
    own = displays.get((str(value.get("system")), str(value.get("code"))))
    inner = {key: with_displays(child, displays) for key, child in value.items()}
    return inner if own is None else inner | {"display": own}


def without_reference_versions(value: Any) -> Any:
    """Give a value whose references name no version: `Patient/1/_history/2` becomes `Patient/1`."""
    return _everywhere(value, lambda key, leaf: _unversioned(leaf) if key == "reference" else leaf)


def _unversioned(reference: Any) -> Any:
    return reference.partition("/_history/")[0] if isinstance(reference, str) else reference


def _everywhere(value: Any, change: Callable[[str, Any], Any], key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _everywhere(child, change, name) for name, child in value.items()}
    if isinstance(value, list):
        return [_everywhere(child, change, key) for child in value]
    return change(key, value)


def _short(number: Decimal) -> Decimal | int:
    text = format(number, "f")
    if "." not in text:
        return number
    text = text.rstrip("0").rstrip(".")
    return int(text) if "." not in text and text != "-0" else Decimal(text)


def _moved(text: Any) -> Any:
    if not isinstance(text, str) or "T" not in text:
        return text
    try:
        moment = datetime.fromisoformat(text)
        moved = moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return text
    if moved is None:
        return text
    fraction = text.partition(".")[2]
    digits = fraction[: next((n for n, c in enumerate(fraction) if not c.isdigit()), len(fraction))]
    return moved.strftime("%Y-%m-%dT%H:%M:%S") + (f".{digits}" if digits else "") + "Z"
