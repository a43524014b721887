"""What a document says, apart from how a server wrote it down: the `seen` digest, and what differs.

Hospitals reorder lists, rewrite `display`, drop trailing zeros, move times to UTC, add `meta` and their own narrative
and ids. None of that changes what was said. Here a document is brought to its *meaning*, so that ours and the
hospital's copy can be compared: order, display, meta, narrative and the server-owned id are left out; references
stand for the identifier of what they point to; numbers are numbers, times are instants.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from fhir_profiles import fhir_json

Identify = Callable[[str, str], str | None]
"""(type, id at that hospital) -> `system|value` of the thing that it is for us, or None when it is not ours."""

_INSTANT = re.compile(r"^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})$")
_LITERAL = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[^/]+)?$")
_REFERENCE_KEYS = frozenset({"reference", "type", "identifier", "display", "id", "extension"})
_LEFT_OUT_AT_TOP = frozenset({"id", "meta", "text"})


@dataclass(frozen=True, slots=True)
class Difference:
    """How a hospital's copy differs from ours: element paths only, never values."""

    different: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def none(self) -> bool:
        """Nothing that we wrote is missing or changed, and nothing was added."""
        return not self.different and not self.added


def nobody(_type: str, _id: str) -> None:
    """Know no remote id: every reference must carry its identifier."""


def meaning(document: fhir_json.Document, identify: Identify = nobody, ignored: Collection[str] = ()) -> Any:
    """Bring a document to what it says; `ignored` names top-level elements that the hospital is known to ignore."""
    kept = {k: v for k, v in document.items() if k not in _LEFT_OUT_AT_TOP and k not in ignored}
    return _said(kept, identify)


def seen(document: fhir_json.Document, identify: Identify = nobody, ignored: Collection[str] = ()) -> str:
    """Digest what a document says, as hex SHA-256: equal for our document and a faithful copy of it."""
    return fhir_json.digest(_key(meaning(document, identify, ignored)))


def compare(ours: Any, theirs: Any) -> Difference:
    """Compare two meanings (see `meaning`): what of ours is missing or changed there, and what they added."""
    different: list[str] = []
    added: list[str] = []
    _compare(ours, theirs, "", different, added)
    return Difference(tuple(different), tuple(added))


def covers(theirs: Any, ours: Any) -> bool:
    """True when everything that we said stands in theirs unchanged; they may have added to it."""
    return not compare(ours, theirs).different


def _said(value: Any, identify: Identify) -> Any:
    if isinstance(value, dict):
        pointed = _reference(value, identify)
        if pointed is not None:
            return pointed
        said = {k: _said(v, identify) for k, v in value.items() if k != "display"}
        return {k: v for k, v in said.items() if v not in ({}, [])}
    if isinstance(value, list):
        return sorted((_said(item, identify) for item in value), key=_key)
    if isinstance(value, str):
        return _time(value)
    if isinstance(value, bool) or value is None:
        return value
    return {"#": _number(value)}


def _reference(value: dict[str, Any], identify: Identify) -> dict[str, str] | None:
    """A Reference stands for what it points to: by its identifier, else by the id that the hospital gave it."""
    literal = value.get("reference")
    identifier = value.get("identifier")
    if not _REFERENCE_KEYS.issuperset(value) or not (isinstance(literal, str) or isinstance(identifier, dict)):
        return None
    if isinstance(identifier, dict) and "value" in identifier:
        return {"@": f"{identifier.get('system', '')}|{identifier['value']}"}
    found = _LITERAL.search(literal) if isinstance(literal, str) else None
    known = identify(found[1], found[2]) if found else None
    return {"@": known or (f"{found[1]}/{found[2]}" if found else str(literal))}


def _number(value: Decimal | int) -> str:
    number = Decimal(value)
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _time(text: str) -> str:
    match = _INSTANT.match(text)
    if match is None:
        return text
    try:
        moment = datetime.fromisoformat(match[1] + match[3].replace("Z", "+00:00")).astimezone(UTC)
    except (ValueError, OverflowError):  # a leap second, or the edge of the calendar: compare it as it is written
        return text
    fraction = (match[2] or "").rstrip("0").rstrip(".")
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def _key(value: Any) -> bytes:
    return fhir_json.sorted_json(value)


def _compare(ours: Any, theirs: Any, at: str, different: list[str], added: list[str]) -> None:
    if isinstance(ours, dict) and isinstance(theirs, dict) and not ({"#", "@"} & (ours.keys() | theirs.keys())):
        for name, value in ours.items():
            if name in theirs:
                _compare(value, theirs[name], f"{at}.{name}" if at else name, different, added)
            else:
                different.append(f"{at}.{name}" if at else name)
        added.extend(f"{at}.{name}" if at else name for name in theirs if name not in ours)
    elif isinstance(ours, list) and isinstance(theirs, list):
        _compare_lists(ours, theirs, at, different, added)
    elif ours != theirs:
        different.append(at)


def _compare_lists(ours: list[Any], theirs: list[Any], at: str, different: list[str], added: list[str]) -> None:
    """Pair equal items first, then items of theirs that contain one of ours; what is left over is missing or added."""
    left = list(theirs)
    unpaired = [item for item in ours if not _take(left, item)]
    for item in unpaired:
        for candidate in left:
            inner_different: list[str] = []
            inner_added: list[str] = []
            _compare(item, candidate, at, inner_different, inner_added)
            if not inner_different:
                left.remove(candidate)
                added.extend(inner_added)
                break
        else:
            different.append(at)
    added.extend(at for _ in left)


def _take(items: list[Any], wanted: Any) -> bool:
    if wanted in items:
        items.remove(wanted)
        return True
    return False
