"""Exact JSON for FHIR: what a clinic or a hospital wrote comes out again digit by digit.

Reading keeps every number's written digits (`72.50` stays `72.50`) and refuses what another reader could take in a
second way: NaN, duplicate keys, a byte order mark, half characters, absurd depth or size. Writing has one canonical
form, so that equal documents have equal bytes and equal digests.
"""

import hashlib
import json
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec

from fhir_profiles import element_order, json_fault

Document = dict[str, Any]
JsonError = json_fault.JsonError

MAX_DEPTH = json_fault.MAX_DEPTH

_BRIEFLY_WRITTEN = 40  # a number of fewer characters without an exponent cannot need more digits than are allowed
_SIGNS = b"+-"
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_SORTING_ENCODER = msgspec.json.Encoder(decimal_format="number", order="sorted")


class _Refused(Exception):  # noqa: N818 - never leaves this module: the locator turns it into a JsonError
    """The quick reader met something it must not take."""


def loads(data: bytes | str) -> Any:
    """Read JSON exactly; what is not exact JSON raises `JsonError` with its line and column."""
    text = data if isinstance(data, str) else _text(data)
    try:
        value = _DECODER.decode(text)
        if not text.isascii():
            text.encode()  # a raw half character is refused here, a written one (backslash u d…) below
        if "\\ud" in text or "\\uD" in text:
            _refuse_half_characters(value)
        if text.count("{") + text.count("[") > MAX_DEPTH:
            _refuse_depth(value)
    except (ValueError, RecursionError, _Refused):
        raise json_fault.locate(text) from None
    return value


def encode(value: Any) -> bytes:
    """Write compact UTF-8 JSON, keys as they stand, each number with exactly its digits and never an exponent."""
    return _written(_ENCODER, value)


def encode_made(value: Any) -> bytes:
    """Do the same for what our own code made, as a document by our maps: its numbers are ints or finite Decimals.

    So nothing has to be looked for before it is written: only a Decimal can come out with an exponent, and its sign
    is always written.
    """
    written = _ENCODER.encode(value)
    return encode(value) if _may_have_exponent(written) else written


def canonical(document: Document) -> bytes:
    """Write a document in FHIR's own element order, so that two equal documents give the same bytes."""
    return encode(_in_order(document, "Resource"))


def sorted_json(value: Any) -> bytes:
    """Write JSON with its keys sorted throughout: the form in which records and events are compared and sealed."""
    return _written(_SORTING_ENCODER, value)


def digest(data: bytes) -> str:
    """Give the SHA-256 fingerprint of some bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as cause:
        raise json_fault.undecodable(data, cause.start) from None


def _object(pairs: list[tuple[str, Any]]) -> Document:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Refused
    return found


def _integer(text: str) -> int | Decimal:
    if text == "-0":
        return Decimal(text)
    if len(text) > json_fault.MAX_DIGITS and len(text.lstrip("-")) > json_fault.MAX_DIGITS:
        raise _Refused
    return int(text)


def _decimal(text: str) -> Decimal:
    if (len(text) > _BRIEFLY_WRITTEN or "e" in text or "E" in text) and not json_fault.is_writable(text):
        raise _Refused
    return Decimal(text)


def _constant(_: str) -> Any:
    raise _Refused


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_decimal, parse_constant=_constant
)


def _refuse_depth(value: Any) -> None:
    """Go down level by level, which is several times quicker than into each branch by itself."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for holder in level
            for child in (holder.values() if type(holder) is dict else holder)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return
    raise _Refused


def _refuse_half_characters(value: Any) -> None:
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, dict):
        for key, child in value.items():
            key.encode()
            _refuse_half_characters(child)
    elif isinstance(value, list):
        for child in value:
            _refuse_half_characters(child)


def _written(encoder: msgspec.json.Encoder, value: Any) -> bytes:
    return encoder.encode(value if _is_plain(value) else _with_plain_numbers(value))


def _may_have_exponent(written: bytes) -> bool:
    """Look for E+ and E-, letter by letter: in a document that is several times quicker than looking for both signs."""
    at = written.find(b"E")
    while at >= 0:
        if written[at + 1] in _SIGNS:
            return True
        at = written.find(b"E", at + 1)
    return False


def _is_plain(value: Any) -> bool:
    """Tell whether msgspec writes each number of a value as plain digits; a float is refused.

    This runs for every document written, before msgspec and in about twice its time: hence no call for a leaf.
    """
    if type(value) is dict:
        value = value.values()
    elif type(value) is not list and type(value) is not tuple:
        value = (value,)
    plain = True
    for child in value:
        kind = type(child)
        if kind is str:
            continue
        if kind is dict or kind is list or kind is tuple:
            plain &= _is_plain(child)
        elif kind is Decimal:
            plain = plain and child.is_finite() and "E" not in str(child)
        elif kind is float:
            raise TypeError("a float has lost its written digits; numbers in documents are Decimal or int")
    return plain


def _with_plain_numbers(value: Any) -> Any:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError("a number that is not finite cannot be written")
        return msgspec.Raw(format(value, "f").encode())
    if isinstance(value, dict):
        return {key: _with_plain_numbers(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_with_plain_numbers(child) for child in value]
    return value


@cache
def _order_of(name: str) -> dict[str, tuple[int, str]]:
    """Position and type of each element of a FHIR type; `_x`, the extensions of a plain `x`, stand behind it."""
    order: dict[str, tuple[int, str]] = {}
    for position, element in enumerate(element_order.ELEMENTS.get(name, element_order.ANY_RESOURCE).split()):
        element_name, _, its_type = element.partition(":")
        order[element_name] = (2 * position, its_type)
        if not its_type:
            order[f"_{element_name}"] = (2 * position + 1, "Element")
    return order


def _in_order(value: Document, name: str) -> Document:
    order = _order_of(str(value.get("resourceType", "")) if name == "Resource" else name)
    known = [key for key in value if key in order]
    known.sort(key=order.__getitem__)
    ordered = {key: _child_in_order(value[key], order[key][1]) for key in known}
    if len(known) < len(value):
        ordered.update(value | ordered)
    return ordered


def _child_in_order(child: Any, name: str) -> Any:
    if not name:
        return child
    if type(child) is dict:
        return _in_order(child, name)
    return [_child_in_order(item, name) for item in child] if type(child) is list else child
