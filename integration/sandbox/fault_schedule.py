"""Which request meets which fault: a schedule in a file, drawn with a seed, so that every run can be had again.

The first fault of the file that strikes a request is the one it gets. A fault may be bound to a kind of request, a
path, a share, a count, a time; chance is seeded for each of them by itself, so that adding one changes no other.
"""

import fnmatch
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import pydantic

from integration import errors
from integration.sandbox import fault_kinds, request_kinds, written_by_hand
from integration.sandbox.exchange import Request
from integration.sandbox.fault_kinds import Kind, Setting, Stage

NO_SCHEDULE: Final = "IF-SBX-05"
PRESETS: Final = Path(__file__).parent / "fault_presets"


class Entry(pydantic.BaseModel):
    """One `[[fault]]` of a schedule file."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    kind: str
    on: tuple[str, ...] = ()
    path: str = "*"
    share: float = pydantic.Field(1.0, ge=0, le=1)
    count: int | None = pydantic.Field(None, ge=0)
    skip: int = pydantic.Field(0, ge=0)
    start: float = pydantic.Field(0.0, ge=0, alias="from")
    until: float | None = pydantic.Field(None, ge=0)
    every: float | None = pydantic.Field(None, gt=0)
    settings: dict[str, Any] = pydantic.Field(default_factory=dict, alias="with")

    @pydantic.field_validator("kind")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in fault_kinds.KINDS:
            raise ValueError(written_by_hand.unknown("fault", name, fault_kinds.KINDS))
        return name

    @pydantic.field_validator("on")
    @classmethod
    def _of_requests(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in request_kinds.KINDS:
                raise ValueError(written_by_hand.unknown("kind of request", name, request_kinds.KINDS))
        return names

    @pydantic.field_validator("settings")
    @classmethod
    def _settable(cls, given: dict[str, Any], info: pydantic.ValidationInfo) -> dict[str, Any]:
        kind = fault_kinds.KINDS.get(info.data.get("kind", ""))
        return given if kind is None else settings_of(kind, given)


class ScheduleFile(pydantic.BaseModel):
    """A schedule file: what it is about, and its faults in order."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    about: str = ""
    fault: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that has struck: its kind, and everything that can be set about it."""

    kind: Kind
    settings: Mapping[str, Setting] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of its kind, as it stands in the journal."""
        return self.kind.name

    def number(self, name: str) -> float:
        """One of its settings as a number."""
        return float(self.settings[name])

    def text(self, name: str) -> str:
        """One of its settings as text."""
        return str(self.settings[name])


def settings_of(kind: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
    """Check what somebody set about a kind, and fill in the rest; raises ValueError in words."""
    for name, value in given.items():
        if name not in kind.settings:
            raise ValueError(written_by_hand.unknown(f"setting of {kind.name}", name, kind.settings))
        wanted: Any = type(kind.settings[name])
        if not isinstance(value, (int, float) if wanted is float else wanted) or isinstance(value, bool):
            raise ValueError(f'"{name}" of {kind.name} must be written like {kind.settings[name]!r}')  # noqa: TRY004
    return dict(kind.settings) | dict(given)


@dataclass(slots=True)
class _Rule:
    """One entry with its dice and its counts."""

    entry: Entry
    kind: Kind
    dice: random.Random
    seen: int = 0
    hits: int = 0

    def strikes(self, what: frozenset[str], path: str, since: float) -> bool:
        """Decide on one request, and count it."""
        entry = self.entry
        if not what.intersection(entry.on or (self.kind.on,)) or not fnmatch.fnmatchcase(path, entry.path):
            return False
        self.seen += 1
        spared = self.dice.random() >= entry.share
        over = entry.count is not None and self.hits >= entry.count
        if spared or over or self.seen <= entry.skip or not self._in_time(since):
            return False
        self.hits += 1
        return True

    def _in_time(self, since: float) -> bool:
        at = since % self.entry.every if self.entry.every is not None else since
        return at >= self.entry.start and (self.entry.until is None or at < self.entry.until)


class FaultSchedule:
    """Faults in order, with a seed. Times count from the first request that the hospital got."""

    def __init__(self, entries: Sequence[Entry] = (), seed: int = 0, *, about: str = "") -> None:
        self.about = about
        self.seed = seed
        self._first: float | None = None
        self._rules = [
            _Rule(entry, fault_kinds.kind(entry.kind), random.Random(f"{seed}/{place}/{entry.kind}"))  # noqa: S311
            for place, entry in enumerate(entries)
        ]

    @classmethod
    def of(cls, name: str, seed: int = 0, **given: Any) -> Self:
        """Make a schedule of one fault: `FaultSchedule.of("busy", count=2, on=("create",), retry_after="7")`."""
        kind = fault_kinds.kind(name)
        own = {key: value for key, value in given.items() if key in kind.settings}
        rest = {key: value for key, value in given.items() if key not in own}
        return cls([Entry.model_validate({"kind": name, "with": own} | rest)], seed)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of fault that it can strike with, in order."""
        return tuple(rule.kind for rule in self._rules)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What stands in it, in order."""
        return tuple(rule.entry for rule in self._rules)

    @property
    def struck(self) -> dict[str, int]:
        """How often each kind has struck so far."""
        counts: dict[str, int] = {}
        for rule in self._rules:
            counts[rule.kind.name] = counts.get(rule.kind.name, 0) + rule.hits
        return counts

    def choose(self, request: Request, now: float, *, socket: bool = True) -> Fault | None:
        """Give the fault that this request meets, None for most; `socket`: whether there is a real one."""
        if not self._rules:
            return None
        return self._first_of(request_kinds.kinds_of(request), request.path, now, socket=socket)

    def choose_hook(self, now: float) -> Fault | None:
        """Give the fault that the hospital's own calls meet at this moment, None for most."""
        return self._first_of(frozenset({"hook"}), "", now, socket=False)

    def _first_of(self, what: frozenset[str], path: str, now: float, *, socket: bool) -> Fault | None:
        self._first = now if self._first is None else self._first
        for rule in self._rules:
            if (rule.kind.stage is Stage.LINE and not socket) or not rule.strikes(what, path, now - self._first):
                continue
            return Fault(rule.kind, settings_of(rule.kind, rule.entry.settings))
        return None


def presets() -> list[str]:
    """Give the names of the schedules that come with the sandbox."""
    return sorted(path.stem for path in PRESETS.glob("*.toml"))


def read(text: str, file: str, seed: int = 0) -> FaultSchedule:
    """Read a schedule; what is wrong in it raises ConfigError with file, line and what is allowed."""
    found = written_by_hand.read(ScheduleFile, text, file)
    return FaultSchedule(found.fault, seed, about=found.about)


def load(what: str | Path, seed: int = 0) -> FaultSchedule:
    """Give a schedule by the name of a preset, by a file, or a single fault by its name."""
    name = str(what)
    path = PRESETS / f"{name}.toml" if name in presets() else Path(what)
    if name in fault_kinds.KINDS:
        return FaultSchedule.of(name, seed)
    if path.suffix != ".toml":
        says = written_by_hand.unknown("preset or fault", name, [*presets(), *fault_kinds.KINDS])
        raise errors.UsageError(NO_SCHEDULE, f"{says} (or give a .toml file)")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        says = "is no UTF-8 text" if isinstance(cause, UnicodeDecodeError) else str(cause.strerror)
        raise errors.ConfigError(NO_SCHEDULE, f"the schedule cannot be read: {says}", where=str(what)) from None
    return read(text, str(what), seed)
