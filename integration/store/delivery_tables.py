"""The tables of delivery: hospitals, who may go there, the ledger, lanes, and attempts."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)

from integration.store.columns import DIGEST, KEY, metadata

hospital = Table(
    "hospital",
    metadata,
    Column("name", KEY, primary_key=True),
    Column("url", Text, nullable=False),
    Column("settings", Text, nullable=False),  # JSON of integration.hospital.settings.Settings
    Column("capability", Text, nullable=False),  # JSON of integration.hospital.capability.Capability
    Column("stopped_types", Text, nullable=False),  # JSON: {type: reason}
    Column("state", KEY, nullable=False),  # active | paused | stopped
    Column("reason", Text, nullable=False),
    Column("not_before", Float, nullable=False),
    Column("fails", Integer, nullable=False),  # endpoint faults in a row
    Column("oddities", Integer, nullable=False),  # 200 answers in a row that were no FHIR
    Column("added_at", Float, nullable=False),
)

enrolment = Table(
    "enrolment",
    metadata,
    Column("patient", KEY, primary_key=True),  # logical id of the Patient
    Column("hospital", KEY, primary_key=True),
    Column("at", Float, nullable=False),
    Column("actor", Text, nullable=False),
    Column("ended_at", Float),
)

link = Table(
    "link",
    metadata,
    Column("kind", KEY, primary_key=True),  # resource type: Patient (later Practitioner, Encounter)
    Column("id", KEY, primary_key=True),  # our logical id
    Column("hospital", KEY, primary_key=True),
    Column("remote_id", KEY, nullable=False),
    Column("state", KEY, nullable=False),  # linked | mismatch
    Column("detail", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", Float, nullable=False),
)

ledger = Table(
    "ledger",
    metadata,
    Column("hospital", KEY, primary_key=True),
    Column("type", KEY, primary_key=True),
    Column("id", KEY, primary_key=True),
    Column("lane", KEY, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("identifier", Text, nullable=False),  # system|value: ours, by which the hospital's copy is found
    Column("want", DIGEST, nullable=False),
    Column("have", DIGEST),
    Column("state", KEY, nullable=False),  # clean | dirty | unknown | parked | held | dismissed
    Column("remote_id", KEY),
    Column("remote_version", KEY),
    Column("reason", KEY),
    Column("detail", Text),
    Column("actor", Text),
    Column("cap", Integer, nullable=False),  # at most so many entries in the request that carries it; 0 = no limit
    Column("unknowns", Integer, nullable=False),  # Unknown, alone, settled by its own sender, of this same content
    Column("searched", Boolean, nullable=False),  # rung 4: looked for before the first POST
    Column("changed_at", Float, nullable=False),
)
Index("ledger_lane", ledger.c.hospital, ledger.c.lane, ledger.c.state)
Index("ledger_resource", ledger.c.type, ledger.c.id)
Index(
    "ledger_remote",
    ledger.c.hospital,
    ledger.c.type,
    ledger.c.remote_id,
    sqlite_where=text("remote_id != id"),
    postgresql_where=text("remote_id != id"),
)

lane = Table(
    "lane",
    metadata,
    Column("hospital", KEY, primary_key=True),
    Column("lane", KEY, primary_key=True),
    Column("due_at", Float),  # when drain should look next; NULL: not before something changes
    Column("changes", Integer, nullable=False),  # counts what others changed, so that no wake-up is lost
    Column("tries", Integer, nullable=False),
    Column("owner", Text, nullable=False),
    Column("until", Float, nullable=False),
    Column("token", BigInteger, nullable=False),
)
Index("lane_due", lane.c.hospital, lane.c.due_at)

attempt = Table(
    "attempt",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("hospital", KEY, nullable=False),
    Column("lane", KEY, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("bundle", KEY, nullable=False),  # transaction | batch | single
    Column("begin", Float, nullable=False),
    Column("body", LargeBinary, nullable=False),  # as sent, in zlib's form
    Column("sent", DIGEST, nullable=False),
    Column("answered_at", Float),
    Column("http_status", Integer),
    Column("answer", LargeBinary),  # zlib; of refusals and whatever could not be judged
)
Index("attempt_lane", attempt.c.hospital, attempt.c.lane)

attempt_entry = Table(
    "attempt_entry",
    metadata,
    Column("attempt", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("type", KEY, primary_key=True),
    Column("id", KEY, primary_key=True),
    Column("hospital", KEY, nullable=False),
    Column("position", Integer, nullable=False),
    Column("write", KEY, nullable=False),  # put | create | conditional-put | post | update
    Column("want", DIGEST, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("looks", Integer, nullable=False),
    Column("sure", Boolean, nullable=False),  # the fate needs no wait: the answer said that nothing more will come
    Column("free", Boolean, nullable=False),  # not to be counted against the record
    Column("status", KEY),
    Column("remote_id", KEY),
    Column("remote_version", KEY),
    Column("outcome", KEY),
    ForeignKeyConstraint(["attempt"], ["attempt.id"]),
    sqlite_with_rowid=False,  # always asked for by its key, and the entries of one attempt stand together there
)
Index(
    "attempt_entry_open",
    attempt_entry.c.hospital,
    attempt_entry.c.type,
    attempt_entry.c.id,
    sqlite_where=text("open = 1"),
    postgresql_where=text("open"),
)
Index(
    "attempt_entry_unsure",
    attempt_entry.c.hospital,
    attempt_entry.c.type,
    attempt_entry.c.id,
    sqlite_where=text("outcome = 'may be there'"),
    postgresql_where=text("outcome = 'may be there'"),
)
