"""One bulk export under way: what was asked, when it is ready, and its files."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """A snapshot taken when it was asked for; `files` are NDJSON by type."""

    name: str
    url: str
    taken: float
    ready: float
    files: dict[str, tuple[bytes, ...]]
