"""How a lenient parser reads single values: by the type that FHIR has there, with no fuss about how it is written.

What has no place is gone, so is what is empty; a number in quotes is a number, a number where a text belongs is a text.
A word where a number belongs, though, cannot be read.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Final

from fhir_profiles import fhir_json, models
from fhir_profiles.fhir_json import Document
from fhir_profiles.models import Element

_NUMBERS: Final = frozenset({"decimal", "integer", "positiveInt", "unsignedInt"})
_TIMES: Final = frozenset({"dateTime", "instant"})
_NO_OFFSET: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?")
_GONE: Final = object()


class Reading:
    """One document being read: `kept` is what there is of it, `unread` the elements that cannot be read."""

    def __init__(self, document: Document) -> None:
        self.unread: list[str] = []
        self._without_offset: list[tuple[Document, str, str]] = []
        self.kept = self._object(document, str(document.get("resourceType")), str(document.get("resourceType")))

    def as_sent(self) -> Document:
        """The document as it is kept: times that came without an offset are without it again."""
        for holder, name, text in self._without_offset:
            if name in holder:
                holder[name] = text
        return self.kept

    def _object(self, value: Document, type_name: str, at: str) -> Document:
        known = _elements(type_name)
        read: Document = {}
        for name, child in value.items():
            element = known.get(name.removeprefix("_"))
            if name == "resourceType" or (element is not None and name.startswith("_")):
                read[name] = child
            elif element is not None:
                inside = self._value(child, element, f"{at}.{name}")
                if inside is not _GONE:
                    read[name] = inside
                    self._note_time(read, name, element)
        return read

    def _value(self, value: Any, element: Element, at: str) -> Any:
        if isinstance(value, list):
            items = [self._value(item, element, f"{at}[{place}]") for place, item in enumerate(value)]
            return [item for item in items if item is not _GONE] or _GONE
        if value is None or value in ("", {}):
            return _GONE
        if not element.type:
            return _GONE if isinstance(value, dict) else self._plain(value, element.plain_type, at)
        if not isinstance(value, dict):
            return _GONE
        inner = str(value.get("resourceType")) if element.type == "Resource" else element.type
        return self._object(value, inner, at) or _GONE

    def _plain(self, value: Any, kind: str, at: str) -> Any:
        read = _number(value, kind) if kind in _NUMBERS else _boolean(value) if kind == "boolean" else _text(value)
        if read is None:
            self.unread.append(at)
        return value if read is None else read

    def _note_time(self, holder: Document, name: str, element: Element) -> None:
        """Let a time without an offset pass: it is judged as if it were UTC."""
        text = holder[name]
        if element.plain_type in _TIMES and isinstance(text, str) and _NO_OFFSET.fullmatch(text):
            self._without_offset.append((holder, name, text))
            holder[name] = f"{text}Z"


def _number(value: Any, kind: str) -> int | Decimal | None:
    if isinstance(value, str):
        try:
            value = fhir_json.loads(value)
        except fhir_json.JsonError:
            return None
    if isinstance(value, Decimal):
        return None if kind != "decimal" else value or value.copy_abs()
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _boolean(value: Any) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value)
    return value if isinstance(value, bool) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else fhir_json.encode(value).decode()


@cache
def _elements(type_name: str) -> Mapping[str, Element]:
    """The elements of a type by name; none of a type that nobody knows."""
    try:
        return {element.name: element for element in models.elements(type_name)}
    except LookupError:
        return {}
