"""One criterion of a search, `patient=…` or `date:missing=false`: what it means, and which rows answer to it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from integration.sandbox import dates, resource_types, search_index, terms
from integration.sandbox.refusing import Reason, RefusedError, refused
from integration.sandbox.search_index import Index, Row
from integration.sandbox.search_params import Kind, Param

Test = Callable[[tuple[Any, ...]], bool]
"""Whether a row's values of the parameter answer to one of the values asked for."""

_PREFIXED = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)(.*)", re.DOTALL)
_MODIFIERS: Final = {
    Kind.TOKEN: {"not"},
    Kind.STRING: {"exact", "contains"},
    Kind.REFERENCE: {"identifier"},
    Kind.URI: set[str](),
    Kind.DATE: set[str](),
    Kind.QUANTITY: set[str](),
    Kind.NUMBER: set[str](),
}


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion: any of its keys (where the parameter has postings) or any of its tests."""

    param: Param
    keys: tuple[str, ...] = ()
    tests: tuple[Test, ...] = ()
    negated: bool = False
    missing: bool | None = None

    @property
    def has_postings(self) -> bool:
        """Whether the index leads straight to what answers to it."""
        return bool(self.keys) and not self.negated

    def found(self, index: Index, resource_type: str) -> search_index.Posting:
        """Everything that answers to it, by the index."""
        first, *more = [index.posting(resource_type, self.param.name, key) for key in self.keys]
        if not more:
            return first
        together = dict(first)
        for posting in more:
            together |= posting
        return together

    def holds(self, row: Row) -> bool:
        """Whether one resource answers to it."""
        values = row.terms.get(self.param.name, ())
        if self.missing is not None:
            return self.missing is not bool(values)
        answers = any(key in values for key in self.keys) or any(test(values) for test in self.tests)
        return answers is not self.negated


def read(param: Param, modifier: str, value: str, base_url: str) -> Criterion:
    """Understand a criterion; what has no meaning is refused."""
    if modifier == "missing":
        if value not in {"true", "false"}:
            raise _bad(param, "`:missing` takes true or false")
        return Criterion(param, missing=value == "true")
    typed = param.kind is Kind.REFERENCE and modifier in resource_types.ALL
    if modifier and not typed and modifier not in _MODIFIERS[param.kind]:
        raise _bad(param, "this modifier is not supported here")
    values = [one for one in _split(value, ",") if one]
    if not values:
        raise _bad(param, "has no value")
    if search_index.is_posted(param.kind):
        keys = [key for one in values for key in _keys(param, modifier, one, base_url)]
        return Criterion(param, keys=tuple(keys), negated=modifier == "not")
    return Criterion(param, tests=tuple(_test(param, modifier, one) for one in values))


def _keys(param: Param, modifier: str, value: str, base_url: str) -> list[str]:
    if param.kind is Kind.URI:
        return [unescaped(value)]
    if param.kind is Kind.TOKEN or modifier == "identifier":
        before = terms.IDENTIFIED if modifier == "identifier" else ""
        system, bar, code = (unescaped(part) for part in _halves(value))
        if not bar:
            return [before + system]
        return [f"{before}{system}|{code}"]
    plain = unescaped(value)
    if modifier and "/" not in plain:
        return [f"{modifier}/{plain}"]
    return [terms.local(plain, base_url)]


def _test(param: Param, modifier: str, value: str) -> Test:
    if param.kind is Kind.DATE:
        return _date_test(param, value)
    if param.kind is Kind.STRING:
        return _text_test(modifier, unescaped(value))
    return _amount_test(param, value)


def _date_test(param: Param, value: str) -> Test:
    prefix, text = _prefix(value)
    asked = dates.stretch(text)
    if asked is None:
        raise _bad(param, "this is no date")
    return lambda values: any(dates.holds(prefix, one, asked) for one in values)


def _text_test(modifier: str, text: str) -> Test:
    if modifier == "exact":
        return lambda values: any(one.exact == text for one in values)
    folded = terms.fold(text)
    if modifier == "contains":
        return lambda values: any(folded in one.folded for one in values)
    return lambda values: any(one.folded.startswith(folded) for one in values)


def _amount_test(param: Param, value: str) -> Test:
    number, *unit = _split(value, "|")
    prefix, digits = _prefix(number)
    try:
        asked = Decimal(digits)
        if not asked.is_finite() or abs(asked.adjusted()) > 400:
            raise _bad(param, "this is no number")
    except InvalidOperation:
        raise _bad(param, "this is no number") from None
    system, code = (unescaped(unit[0]), unescaped(unit[1])) if len(unit) == 2 else ("", "")

    def test(values: tuple[Any, ...]) -> bool:
        return any(
            _compares(prefix, one.value, asked)
            and (not code or code in {one.code, one.unit})
            and (not system or system == one.system)
            for one in values
        )

    return test


def _compares(prefix: str, found: Decimal, asked: Decimal) -> bool:
    """By R4 a number covers half a unit of its last digit on each side."""
    exponent = asked.as_tuple().exponent
    half = Decimal(5).scaleb(min(int(exponent), 0) - 1)
    match prefix:
        case "gt" | "sa":
            return found > asked
        case "ge":
            return found >= asked
        case "lt" | "eb":
            return found < asked
        case "le":
            return found <= asked
        case "ne":
            return not asked - half <= found < asked + half
        case "ap":
            return abs(found - asked) <= abs(asked) / 10
        case _:
            return asked - half <= found < asked + half


def _prefix(value: str) -> tuple[str, str]:
    found = _PREFIXED.fullmatch(value)
    return (found[1], found[2]) if found else ("eq", value)


def _split(value: str, sign: str) -> list[str]:
    """Split at a sign that has no backslash before it."""
    if "\\" not in value:
        return value.split(sign)
    return re.split(rf"(?<!\\){re.escape(sign)}", value)


def _halves(value: str) -> tuple[str, str, str]:
    first, *rest = _split(value, "|")
    return (first, "|", "|".join(rest)) if rest else (first, "", "")


def unescaped(value: str) -> str:
    """A value without the backslashes that keep its signs from separating."""
    return re.sub(r"\\([\\|,$])", r"\1", value) if "\\" in value else value


def _bad(param: Param, says: str) -> RefusedError:
    return refused(Reason.BAD_PARAMETER, f"the search parameter {param.name}: {says}")
