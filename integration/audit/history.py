"""The history of one session or patient: what the clinic recorded, what was sent, what each hospital answered, what is
still outstanding and why, what is worth a person's eye, and up to where all of it is sealed.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from fhir_profiles import fhir_json
from integration import errors
from integration.installation import Installation
from integration.store import deliveries, events, findings, problems, records, renderings, resources, rows
from integration.store.database import Connection
from integration.store.deliveries import Try
from integration.store.problems import Problem
from integration.store.record_heads import Head, Key
from integration.store.rows import State
from mappings import records as clinic_records
from mappings.findings import Finding

NOT_STORED: Final = "IF-USE-14"
READ: Final = "history.read"
_QUOTED = re.compile(rb'"([A-Za-z0-9.\-]{1,64})"')


@dataclass(frozen=True, slots=True)
class RecordVersion:
    """One version of a record, as the clinic's export gave it."""

    version: int
    updated_at: str
    stored_at: float
    status: str | None
    digest: str
    body: bytes


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    """One version of a document that a record gave."""

    version: int
    stored_at: float
    status: str | None
    digest: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """One document at one hospital: how far it is, and every request that carried it."""

    hospital: str
    state: str
    reason: str | None
    detail: str | None
    actor: str | None
    waits_for: tuple[Key, ...]
    want: str
    have: str | None
    remote_id: str | None
    remote_version: str | None
    changed_at: float
    tries: tuple[Try, ...]

    @property
    def in_step(self) -> bool:
        """Whether the hospital holds what it should, and nothing is on its way."""
        return self.state == State.CLEAN

    @property
    def not_taken(self) -> bool:
        """Whether the hospital has no place for it, as it was set: then nothing is outstanding."""
        return self.state == State.DISMISSED and self.reason == rows.NOT_TAKEN


@dataclass(frozen=True, slots=True)
class DocumentHistory:
    """One document with its versions and where it went."""

    type: str
    id: str
    versions: tuple[DocumentVersion, ...]
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class RecordHistory:
    """One record with its versions, what is wrong or worth knowing about it, and its documents."""

    kind: str
    id: str
    versions: tuple[RecordVersion, ...]
    problems: tuple[Problem, ...]
    findings: tuple[Finding, ...]
    documents: tuple[DocumentHistory, ...]


@dataclass(frozen=True, slots=True)
class Happening:
    """One event about these records; what it says of others is left out. `sealed` is its place in the chain."""

    seq: int
    at: float
    kind: str
    actor: str
    hospital: str | None
    says: dict[str, Any]
    hash: str
    sealed: int | None


@dataclass(frozen=True, slots=True)
class Sealed:
    """How far the whole chain of events is sealed, and the last signed checkpoint."""

    events: int
    waiting: int
    checkpoint: int | None
    checkpoint_at: float | None


@dataclass(frozen=True, slots=True)
class SessionHistory:
    """The whole story; `records` begins with the one that was asked for. `sent` has each document as it was sent."""

    kind: str
    id: str
    uuid: str
    clinic: str
    installation: str
    asked_at: float
    records: tuple[RecordHistory, ...]
    sent: dict[str, bytes]
    events: tuple[Happening, ...]
    sealed: Sealed

    @property
    def outstanding(self) -> list[tuple[DocumentHistory, Delivery]]:
        """What some hospital does not hold yet as it should."""
        return [
            (document, delivery)
            for record in self.records
            for document in record.documents
            for delivery in document.deliveries
            if not delivery.in_step and not delivery.not_taken
        ]


def read(clinic: Installation, kind: str, record_id: str, *, how: str) -> SessionHistory:
    """Read a history. That it is read is an event, kept before anything is shown; `how` says in what form."""
    with clinic.database.write() as conn:
        if records.head(conn, kind, record_id) is None:
            raise errors.UsageError(NOT_STORED, f"no {kind} with this id is stored")
        now = clinic.clock.now()
        events.append(conn, READ, clinic.actor, {"form": how}, at=now, record_kind=kind, record_id=record_id)
    with clinic.database.read() as conn:
        return gather(conn, clinic, kind, record_id, now)


def session_of(clinic: Installation, uuid: str) -> str | None:
    """The clinic's id of the session with this uuid of ours, or None."""
    with clinic.database.read() as conn:
        every = records.of_kind(conn, "session")
    return next((head.id for head in every if clinic.base.logical_id("session", head.id) == uuid), None)


