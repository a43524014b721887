"""Which shape the database has, and bringing an older one to the shape that this release needs."""

from pathlib import Path

import sqlalchemy as sa

from integration.errors import StoreError
from integration.store import driver_errors
from integration.store.database import Database

REVISIONS = ("0001",)
"""Every revision that this release knows, oldest first; the last is the one that it works with."""
HEAD = REVISIONS[-1]

_VERSION = sa.table("alembic_version", sa.column("version_num", sa.String))
_MIGRATIONS = Path(__file__).parent / "migrations"


def revision(conn: sa.Connection) -> str | None:
    """The revision that the database has, or None if it is empty; what is not ours is refused."""
    tables = sa.inspect(conn).get_table_names()
    if "alembic_version" in tables and "record_head" in tables:
        found: str | None = conn.scalar(sa.select(_VERSION.c.version_num))
        return found
    if tables:
        raise StoreError(driver_errors.NOT_OURS, "the database holds tables, but not those of infusion-fhir")
    return None


def require_current(db: Database, head: str = HEAD) -> None:
    """Refuse a database whose shape is older or newer than this release; nothing is touched."""
    require_known(db)
    with db.read() as conn:
        found = revision(conn)
    if found != head:
        raise StoreError(
            driver_errors.OLDER_SCHEMA, f"the database has revision {found}, this release needs {head}",
            next_step="infusion-fhir db upgrade",
        )  # fmt: skip


def require_known(db: Database) -> None:
    """Refuse a database that is empty, is not ours, or was made by a newer release; an older one is taken."""
    with db.read() as conn:
        found = revision(conn)
    if found is None:
        raise StoreError(driver_errors.NO_DATABASE, "the database is empty")
    _refuse_newer(found)


def upgrade(db: Database) -> tuple[str | None, str]:
    """Bring the database to this release's shape in one transaction; gives the revision before and after."""
    with db.write() as conn:
        found = revision(conn)
        if found is not None:
            _refuse_newer(found)
        if found != HEAD:
            upgrade_on(conn, HEAD)
    return found, HEAD


def upgrade_on(conn: sa.Connection, target: str) -> None:
    """Run the migrations up to a revision in the connection's transaction."""
    # Alembic is half of what a command would take to start, and only `init`, `upgrade` and `restore` need it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = conn
    command.upgrade(config, target)


def _refuse_newer(found: str) -> None:
    if found not in REVISIONS:
        raise StoreError(
            driver_errors.NEWER_SCHEMA,
            f"the database has revision {found}, made by a newer release; this one knows none after {HEAD}",
        )
