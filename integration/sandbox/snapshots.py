"""Searches and histories that have more pages: what was found when they were asked, kept until their links expire."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

_KEPT: Final = 2_000
"""So many searches with further pages are kept; the oldest goes first."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a search found: references or versions in their order, and how to show them."""

    hits: Sequence[Any]
    shown: Any
    ends: float


class Snapshots:
    """Snapshots by the token that stands in the page links."""

    def __init__(self, life: float) -> None:
        self._life = life
        self._kept: dict[str, Snapshot] = {}

    def keep(self, token: str, hits: Sequence[Any], shown: Any, now: float) -> None:
        """Keep what was found."""
        self._kept[token] = Snapshot(hits, shown, now + self._life)
        while len(self._kept) > _KEPT:
            del self._kept[next(iter(self._kept))]

    def get(self, token: str, now: float) -> Snapshot | None:
        """Give what was found; None when there is nothing (any more) under this token."""
        found = self._kept.get(token)
        if found is not None and found.ends <= now:
            del self._kept[token]
            return None
        return found
