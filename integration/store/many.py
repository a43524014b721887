"""Many keys, or many new rows, in one statement: they travel as one JSON parameter.

A list of a hundred parameters is spelled out, prepared and bound anew each time, which costs several times what the
database then does with it; this way the statement is always the same.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, Text, bindparam, cast, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from fhir_profiles import fhir_json
from integration.store.rows import Key


class _Each(FunctionElement[Any]):
    """The elements of a JSON array, one a row."""

    name = "json_each"
    inherit_cache = True


@compiles(_Each, "sqlite")
def _on_sqlite(element: _Each, compiler: SQLCompiler, **more: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **more)})"


@compiles(_Each, "postgresql")
def _on_postgresql(element: _Each, compiler: SQLCompiler, **more: Any) -> str:
    return f"json_array_elements(CAST({compiler.process(element.clauses, **more)} AS JSON))"


EACH: Final = _Each(bindparam("many", type_=Text)).table_valued("value", name="each_one")
"""To select from, or to join with; what it gives is asked for with `text` and `whole`."""


def text(position: int) -> ColumnElement[str]:
    """The text that stands at this position of each."""
    return EACH.c.value.op("->>", return_type=Text())(literal_column(str(position)))


def whole(position: int) -> ColumnElement[int]:
    """The whole number that stands at this position of each."""
    return cast(text(position), Integer)


def columns(number: int) -> Select[Any]:
    """Rows of so many texts, for `tuple_(…).in_(columns(…))`."""
    found: Select[Any] = select(*[text(position) for position in range(number)])  # type: ignore[assignment]  # no arity
    return found.select_from(EACH)


KEYS: Final = columns(2)
"""For `tuple_(type, id).in_(KEYS)`."""


def keys(some: Iterable[Key]) -> str:
    """The value of the parameter `many`, for keys."""
    return rows(some)


def rows(some: Iterable[Sequence[str | int | None]]) -> str:
    """The value of the parameter `many`, for rows of texts and whole numbers."""
    return fhir_json.encode_made(list(some)).decode()
