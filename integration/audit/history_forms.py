"""A history as text for people, as JSON for programs, and as a FHIR `collection` Bundle for auditors' systems."""

import uuid
from collections.abc import Iterator
from typing import Any

from fhir_profiles.fhir_json import Document
from integration import moments
from integration.audit.history import (
    Delivery,
    DocumentHistory,
    DocumentVersion,
    RecordHistory,
    SessionHistory,
    as_document,
)
from integration.store.deliveries import Try
from mappings.identity import Base

utc = moments.utc_or_none


def as_json(history: SessionHistory) -> dict[str, Any]:
    """The whole history as plain values; documents as they were sent stand under the digest of their bytes."""
    return {
        "kind": history.kind,
        "id": history.id,
        "uuid": history.uuid,
        "clinic": history.clinic,
        "asked_at": utc(history.asked_at),
        "altered": [{"code": one.code.value, "what": one.what, "says": one.says} for one in history.altered],
        "records": [_record(record) for record in history.records],
        "sent": {digest: as_document(body) for digest, body in sorted(history.sent.items())},
        "outstanding": [
            {"type": document.type, "id": document.id, "hospital": delivery.hospital, "state": delivery.state,
             "reason": delivery.reason, "waits_for": _names(delivery)}
            for document, delivery in history.outstanding
        ],
        "events": [
            {"seq": one.seq, "at": utc(one.at), "kind": one.kind, "actor": one.actor, "hospital": one.hospital,
             "says": one.says, "hash": one.hash, "sealed": one.sealed}
            for one in history.events
        ],
        "sealed": {
            "events": history.sealed.events, "waiting": history.sealed.waiting,
            "checkpoint": history.sealed.checkpoint, "checkpoint_at": utc(history.sealed.checkpoint_at),
        },
    }  # fmt: skip


def _record(record: RecordHistory) -> dict[str, Any]:
    return {
        "kind": record.kind,
        "id": record.id,
        "versions": [
            {"version": one.version, "updated_at": one.updated_at, "stored_at": utc(one.stored_at),
             "status": one.status, "digest": one.digest, "record": as_document(one.body)}
            for one in record.versions
        ],
        "findings": [
            {"code": one.code, "grade": str(one.grade), "element": one.element, "says": one.says}
            for one in record.findings
        ],
        "problems": [
            {"code": one.code, "version": one.version, "element": one.element, "rule": one.rule, "fix": one.fix}
            for one in record.problems
        ],
        "documents": [_document(one) for one in record.documents],
    }  # fmt: skip


def _document(document: DocumentHistory) -> dict[str, Any]:
    return {
        "type": document.type,
        "id": document.id,
        "versions": [
            {"version": one.version, "stored_at": utc(one.stored_at), "status": one.status, "digest": one.digest}
            for one in document.versions
        ],
        "hospitals": [_delivery(one) for one in document.deliveries],
    }


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "hospital": delivery.hospital,
        "state": delivery.state,
        "reason": delivery.reason,
        "detail": delivery.detail,
        "actor": delivery.actor,
        "waits_for": _names(delivery),
        "want": delivery.want,
        "have": delivery.have,
        "remote_id": delivery.remote_id,
        "remote_version": delivery.remote_version,
        "changed_at": utc(delivery.changed_at),
        "tries": [_try(one) for one in delivery.tries],
    }


def _try(one: Try) -> dict[str, Any]:
    return {
        "attempt": one.attempt, "at": utc(one.begin), "answered_at": utc(one.answered_at), "bundle": one.bundle,
        "write": one.write, "sent": one.want, "http_status": one.http_status, "status": one.status,
        "outcome": one.outcome, "remote_id": one.remote_id, "remote_version": one.remote_version, "open": one.open,
        "looks": one.looks,
    }  # fmt: skip


def _names(delivery: Delivery) -> list[str]:
    return [f"{type_}/{logical_id}" for type_, logical_id in delivery.waits_for]


def as_bundle(history: SessionHistory, base: Base) -> Document:
    """Every version of every document, and a Provenance for each time that one went to a hospital.

    Before all that an OperationOutcome, if anything is not as it was sealed.
    """
    entries = [_warning(history)] if history.altered else []
    for record in history.records:
        for document in record.documents:
            full_url = base.full_url(document.type, document.id)
            readable = [_versioned(one) for one in document.versions if as_document(one.body) is not None]
            entries += [{"fullUrl": full_url, "resource": one} for one in readable]
            entries += _provenances(document, full_url, history)
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": utc(history.asked_at),
        "entry": entries,
    }


def _warning(history: SessionHistory) -> Document:
    issues = [
        {"severity": "error", "code": "security", "details": {"text": one.code.value},
         "diagnostics": f"NOT AS SEALED: {one.what}: {one.says}"}
        for one in history.altered
    ]  # fmt: skip
    return {
        "fullUrl": _named(history, "altered", utc(history.asked_at) or ""),
        "resource": {"resourceType": "OperationOutcome", "issue": issues},
    }


def _versioned(version: DocumentVersion) -> Document:
    """The document with its version spliced in: it is no part of what is stored and hashed."""
    document = as_document(version.body) or {}
    meta = {"versionId": str(version.version), "lastUpdated": utc(version.stored_at), **document.get("meta", {})}
    head: Document = {name: document[name] for name in ("resourceType", "id") if name in document}
    rest = {name: value for name, value in document.items() if name not in ("resourceType", "id", "meta")}
    return {**head, "meta": meta, **rest}


def _provenances(document: DocumentHistory, full_url: str, history: SessionHistory) -> Iterator[Document]:
    for delivery in document.deliveries:
        for one in delivery.tries:
            name = _named(history, f"{document.type}/{document.id}", f"{delivery.hospital}/{one.attempt}")
            yield {"fullUrl": name, "resource": _provenance(delivery, one, full_url)}


def _provenance(delivery: Delivery, one: Try, full_url: str) -> Document:
    fate = "its fate is not known yet" if one.open else f"outcome: {one.outcome}"
    answered = f"answered {one.status}" if one.status else "not answered"
    there = f"{one.type}/{one.remote_id}" if one.remote_id else None
    version = f"/_history/{one.remote_version}" if there and one.remote_version else ""
    made: Document = {
        "resourceType": "Provenance",
        "target": [{"reference": full_url}],
        "occurredDateTime": utc(one.begin),
        "recorded": utc(one.answered_at if one.answered_at is not None else one.begin),
        "activity": {"text": f"{one.write} to {delivery.hospital} in a {one.bundle}: {answered}; {fate}"},
        "agent": [
            {"type": {"text": "transmitter"}, "who": {"display": "infusion-fhir"}},
            {"type": {"text": "custodian"}, "who": {"display": delivery.hospital}},
        ],
    }
    if there:
        made["entity"] = [{"role": "revision", "what": {"display": f"{there}{version} at {delivery.hospital}"}}]
    return made


def _named(history: SessionHistory, what: str, which: str) -> str:
    return "urn:uuid:" + str(uuid.uuid5(uuid.NAMESPACE_URL, f"{history.installation}/{history.uuid}/{what}/{which}"))
