"""The tables of one clinic's database (architecture.md, "Identity, digests, states, tables").

One database belongs to one clinic. Bodies are bytes, never parsed by SQL. Times are seconds since 1970 (UTC) as
floats unless a column says otherwise; the clinic's own times are kept as the text that was written.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)

from integration.store.columns import DIGEST, KEY, metadata
from integration.store.delivery_tables import attempt, attempt_entry, enrolment, hospital, lane, ledger, link

__all__ = [
    "attempt", "attempt_entry", "checkpoint", "clinic", "enrolment", "event", "finding", "hospital", "lane", "ledger",
    "link", "metadata", "problem", "record", "record_head", "record_link", "reference", "rendering", "resource",
    "resource_history", "seal", "sealer",
]  # fmt: skip

clinic = Table(
    "clinic",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),  # always 1: a database holds one clinic
    Column("installation", KEY, nullable=False),
    Column("name", Text, nullable=False),
    Column("identifier_base", Text, nullable=False),
    Column("created_at", Float, nullable=False),
)

record = Table(
    "record",
    metadata,
    Column("kind", KEY, primary_key=True),
    Column("id", KEY, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("updated_at", Text, nullable=False),
    Column("digest", DIGEST, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("stored_at", Float, nullable=False),
)

record_head = Table(
    "record_head",
    metadata,
    Column("kind", KEY, primary_key=True),
    Column("id", KEY, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("moment", BigInteger, nullable=False),  # updated_at as microseconds since 1970, to compare versions
    Column("digest", DIGEST, nullable=False),
    Column("patient", KEY),  # the clinic's id of the patient, once it is known
    Column("due", Boolean, nullable=False),  # its documents have to be made again
    Column("test", Boolean, nullable=False),
)
Index(
    "record_head_due", record_head.c.kind, record_head.c.id, sqlite_where=text("due = 1"), postgresql_where=text("due")
)
Index("record_head_patient", record_head.c.patient, record_head.c.kind)

record_link = Table(
    "record_link",
    metadata,
    Column("kind", KEY, primary_key=True),
    Column("id", KEY, primary_key=True),
    Column("target_kind", KEY, primary_key=True),
    Column("target_id", KEY, primary_key=True),
)
Index("record_link_target", record_link.c.target_kind, record_link.c.target_id)

problem = Table(
    "problem",
    metadata,
    Column("kind", KEY, primary_key=True),
    Column("id", KEY, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("code", KEY, primary_key=True),
    Column("element", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("fix", Text, nullable=False),
    Column("waits_kind", KEY),
    Column("waits_id", KEY),
    Column("at", Float, nullable=False),
)

finding = Table(
    "finding",
    metadata,
    Column("kind", KEY, primary_key=True),
    Column("id", KEY, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("code", KEY, nullable=False),
    Column("grade", KEY, nullable=False),
    Column("element", Text, nullable=False),
    Column("says", Text, nullable=False),
)

resource = Table(
    "resource",
    metadata,
    Column("type", KEY, primary_key=True),
    Column("id", KEY, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("digest", DIGEST, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("map_version", Integer, nullable=False),
    Column("record_kind", KEY, nullable=False),
    Column("record_id", KEY, nullable=False),
    Column("patient", KEY, nullable=False),  # logical id of the Patient
    Column("rank", Integer, nullable=False),  # a referent never has a higher rank than what refers to it
    Column("status", KEY),
    Column("stored_at", Float, nullable=False),
)
Index("resource_record", resource.c.record_kind, resource.c.record_id)
Index("resource_patient", resource.c.patient, resource.c.type)

resource_history = Table(
    "resource_history",
    metadata,
    Column("type", KEY, primary_key=True),
    Column("id", KEY, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("digest", DIGEST, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("map_version", Integer, nullable=False),
    Column("stored_at", Float, nullable=False),
)

reference = Table(
    "reference",
    metadata,
    Column("patient", KEY, primary_key=True),  # of the source: what is asked for one patient then stands together
    Column("source_type", KEY, primary_key=True),
    Column("source_id", KEY, primary_key=True),
    Column("target_type", KEY, primary_key=True),
    Column("target_id", KEY, primary_key=True),
    sqlite_with_rowid=False,  # all of it is its key: kept once
)
Index("reference_target", reference.c.target_type, reference.c.target_id)

rendering = Table(
    "rendering",
    metadata,
    Column("digest", DIGEST, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

event = Table(
    "event",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False),
    Column("kind", KEY, nullable=False),
    Column("actor", Text, nullable=False),
    Column("hospital", KEY),
    Column("record_kind", KEY),
    Column("record_id", KEY),
    Column("body", LargeBinary, nullable=False),  # canonical JSON of what happened
    Column("hash", DIGEST, nullable=False),  # SHA-256 over everything above but seq
)
Index("event_record", event.c.record_kind, event.c.record_id)

seal = Table(
    "seal",
    metadata,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("event", BigInteger, nullable=False, unique=True),
    Column("hash", DIGEST, nullable=False),  # SHA-256(previous seal's hash + the event's hash)
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("hash", DIGEST, nullable=False),
    Column("at", Float, nullable=False),
    Column("signature", Text, nullable=False),
)

sealer = Table(
    "sealer",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("owner", Text, nullable=False),
    Column("until", Float, nullable=False),
)
