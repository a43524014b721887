"""What somebody could do to a clinic's database who has its key, and how it is read afterwards."""

from pathlib import Path

import sqlcipher3.dbapi2 as sqlite

from integration.store import database
from tests.commands.command import Clinic


def key_file(clinic: Clinic) -> Path:
    """The file with the key of a clinic's database."""
    found = (clinic.folder / "config" / "infusion-fhir").glob("*.key")
    return next(path for path in found if not path.name.endswith(".audit.key"))


def tamper(clinic: Clinic, *statements: str) -> int:
    """Change the database as somebody with its key could; gives how many rows were changed."""
    conn = sqlite.connect(str(clinic.home / "infusion-fhir.db"), isolation_level=None)
    database.unlock(conn, bytes.fromhex(key_file(clinic).read_text().strip()))
    triggers = conn.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in triggers:
        conn.execute(f"DROP TRIGGER {name}")
    changed = sum(conn.execute(statement).rowcount for statement in statements)
    conn.close()
    return changed
