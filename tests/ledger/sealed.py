"""A sealed chain of events, and what someone could do to it who may write the database."""

from typing import Any

from integration.audit import chain
from integration.store import events
from integration.store.database import Database

NOW = 1_790_000_000.25
PRIVATE = bytes(range(1, 33))
PUBLIC = chain.public_key(PRIVATE)
SIGN = chain.signer(PRIVATE)
TRIGGERS = {
    "sqlite": ("DROP TRIGGER {}_no_update", "DROP TRIGGER {}_no_delete"),
    "postgresql": ("ALTER TABLE {} DISABLE TRIGGER ALL",),
}


def fill(db: Database, number: int, *, checkpoint: bool = True) -> None:
    for n in range(number):
        with db.write() as conn:
            events.append(
                conn, "record.put", "someone", {"n": n}, at=NOW + n, record_kind="session", record_id=f"S-{n}"
            )
    events.seal(db, "me", NOW)
    if checkpoint:
        with db.write() as conn:
            events.checkpoint(conn, SIGN, NOW, at_once=True)


def verdict(db: Database, **kept: Any) -> chain.Verdict:
    with db.read() as conn:
        return chain.verify(conn, PUBLIC, **kept)


def tamper(db: Database, *statements: str) -> None:
    """What someone could do who may write the database and takes the triggers away."""
    with db.write() as conn:
        for table in ("event", "seal", "checkpoint"):
            for statement in TRIGGERS[db.dialect]:
                conn.exec_driver_sql(statement.format(table))
        for statement in statements:
            conn.exec_driver_sql(statement)
