"""Whether one stored row is what the events say of it: pure rules, each answers with what is wrong, in words."""

import zlib
from collections.abc import Iterator
from typing import Any, Final, Protocol

from fhir_profiles import fhir_json
from integration.audit.stated import AnswerSaid, AttemptSaid, DocumentSaid, EntrySaid, FateSaid, Holds, RecordSaid
from integration.store import stored
from integration.store.columns import as_bytes
from integration.store.rows import State
from mappings import records

BODY: Final = "its content is not the one that was sealed"
DIGEST: Final = "its stored digest is not the one that was sealed"
TIME: Final = "its time is not the one that was sealed"


class Document(Protocol):
    """A version of a document, as the store or a history has it."""

    @property
    def digest(self) -> str:
        """The stored digest of its content."""
        ...

    @property
    def body(self) -> bytes:
        """Its bytes."""
        ...

    @property
    def stored_at(self) -> float:
        """When it was stored."""
        ...


class Record(Document, Protocol):
    """A version of a record, as the store or a history has it."""

    @property
    def updated_at(self) -> str:
        """The clinic's time of it."""
        ...


class Entry(Protocol):
    """An entry of a request, as the store or a history has it."""

    @property
    def open(self) -> bool:
        """Whether its fate is not known yet."""
        ...

    @property
    def outcome(self) -> str | None:
        """What became of it."""
        ...

    @property
    def status(self) -> str | None:
        """The status that was answered."""
        ...

    @property
    def remote_id(self) -> str | None:
        """The hospital's id."""
        ...

    @property
    def remote_version(self) -> str | None:
        """The hospital's version."""
        ...


class Standing(Protocol):
    """How a document stands at a hospital, as the store or a history has it."""

    @property
    def want(self) -> str:
        """The digest of what it should hold."""
        ...

    @property
    def have(self) -> str | None:
        """The digest of what it is known to hold."""
        ...

    @property
    def state(self) -> str:
        """How far it is."""
        ...

    @property
    def remote_id(self) -> str | None:
        """The hospital's id."""
        ...

    @property
    def remote_version(self) -> str | None:
        """The hospital's version."""
        ...


def record(row: Record, said: RecordSaid) -> Iterator[str]:
    """A version of a record: its bytes, its content, its digest, both its times."""
    body = as_bytes(row.body)
    if fhir_json.digest(body) != said.body or _content(body) != said.digest:
        yield BODY
    if row.digest != said.digest:
        yield DIGEST
    if (row.updated_at, row.stored_at) != (said.updated_at, said.at):
        yield TIME


def _content(body: bytes) -> str:
    try:
        return fhir_json.digest(records.stored_content(fhir_json.loads(body)))
    except (ValueError, TypeError, AttributeError):
        return ""


def document(row: Document, said: DocumentSaid) -> Iterator[str]:
    """A version of a document: its bytes, its digest, its time."""
    if not holds_digest(row.body, said.digest):
        yield BODY
    if row.digest != said.digest:
        yield DIGEST
    if row.stored_at != said.at:
        yield TIME


def current(row: stored.CurrentDocument, said: DocumentSaid) -> Iterator[str]:
    """A document as it is now: also the record that it stands for, and whose it is."""
    yield from document(row, said)
    if (row.record_kind, row.record_id) != said.record:
        yield f"it was made from {'/'.join(said.record)}, not from {row.record_kind}/{row.record_id}"
    if row.type != "Patient" and b'"Patient/' + str(row.patient).encode() + b'"' not in as_bytes(row.body):
        yield "it is filed under another patient than it is about"


def holds_digest(body: Any, digest: str) -> bool:
    """Whether these bytes have this digest."""
    return fhir_json.digest(as_bytes(body)) == digest


def attempt(row: stored.Attempt, said: AttemptSaid, answer: AnswerSaid | None) -> Iterator[str]:
    """A request: its bytes, what it says of itself, and its answer."""
    if _unpacked(row.body) != said.sent:
        yield "the request is not the one that was sealed"
    if (row.hospital, row.lane, row.bundle, row.sent, row.begin) != (
        said.hospital, said.lane, said.bundle, said.sent, said.begin,
    ):  # fmt: skip
        yield "hospital, lane, kind, digest or time of the request are not those that were sealed"
    told = (None, None, None) if answer is None else (answer.at, answer.status, answer.kept)
    kept = None if row.answer is None else _unpacked(row.answer)
    if (row.answered_at, row.http_status, kept) != told:
        yield "its answer is not the one that was sealed"


def _unpacked(packed: Any) -> str:
    try:
        return fhir_json.digest(zlib.decompress(as_bytes(packed)))
    except zlib.error:
        return ""


def entry(row: stored.AttemptEntry, said: EntrySaid, fate: FateSaid | None) -> Iterator[str]:
    """An entry of a request: what was sent, and what became of it once that is known for good."""
    if (row.position, row.write, row.want, row.hospital) != said:
        yield "what was sent in it is not what was sealed"
    yield from became(row, fate)


def became(row: Entry, fate: FateSaid | None) -> Iterator[str]:
    """What became of an entry of a request; while that is not known for good, nothing of it is final."""
    over = fate is not None and not fate.open
    if bool(row.open) is over:
        yield "whether its fate is known is not what was sealed"
    elif fate is not None and over and (row.outcome, row.status, row.remote_id, row.remote_version) != fate[:4]:
        yield "what became of it is not what was sealed"


def ledger(row: Standing, said: Holds) -> Iterator[str]:
    """A row of the ledger: what the hospital holds; `clean` may only be what holds what it should."""
    if (row.have, row.remote_id, row.remote_version) != said:
        yield "what the hospital holds is not what the sealed answers say"
    elif row.state == State.CLEAN and row.want != row.have:
        yield "it is called clean, and the hospital does not hold what it should"
