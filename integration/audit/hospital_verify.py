"""The judge: does a hospital hold what the ledger says it holds, once each, and saying the same?

It reads the hospital afresh and compares sets and meanings with the ledger's rows that have a `have`. It shares no
code with the push path: only the HTTP client, the store's reads and the digest of meaning.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fhir_profiles import fhir_json
from fhir_profiles.fhir_json import Document
from integration import errors
from integration.audit import copies, hospital_books, hospital_holdings
from integration.audit.hospital_books import Books
from integration.audit.hospital_holdings import Desk, our_identifiers
from integration.store import attempts, renderings
from integration.store.database import Database
from integration.store.rows import Row, State
from mappings import identity, registry

REFUSED = "IF-HOS-10"  # a question that the hospital does not answer


@dataclass(frozen=True, slots=True)
class Found:
    """One resource that the judge has something to say about: element paths and ids, never values."""

    type: str
    id: str  # ours; empty where we know of none
    identifier: str
    remote_ids: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rest:
    """A row that the hospital is not in step with yet, or that is not sent any more, and why."""

    type: str
    id: str
    state: State
    reason: str
    detail: str


@dataclass(slots=True)
class Verdict:
    """What a hospital holds of what it should: `expected` rows have a `have`, `held` of them are there, once, same."""

    hospital: str
    expected: int = 0
    held: int = 0
    missing: list[Found] = field(default_factory=list)
    twice: list[Found] = field(default_factory=list)
    different: list[Found] = field(default_factory=list)
    unexpected: list[Found] = field(default_factory=list)
    added: list[Found] = field(default_factory=list)
    not_found_by_search: list[Found] = field(default_factory=list)
    unacknowledged: list[Found] = field(default_factory=list)  # there as it was sent, though no answer said so
    outstanding: list[Rest] = field(default_factory=list)
    dismissed: list[Rest] = field(default_factory=list)
    cannot_know: list[str] = field(default_factory=list)
    requests: int = 0

    @property
    def wrong(self) -> int:
        """How many things are not as they should be."""
        return len(self.missing) + len(self.twice) + len(self.different) + len(self.unexpected)

    @property
    def exit(self) -> errors.Exit:
        """1 when anything is missing, twice, different or unexpected; 5 when rows are only outstanding; else 0."""
        if self.wrong:
            return errors.Exit.PROBLEMS
        return errors.Exit.PARTLY if self.outstanding else errors.Exit.OK


def verify(database: Database, hospital: str, desk: Desk) -> Verdict:
    """Compare what a hospital holds with what the ledger says that it holds."""
    with database.read() as conn:
        books = hospital_books.read(conn, hospital)
    verdict = Verdict(hospital)
    for resource_type in sorted(registry.MADE | books.rows.keys()):
        _Judge(database, books, desk, verdict, resource_type, books.rows.get(resource_type, ())).judge()
    verdict.cannot_know.extend(desk.cannot_know)
    verdict.requests = desk.requests
    return verdict


class _Judge:
    """Judges the rows of one resource type."""

    def __init__(
        self, database: Database, books: Books, desk: Desk, verdict: Verdict, resource_type: str, rows: Sequence[Row]
    ) -> None:
        self.database = database
        self.books = books
        self.desk = desk
        self.verdict = verdict
        self.type = resource_type
        self.rows = rows
        # The hospital's id -> our identifier, of every copy that was looked at, and of Patients that are theirs.
        self.seen = dict(books.linked) if resource_type == "Patient" else {}

    def judge(self) -> None:
        for start in range(0, len(self.rows), hospital_holdings.AT_A_TIME):
            some = self.rows[start : start + hospital_holdings.AT_A_TIME]
            with self.database.read() as conn:
                bodies = renderings.bodies(conn, {digest for row in some for digest in _may_hold(row)})
            there = self.copies_of(some)
            for row in some:
                self.row(row, there.get(row.identifier, []), bodies)
        self.what_else()

    def copies_of(self, rows: Sequence[Row]) -> dict[str, list[Document]]:
        """The hospital's copies of these rows, by our identifier."""
        wanted = {row.identifier for row in rows}
        found_of: dict[str, list[Document]] = defaultdict(list)
        if self.desk.can_search(self.type):
            found: Iterator[Document] = iter(self.desk.by_identifier(self.type, sorted(wanted)))
        else:
            found = self.each_by_id(rows)
        for document in found:
            for identifier in set(our_identifiers(document, self.desk.base)) & wanted:
                found_of[identifier].append(document)
                self.seen[str(document["id"])] = identifier
        return found_of

    def each_by_id(self, rows: Sequence[Row]) -> Iterator[Document]:
        for row in rows:
            document = None if row.remote_id is None else self.desk.by_id(self.type, row.remote_id)
            if document is not None:
                yield document

    def row(self, row: Row, found: Sequence[Document], bodies: Mapping[str, bytes]) -> None:
        self.verdict.expected += row.have is not None
        if row.state is not State.CLEAN:
            ended = row.state is State.DISMISSED and row.open is None
            rest = Rest(row.type, row.id, row.state, row.reason or "", row.detail or "")
            (self.verdict.dismissed if ended else self.verdict.outstanding).append(rest)
        if len(found) > 1:
            self.verdict.twice.append(_found(row, found))
        elif row.have is None:
            self.unasked(row, found)
        else:
            self.one(row, found[0] if found else self.by_id_alone(row), bodies)

    def unasked(self, row: Row, found: Sequence[Document]) -> None:
        """What is there of a row of which no success was ever heard."""
        for copy in found:
            if self.may_be_there(row):
                self.unacknowledged(row, copy)
            elif row.remote_id != copy["id"]:
                self.verdict.unexpected.append(_found(row, found))

    def may_be_there(self, row: Row) -> bool:
        """Whether the ledger knows that a request may have arrived whose answer never came."""
        return row.open is not None or row.key in self.books.unsure

    def unacknowledged(self, row: Row, copy: Document) -> None:
        """Such a copy must say what one of our requests said."""
        with self.database.read() as conn:
            sent = attempts.ever_sent(conn, self.verdict.hospital, row.key)
            bodies = renderings.bodies(conn, set(sent))
        elements, _ = self.against(sent, copy, bodies)
        (self.verdict.different if elements else self.verdict.unacknowledged).append(_found(row, [copy], elements))

    def by_id_alone(self, row: Row) -> Document | None:
        """A copy that the search does not give, but that is there under its id."""
        if row.remote_id is None or not self.desk.can_search(self.type):
            return None
        copy = self.desk.by_id(self.type, row.remote_id)
        if copy is None or row.identifier not in our_identifiers(copy, self.desk.base):
            return None
        self.seen[row.remote_id] = row.identifier
        self.verdict.not_found_by_search.append(_found(row, [copy]))
        return copy

    def one(self, row: Row, copy: Document | None, bodies: Mapping[str, bytes]) -> None:
        if copy is None:
            self.verdict.missing.append(_found(row, []))
            return
        elements, added = self.against(_may_hold(row), copy, bodies)
        if row.remote_id is not None and copy["id"] != row.remote_id and row.open is None:
            elements = ("id", *elements)
        if elements:
            self.verdict.different.append(_found(row, [copy], elements))
            return
        self.verdict.held += 1
        if added:
            self.verdict.added.append(_found(row, [copy], added))

    def against(
        self, ours: Sequence[str], copy: Document, bodies: Mapping[str, bytes]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What differs from the likest of these, and what they added."""
        compared = [copies.compare(fhir_json.loads(bodies[digest]), copy, self.books.identify) for digest in ours]
        difference = next((one for one in compared if not one.different), compared[0])
        astray = copies.references_astray(copy, self.books.identify, self.desk.base)
        return (*difference.different, *astray), difference.added

    def what_else(self) -> None:
        """What carries our identifiers, and no row knows of."""
        if self.desk.can_search(self.type) and self.by_system_alone():
            return
        if self.type != "Patient" and self.desk.can_ask_per_patient(self.type):
            for patient in self.books.patients:
                self.unknown({str(d["id"]): d for d in self.ours(self.desk.of_patient(self.type, patient))})
        elif self.rows:
            also = "" if self.desk.can_search(self.type) else " there twice, or"
            self.desk.cannot_know.append(
                f"{self.type}: whether anything of ours is{also} there beyond what the ledger knows: "
                "the hospital's search does not tell"
            )

    def by_system_alone(self) -> bool:
        """Search by our systems alone; whether that can be relied on: it must give all that is known to be there."""
        systems = {self.desk.base.system(kind) for kind in identity.KINDS}
        try:
            found = {str(d["id"]): d for d in self.ours(self.desk.by_system(self.type, systems))}
        except errors.RemoteError as refused:
            if refused.code != REFUSED:
                raise
            return False
        proven = bool(self.seen) and self.seen.keys() <= found.keys()
        self.unknown(found)
        return proven

    def ours(self, documents: Iterator[Document]) -> Iterator[Document]:
        """Those that carry an identifier of this clinic, cut down to what is needed."""
        for document in documents:
            if our_identifiers(document, self.desk.base):
                yield {"id": document["id"], "identifier": document["identifier"]}

    def unknown(self, found: Mapping[str, Document]) -> None:
        rows = {row.identifier: row for row in self.rows}
        for remote_id in sorted(found.keys() - self.seen.keys()):
            identifier = our_identifiers(found[remote_id], self.desk.base)[0]
            known = [seen for seen, its in self.seen.items() if its == identifier]
            self.seen[remote_id] = identifier
            row = rows.get(identifier)
            if row is not None and (known or row.have is not None):
                first = row.remote_id or "".join(known[:1])
                self.verdict.twice.append(Found(self.type, row.id, identifier, (first, remote_id)))
            elif row is not None and self.may_be_there(row):
                copy = self.desk.by_id(self.type, remote_id)
                self.unasked(row, [copy] if copy is not None else [])
            else:
                ours = "" if row is None else row.id
                self.verdict.unexpected.append(Found(self.type, ours, identifier, (remote_id,)))


def _may_hold(row: Row) -> list[str]:
    """The digests of what may stand at the hospital by right: while an attempt is open, what it sent as well."""
    open_want = [row.open.want] if row.open is not None else []
    return [] if row.have is None else [row.have, *open_want]


def _found(row: Row, found: Collection[Document], elements: Sequence[str] = ()) -> Found:
    return Found(row.type, row.id, row.identifier, tuple(str(c["id"]) for c in found), tuple(dict.fromkeys(elements)))
