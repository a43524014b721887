"""The clinic's records, every version: a new one only when the content differs."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from fhir_profiles import fhir_json
from integration.store import record_heads, tables
from integration.store.columns import as_bytes
from integration.store.known import StoreKnown, body_to_record
from integration.store.record_heads import (
    Head,
    Key,
    count_due,
    counts,
    dependents,
    due,
    has_test,
    head,
    heads,
    mark_due,
    of_kind,
    of_patient,
)
from mappings import records

__all__ = [
    "Head", "Key", "Outcome", "Put", "StoreKnown", "Version", "count_due", "counts", "dependents", "due", "get",
    "get_many", "has_test", "head", "heads", "mark_due", "of_kind", "of_patient", "put", "put_many", "versions",
]  # fmt: skip

R = tables.record
L = tables.record_link
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


class Outcome(StrEnum):
    """What became of a record that was put into the store."""

    STORED = "stored"
    UNCHANGED = "unchanged"
    OLDER = "older"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Put:
    """`previous_version` is 0 for a record that is new; `moved`: unchanged, but the clinic's time is newer.

    `body` is the digest of the bytes that were written, empty where nothing was.
    """

    outcome: Outcome
    version: int
    previous_version: int
    digest: str
    held: str
    moved: bool = False
    body: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a record as it was stored."""

    version: int
    updated_at: str
    digest: str
    body: bytes
    stored_at: float


_FORGET_LINKS = delete(L).where(L.c.kind == bindparam("of_kind"), L.c.id == bindparam("of_id"))
_MOVE = (
    update(R)
    .where(R.c.kind == bindparam("of_kind"), R.c.id == bindparam("of_id"), R.c.version == bindparam("of_version"))
    .values(updated_at=bindparam("new_updated_at"), body=bindparam("new_body"))
)


def put(conn: Connection, record: records.Record, now: float) -> Put:
    """Store one record, if it says something new."""
    return put_many(conn, [record], now)[0]


def put_many(conn: Connection, many: Sequence[records.Record], now: float) -> list[Put]:
    """Store records in the order given; one answer for each. A record may come several times."""
    batch = _Batch(record_heads.heads(conn, ((r.kind, r.id) for r in many)), now)
    answers = [batch.take(record) for record in many]
    batch.write(conn)
    return answers


