"""Batches and transactions: entries taken apart, references between them resolved, all or nothing where it must be."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from fhir_profiles import fhir_json, terminology
from fhir_profiles.fhir_json import Document
from integration.sandbox import answers, journal, references, resource_types, writing
from integration.sandbox.answers import Answer
from integration.sandbox.manners import Interaction
from integration.sandbox.refusing import Reason, RefusedError, refused
from integration.sandbox.turn import Call, Turn
from integration.sandbox.writing import Deed, Plan

Route = Callable[[Turn, Call], Answer]
"""Answers one entry as if it had come alone."""

Allow = Callable[[Turn, str, str], None]
"""Refuses an interaction on a type that is not offered, or not to this client."""

_WRITES: Final = ("DELETE", "POST", "PUT")
_ORDER: Final = {"DELETE": 0, "POST": 1, "PUT": 2, "GET": 3, "HEAD": 3}
_CONDITIONS: Final = {
    "ifNoneExist": "if-none-exist",
    "ifMatch": "if-match",
    "ifNoneMatch": "if-none-match",
    "ifModifiedSince": "if-modified-since",
}


@dataclass(slots=True, eq=False)
class Entry:
    """An entry of a Bundle: what it asks, under which name others refer to it, and what is planned for it."""

    call: Call
    full_url: str
    at: str
    plan: Plan | None = None
    answer: Answer | None = None


def handle(turn: Turn, call: Call, route: Route, allow: Allow) -> Answer:
    """Answer a Bundle that is sent to the base address."""
    writing.require_json(call)
    bundle = call.document(turn)
    if bundle["resourceType"] != "Bundle":
        raise refused(Reason.WRONG_TYPE, "only a Bundle is taken at the base address", "resourceType")
    kind = bundle.get("type")
    if kind not in ("batch", "transaction"):
        raise refused(Reason.BAD_BUNDLE, "only a batch or a transaction is taken at the base address", "Bundle.type")
    allow(turn, "", Interaction.BATCH if kind == "batch" else Interaction.TRANSACTION)
    turn.in_bundle = True
    if kind == "batch":
        found = _batch(turn, call, bundle, route)
    else:
        found = _transaction(turn, _entries(turn, call, bundle), route, allow)
    return Answer(200, body=_bundle(turn, f"{kind}-response", found))


def _batch(turn: Turn, call: Call, bundle: Document, route: Route) -> list[Answer]:
    """Each entry by itself; one that is refused, or cannot even be understood, leaves the others alone."""
    found: list[Answer] = []
    mark = turn.house.store.mark()
    for position, raw in enumerate(_listed(turn, bundle)):
        before = turn.house.store.mark()
        try:
            entry = _entry(turn, call, raw, position)
            if entry.call.path == "" and entry.call.method == "POST":
                raise refused(Reason.BAD_BUNDLE, "a Bundle in a Bundle is not taken", entry.at)
            found.append(route(turn, entry.call))
        except RefusedError as wrong:
            turn.undo_to(before)
            if wrong.refusal.reason is Reason.UNREADABLE and turn.house.manners.bundles.parsed_whole:
                turn.undo_to(mark)
                raise
            found.append(answers.refused(turn, wrong.refusal, turn.house.manners.bundles.code))
    return found


def _transaction(turn: Turn, entries: list[Entry], route: Route, allow: Allow) -> list[Answer]:
    """Plan every write, resolve references, do all; whatever goes wrong undoes everything."""
    mark = turn.house.store.mark()
    try:
        merged = _plan(turn, entries, allow)
        _resolve(turn, entries)
        for entry in sorted(entries, key=lambda one: _ORDER[one.call.method]):
            if entry not in merged:
                with _in(entry):
                    entry.answer = _done(turn, entry, route)
        references.require_whole(turn, mark)
    except BaseException:
        turn.undo_to(mark)
        raise
    return [entry.answer for entry in entries if entry.answer is not None]


def _done(turn: Turn, entry: Entry, route: Route) -> Answer:
    return route(turn, entry.call) if entry.plan is None else writing.carry_out(turn, entry.call, entry.plan)


@contextlib.contextmanager
def _in(entry: Entry) -> Iterator[None]:
    """Put the entry's place into what is refused inside."""
    try:
        yield
    except RefusedError as wrong:
        raise RefusedError(wrong.refusal.inside(entry.at)) from None


def _plan(turn: Turn, entries: list[Entry], allow: Allow) -> list[Entry]:
    """Plan each write; gives the entries whose condition an earlier one has too, where the hospital merges them."""
    seen: set[str] = set()
    conditional: dict[str, Entry] = {}
    merged: list[Entry] = []
    for entry in entries:
        if entry.call.method not in _WRITES:
            continue
        with _in(entry):
            key = _condition(entry.call)
            twin = conditional.get(key) if key else None
            if twin is not None and _may_merge(turn, entry, twin):
                entry.plan = twin.plan
                merged.append(entry)
                continue
            plan = entry.plan = _planned(turn, entry.call, allow)
            if twin is not None or plan.reference in seen:
                raise refused(Reason.SAME_IDENTITY, "two entries mean the same resource")
            if key:
                conditional[key] = entry
            if plan.deed not in {Deed.FOUND, Deed.NOTHING}:
                seen.add(plan.reference)
    return merged


