"""Making the documents of the records that are due: map, check, store, and tell every hospital's rows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from fhir_profiles import check, fhir_json
from integration.intake import telling_ids
from integration.intake.made import Made
from integration.store import database, events, problems, records, resources, wants
from integration.store import findings as finding_store
from integration.store import record_heads as heads
from integration.store.database import Connection, Database
from integration.store.problems import Problem
from integration.store.record_heads import Head, Key
from integration.store.resources import Draft
from mappings import identity, registry
from mappings import records as clinic_records

PAGE = 500
_WEIGHTS = {"plan": 5, "session": 5}

UNMAPPABLE = "IF-MAP-01"
WAITS = "IF-MAP-02"
CLAIMED = "IF-MAP-03"
MOVED = "IF-MAP-04"

Progress = Callable[[str, int, int], None]


class Clock(Protocol):
    """Tells the time, in seconds since 1970."""

    def now(self) -> float:
        """The time now."""
        ...


class Store(Protocol):
    """The database, whose it is, the clock, and who acts."""

    @property
    def db(self) -> Database:
        """The clinic's database."""
        ...

    @property
    def base(self) -> identity.Base:
        """The clinic's identifier base."""
        ...

    @property
    def clock(self) -> Clock:
        """What tells the time."""
        ...

    @property
    def actor(self) -> str:
        """Who acts, for the events."""
        ...


def finish_due(store: Store, progress: Progress | None = None, made: Made | None = None) -> Made:
    """Make the documents of every record that is due, 500 records in a transaction; goes on with `made`."""
    made = Made() if made is None else made
    with store.db.read() as conn:
        total = made.records + heads.count_due(conn)
    while True:
        page = store.db.transact(lambda conn: _page(conn, store))
        if page is None:
            return made
        made.records += len(page.looked_at)
        made.new += page.new
        made.changed += page.changed
        made.retracted += page.retracted
        made.looked_at(page.looked_at, page.found)
        if progress is not None:
            progress("documents", made.records, max(total, made.records))


@dataclass(frozen=True, slots=True)
class _Written:
    """What one page of due records gave."""

    looked_at: Sequence[Key]
    found: Sequence[Problem]
    new: int
    changed: int
    retracted: int


@dataclass(slots=True)
class _Page:
    """What one page of due records gives, before anything of it is written."""

    known: records.StoreKnown
    base: identity.Base
    drafts: dict[Key, Draft] = field(default_factory=dict)  # by resource type and logical id
    good: list[Key] = field(default_factory=list)  # records whose documents are all there
    problems: list[Problem] = field(default_factory=list)
    personal: telling_ids.Personal = field(default_factory=telling_ids.Personal)


def _page(conn: Connection, store: Store) -> _Written | None:
    database.alone(conn, database.INTAKE)
    due = _fitting(heads.due(conn, PAGE))
    if not due:
        return None
    now = store.clock.now()
    page = _Page(records.StoreKnown(conn), store.base)
    found = _load(page.known, due)
    heads.mark_done(conn, found)
    for head in due:
        _map(page, head, found[head.key])
    made = _write(conn, page, store.actor, now)
    wrong = problems.replace(conn, list(found), page.problems, now)
    worth_an_eye = {head.key: finding_store.found(conn, page.known, head, found[head.key]) for head in due}
    finding_store.replace(conn, worth_an_eye)
    return _Written(list(found), wrong, *made)


def _fitting(due: Sequence[Head]) -> list[Head]:
    """As many as one transaction should hold: a plan or session is as much work, and as large, as five observations."""
    room = PAGE
    fitting = []
    for head in due:
        room -= _WEIGHTS.get(head.kind, 1)
        if room < 0:
            break
        fitting.append(head)
    return fitting


def _load(known: records.StoreKnown, due: Sequence[Head]) -> dict[Key, clinic_records.Record]:
    """The due records, and at once the plans, sessions and patients that they will ask for."""
    found = known.load(head.key for head in due)
    near = known.load(_asked_for(found.values()))
    known.load(_asked_for(near.values()))
    known.load(("patient", head.patient) for head in due if head.patient)
    known.expect(f"session/{head.id}" for head in due if head.kind == "session")
    return found


def _asked_for(some: Iterable[clinic_records.Record]) -> set[Key]:
    return {link for record in some for link in clinic_records.links(record) if link[0] in ("plan", "session")}


