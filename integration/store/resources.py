"""FHIR documents as bytes: the current version, every version before it, and what refers to what."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, func, insert, select, update

from fhir_profiles import fhir_json
from integration.store import record_heads, tables
from integration.store.columns import as_bytes
from integration.store.record_heads import Key
from mappings import registry

R = tables.resource
H = tables.resource_history
F = tables.reference


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that a record gives now, with its bytes."""

    made: registry.Made
    record_kind: str
    record_id: str
    body: bytes

    @property
    def key(self) -> Key:
        """Resource type and logical id."""
        return self.made.document["resourceType"], self.made.document["id"]


@dataclass(frozen=True, slots=True)
class Change:
    """A document that was stored new or in a new version."""

    draft: Draft
    version: int
    digest: str
    patient_before: str | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """One stored document and what is known about it without reading it."""

    type: str
    id: str
    version: int
    digest: str
    body: bytes
    map_version: int
    record_kind: str
    record_id: str
    patient: str
    rank: int
    status: str | None
    stored_at: float


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a document as it was stored."""

    version: int
    digest: str
    body: bytes
    map_version: int
    stored_at: float


_COLUMNS = tuple(R.c[name] for name in Resource.__slots__)
_CHANGING = (
    "version", "digest", "body", "map_version", "record_kind", "record_id", "patient", "rank", "status", "stored_at",
)  # fmt: skip
_SAVE = (
    update(R)
    .where(R.c.type == bindparam("of_type"), R.c.id == bindparam("of_id"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGING})
)
_FORGET_REFERENCES = delete(F).where(
    F.c.patient == bindparam("of_patient"),
    F.c.source_type == bindparam("of_type"),
    F.c.source_id == bindparam("of_id"),
)


def draft(made: registry.Made, record_kind: str, record_id: str) -> Draft:
    """Write a document's bytes, once."""
    return Draft(made, record_kind, record_id, fhir_json.encode_made(made.document))


def put(conn: Connection, made: registry.Made, record_kind: str, record_id: str, now: float) -> bool:
    """Store one document of a record; whether it is new or changed."""
    return bool(put_many(conn, [draft(made, record_kind, record_id)], now))


def put_many(conn: Connection, drafts: Sequence[Draft], now: float) -> list[Change]:
    """Store documents; gives those that are new or changed, in the order given."""
    held = _held(conn, (one.key for one in drafts))
    changes = []
    for one in drafts:
        version, digest_before, patient_before = held.get(one.key, (0, "", None))
        digest = fhir_json.digest(one.body)
        if digest != digest_before:
            changes.append(Change(one, version + 1, digest, patient_before))
    if changes:
        _write(conn, changes, now)
    return changes


def _held(conn: Connection, keys: Iterable[Key]) -> dict[Key, tuple[int, str, str]]:
    found: dict[Key, tuple[int, str, str]] = {}
    for kind, pieces in record_heads.by_kind(keys).items():
        for ids in pieces:
            query = select(R.c.id, R.c.version, R.c.digest, R.c.patient).where(R.c.type == kind, R.c.id.in_(ids))
            found.update(((kind, row.id), (row.version, row.digest, row.patient)) for row in conn.execute(query))
    return found


def _write(conn: Connection, changes: Sequence[Change], now: float) -> None:
    rows = [_row(change, now) for change in changes]
    new = [row for row in rows if row["version"] == 1]
    old = [row for row in rows if row["version"] > 1]
    if new:
        conn.execute(insert(R), new)
    if old:
        conn.execute(
            _SAVE,
            [
                {"of_type": row["type"], "of_id": row["id"]} | {f"new_{name}": row[name] for name in _CHANGING}
                for row in old
            ],
        )
        forget = [change for change in changes if change.version > 1]
        conn.execute(
            _FORGET_REFERENCES,
            [
                {"of_patient": one.patient_before, "of_type": one.draft.key[0], "of_id": one.draft.key[1]}
                for one in forget
            ],
        )
    conn.execute(insert(H), [{name: row[name] for name in ("type", "id", *Version.__slots__)} for row in rows])
    references = [
        {
            "patient": change.draft.made.patient,
            "source_type": change.draft.key[0],
            "source_id": change.draft.key[1],
            "target_type": kind,
            "target_id": target,
        }
        for change in changes
        for kind, target in sorted(set(change.draft.made.references))
    ]
    if references:
        conn.execute(insert(F), references)


def _row(change: Change, now: float) -> dict[str, Any]:
    made = change.draft.made
    return {
        "type": change.draft.key[0],
        "id": change.draft.key[1],
        "version": change.version,
        "digest": change.digest,
        "body": change.draft.body,
        "map_version": registry.MAP_VERSION,
        "record_kind": change.draft.record_kind,
        "record_id": change.draft.record_id,
        "patient": made.patient,
        "rank": made.rank,
        "status": made.document.get("status"),
        "stored_at": now,
    }


