"""What the events say about what is stored: every digest, in the order in which it was written down."""

import json
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from integration.store.attempts import NOT_THERE
from integration.store.events import Event

Key = tuple[str, str]
Version = tuple[str, str, int]

KINDS: Final = ("records.stored", "records.refused", "documents.made", "disclosed", "answered", "looked-up", "retried")
"""The kinds of event that speak of contents; of each change there is one."""


class RecordSaid(NamedTuple):
    """A version of a record: its content, its bytes, the clinic's time, and when it was stored."""

    digest: str
    updated_at: str
    body: str
    at: float


class DocumentSaid(NamedTuple):
    """A version of a document, and the record that gave it."""

    digest: str
    record: Key
    at: float


class AttemptSaid(NamedTuple):
    """A request as it was written ahead."""

    hospital: str | None
    lane: str
    bundle: str
    sent: str
    begin: float


class AnswerSaid(NamedTuple):
    """How a request was answered."""

    status: int | None
    kept: str | None
    at: float


class EntrySaid(NamedTuple):
    """An entry of a request as it was written ahead."""

    position: int
    write: str
    want: str
    hospital: str | None


class FateSaid(NamedTuple):
    """The last that was heard of an entry."""

    outcome: str | None
    status: str | None
    remote_id: str | None
    remote_version: str | None
    open: bool


class Holds(NamedTuple):
    """What a hospital is known to hold of a document."""

    have: str | None
    remote_id: str | None
    remote_version: str | None


NOTHING: Final = Holds(None, None, None)


class Stated:
    """Hears events, oldest first, and remembers what they say of those that it is asked to listen for.

    `with_documents`: also of every document of a record that is listened for, whatever is known of it.
    """

    def __init__(
        self, listens: Callable[[Key], bool], *, to_attempts: Callable[[int], bool], with_documents: bool = False
    ) -> None:
        self._listens = listens
        self._to_attempts = to_attempts
        self._with_documents = with_documents
        self.records: dict[Version, RecordSaid] = {}
        self.heads: dict[Key, int] = {}
        self.documents: dict[Version, DocumentSaid] = {}
        self.current: dict[Key, int] = {}
        self.attempts: dict[int, AttemptSaid] = {}
        self.answers: dict[int, AnswerSaid] = {}
        self.entries: dict[tuple[int, str, str], EntrySaid] = {}
        self.fates: dict[tuple[int, str, str], FateSaid] = {}
        self.holds: dict[tuple[str | None, str, str], Holds] = {}
        self.odd: list[tuple[int, str]] = []  # (event, what is odd about it)

    def hear(self, event: Event) -> None:
        """Take in one event; one that cannot be read, or says again what was said before, is noted as odd."""
        heard = _HEARD.get(event.kind)
        if heard is None:
            return
        try:
            heard(self, event, json.loads(event.body))
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            self.odd.append((event.seq, "cannot be read as an event of its kind"))

    def hears_of(self, attempt: int) -> bool:
        """Whether this is one of the requests that are listened for."""
        return self._to_attempts(attempt)

    def _once(self, event: Event, there: dict[Any, Any], key: Any, said: Any) -> None:
        if key in there:
            self.odd.append((event.seq, f"says again what an earlier event said of {_name(key)}"))
        else:
            there[key] = said

    def _stored(self, event: Event, body: dict[str, Any]) -> None:
        for kind, record_id, version, digest, updated_at, its_bytes in body["records"]:
            if self._listens((kind, record_id)):
                said = RecordSaid(digest, updated_at, its_bytes, event.at)
                self._once(event, self.records, (kind, record_id, version), said)
                self.heads[kind, record_id] = version
        for kind, record_id, version, updated_at, its_bytes in body["times"]:
            if self._listens((kind, record_id)):
                before = self.records[kind, record_id, version]
                self.records[kind, record_id, version] = before._replace(updated_at=updated_at, body=its_bytes)

    def _refused(self, _event: Event, body: dict[str, Any]) -> None:
        """What was stored of these records was taken out again."""
        for kind, record_id in body["records"]:
            if self._listens((kind, record_id)):
                for version in range(self.heads.pop((kind, record_id)), 0, -1):
                    del self.records[kind, record_id, version]

    def _made(self, event: Event, body: dict[str, Any]) -> None:
        for type_, logical_id, version, digest, record_kind, record_id in body["documents"]:
            its_record = (record_kind, record_id)
            if self._listens((type_, logical_id)) or (self._with_documents and self._listens(its_record)):
                said = DocumentSaid(digest, its_record, event.at)
                self._once(event, self.documents, (type_, logical_id, version), said)
                self.current[type_, logical_id] = version

    def _disclosed(self, event: Event, body: dict[str, Any]) -> None:
        number = body["attempt"]
        if self._to_attempts(number):
            said = AttemptSaid(event.hospital, body["lane"], body["bundle"], body["sent"], event.at)
            self._once(event, self.attempts, number, said)
        for position, (type_, logical_id, write, want) in enumerate(body["entries"]):
            if self._listens((type_, logical_id)):
                entry = EntrySaid(position, write, want, event.hospital)
                self._once(event, self.entries, (number, type_, logical_id), entry)
                self.holds.setdefault((event.hospital, type_, logical_id), NOTHING)

    def _answered(self, event: Event, body: dict[str, Any]) -> None:
        number = body["attempt"]
        if self._to_attempts(number):
            self._once(event, self.answers, number, AnswerSaid(body["status"], body["kept"], event.at))
        self._settled(event, number, body["entries"])

    def _looked_up(self, event: Event, body: dict[str, Any]) -> None:
        if "attempt" in body:
            self._settled(event, body["attempt"], body["entries"])
        for type_, logical_id, attempt in body.get("not_there", ()):
            if self._listens((type_, logical_id)):
                before = self.fates[attempt, type_, logical_id]
                self.fates[attempt, type_, logical_id] = before._replace(outcome=NOT_THERE)
        for type_, logical_id, *holds in body.get("holds", ()):
            if self._listens((type_, logical_id)):
                self.holds[event.hospital, type_, logical_id] = Holds(*holds)

    def _settled(self, event: Event, number: int, entries: list[Any]) -> None:
        for type_, logical_id, outcome, status, remote_id, remote_version, *still in entries:
            if self._listens((type_, logical_id)):
                fate = FateSaid(outcome, status, remote_id, remote_version, bool(still))
                self.fates[number, type_, logical_id] = fate
                if outcome == ACCEPTED:
                    have = self.entries[number, type_, logical_id].want
                    self.holds[event.hospital, type_, logical_id] = Holds(have, remote_id, remote_version)


ACCEPTED: Final = "Accepted"
_HEARD: Final[dict[str, Callable[[Stated, Event, dict[str, Any]], None]]] = {
    "records.stored": Stated._stored,  # noqa: SLF001 - the table of its own methods
    "records.refused": Stated._refused,  # noqa: SLF001
    "documents.made": Stated._made,  # noqa: SLF001
    "disclosed": Stated._disclosed,  # noqa: SLF001
    "answered": Stated._answered,  # noqa: SLF001
    "looked-up": Stated._looked_up,  # noqa: SLF001
    "retried": Stated._looked_up,  # noqa: SLF001
}


def _name(key: Any) -> str:
    """A key of any of the tables, in words."""
    if isinstance(key, int):
        return f"attempt {key}"
    first, second, third = key
    return f"{second}/{third} in attempt {first}" if isinstance(first, int) else f"{first}/{second} version {third}"
