"""What can be searched for, type by type: each parameter's kind and where its values stand in a document."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final

from fhir_profiles.fhir_json import Document
from integration.sandbox import search_table


class Kind(StrEnum):
    """FHIR's kinds of search parameter."""

    TOKEN = "token"  # noqa: S105  a kind of parameter
    REFERENCE = "reference"
    DATE = "date"
    STRING = "string"
    QUANTITY = "quantity"
    NUMBER = "number"
    URI = "uri"


@dataclass(frozen=True, slots=True)
class Path:
    """A way through a document: its steps; whether the last is a choice (`effective*`); what is let through."""

    steps: tuple[str, ...]
    is_choice: bool = False
    only: tuple[str, str] | None = None
    target: str = ""

    def values(self, document: Document) -> list[Any]:
        """Everything that stands at its end."""
        if self.steps[0] not in document and (len(self.steps) > 1 or not self.is_choice):
            return []  # as for most paths of most documents
        found: list[Any] = [document]
        for step in self.steps[:-1]:
            found = list(_children(found, step))
        last = self.steps[-1]
        found = list(_chosen(found, last)) if self.is_choice else list(_children(found, last))
        if self.only is not None:
            key, wanted = self.only
            found = [value for value in found if isinstance(value, dict) and value.get(key) == wanted]
        return found


@dataclass(frozen=True, slots=True)
class Param:
    """One search parameter of a type."""

    name: str
    kind: Kind
    paths: tuple[Path, ...]

    @property
    def target(self) -> str:
        """The only type that it refers to, empty when there may be several."""
        targets = {path.target for path in self.paths}
        return targets.pop() if len(targets) == 1 else ""


_KINDS: Final = {kind.value[0]: kind for kind in Kind}
OF_ALL: Final = (
    "_id:t:id _lastUpdated:d:meta.lastUpdated _tag:t:meta.tag _security:t:meta.security _profile:u:meta.profile"
)
OF_OTHERS: Final = "identifier:t"
"""What is searchable in a type that the table does not have."""


@cache
def of_type(resource_type: str) -> Mapping[str, Param]:
    """The parameters of a type by name."""
    words = f"{OF_ALL} {_table().get(resource_type, OF_OTHERS)}"
    return {param.name: param for param in map(_param, words.split())}


@cache
def _table() -> dict[str, str]:
    found: dict[str, str] = {}
    current = ""
    for line in search_table.PARAMETERS.strip().splitlines():
        if not line.startswith(" "):
            current, _, line = line.partition(" ")  # noqa: PLW2901  the rest of the line is the line
            found[current] = ""
        found[current] += f" {line}"
    return found


def _param(word: str) -> Param:
    name, _, rest = word.partition(":")
    kind, _, paths = rest.partition(":")
    first, *more = name.split("-")
    camel = first + "".join(part.capitalize() for part in more)
    return Param(name, _KINDS[kind], tuple(map(_path, (paths or camel).split("|"))))


def _path(text: str) -> Path:
    text, _, target = text.partition("@")
    text, _, only = text.removesuffix("]").partition("[")
    steps = tuple(text.removesuffix("*").split("."))
    key, _, wanted = only.partition("=")
    return Path(steps, text.endswith("*"), (key, wanted) if only else None, target)


def _children(parents: list[Any], step: str) -> Iterator[Any]:
    for parent in parents:
        if isinstance(parent, dict):
            child = parent.get(step)
            if isinstance(child, list):
                yield from child
            elif child is not None:
                yield child


def _chosen(parents: list[Any], stem: str) -> Iterator[Any]:
    for parent in parents:
        if isinstance(parent, dict):
            for key, child in parent.items():
                if key.startswith(stem) and key[len(stem) : len(stem) + 1].isupper():
                    yield from child if isinstance(child, list) else [child]
