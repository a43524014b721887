"""Pydantic's refusals in the words of a clinic's IT person, without any value of the record."""

import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from mappings.records.problem import Code, Problem

_SHOWN_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,40}")

_TYPES: Final[Mapping[str, tuple[str, str]]] = {
    "string_type": ("is no text", "write it in quotes"),
    "bool_type": ("is neither true nor false", "write true or false, without quotes"),
    "int_type": ("is no whole number", "write a whole number without quotes"),
    "int_from_float": ("is no whole number", "write a whole number without quotes"),
    "tuple_type": ("is no list", "write a list: […]"),
    "model_type": ("is no object", "write an object: {…}"),
    "model_attributes_type": ("is no object", "write an object: {…}"),
    "string_too_short": ("is empty", "give the text, or leave the field out"),
    "string_too_long": ("is too long", "shorten the text"),
    "greater_than_equal": ("is too small", "check the number in the clinic's system"),
    "too_short": ("is an empty list", "give at least one"),
}

_FORMS: Final[tuple[tuple[str, str], ...]] = (
    ("staff-role|patient", "write <kind>/<id>, as in staff-role/ST-1 or patient/P-1"),
    ("session|assessment|follow-up)", "write <kind>/<id>, as in session/S-1"),
    ("session|assessment", "write <kind>/<id>, as in session/S-1 or follow-up/F-1"),
    (r"\-.]{1,64}", "use 1 to 64 of the letters A-Z and a-z, digits, - and ."),
    (r"\-]{1,64}", "use 1 to 64 of the letters A-Z and a-z, digits and -"),
    (r":\S", "write a URL or another URI, without blanks"),
)


def refuse(code: Code, says: str, fix: str) -> PydanticCustomError:
    """Make the error that `records.parse` turns into a Problem; `says` and `fix` carry no value of the record."""
    return PydanticCustomError("record", "{says}", {"code": code, "says": says, "fix": fix})


def problems(error: ValidationError) -> list[Problem]:
    """Translate everything that pydantic found."""
    details = error.errors(include_url=False, include_input=False)
    return [_problem(detail) for detail in details if not _follows(detail, details)]


def _follows(detail: ErrorDetails, details: list[ErrorDetails]) -> bool:
    """Tell whether a list is only too short because pydantic counts its broken items as not there."""
    where = detail["loc"]
    return detail["type"] == "too_short" and any(
        len(other["loc"]) > len(where) and other["loc"][: len(where)] == where for other in details
    )


def _problem(detail: ErrorDetails) -> Problem:
    field = _field(detail["loc"])
    kind = detail["type"]
    context: dict[str, Any] = detail.get("ctx") or {}
    if kind == "record":
        return Problem(field, str(context["code"]), str(context["says"]), str(context["fix"]))
    if kind == "missing":
        return Problem(field, Code.MISSING, "is missing", "give it")
    if kind == "extra_forbidden":
        fix = "rename the field, or leave it out: infusion-fhir schema prints the fields"
        return Problem(field, Code.UNKNOWN_FIELD, "is no field that is known here", fix)
    if kind in {"literal_error", "enum"}:
        allowed = context.get("expected", "").replace("'", "").replace(" or ", ", ")
        return Problem(field, Code.UNKNOWN_WORD, "is none of the words that are taken here", f"use one of: {allowed}")
    if kind == "string_pattern_mismatch":
        return Problem(field, Code.MALFORMED, "is not in the form that is taken here", _form(str(context["pattern"])))
    says, fix = _TYPES.get(kind, ("is not in the form that is taken here", "compare it with infusion-fhir schema"))
    return Problem(field, Code.MALFORMED, says, fix)


def _field(location: tuple[int | str, ...]) -> str:
    """Write where in the record something is: `segments[1].rate`; odd names are not shown, they may be data."""
    path = ""
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        elif not step.startswith("("):
            name = step if _SHOWN_NAME.fullmatch(step) else "(a name that is not shown)"
            path += f".{name}" if path else name
    return path


def _form(pattern: str) -> str:
    return next((fix for mark, fix in _FORMS if mark in pattern), "leave out blanks at the ends and double blanks")