def _map(page: _Page, head: Head, record: clinic_records.Record) -> None:
    """The record's documents, or why there are none."""
    patient = None if head.patient is None else page.known.get("patient", head.patient)
    if head.patient is not None and patient is None:
        rule = "waits for its patient, who was never imported"
        page.problems.append(_waits(head, rule, "import the patient's record", ("patient", head.patient)))
        page.good.append(head.key)  # what it gave before, if anything, was of another patient: that is taken back
        return
    telling = [] if head.kind == "patient" else page.personal.telling(record, patient)
    if telling:
        page.problems.append(telling_ids.problem(head, telling))
        return
    try:
        made = registry.documents_for(record, page.base, page.known)
    except registry.Unmappable as error:
        page.problems.append(_problem(head, UNMAPPABLE, error.element, error.says, fix=error.fix))
        return
    except registry.Waits as error:
        rule = f"waits for {error.for_kind} {error.for_id}, which was never imported"
        fix = f"import {error.for_kind} {error.for_id}"
        page.problems.append(_waits(head, rule, fix, (error.for_kind, error.for_id)))
        return
    drafts = [resources.draft(one, head.kind, head.id) for one in made]
    wrong = [problem for one in drafts for problem in _checked(head, one)]
    wrong += [_claimed(head, one) for one in drafts if one.key in page.drafts]
    if wrong:
        page.problems += wrong
        return
    page.good.append(head.key)
    page.drafts |= {one.key: one for one in drafts}


def _checked(head: Head, one: Draft) -> list[Problem]:
    fix = "correct this in the clinic's system and export the record again"
    return [
        _problem(head, issue.code, f"{one.key[0]}: {issue.element}", issue.says, fix=fix)
        for issue in check.check(one.made.document)
        if issue.severity is check.Severity.ERROR
    ]


def _claimed(head: Head, one: Draft) -> Problem:
    rule = "another record already gives the document with this id"
    return _problem(head, CLAIMED, one.key[0], rule, fix="give each side effect an id that no other record uses")


def _problem(head: Head, code: str, element: str, rule: str, *, fix: str) -> Problem:
    return Problem(head.kind, head.id, head.version, code, element, rule, fix)


def _waits(head: Head, rule: str, fix: str, wanted: Key) -> Problem:
    return Problem(head.kind, head.id, head.version, WAITS, wanted[0], rule, fix, *wanted)


def _write(conn: Connection, page: _Page, actor: str, now: float) -> tuple[int, int, int]:
    """Store what changed, take back what is given no more, tell the hospitals' rows, add the event."""
    _refuse_moved(conn, page)
    _refuse_claimed(conn, page)
    taken_back = _no_more_given(conn, page)
    changes = resources.put_many(conn, [*page.drafts.values(), *taken_back], now)
    if not changes:
        return 0, 0, 0
    wished = wants.Wants(conn, now)
    for change in changes:
        wished.add(change.draft.made)
    wished.write()
    made = [[*c.draft.key, c.version, c.digest, c.draft.record_kind, c.draft.record_id] for c in changes]
    events.append(conn, "documents.made", actor, {"documents": made}, at=now)
    if taken_back:
        heads.mark_due(conn, [one.key for one in problems.of_code(conn, CLAIMED)])
    keys = {one.key for one in taken_back}
    retracted = sum(change.draft.key in keys for change in changes)
    new = sum(change.version == 1 for change in changes)
    return new, len(changes) - new - retracted, retracted


def _no_more_given(conn: Connection, page: _Page) -> list[Draft]:
    """Documents that these records gave before and give no more: the same content, entered in error."""
    before = resources.given_before(conn, page.good)
    gone = {key: record for record, keys in before.items() for key in keys if key not in page.drafts}
    if not gone:
        return []
    stored = resources.get_many(conn, gone)
    references = resources.references_of(conn, gone)
    drafts = []
    for key, (kind, record_id) in sorted(gone.items()):
        document = registry.retracted(fhir_json.loads(stored[key].body))
        refers = tuple(references.get(key, ()))
        made = registry.Made(document, stored[key].patient, stored[key].rank, refers)
        drafts.append(resources.draft(made, kind, record_id))
    return drafts


def _refuse_moved(conn: Connection, page: _Page) -> None:
    """A document never passes from one patient to another: a hospital would have moved it, or show it at both.

    The record's documents are taken back where they were, and it gives none until it is recorded anew.
    """
    whose = resources.patients_of(conn, page.drafts)
    moved = {
        (one.record_kind, one.record_id)
        for key, one in page.drafts.items()
        if whose.get(key, one.made.patient) != one.made.patient
    }
    for record in sorted(moved):
        page.drafts = {key: one for key, one in page.drafts.items() if (one.record_kind, one.record_id) != record}
        head = heads.head(conn, *record)
        if head is not None:
            rule = "its documents are of another patient: they are taken back there (entered in error), not moved"
            fix = "record it anew with an id of its own, and this one as entered in error"
            page.problems.append(_problem(head, MOVED, "subject", rule, fix=fix))


def _refuse_claimed(conn: Connection, page: _Page) -> None:
    """A document belongs to the record that gave it first, until that record gives it no more."""
    owners = resources.owners(conn, page.drafts)
    for key, owner in owners.items():
        draft = page.drafts.get(key)
        if draft is None or owner == (draft.record_kind, draft.record_id) or owner in page.good:
            continue
        _withdraw(conn, page, draft)


def _withdraw(conn: Connection, page: _Page, claimed: Draft) -> None:
    record = (claimed.record_kind, claimed.record_id)
    page.good.remove(record)
    page.drafts = {k: one for k, one in page.drafts.items() if (one.record_kind, one.record_id) != record}
    head = heads.head(conn, *record)
    if head is not None:
        page.problems.append(_claimed(head, claimed))
