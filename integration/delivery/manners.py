"""How one hospital is written to: its rung of the write ladder, its kind of bundle, its waits."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from integration.store.rows import RUNGS, Row, Write
from mappings.identity import Base


@dataclass(frozen=True, slots=True)
class Manners:
    """What drain has to know of a hospital; all of it is shown by `infusion-fhir hospital show`."""

    name: str
    base: Base
    rungs: Mapping[str, int] = field(default_factory=dict)  # by resource type; other types take `rung`
    rung: int = 1
    bundle: str = "transaction"  # transaction | batch | single
    bundle_size: int = 50
    deadline: float = 60.0
    wait: float = 240.0
    lease: float = 150.0
    if_match: str = "honoured"  # honoured | ignored | none (the hospital keeps no versions)
    not_searchable: frozenset[str] = frozenset()  # types without search by identifier
    not_updatable: frozenset[str] = frozenset()
    not_taken: frozenset[str] = frozenset()  # types that do not go there: references to them are logical
    stopped_types: frozenset[str] = frozenset()
    busy_means_not_done: bool = False
    creates_patients: bool = False
    takes_all: bool = True  # documents go whole; else what a rendering says of itself counts (projection.py)

    def first_write(self, resource_type: str) -> Write:
        """How a resource of this type is written for the first time."""
        return RUNGS[self.rungs.get(resource_type, self.rung)]

    def write_of(self, row: Row) -> Write:
        """Every later write is a PUT to the id that the hospital gave, on every rung."""
        return Write.UPDATE if row.remote_id is not None else self.first_write(row.type)

    def why_left_out(self, row: Row, contents: Mapping[str, str]) -> str | None:
        """Why a row is not sent: its content (by digest) is not taken, or its type is not; None when it is."""
        of_type = f"no {row.type} is taken there" if row.type in self.not_taken else None
        return contents.get(row.want, of_type)

    def can_search(self, resource_type: str) -> bool:
        """Whether the type can be searched by identifier."""
        return resource_type not in self.not_searchable

    def backoff(self, tries: int, share: float) -> float:
        """Full-jitter wait after `tries` endpoint faults in a row; `share` is a random number in [0, 1)."""
        return 0.2 + share * min(900.0, 2.0 ** min(tries, 10))