def given_before(conn: Connection, keys: Iterable[Key]) -> dict[Key, list[Key]]:
    """For each of these records (kind, id) the documents (type, id) that it has given so far."""
    found: dict[Key, list[Key]] = {}
    for kind, pieces in record_heads.by_kind(keys).items():
        for ids in pieces:
            query = (
                select(R.c.record_id, R.c.type, R.c.id)
                .where(R.c.record_kind == kind, R.c.record_id.in_(ids))
                .order_by(R.c.type, R.c.id)
            )
            for record_id, type_, logical_id in conn.execute(query):
                found.setdefault((kind, record_id), []).append((type_, logical_id))
    return found


def owners(conn: Connection, keys: Iterable[Key]) -> dict[Key, Key]:
    """For each of these documents the record (kind, id) that gives it; not for those that were taken back."""
    found: dict[Key, Key] = {}
    for type_, pieces in record_heads.by_kind(keys).items():
        for ids in pieces:
            query = select(R.c.id, R.c.record_kind, R.c.record_id).where(
                R.c.type == type_, R.c.id.in_(ids), func.coalesce(R.c.status, "") != "entered-in-error"
            )
            found.update(((type_, row.id), (row.record_kind, row.record_id)) for row in conn.execute(query))
    return found


def patients_of(conn: Connection, keys: Iterable[Key]) -> dict[Key, str]:
    """For each of these documents, as far as they are stored, the logical id of its patient."""
    return {key: patient for key, (_, _, patient) in _held(conn, keys).items()}


def get(conn: Connection, type_: str, logical_id: str) -> Resource | None:
    """One document at its current version."""
    row = conn.execute(select(*_COLUMNS).where(R.c.type == type_, R.c.id == logical_id)).one_or_none()
    return None if row is None else _resource(row)


def get_many(conn: Connection, keys: Iterable[Key]) -> dict[Key, Resource]:
    """Documents at their current versions, as far as they are stored."""
    found: dict[Key, Resource] = {}
    for type_, pieces in record_heads.by_kind(keys).items():
        for ids in pieces:
            for row in conn.execute(select(*_COLUMNS).where(R.c.type == type_, R.c.id.in_(ids))):
                found[row.type, row.id] = _resource(row)
    return found


def history(conn: Connection, type_: str, logical_id: str) -> list[Version]:
    """Every version of a document, oldest first."""
    query = (
        select(*(H.c[name] for name in Version.__slots__))
        .where(H.c.type == type_, H.c.id == logical_id)
        .order_by(H.c.version)
    )
    return [Version(r.version, r.digest, as_bytes(r.body), r.map_version, r.stored_at) for r in conn.execute(query)]


def of_record(conn: Connection, kind: str, record_id: str) -> list[Resource]:
    """The documents of one record, what is referred to first."""
    return _listed(conn, R.c.record_kind == kind, R.c.record_id == record_id)


def of_patient(conn: Connection, patient: str) -> list[Resource]:
    """The documents of one patient (the logical id), what is referred to first."""
    return _listed(conn, R.c.patient == patient)


def _listed(conn: Connection, *where: Any) -> list[Resource]:
    query = select(*_COLUMNS).where(*where).order_by(R.c.rank, R.c.type, R.c.id)
    return [_resource(row) for row in conn.execute(query)]


def everything(conn: Connection) -> Iterator[Resource]:
    """Every document, patient by patient, what is referred to first."""
    query = select(*_COLUMNS).order_by(R.c.patient, R.c.rank, R.c.type, R.c.id)
    for row in conn.execute(query.execution_options(yield_per=500)):
        yield _resource(row)


def counts(conn: Connection) -> dict[str, int]:
    """How many documents of each type are stored."""
    query = select(R.c.type, func.count()).group_by(R.c.type).order_by(R.c.type)
    return {type_: number for type_, number in conn.execute(query)}  # noqa: C416 - rows are not pairs to mypy


def references_of(conn: Connection, keys: Iterable[Key]) -> dict[Key, list[Key]]:
    """For each of these documents the documents of ours that it refers to."""
    found: dict[Key, list[Key]] = {}
    for type_, pieces in record_heads.by_kind(keys).items():
        for ids in pieces:
            of_patient = and_(F.c.patient == R.c.patient, F.c.source_type == R.c.type, F.c.source_id == R.c.id)
            query = select(F.c.source_id, F.c.target_type, F.c.target_id).join(R, of_patient)
            query = query.where(R.c.type == type_, R.c.id.in_(ids))
            for source, target_type, target in conn.execute(query.order_by(F.c.target_type, F.c.target_id)):
                found.setdefault((type_, source), []).append((target_type, target))
    return found


def _resource(row: Row[Any]) -> Resource:
    values = dict(zip(Resource.__slots__, row, strict=True))
    return Resource(**values | {"body": as_bytes(row.body)})
