"""One clinic's open installation, as everything that works for it receives it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from integration.settings import InstallationSettings
from integration.store.clinic import Clinic
from integration.store.database import Database
from mappings.identity import Base


class Clock(Protocol):
    """The clocks that an installation is given."""

    def now(self) -> float:
        """UTC in seconds since 1970."""
        ...

    def boot(self) -> float:
        """Seconds since the machine started, the time it slept included."""
        ...


@dataclass(frozen=True, slots=True)
class Installation:
    """One clinic's open installation; `actor` is who acts, for the events: the user and the command."""

    home: Path
    settings: InstallationSettings
    database: Database
    clinic: Clinic
    base: Base
    clock: Clock
    actor: str

    @property
    def db(self) -> Database:
        """The clinic's database."""
        return self.database