def _may_merge(turn: Turn, entry: Entry, twin: Entry) -> bool:
    """Whether two entries with one condition become one resource; some hospitals want a full URL for that."""
    habit = turn.house.manners.bundles.same_identity
    return habit == "merge" or (habit == "merge named" and bool(entry.full_url or twin.full_url))


def _planned(turn: Turn, call: Call, allow: Allow) -> Plan:
    steps = call.path.split("/")
    resource_type = steps[0]
    if len(steps) > 2 or (len(steps) == 2 and call.method == "POST"):
        raise refused(Reason.BAD_BUNDLE, "this address is none of a write")
    if call.method == "POST":
        allow(turn, resource_type, Interaction.CREATE)
        return writing.plan_create(turn, call, resource_type)
    if call.method == "PUT":
        allow(turn, resource_type, Interaction.UPDATE)
        if len(steps) == 2:
            return writing.plan_update(turn, call, resource_type, steps[1])
        return writing.plan_conditional_update(turn, call, resource_type)
    allow(turn, resource_type, Interaction.DELETE)
    if len(steps) == 2:
        return writing.plan_delete(turn, call, resource_type, steps[1])
    return writing.plan_conditional_delete(turn, call, resource_type)


def _condition(call: Call) -> str:
    """What tells two conditional entries apart: the same condition means the same resource."""
    if call.method == "POST" and "if-none-exist" in call.headers:
        return f"{call.path}?{call.headers['if-none-exist'].rpartition('?')[2]}"
    return f"{call.path}?{call.query}" if call.method == "PUT" and call.query else ""


def _resolve(turn: Turn, entries: list[Entry]) -> None:
    """Write the resources' references to each other, and conditional ones, as what they have become."""
    places = {entry.full_url: entry.plan.reference for entry in entries if entry.plan is not None and entry.full_url}

    def rewrite(reference: str) -> str:
        known = places.get(reference)
        if known is not None:
            return known
        if reference.startswith(references.OF_ENTRIES):
            raise refused(Reason.DANGLING, "a reference names an entry that is not in this transaction")
        return references.found(turn, reference)

    for entry in entries:
        if entry.call.sent is not None and entry.plan is not None and entry.call.method != "DELETE":
            with _in(entry):
                entry.call.sent = references.rewritten(entry.call.sent, rewrite)


def _entries(turn: Turn, call: Call, bundle: Document) -> list[Entry]:
    return [_entry(turn, call, raw, position) for position, raw in enumerate(_listed(turn, bundle))]


def _listed(turn: Turn, bundle: Document) -> list[Any]:
    listed = bundle.get("entry", [])
    if not isinstance(listed, list):
        raise refused(Reason.BAD_BUNDLE, "the entries are no list", "Bundle.entry")
    if len(listed) > turn.house.manners.bundles.cap:
        says = f"more than {turn.house.manners.bundles.cap} entries"
        raise refused(Reason.TOO_LARGE, says, "Bundle.entry")
    return listed


def _entry(turn: Turn, call: Call, raw: Any, position: int) -> Entry:
    at = f"Bundle.entry[{position}]"
    raw = raw if isinstance(raw, dict) else {}
    request = raw["request"] if isinstance(raw.get("request"), dict) else {}
    method, url = request.get("method"), request.get("url")
    if not isinstance(method, str) or method not in _ORDER or not isinstance(url, str):
        raise refused(Reason.BAD_BUNDLE, "an entry needs a request with a method that is taken, and a url", at)
    resource = raw.get("resource")
    if method in {"POST", "PUT"} and not (isinstance(resource, dict) and isinstance(resource.get("resourceType"), str)):
        raise refused(Reason.BAD_BUNDLE, "a write needs its resource", at)
    if isinstance(resource, dict) and turn.house.manners.bundles.parsed_whole:
        _require_readable(resource.get("resourceType"), at)
    headers = {"prefer": call.headers["prefer"]} if "prefer" in call.headers else {}
    headers |= {header: request[key] for key, header in _CONDITIONS.items() if isinstance(request.get(key), str)}
    path, _, query = url.removeprefix(turn.house.base_url).lstrip("/").partition("?")
    sent = resource if method in {"POST", "PUT"} else None
    turn.received.extend(journal.identifiers(sent))
    full_url = raw.get("fullUrl")
    named = full_url if isinstance(full_url, str) else ""
    return Entry(Call(method, path.strip("/"), query, headers, b"", sent), named, at)


def _require_readable(resource_type: Any, at: str) -> None:
    """Refuse, as a parser does that reads the Bundle whole, what is no type of resource."""
    if resource_type not in resource_types.ALL:
        raise refused(Reason.UNREADABLE, "this is no type of resource", at)


def _bundle(turn: Turn, kind: str, found: list[Answer]) -> bytes:
    head: Document = {"resourceType": "Bundle"}
    if turn.house.manners.keeping.test_label:
        head["meta"] = {"security": [terminology.TEST_DATA.coding()]}
    head["type"] = kind
    written = fhir_json.encode(head)
    if not found:
        return written
    return b'%s,"entry":[%s]}' % (written[:-1], b",".join(_said(turn, found)))


def _said(turn: Turn, found: list[Answer]) -> Iterator[bytes]:
    shown: set[int] = set()
    for answer in found:
        order = answer.version.order if answer.version is not None and answer.body else -1
        yield answers.entry(turn, answer, shown_before=order in shown)
        if order >= 0:
            shown.add(order)
