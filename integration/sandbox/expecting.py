"""How much of a clinic's data a pretend hospital will take: reckoned from its character, without sending anything.

Each document is judged by the rules of the character's own file, in a memory that holds whom the hospital has from the
beginning and what it would have taken before. Nothing of the delivery is used, so its count can be held against this.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fhir_profiles.fhir_json import Document
from integration.sandbox.character import Character
from integration.sandbox.manners import Interaction
from integration.sandbox.refusing import Refusal
from integration.sandbox.residents import Residents
from integration.sandbox.versions import Store
from mappings import identity, known, projection, records, registry
from mappings.projection import Projection

_BASE: Final = identity.Base.of("https://sandbox.invalid/ids")
_WRITES: Final = (Interaction.CREATE, Interaction.UPDATE)


@dataclass(slots=True)
class Expected:
    """What will come of a clinic's documents: so many taken, by type, and the others by the reason."""

    given: Counter[str] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def number(self) -> int:
        """How many documents the hospital will hold."""
        return self.taken.total()


def expected(
    character: Character,
    raw: Iterable[Mapping[str, Any]],
    residents: Residents,
    how: Projection,
    *,
    linked: bool = True,
) -> Expected:
    """Reckon what a hospital with these residents takes of a clinic's records; `linked`: its Patients are its own."""
    there = residents.in_(character)
    store = Store(versions=there.keeping.versions, test_label=there.keeping.test_label)
    for one in there.residents():
        store.put(one["resourceType"], one["id"], one, 0.0, "PUT", one)
    links = {_ours(kind, name): f"{projection.STANDS_FOR[kind]}/{id_}" for kind, name, id_ in residents.links}
    found = Expected()
    for document in _documents(raw):
        found.given[document["resourceType"]] += 1
        if not (linked and document["resourceType"] == "Patient"):
            _judge(found, there, store, how.rendered(document), document, links)
    return found


def _judge(
    found: Expected, there: Character, store: Store, rendered: Document, document: Document, links: Mapping[str, str]
) -> None:
    """Count one document, and let the hospital remember it if it is taken."""
    resource_type, left_out = document["resourceType"], projection.left_out(rendered)
    if left_out is not None:
        found.left_out[left_out] += 1
    elif not any(there.takes(resource_type, one) for one in _WRITES):
        found.left_out[f"no {resource_type} is taken there"] += 1
    else:
        kept = there.judge(resource_type, _addressed(rendered, links), store)
        if isinstance(kept, Refusal):
            found.refused[kept.issues[0].says] += 1
            return
        found.taken[resource_type] += 1
        store.put(resource_type, document["id"], kept, 0.0, "POST", kept)


def _documents(raw: Iterable[Mapping[str, Any]]) -> Iterator[Document]:
    """The documents of a clinic's records, referents first."""
    others = known.InMemory(records.parse(dict(one)) for one in raw)
    made = [one for record in others for one in registry.documents_for(record, _BASE, others)]
    return (one.document for one in sorted(made, key=lambda one: one.rank))


def _ours(kind: str, name: str) -> str:
    return f"{projection.STANDS_FOR[kind]}/{_BASE.logical_id(kind, name)}"


def _addressed(value: Any, links: Mapping[str, str]) -> Any:
    """The same with each reference to what is linked leading to the hospital's own."""
    if isinstance(value, list):
        return [_addressed(one, links) for one in value]
    if not isinstance(value, dict):
        return value
    inner = {name: _addressed(one, links) for name, one in value.items()}
    literal = inner.get("reference")
    return inner | {"reference": links[literal]} if isinstance(literal, str) and literal in links else inner
