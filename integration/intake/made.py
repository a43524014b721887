"""What came of the records whose documents were to be made, counted whole and named in part."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from integration.store.problems import Problem
from integration.store.record_heads import Key

KEPT = 10_000


@dataclass(slots=True)
class Made:
    """What came of the records that were due; of those with problems the last look at each counts."""

    records: int = 0
    new: int = 0
    changed: int = 0
    retracted: int = 0
    _wrong: dict[Key, tuple[Problem, ...]] = field(default_factory=dict)
    _waiting: dict[Key, tuple[Problem, ...]] = field(default_factory=dict)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with records; the first ten thousand records are named."""
        return tuple(one for some in self._wrong.values() for one in some)

    @property
    def problem_count(self) -> int:
        """How many records have something wrong with them."""
        return len(self._wrong)

    @property
    def waiting(self) -> tuple[Problem, ...]:
        """What records wait for; the first ten thousand records are named."""
        return tuple(one for some in self._waiting.values() for one in some)

    @property
    def waiting_count(self) -> int:
        """How many records wait for another one."""
        return len(self._waiting)

    def looked_at(self, keys: Iterable[Key], found: Iterable[Problem]) -> None:
        """Forget what was said of these records before, and keep what was found now."""
        for key in keys:
            self._wrong.pop(key, None)
            self._waiting.pop(key, None)
        for one in found:
            kept = self._waiting if one.waits else self._wrong
            named = len(kept) < KEPT or bool(kept.get(one.key))
            kept[one.key] = (*kept.get(one.key, ()), one) if named else ()
