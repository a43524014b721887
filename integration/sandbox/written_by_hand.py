"""Files that people write by hand (characters, fault schedules): read strictly, refused in words.

A refusal names the file, the line, what is wrong there, what is allowed instead, and the nearest word for a slip of the
pen. Every fault of a file is told at once.
"""

import difflib
import json
import re
import tomllib
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

import pydantic
import pydantic_core

from integration import errors
from integration.sandbox import toml_lines

UNREADABLE: Final = "IF-SBX-01"
NOT_UNDERSTOOD: Final = "IF-SBX-02"

Model = TypeVar("Model", bound=pydantic.BaseModel)

_AS_NEAR: Final = 0.9
_QUOTED = re.compile(r"'([^']*)'")
_WORDS: Final = {
    "bool_type": "must be true or false",
    "string_type": 'must be a text in "quotes"',
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "tuple_type": "must be a list in [brackets]",
    "dict_type": "must be a table: key = value",
    "model_type": "must be a table: key = value",
    "model_attributes_type": "must be a table: key = value",
    "finite_number": "must be a number that can be counted to",
}


def nearest(word: str, known: Iterable[str]) -> list[str]:
    """Give the known words that look most like this one: the best first, and others only if they are as near."""
    close = difflib.get_close_matches(word, sorted(known), n=3, cutoff=0.5)
    ratios = {one: difflib.SequenceMatcher(None, one, word).ratio() for one in close}
    return [one for one in close if ratios[one] > _AS_NEAR * ratios[close[0]]]


def unknown(what: str, word: str, known: Iterable[str]) -> str:
    """Say that a word is not known, which are nearest, and which there are."""
    words = sorted(known)
    near = [f'"{one}"' for one in nearest(word, words)]
    meant = f"; did you mean {' or '.join(near)}?" if near else "."
    allowed = ", ".join(words) if words else "none"
    return f'there is no {what} "{_printable(word)}"{meant} Allowed: {allowed}'


def read(
    model: type[Model],
    text: str,
    file: str,
    also: Callable[[Model], Iterable[tuple[toml_lines.Path, str]]] = lambda _: (),
) -> Model:
    """Read a TOML text as a model; what is wrong raises ConfigError with every fault, each with its line.

    `also` finds what a model cannot see in one place alone: the path of each fault, and what is to be said.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as cause:
        raise errors.ConfigError(UNREADABLE, f"this is no TOML: {cause}", where=file) from None
    found = toml_lines.lines(text)
    try:
        read_model = model.model_validate_json(json.dumps(data, default=str), strict=True)
    except pydantic.ValidationError as refused:
        faults = sorted({_fault(model, fault, found) for fault in refused.errors(include_url=False)})
    else:
        wrong = list(also(read_model))
        faults = sorted((toml_lines.line_of(found, path), f"{_spoken(path)}: {says}") for path, says in wrong)
        if not faults:
            return read_model
    raise errors.ConfigError(
        NOT_UNDERSTOOD,
        "\n".join(f"{file}, line {line}: {says}" for line, says in faults),
        next_step="correct the lines named; the files that come with the sandbox are examples",
    )


def _fault(
    model: type[pydantic.BaseModel], fault: pydantic_core.ErrorDetails, found: dict[toml_lines.Path, int]
) -> tuple[int, str]:
    path = tuple(step for step in fault["loc"] if step != "[key]")
    line = toml_lines.line_of(found, path)
    name = _spoken(path)
    kind, context = fault["type"], fault.get("ctx", {})
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        return line, f"{unknown('key', str(path[-1]), _keys(model, path[:-1]))} (in {_spoken(path[:-1]) or 'the file'})"
    if kind in ("enum", "literal_error"):
        words = _QUOTED.findall(str(context.get("expected", "")))
        return line, f"{name}: {unknown('value', str(fault['input']), words)}"
    if kind == "missing":
        return line, f"{name}: this key is missing"
    if kind == "value_error":
        return line, f"{name + ': ' if name else ''}{context.get('error')}"
    return line, f"{name}: {_WORDS.get(kind, fault['msg'].replace('Input should', 'must'))}"


def _spoken(path: toml_lines.Path) -> str:
    """Write a path as a person would: `types.Patient`, and `fault 2` for the second of a list."""
    said = ""
    for step in path:
        said += f" {step + 1}" if isinstance(step, int) else f".{step}" if said else step
    return said


def _keys(model: Any, path: toml_lines.Path) -> list[str]:
    """Give the keys that may stand at a place of a model."""
    for step in path:
        model = _within(model, step)
    return [field.alias or name for name, field in _fields(_plain(model)).items()]


def _within(model: Any, step: str | int) -> Any:
    """Give the type of what stands one step further down."""
    model = _plain(model)
    for name, field in _fields(model).items():
        if step in (name, field.alias):
            return field.annotation
    inner = typing.get_args(model)
    if typing.get_origin(model) is tuple:
        return inner[0]
    return inner[-1] if inner else None


def _fields(model: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = getattr(model, "model_fields", None) or getattr(model, "__pydantic_fields__", {})
    return found


def _plain(annotation: Any) -> Any:
    """Take `| None` and annotations off a type."""
    while typing.get_origin(annotation) in (typing.Union, typing.Annotated) or _is_optional(annotation):
        annotation = next(a for a in typing.get_args(annotation) if a is not type(None))
    return annotation


def _is_optional(annotation: Any) -> bool:
    return type(annotation).__name__ == "UnionType"


def _printable(word: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in word)[:60]