class _Batch:
    """Decides against the heads in memory, then writes everything at once."""

    def __init__(self, before: dict[Key, Head], now: float) -> None:
        self._before = before
        self._heads = dict(before)
        self._now = now
        self._versions: dict[tuple[str, str, int], dict[str, Any]] = {}
        self._moves: dict[tuple[str, str, int], dict[str, Any]] = {}
        self._stored: dict[Key, records.Record] = {}

    def take(self, record: records.Record) -> Put:
        held = self._heads.get((record.kind, record.id))
        digest = fhir_json.digest(records.content(record))
        moment = (record.updated_at.at - _EPOCH) // _MICROSECOND
        if held is None:
            return self._store(record, 0, moment, digest)
        if digest == held.digest:
            return self._same(record, held, moment)
        if moment > held.moment:
            return self._store(record, held.version, moment, digest)
        outcome = Outcome.OLDER if moment < held.moment else Outcome.CONFLICT
        return Put(outcome, held.version, held.version, digest, held.updated_at)

    def _store(self, record: records.Record, previous: int, moment: int, digest: str) -> Put:
        key = (record.kind, record.id)
        held = self._heads[key] if previous else None
        patient = records.patient_of(record) or (held.patient if held else None)
        time = record.updated_at.text
        body = _body(record)
        self._heads[key] = Head(*key, previous + 1, time, moment, digest, patient, due=True, test=record.test)
        self._versions[*key, previous + 1] = {
            "kind": record.kind,
            "id": record.id,
            "version": previous + 1,
            "updated_at": time,
            "digest": digest,
            "body": body,
            "stored_at": self._now,
        }
        self._stored[key] = record
        return Put(Outcome.STORED, previous + 1, previous, digest, time, body=fhir_json.digest(body))

    def _same(self, record: records.Record, held: Head, moment: int) -> Put:
        # By moment, then by text: whichever line comes first, the same one is held in the end.
        text = record.updated_at.text
        if (moment, text) <= (held.moment, held.updated_at):
            return Put(Outcome.UNCHANGED, held.version, held.version, held.digest, held.updated_at)
        key = (held.kind, held.id, held.version)
        body = _body(record)
        self._heads[held.key] = replace(held, updated_at=text, moment=moment)
        if key in self._versions:
            self._versions[key] |= {"updated_at": text, "body": body}
        else:
            self._moves[key] = {"new_updated_at": text, "new_body": body}
        return Put(
            Outcome.UNCHANGED, held.version, held.version, held.digest, held.updated_at, moved=True,
            body=fhir_json.digest(body),
        )  # fmt: skip

    def write(self, conn: Connection) -> None:
        changed = {key: one for key, one in self._heads.items() if one != self._before.get(key)}
        if not changed:
            return
        record_heads.add(conn, [one for key, one in changed.items() if key not in self._before])
        record_heads.save(conn, [one for key, one in changed.items() if key in self._before])
        if self._versions:
            conn.execute(insert(R), list(self._versions.values()))
        if self._moves:
            conn.execute(
                _MOVE,
                [
                    {"of_kind": kind, "of_id": record_id, "of_version": version, **values}
                    for (kind, record_id, version), values in self._moves.items()
                ],
            )
        self._write_links(conn)

    def _write_links(self, conn: Connection) -> None:
        replaced = [key for key in self._stored if key in self._before]
        again = record_heads.visits(conn, [record_id for kind, record_id in replaced if kind == "observation"])
        if replaced:
            conn.execute(_FORGET_LINKS, [{"of_kind": kind, "of_id": record_id} for kind, record_id in replaced])
        rows = [
            {"kind": kind, "id": record_id, "target_kind": target_kind, "target_id": target_id}
            for (kind, record_id), record in self._stored.items()
            for target_kind, target_id in sorted(records.links(record))
            if target_kind in record_heads.LINKED
        ]
        if rows:
            conn.execute(insert(L), rows)
        again |= {
            (row["target_kind"], row["target_id"])
            for row in rows
            if row["kind"] == "observation" and row["target_kind"] == "session"
        }
        again |= record_heads.dependents_of(conn, self._stored)
        record_heads.mark_due(conn, again - self._stored.keys())
        # What came before its patient has waited for it.
        new = [record_id for kind, record_id in self._stored.keys() - self._before.keys() if kind == "patient"]
        record_heads.mark_due_of_patients(conn, new)
        ids = {kind: [i for k, i in self._stored if k == kind] for kind in ("session", "plan")}
        record_heads.tell_sessions_their_patient(conn, ids["session"], ids["plan"])


def _body(record: records.Record) -> bytes:
    return fhir_json.encode(records.to_json(record))


def get(conn: Connection, kind: str, record_id: str, version: int | None = None) -> records.Record | None:
    """A record at its current version, or at an older one."""
    if version is None:
        return get_many(conn, [(kind, record_id)]).get((kind, record_id))
    body = conn.scalar(select(R.c.body).where(R.c.kind == kind, R.c.id == record_id, R.c.version == version))
    return None if body is None else body_to_record(as_bytes(body))


def get_many(conn: Connection, keys: Iterable[Key]) -> dict[Key, records.Record]:
    """Records at their current versions, as far as they are stored."""
    return StoreKnown(conn).load(keys)


def versions(conn: Connection, kind: str, record_id: str) -> list[Version]:
    """Every version of a record, oldest first."""
    query = (
        select(R.c.version, R.c.updated_at, R.c.digest, R.c.body, R.c.stored_at)
        .where(R.c.kind == kind, R.c.id == record_id)
        .order_by(R.c.version)
    )
    return [Version(r.version, r.updated_at, r.digest, as_bytes(r.body), r.stored_at) for r in conn.execute(query)]
