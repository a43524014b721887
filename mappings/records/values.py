"""The values that records are made of: times and dates as written, numbers with their written digits, codes, ids.

Everything is built from already parsed JSON (`fhir_profiles.fhir_json.loads`), never from JSON text: pydantic's own
reader turns 72.50 into 72.5.
"""

import datetime as dt
import functools
import re
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    SerializerFunctionWrapHandler,
    Strict,
    StringConstraints,
    WithJsonSchema,
    WrapSerializer,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from mappings.records import refusal, units
from mappings.records.problem import Code

_INSTANT = re.compile(
    r"[1-9]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?"
    r"(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))",
    re.ASCII,
)
_NAIVE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?", re.ASCII)
_DATE = re.compile(r"[1-9]\d{3}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?", re.ASCII)
_DECEMBER: Final = 12
_YEAR, _MONTH = 4, 7


class _Written:
    """A value that is kept, compared and written as its text."""

    __slots__ = ("text",)
    text: str

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text!r})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")


class Instant(_Written):
    """A point in time: the text as the clinic wrote it, with its offset, and `at`, the same as a datetime.

    Two instants are equal when their texts are; compare `.at` to ask which came first.
    """

    __slots__ = ("at",)
    at: dt.datetime

    def __init__(self, text: str) -> None:
        if not _INSTANT.fullmatch(text):
            raise ValueError("no time with seconds and an offset")
        # datetime knows microseconds; finer digits stay in the text.
        object.__setattr__(self, "at", dt.datetime.fromisoformat(text))
        object.__setattr__(self, "text", text)

    def __reduce__(self) -> tuple[type["Instant"], tuple[str]]:
        return Instant, (self.text,)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Tell pydantic how an instant is read and written."""
        return core_schema.no_info_plain_validator_function(
            instant, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Tell JSON Schema what an instant looks like."""
        return {"type": "string", "format": "date-time", "description": "Time with seconds and offset."}


class PDate(_Written):
    """A date as precise as it is known: a year, a month or a day, kept as text."""

    __slots__ = ("earliest", "latest")
    earliest: dt.date
    latest: dt.date

    def __init__(self, text: str) -> None:
        if not _DATE.fullmatch(text):
            raise ValueError("no date")
        object.__setattr__(self, "earliest", dt.date.fromisoformat(text + "-01-01"[len(text) - _YEAR :]))
        object.__setattr__(self, "latest", _last_day(text))
        object.__setattr__(self, "text", text)

    def __reduce__(self) -> tuple[type["PDate"], tuple[str]]:
        return PDate, (self.text,)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Tell pydantic how a date is read and written."""
        return core_schema.no_info_plain_validator_function(
            _pdate, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Tell JSON Schema what such a date looks like."""
        return {"type": "string", "pattern": r"^\d{4}(-\d\d(-\d\d)?)?$", "description": "Year, month or day."}


def _last_day(text: str) -> dt.date:
    if len(text) > _MONTH:
        return dt.date.fromisoformat(text)
    year, month = int(text[:_YEAR]), int(text[_YEAR + 1 :] or _DECEMBER)
    if month == _DECEMBER:
        return dt.date(year, _DECEMBER, 31)
    return dt.date(year, month + 1, 1) - dt.timedelta(days=1)


def instant(value: Any) -> Instant:
    """Read an instant, or refuse what has no seconds or no offset."""
    if type(value) is str:
        try:
            return Instant(value)
        except ValueError:
            pass
        if _NAIVE.fullmatch(value):
            raise refusal.refuse(
                Code.NOT_A_TIME,
                "the time has no offset or no seconds, so it does not say when this was",
                "write it with seconds and the offset of that day, as in 2026-03-02T09:30:00-06:00",
            )
    elif isinstance(value, Instant):
        return value
    raise refusal.refuse(Code.NOT_A_TIME, "is no time", "write a time as 2026-03-02T09:30:00-06:00")


def _pdate(value: Any) -> PDate:
    if type(value) is str:
        try:
            return PDate(value)
        except ValueError:
            pass
    elif isinstance(value, PDate):
        return value
    raise refusal.refuse(
        Code.NOT_A_TIME, "is no date", "write a date as 2026-03-02, or 2026-03 or 2026 if no more is known"
    )


