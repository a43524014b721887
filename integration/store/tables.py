"""The tables of one clinic's database (architecture.md, "Identity, digests, states, tables").

One database belongs to one clinic. Bodies are bytes, never parsed by SQL. Times are seconds since 1970 (UTC) as
floats unless a column says otherwise; the clinic's own times are kept as the text that was written.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

metadata = MetaData()

KEY = String(255)
DIGEST = String(64)

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
    Column("source_type", KEY, primary_key=True),
    Column("source_id", KEY, primary_key=True),
    Column("target_type", KEY, primary_key=True),
    Column("target_id", KEY, primary_key=True),
)
Index("reference_target", reference.c.target_type, reference.c.target_id)

rendering = Table(
    "rendering",
    metadata,
    Column("digest", DIGEST, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

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
Index("ledger_remote", ledger.c.hospital, ledger.c.type, ledger.c.remote_id)

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
    Column("body", LargeBinary, nullable=False),  # zlib, as sent
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
)
Index("attempt_entry_row", attempt_entry.c.hospital, attempt_entry.c.type, attempt_entry.c.id)
Index(
    "attempt_entry_open",
    attempt_entry.c.hospital,
    attempt_entry.c.type,
    attempt_entry.c.id,
    sqlite_where=text("open = 1"),
    postgresql_where=text("open"),
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
