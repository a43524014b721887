"""The history of one session or patient: what the clinic recorded, what was sent, what each hospital answered, what is
still outstanding and why, what is worth a person's eye, and up to where all of it is sealed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from fhir_profiles import fhir_json
from integration import errors
from integration.audit import happenings, history_proof
from integration.audit.faults import NOT_THERE, Fault, Wrong
from integration.audit.happenings import Happening
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
class Sealed:
    """How far the whole chain of events is sealed, and the last signed checkpoint."""

    events: int
    waiting: int
    checkpoint: int | None
    checkpoint_at: float | None


@dataclass(frozen=True, slots=True)
class SessionHistory:
    """The whole story; `records` begins with the one that was asked for. `sent` has each document as it was sent.

    `altered` says what of it is not as it was sealed, and what is missing.
    """

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
    altered: tuple[Fault, ...]

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
            raise _not_there(conn, kind, record_id)
        now = clinic.clock.now()
        events.append(conn, READ, clinic.actor, {"form": how}, at=now, record_kind=kind, record_id=record_id)
    with clinic.database.read() as conn:
        return gather(conn, clinic, kind, record_id, now)


def _not_there(conn: Connection, kind: str, record_id: str) -> errors.InfusionFhirError:
    """Why a record is not there: it was never stored, or somebody deleted it."""
    _, said = happenings.about(conn, {(kind, record_id)}, set())
    if (kind, record_id) in said.heads:
        return errors.StoreError(Wrong.MISSING, f"{kind} {record_id}: {NOT_THERE}")
    return errors.UsageError(NOT_STORED, f"no {kind} with this id is stored")


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
    sent = renderings.bodies(conn, digests)
    happened, said = happenings.about(conn, names, patients)
    return SessionHistory(
        kind, record_id, clinic.base.logical_id(kind, record_id), clinic.clinic.name, clinic.clinic.installation, now,
        tuple(told), sent, happened, _sealed(conn), tuple(history_proof.faults(said, told, sent)),
    )  # fmt: skip


def _heads(conn: Connection, kind: str, record_id: str) -> list[Head]:
    """The record asked for, then what belongs to it."""
    own = records.heads(conn, [(kind, record_id)])[kind, record_id]
    if kind == "patient":
        return [own, *(head for head in records.of_patient(conn, record_id) if head.key != own.key)]
    if kind != "session":
        return [own]
    taken = records.heads(conn, [("observation", one) for one in deliveries.observations_at(conn, [record_id])])
    found = _as_record(conn, kind, record_id)
    plan = records.heads(conn, [("plan", found.plan)]) if isinstance(found, clinic_records.InfusionSession) else {}
    patient = records.heads(conn, [("patient", own.patient)]) if own.patient else {}
    return [own, *plan.values(), *patient.values(), *(taken[key] for key in sorted(taken))]


def _as_record(conn: Connection, kind: str, record_id: str) -> clinic_records.Record | None:
    """The record, if what is stored can still be read as one."""
    try:
        return records.get(conn, kind, record_id)
    except (clinic_records.RecordError, fhir_json.JsonError):
        return None


def _record(conn: Connection, head: Head, documents: list[DocumentHistory]) -> RecordHistory:
    versions = [
        RecordVersion(one.version, one.updated_at, one.stored_at, _status(one.body), one.digest, one.body)
        for one in records.versions(conn, *head.key)
    ]
    return RecordHistory(
        head.kind,
        head.id,
        tuple(versions),
        tuple(problems.of_record(conn, *head.key)),
        tuple(findings.of_record(conn, *head.key)),
        tuple(documents),
    )


def _document_version(one: resources.Version) -> DocumentVersion:
    return DocumentVersion(one.version, one.stored_at, _status(one.body), one.digest, one.body)


def _status(body: bytes) -> str | None:
    read = as_document(body)
    return None if read is None else read.get("status")


def as_document(body: bytes) -> fhir_json.Document | None:
    """A stored body, read; None where somebody put something there that is no JSON object."""
    try:
        read = fhir_json.loads(body)
    except fhir_json.JsonError:
        return None
    return read if isinstance(read, dict) else None


def _delivery(at: deliveries.AtHospital, tries: Iterable[Try]) -> Delivery:
    row = at.row
    return Delivery(
        at.hospital, row.state.value, row.reason, row.detail, row.actor, at.waits_for, row.want, row.have,
        row.remote_id, row.remote_version, at.changed_at,
        tuple(one for one in tries if one.hospital == at.hospital),
    )  # fmt: skip


def _sealed(conn: Connection) -> Sealed:
    sealed, waiting = events.sealed_up_to(conn)
    marks = events.checkpoints(conn)
    last = max(marks, key=lambda mark: mark.position, default=None)
    return Sealed(sealed, waiting, last.position if last else None, last.at if last else None)