def gather(conn: Connection, clinic: Installation, kind: str, record_id: str, now: float) -> SessionHistory:
    """Put a history together from what is stored at one moment."""
    heads = _heads(conn, kind, record_id)
    stored = {head.key: resources.of_record(conn, *head.key) for head in heads}
    keys = [(one.type, one.id) for many in stored.values() for one in many]
    ledger_rows, tries = deliveries.rows_of(conn, keys), deliveries.tries_of(conn, keys)
    told = []
    for head in heads:
        documents = [
            DocumentHistory(
                one.type,
                one.id,
                tuple(_document_version(v) for v in resources.history(conn, one.type, one.id)),
                tuple(
                    _delivery(at, tries.get((one.type, one.id), [])) for at in ledger_rows.get((one.type, one.id), [])
                ),
            )
            for one in stored[head.key]
        ]
        told.append(_record(conn, head, documents))
    digests = {delivery.want for record in told for d in record.documents for delivery in d.deliveries}
    digests |= {one.want for many in tries.values() for one in many}
    names = {head.key for head in heads} | set(keys)
    patients = {clinic.base.logical_id("patient", head.patient) for head in heads if head.patient}
    return SessionHistory(
        kind, record_id, clinic.base.logical_id(kind, record_id), clinic.clinic.name, clinic.clinic.installation, now,
        tuple(told), renderings.bodies(conn, digests), tuple(_happenings(conn, names, patients)), _sealed(conn),
    )  # fmt: skip


def _heads(conn: Connection, kind: str, record_id: str) -> list[Head]:
    """The record asked for, then what belongs to it."""
    own = records.heads(conn, [(kind, record_id)])[kind, record_id]
    if kind == "patient":
        return [own, *(head for head in records.of_patient(conn, record_id) if head.key != own.key)]
    if kind != "session":
        return [own]
    taken = records.heads(conn, [("observation", one) for one in deliveries.observations_at(conn, [record_id])])
    found = records.get(conn, kind, record_id)
    plan = records.heads(conn, [("plan", found.plan)]) if isinstance(found, clinic_records.InfusionSession) else {}
    patient = records.heads(conn, [("patient", own.patient)]) if own.patient else {}
    return [own, *plan.values(), *patient.values(), *(taken[key] for key in sorted(taken))]


def _record(conn: Connection, head: Head, documents: list[DocumentHistory]) -> RecordHistory:
    versions = []
    for one in records.versions(conn, *head.key):
        status = fhir_json.loads(one.body).get("status")
        versions.append(RecordVersion(one.version, one.updated_at, one.stored_at, status, one.digest, one.body))
    return RecordHistory(
        head.kind,
        head.id,
        tuple(versions),
        tuple(problems.of_record(conn, *head.key)),
        tuple(findings.of_record(conn, *head.key)),
        tuple(documents),
    )


def _document_version(one: resources.Version) -> DocumentVersion:
    status = fhir_json.loads(one.body).get("status")
    return DocumentVersion(one.version, one.stored_at, status, one.digest, one.body)


def _delivery(at: deliveries.AtHospital, tries: Iterable[Try]) -> Delivery:
    row = at.row
    return Delivery(
        at.hospital, row.state.value, row.reason, row.detail, row.actor, at.waits_for, row.want, row.have,
        row.remote_id, row.remote_version, at.changed_at,
        tuple(one for one in tries if one.hospital == at.hospital),
    )  # fmt: skip


def _happenings(conn: Connection, names: set[Key], patients: set[str]) -> Iterable[Happening]:
    """The events about these records or documents, oldest first."""
    ids = {name[1].encode() for name in names} | {patient.encode() for patient in patients}
    for event, sealed in deliveries.happenings(conn):
        own = (event.record_kind, event.record_id) in names
        if own or not ids.isdisjoint(_QUOTED.findall(event.body)):
            body = json.loads(event.body)
            if own or _names_any(body, names):
                says = _only_about(body, names)
                yield Happening(event.seq, event.at, event.kind, event.actor, event.hospital, says, event.hash, sealed)


def _names_any(body: dict[str, Any], names: set[Key]) -> bool:
    lists = (value for value in body.values() if isinstance(value, list))
    return any(_is_of(item, names) for items in lists for item in items)


def _only_about(body: dict[str, Any], names: set[Key]) -> dict[str, Any]:
    """What an event says, without the entries about other records and documents."""
    return {
        key: [item for item in value if _is_of(item, names)] if isinstance(value, list) else value
        for key, value in body.items()
    }


def _is_of(item: Any, names: set[Key]) -> bool:
    return isinstance(item, list) and tuple(item[:2]) in names


def _sealed(conn: Connection) -> Sealed:
    sealed, waiting = events.sealed_up_to(conn)
    marks = events.checkpoints(conn)
    last = max(marks, key=lambda mark: mark.position, default=None)
    return Sealed(sealed, waiting, last.position if last else None, last.at if last else None)
