"""Putting an installation together: home folder, settings, key, database, clock. Everything else receives these.

This is the only place that looks at the system's clocks.
"""

import contextlib
import getpass
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from integration import errors, keys, settings
from integration.audit import chain, sealing
from integration.delivery import owner
from integration.installation import Installation
from integration.settings import InstallationSettings
from integration.store import clinic, schema
from integration.store.database import Database

AUDIT_KEY: Final = "IF-AUD-03"


class SystemClock:
    """The clocks of this machine."""

    def now(self) -> float:
        """UTC in seconds since 1970."""
        return time.time()

    def boot(self) -> float:
        """Seconds since the machine started, the time it slept included."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)


def home_folder(option: Path | None, environ: Mapping[str, str] | None = None) -> Path:
    """Find the home folder: the option, else INFUSION_FHIR_HOME, else the user's folder for such data."""
    environ = os.environ if environ is None else environ
    if option is not None:
        return option
    if environ.get("INFUSION_FHIR_HOME"):
        return Path(environ["INFUSION_FHIR_HOME"])
    state = environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "infusion-fhir"


@contextlib.contextmanager
def open_installation(home: Path, *, actor: str | None = None, seals: bool = True) -> Iterator[Installation]:
    """Open the installation in a home folder; at the end its events are sealed, and the seals signed for.

    `seals=False` is for looking only: nothing is added to the chain that is being looked at.
    """
    configured = settings.load(home)
    sign = chain.signer(audit_key(configured)) if seals else None
    clock = SystemClock()
    with _closing(database_of(home, configured)) as database:
        schema.require_current(database)
        with database.read() as conn:
            its = clinic.require(conn, configured.installation)
        opened = Installation(home, configured, database, its, its.base, clock, actor or actor_of(sys.argv))
        if sign is None:
            yield opened
            return
        sealer = sealing.Sealer(database, clock, owner.me(), sign)
        with _sealing(sealer):
            yield opened


def database_of(home: Path, configured: InstallationSettings, *, create: bool = False) -> Database:
    """Open the database that the settings name, whatever its shape."""
    if configured.database_url is not None:
        url = configured.database_url.get_secret_value()
        return Database.open_postgres(url, lock_timeout=configured.lock_wait)
    key = database_key(configured)
    path = home / settings.DATABASE_NAME
    return Database.open_sqlite(path, key, create=create, busy_timeout=configured.lock_wait)


def database_key(configured: InstallationSettings) -> bytes:
    """The key of the SQLite database."""
    return keys.read(configured.key_file, configured.key_env, os.environ, what="the database's key")


def audit_key(configured: InstallationSettings) -> bytes:
    """The key that signs checkpoints."""
    if configured.audit_key_file is None:
        raise errors.ConfigError(AUDIT_KEY, "the settings name no audit_key_file")
    try:
        return keys.read_file(configured.audit_key_file)
    except errors.ConfigError as error:
        if error.code == keys.READABLE:
            raise
        raise errors.ConfigError(AUDIT_KEY, error.says, where=error.where) from None


def actor_of(arguments: Sequence[str]) -> str:
    """Name who acts: the user of this machine and the command, never anything that was given to it."""
    rest = list(arguments[1:])
    while rest and rest[0].startswith("-"):
        del rest[: 2 if rest[0] == "--home" else 1]
    command = rest[0] if rest and rest[0].isalpha() else "infusion-fhir"
    return f"{_user()}@{command}"


def _user() -> str:
    try:
        return getpass.getuser()
    except OSError:  # a container's user that has no name
        return f"uid-{os.getuid()}"


@contextlib.contextmanager
def _closing(database: Database) -> Iterator[Database]:
    try:
        yield database
    finally:
        database.close()


@contextlib.contextmanager
def _sealing(sealer: sealing.Sealer) -> Iterator[None]:
    sealer.start()
    try:
        yield
    except BaseException:
        with contextlib.suppress(errors.StoreError):  # what went wrong first is what is told
            sealer.end()
        raise
    sealer.end()