def _decimal(value: Any) -> Decimal:
    if type(value) is Decimal and value.is_finite():
        return value
    if type(value) is int:
        return Decimal(value)
    raise refusal.refuse(Code.MALFORMED, "is no number", "write a JSON number without quotes, as in 72.50")


def _above_zero(value: Decimal) -> Decimal:
    if value <= 0:
        raise refusal.refuse(Code.MALFORMED, "must be above zero", "check the number in the clinic's system")
    return value


def _as_list(items: Any, handler: SerializerFunctionWrapHandler) -> list[Any]:
    return list(handler(items))


_T = TypeVar("_T")
Many = Annotated[tuple[_T, ...], WrapSerializer(_as_list)]
"""A list in the clinic's file; a tuple in the record, so that the record cannot change."""


def _word(value: StrEnum) -> str:
    return value.value


_E = TypeVar("_E", bound=StrEnum)
Word = Annotated[_E, PlainSerializer(_word)]
"""One of a fixed list of words."""

Dec = Annotated[Decimal, PlainValidator(_decimal), WithJsonSchema({"type": "number"})]
"""A number with its written digits: 72.50 stays 72.50."""
PositiveDec = Annotated[Dec, AfterValidator(_above_zero)]
Flag = Annotated[bool, Strict()]
Whole = Annotated[int, Strict()]
Count = Annotated[int, Strict(), Field(ge=1)]
Text = Annotated[str, Strict(), StringConstraints(strip_whitespace=True, min_length=1, max_length=1_000_000)]
Id = Annotated[str, Strict(), StringConstraints(pattern=r"^[A-Za-z0-9\-.]{1,64}$")]
"""The clinic's id of a record; also how one record names another."""
Key = Annotated[str, Strict(), StringConstraints(pattern=r"^[A-Za-z0-9\-]{1,64}$")]
"""The name of a thing inside a record, unique there; no dot, because ids are joined with dots."""
Uri = Annotated[str, Strict(), StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9+.\-]*:\S{1,2000}$")]
Token = Annotated[str, Strict(), StringConstraints(pattern=r"^\S+( \S+)*$", max_length=256)]


class Part(BaseModel):
    """A piece of a record: cannot change, knows all its fields, takes no others."""

    # Built when first used: many commands read no record, and building takes longer than all else that they do.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Coding(Part):
    """One code of a code system."""

    system: Uri
    code: Token
    display: Text | None = None
    version: Text | None = None


class Coded(Part):
    """Codes for one meaning, or words where there is no code."""

    codings: Many[Coding] = ()
    text: Text | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.codings and self.text is None:
            raise refusal.refuse(
                Code.MISSING, "has neither a code nor a text", "give codings, or text, or leave the field out"
            )
        return self


class Quantity(Part):
    """A number and its unit (UCUM); each field says which units it takes."""

    value: Dec
    unit_ucum: Text


def _unit_of(quantity: Quantity, allowed: frozenset[str]) -> Quantity:
    if quantity.unit_ucum not in allowed:
        raise refusal.refuse(
            Code.WRONG_UNIT, "has a unit that is not taken here", units.fix(quantity.unit_ucum, allowed)
        )
    return quantity


def _in(*allowed: str) -> Callable[[Quantity], Quantity]:
    return functools.partial(_unit_of, allowed=frozenset(allowed))


def _positive(quantity: Quantity) -> Quantity:
    _above_zero(quantity.value)
    return quantity


Milligrams = Annotated[Quantity, AfterValidator(_in("mg"))]
DosePerWeight = Annotated[Quantity, AfterValidator(_in("mg/kg")), AfterValidator(_positive)]
RatePerWeight = Annotated[Quantity, AfterValidator(_in("mg/kg/h"))]
Rate = Annotated[Quantity, AfterValidator(_in(*units.RATES))]
Dose = Annotated[Quantity, AfterValidator(_in(*units.DOSES))]
Duration = Annotated[Quantity, AfterValidator(_in(*units.DURATIONS)), AfterValidator(_positive)]
Concentration = Annotated[Quantity, AfterValidator(_in("mg/mL"))]
Volume = Annotated[Quantity, AfterValidator(_in("mL"))]
