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
from integration.audit import copies, hospital_holdings
from integration.audit.hospital_holdings import Desk, our_identifiers
from integration.store import ledger, links, renderings
from integration.store.database import Connection, Database
from integration.store.rows import Key, Row, State
from mappings import identity, registry

MAY_BE_THERE = "IF-DEL-08"
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
class Outstanding:
    """A row that the hospital is not yet in step with."""

    type: str
    id: str
    state: State
    reason: str


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
    outstanding: list[Outstanding] = field(default_factory=list)
    dismissed: int = 0
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


@dataclass(frozen=True, slots=True)
class Books:
    """What the ledger says, at one moment."""

    rows: Mapping[str, Sequence[Row]]  # by resource type
    patients: Sequence[str]  # ids of the hospital's Patients whom our rows are about
    identifiers: Mapping[Key, str]  # (type, the hospital's id) -> our identifier
    linked: Mapping[str, str]  # the ids of the hospital's own Patients, to whom ours are linked

    def identify(self, resource_type: str, remote_id: str) -> str | None:
        """Our identifier of what has this id at the hospital."""
        return self.identifiers.get((resource_type, remote_id))


def read_books(conn: Connection, hospital: str) -> Books:
    """Read the ledger of a hospital."""
    rows: dict[str, list[Row]] = defaultdict(list)
    identifiers: dict[Key, str] = {}
    linked: dict[str, str] = {}
    for _, _lane, row in ledger.listing(conn, hospital):
        rows[row.type].append(row)
        if row.remote_id is not None:
            identifiers[row.type, row.remote_id] = row.identifier
    theirs = [link.remote_id for link in links.every(conn, hospital, "Patient")]
    # What a document of ours says of something linked, it says of theirs.
    identifiers.update((link.key, f"{link.kind}/{link.remote_id}") for link in links.every(conn, hospital)
                       if link.kind != "Patient")  # fmt: skip
    for remote_id in theirs:
        ours = ledger.identifier_of_remote(conn, hospital, "Patient", remote_id)
        if ours is not None:
            identifiers["Patient", remote_id] = linked[remote_id] = ours
    patients = sorted({remote for kind, remote in identifiers if kind == "Patient"} | set(theirs))
    opened = {kind: _with_open(conn, hospital, some) for kind, some in rows.items()}
    return Books(opened, patients, identifiers, linked)


def _with_open(conn: Connection, hospital: str, rows: Sequence[Row]) -> list[Row]:
    """The same rows with their open attempts."""
    there = ledger.get_many(conn, hospital, [row.key for row in rows])
    return [there.get(row.key, row) for row in rows]


def verify(database: Database, hospital: str, desk: Desk) -> Verdict:
    """Compare what a hospital holds with what the ledger says that it holds."""
    with database.read() as conn:
        books = read_books(conn, hospital)
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
        if row.state is State.DISMISSED and row.open is None:
            self.verdict.dismissed += 1
        elif row.state is not State.CLEAN:
            self.verdict.outstanding.append(Outstanding(row.type, row.id, row.state, row.reason or ""))
        if len(found) > 1:
            self.verdict.twice.append(_found(row, found))
        elif row.have is None:
            if found and not _accounts_for(row, found[0]):
                self.verdict.unexpected.append(_found(row, found))
        else:
            self.one(row, found[0] if found else self.by_id_alone(row), bodies)

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
        elements, added = self.against(row, copy, bodies)
        if elements:
            self.verdict.different.append(_found(row, [copy], elements))
            return
        self.verdict.held += 1
        if added:
            self.verdict.added.append(_found(row, [copy], added))

    def against(self, row: Row, copy: Document, bodies: Mapping[str, bytes]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What differs from ours, and what they added; while an attempt is open, what it sent is ours as well."""
        compared = [
            copies.compare(fhir_json.loads(bodies[digest]), copy, self.books.identify) for digest in _may_hold(row)
        ]
        difference = next((one for one in compared if not one.different), compared[0])
        astray = copies.references_astray(copy, self.books.identify, self.desk.base)
        moved = ("id",) if row.remote_id is not None and copy["id"] != row.remote_id and row.open is None else ()
        return (*moved, *difference.different, *astray), difference.added

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
            self.seen[remote_id] = identifier
            row = rows.get(identifier)
            if row is None or row.have is None:
                ours = "" if row is None else row.id
                self.verdict.unexpected.append(Found(self.type, ours, identifier, (remote_id,)))
            else:
                self.verdict.twice.append(Found(self.type, row.id, identifier, (row.remote_id or "", remote_id)))


def _may_hold(row: Row) -> list[str]:
    """The digests of what may stand at the hospital by right."""
    open_want = [row.open.want] if row.open is not None else []
    return [] if row.have is None else [row.have, *open_want]


def _accounts_for(row: Row, copy: Document) -> bool:
    """Whether a row that never heard of a success knows that this copy may be there."""
    return row.open is not None or row.remote_id == copy["id"] or row.reason == MAY_BE_THERE


def _found(row: Row, found: Collection[Document], elements: Sequence[str] = ()) -> Found:
    return Found(row.type, row.id, row.identifier, tuple(str(c["id"]) for c in found), tuple(dict.fromkeys(elements)))
