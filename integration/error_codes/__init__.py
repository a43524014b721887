"""Every error code with its explanation, collected from the modules of this package.

Each module has `CODES`; `infusion-fhir explain IF-…` prints what stands there.
"""

import functools
import importlib
import pkgutil
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from integration import errors

_FORM = re.compile(r"IF-[A-Z]{3,4}-\d\d")


def collected(modules: Iterable[object]) -> Mapping[str, errors.Explanation]:
    """Put the codes of some modules together; a code in two places, or of another form, raises ValueError."""
    found: dict[str, errors.Explanation] = {}
    for module in modules:
        codes: tuple[errors.Explanation, ...] = getattr(module, "CODES", ())
        for one in codes:
            if not _FORM.fullmatch(one.code):
                raise ValueError(f"{one.code} is no code of the form IF-ABC-01")
            if one.code in found:
                raise ValueError(f"{one.code} is explained twice")
            found[one.code] = one
    return MappingProxyType(dict(sorted(found.items())))


@functools.cache
def explanations() -> Mapping[str, errors.Explanation]:
    """Every explanation there is, by code."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return collected(importlib.import_module(f"{__name__}.{name}") for name in names)


def explain(code: str) -> errors.Explanation | None:
    """What a code means, or None for one that does not exist."""
    return explanations().get(code.strip().upper())
