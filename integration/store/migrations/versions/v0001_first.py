"""The tables of the first release, and the triggers that keep what auditors rely on from being changed.

Revision ID: 0001
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from integration.store.migrations import append_only

revision = "0001"
down_revision = None

KEY = sa.String(255)
DIGEST = sa.String(64)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BIG = sa.BigInteger()
INT = sa.Integer()
FLOAT = sa.Float()
BOOL = sa.Boolean()
TEXT = sa.Text()
BYTES = sa.LargeBinary()

def upgrade() -> None:
    """Make every table, index and trigger."""
    _records()
    _resources()
    _hospitals()
    _attempts()
    _events()
    append_only.guard(op, {"event": "seq", "seal": "position", "checkpoint": "position"})


def _columns(
    type_: sa.types.TypeEngine[Any],
    *names: str,
    key: bool = False,
    counts: bool = False,
    missing: bool = False,
    unique: bool = False,
) -> Iterator[sa.Column[Any]]:
    for name in names:
        yield sa.Column(name, type_, primary_key=key, autoincrement=counts, nullable=missing, unique=unique or None)


def _records() -> None:
    op.create_table(
        "clinic",
        *_columns(INT, "one", key=True),
        *_columns(KEY, "installation"),
        *_columns(TEXT, "name", "identifier_base"),
        *_columns(FLOAT, "created_at"),
    )
    op.create_table(
        "record",
        *_columns(KEY, "kind", "id", key=True),
        *_columns(INT, "version", key=True),
        *_columns(TEXT, "updated_at"),
        *_columns(DIGEST, "digest"),
        *_columns(BYTES, "body"),
        *_columns(FLOAT, "stored_at"),
    )
    op.create_table(
        "record_head",
        *_columns(KEY, "kind", "id", key=True),
        *_columns(INT, "version"),
        *_columns(TEXT, "updated_at"),
        *_columns(BIG, "moment"),
        *_columns(DIGEST, "digest"),
        *_columns(KEY, "patient", missing=True),
        *_columns(BOOL, "due", "test"),
    )
    op.create_index(
        "record_head_due",
        "record_head",
        ["kind", "id"],
        sqlite_where=sa.text("due = 1"),
        postgresql_where=sa.text("due"),
    )
    op.create_index("record_head_patient", "record_head", ["patient", "kind"])
    op.create_table(
        "record_link",
        *_columns(KEY, "kind", "id", "target_kind", "target_id", key=True),
    )
    op.create_index("record_link_target", "record_link", ["target_kind", "target_id"])
    op.create_table(
        "problem",
        *_columns(KEY, "kind", "id", key=True),
        *_columns(INT, "version", key=True),
        *_columns(KEY, "code", key=True),
        *_columns(TEXT, "element", "rule", "fix"),
        *_columns(KEY, "waits_kind", "waits_id", missing=True),
        *_columns(FLOAT, "at"),
    )
    op.create_table(
        "finding",
        *_columns(KEY, "kind", "id", key=True),
        *_columns(INT, "position", key=True),
        *_columns(KEY, "code", "grade"),
        *_columns(TEXT, "element", "says"),
    )


def _resources() -> None:
    op.create_table(
        "resource",
        *_columns(KEY, "type", "id", key=True),
        *_columns(INT, "version"),
        *_columns(DIGEST, "digest"),
        *_columns(BYTES, "body"),
        *_columns(INT, "map_version"),
        *_columns(KEY, "record_kind", "record_id", "patient"),
        *_columns(INT, "rank"),
        *_columns(KEY, "status", missing=True),
        *_columns(FLOAT, "stored_at"),
    )
    op.create_index("resource_patient", "resource", ["patient", "type"])
    op.create_index("resource_record", "resource", ["record_kind", "record_id"])
    op.create_table(
        "resource_history",
        *_columns(KEY, "type", "id", key=True),
        *_columns(INT, "version", key=True),
        *_columns(DIGEST, "digest"),
        *_columns(BYTES, "body"),
        *_columns(INT, "map_version"),
        *_columns(FLOAT, "stored_at"),
    )
    op.create_table(
        "reference",
        *_columns(KEY, "patient", "source_type", "source_id", "target_type", "target_id", key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("reference_target", "reference", ["target_type", "target_id"])
    op.create_table(
        "rendering",
        *_columns(DIGEST, "digest", key=True),
        *_columns(BYTES, "body"),
    )


def _hospitals() -> None:
    op.create_table(
        "hospital",
        *_columns(KEY, "name", key=True),
        *_columns(TEXT, "url", "settings", "capability", "stopped_types"),
        *_columns(KEY, "state"),
        *_columns(TEXT, "reason"),
        *_columns(FLOAT, "not_before"),
        *_columns(INT, "fails", "oddities"),
        *_columns(FLOAT, "added_at"),
    )
    op.create_table(
        "enrolment",
        *_columns(KEY, "patient", "hospital", key=True),
        *_columns(FLOAT, "at"),
        *_columns(TEXT, "actor"),
        *_columns(FLOAT, "ended_at", missing=True),
    )
    op.create_table(
        "link",
        *_columns(KEY, "kind", "id", "hospital", key=True),
        *_columns(KEY, "remote_id", "state"),
        *_columns(TEXT, "detail", "actor"),
        *_columns(FLOAT, "at"),
    )
    op.create_table(
        "ledger",
        *_columns(KEY, "hospital", "type", "id", key=True),
        *_columns(KEY, "lane"),
        *_columns(INT, "rank"),
        *_columns(TEXT, "identifier"),
        *_columns(DIGEST, "want"),
        *_columns(DIGEST, "have", missing=True),
        *_columns(KEY, "state"),
        *_columns(KEY, "remote_id", "remote_version", "reason", missing=True),
        *_columns(TEXT, "detail", "actor", missing=True),
        *_columns(INT, "cap", "unknowns"),
        *_columns(BOOL, "searched"),
        *_columns(FLOAT, "changed_at"),
    )
    op.create_index("ledger_lane", "ledger", ["hospital", "lane", "state"])
    op.create_index(
        "ledger_remote",
        "ledger",
        ["hospital", "type", "remote_id"],
        sqlite_where=sa.text("remote_id != id"),
        postgresql_where=sa.text("remote_id != id"),
    )
    op.create_index("ledger_resource", "ledger", ["type", "id"])
    op.create_table(
        "lane",
        *_columns(KEY, "hospital", "lane", key=True),
        *_columns(FLOAT, "due_at", missing=True),
        *_columns(INT, "changes", "tries"),
        *_columns(TEXT, "owner"),
        *_columns(FLOAT, "until"),
        *_columns(BIG, "token"),
    )
    op.create_index("lane_due", "lane", ["hospital", "due_at"])


def _attempts() -> None:
    op.create_table(
        "attempt",
        *_columns(SERIAL, "id", key=True, counts=True),
        *_columns(KEY, "hospital", "lane"),
        *_columns(BIG, "token"),
        *_columns(KEY, "bundle"),
        *_columns(FLOAT, "begin"),
        *_columns(BYTES, "body"),
        *_columns(DIGEST, "sent"),
        *_columns(FLOAT, "answered_at", missing=True),
        *_columns(INT, "http_status", missing=True),
        *_columns(BYTES, "answer", missing=True),
    )
    op.create_index("attempt_lane", "attempt", ["hospital", "lane"])
    op.create_table(
        "attempt_entry",
        *_columns(SERIAL, "attempt", key=True),
        *_columns(KEY, "type", "id", key=True),
        *_columns(KEY, "hospital"),
        *_columns(INT, "position"),
        *_columns(KEY, "write"),
        *_columns(DIGEST, "want"),
        *_columns(BOOL, "open"),
        *_columns(INT, "looks"),
        *_columns(BOOL, "sure", "free"),
        *_columns(KEY, "status", "remote_id", "remote_version", "outcome", missing=True),
        sa.ForeignKeyConstraint(["attempt"], ["attempt.id"]),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "attempt_entry_open",
        "attempt_entry",
        ["hospital", "type", "id"],
        sqlite_where=sa.text("open = 1"),
        postgresql_where=sa.text("open"),
    )
    op.create_index(
        "attempt_entry_unsure",
        "attempt_entry",
        ["hospital", "type", "id"],
        sqlite_where=sa.text("outcome = 'may be there'"),
        postgresql_where=sa.text("outcome = 'may be there'"),
    )


def _events() -> None:
    op.create_table(
        "event",
        *_columns(SERIAL, "seq", key=True, counts=True),
        *_columns(FLOAT, "at"),
        *_columns(KEY, "kind"),
        *_columns(TEXT, "actor"),
        *_columns(KEY, "hospital", "record_kind", "record_id", missing=True),
        *_columns(BYTES, "body"),
        *_columns(DIGEST, "hash"),
    )
    op.create_index("event_record", "event", ["record_kind", "record_id"])
    op.create_table(
        "seal",
        *_columns(SERIAL, "position", key=True),
        *_columns(BIG, "event", unique=True),
        *_columns(DIGEST, "hash"),
    )
    op.create_table(
        "checkpoint",
        *_columns(SERIAL, "position", key=True),
        *_columns(DIGEST, "hash"),
        *_columns(FLOAT, "at"),
        *_columns(TEXT, "signature"),
    )
    op.create_table(
        "sealer",
        *_columns(INT, "one", key=True),
        *_columns(TEXT, "owner"),
        *_columns(FLOAT, "until"),
    )
