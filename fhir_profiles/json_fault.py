"""Where and why a text is not exact JSON: read slowly, only after the quick reader has refused it."""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Final

MAX_DEPTH: Final = 64
MAX_DIGITS: Final = 400

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_WORD = re.compile(r"-?[A-Za-z]+")
_LONGEST_EXPONENT = 6  # characters: what is longer cannot be written out in MAX_DIGITS digits, nor be worth reading


class JsonError(ValueError):
    """A text that is not exact JSON: `what` is wrong, at `line` and `column` (both counted from 1)."""

    def __init__(self, what: str, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {what}")
        self.what = what
        self.line = line
        self.column = column


def is_writable(number: str) -> bool:
    """Tell whether a JSON number can be written out without an exponent in a sensible number of digits."""
    exponent = re.split("[eE]", number)[1:]
    if exponent and len(exponent[0].lstrip("+-").lstrip("0")) > _LONGEST_EXPONENT:
        return False
    try:
        _, digits, shift = Decimal(number).as_tuple()
    except InvalidOperation:
        return False
    return isinstance(shift, int) and max(len(digits), len(digits) + shift, 1 - shift) <= MAX_DIGITS


def undecodable(data: bytes, at: int) -> JsonError:
    """Say where bytes stop being UTF-8."""
    return _error(data[:at].decode(), at=None, what="not UTF-8 (save the file as UTF-8)")


def locate(text: str) -> JsonError:
    """Find the first thing in a refused text that is not exact JSON."""
    if text.startswith("\ufeff"):
        return _error(text, 0, "a byte order mark (save the file as UTF-8 without BOM)")
    try:
        end = _after_space(text, _Reader(text).value(_after_space(text, 0)))
    except JsonError as found:
        return found
    return _error(text, end, "not exact JSON" if end == len(text) else "something follows the JSON value")


def _error(text: str, at: int | None, what: str) -> JsonError:
    before = text if at is None else text[:at]
    return JsonError(what, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


class _Reader:
    """Walk a text value by value; each step gives the position behind what it read, or raises `JsonError`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.depth = 0

    def value(self, at: int) -> int:
        first = self.text[at : at + 1]
        if first in ("{", "["):
            if self.depth == MAX_DEPTH:
                raise _error(self.text, at, f"nested more than {MAX_DEPTH} deep")
            self.depth += 1
            end = self._object(at) if first == "{" else self._list(at)
            self.depth -= 1
            return end
        return self._string(at) if first == '"' else self._plain(at)

    def _object(self, at: int) -> int:
        at = _after_space(self.text, at + 1)
        keys: set[str] = set()
        while self.text[at : at + 1] != "}":
            if keys:
                at = self._token(at, ",", "a comma or the end of the object")
            end = self._string(at)
            key = json.loads(self.text[at:end])
            if key in keys:
                raise _error(self.text, at, "the same key twice in one object")
            keys.add(key)
            at = _after_space(self.text, self.value(self._token(_after_space(self.text, end), ":", "a colon")))
        return at + 1

    def _list(self, at: int) -> int:
        at = _after_space(self.text, at + 1)
        first = True
        while self.text[at : at + 1] != "]":
            if not first:
                at = self._token(at, ",", "a comma or the end of the list")
            first = False
            at = _after_space(self.text, self.value(at))
        return at + 1

    def _token(self, at: int, token: str, name: str) -> int:
        if self.text[at : at + 1] != token:
            raise _error(self.text, at, f"expected {name}")
        return _after_space(self.text, at + 1)

    def _string(self, at: int) -> int:
        found = _STRING.match(self.text, at)
        if not found:
            raise _error(self.text, at, 'expected a string in "…", closed and without control characters')
        try:
            str(json.loads(found.group())).encode()
        except UnicodeEncodeError:
            raise _error(self.text, at, "half a character (a lone surrogate) in a string") from None
        return found.end()

    def _plain(self, at: int) -> int:
        word = _WORD.match(self.text, at)
        if word and word.group() in ("true", "false", "null"):
            return word.end()
        if word and word.group().lstrip("-") in ("NaN", "Infinity"):
            raise _error(self.text, at, "NaN and Infinity are no JSON numbers")
        found = _NUMBER.match(self.text, at)
        if not found:
            raise _error(self.text, at, "expected a JSON value")
        if not is_writable(found.group()):
            raise _error(self.text, at, f"a number of more than {MAX_DIGITS} digits when written out")
        return found.end()
