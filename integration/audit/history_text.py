"""A history as text: the story in the order in which a person asks for it."""

from collections import Counter
from collections.abc import Iterator

from integration.audit.history import Delivery, DocumentHistory, RecordHistory, SessionHistory
from integration.audit.history_forms import utc
from integration.store.deliveries import Try

_FEW = 1


def as_text(history: SessionHistory, *, every: bool = False) -> str:
    """Write the story; readings that went smoothly are counted, unless `every` one is asked for."""
    return "\n".join(_lines(history, every=every))


def _lines(history: SessionHistory, *, every: bool) -> Iterator[str]:
    yield f"{history.kind} {history.id}  (uuid {history.uuid})  of {history.clinic}"
    yield f"as of {utc(history.asked_at)}"
    yield from _altered(history)
    smooth = [record for record in history.records[1:] if not every and _is_smooth(record)]
    for record in history.records:
        if record not in smooth:
            yield ""
            yield from _record(record)
    if smooth:
        yield ""
        yield from _smooth(smooth)
    yield ""
    yield from _outstanding(history)
    yield ""
    yield from _events(history)


def _altered(history: SessionHistory) -> Iterator[str]:
    if history.altered:
        yield ""
        yield "NOT AS IT WAS SEALED: somebody changed the database; believe nothing of what is named here"
    for one in history.altered:
        yield f"  {one.code} {one.what}: {one.says}"


def _is_smooth(record: RecordHistory) -> bool:
    """An observation with one version and nothing to say, every document of which went through at the first try."""
    if record.kind != "observation" or len(record.versions) > _FEW or record.findings or record.problems:
        return False
    deliveries = [delivery for document in record.documents for delivery in document.deliveries]
    return all((one.in_step or one.not_taken) and len(one.tries) <= _FEW for one in deliveries)


def _smooth(records: list[RecordHistory]) -> Iterator[str]:
    held: Counter[str] = Counter()
    not_taken: Counter[str] = Counter()
    for delivery in (one for record in records for document in record.documents for one in document.deliveries):
        (not_taken if delivery.not_taken else held)[delivery.hospital] += 1
    yield f"{len(records)} more observations, one version each, nothing to report (--all lists them)"
    for hospital in sorted(held.keys() | not_taken.keys()):
        others = f"; has no place for {not_taken[hospital]}" if not_taken[hospital] else ""
        yield f"  {hospital}: holds {held[hospital]} documents of them, each sent once{others}"


def _record(record: RecordHistory) -> Iterator[str]:
    yield f"{record.kind} {record.id}"
    for one in record.versions:
        status = f"  {one.status}" if one.status else ""
        yield f"  version {one.version}{status}  written {one.updated_at}, stored {utc(one.stored_at)}"
    for finding in record.findings:
        yield f"  finding ({finding.grade}) {finding.code}, {finding.element}: {finding.says}"
    for problem in record.problems:
        yield f"  problem {problem.code}, {problem.element}: {problem.rule}; {problem.fix}"
    for document in record.documents:
        yield from _document(document)


def _document(document: DocumentHistory) -> Iterator[str]:
    yield f"  {document.type} {document.id}"
    for one in document.versions:
        status = f" {one.status}" if one.status else ""
        yield f"    version {one.version}{status}, made {utc(one.stored_at)}, sha256 {one.digest[:12]}…"
    for delivery in document.deliveries:
        yield f"    {delivery.hospital}: {_standing(delivery)}"
        for attempt in delivery.tries:
            yield f"      {_try(attempt)}"
    if not document.deliveries:
        yield "    goes to no hospital"


def _standing(delivery: Delivery) -> str:
    there = f"{delivery.remote_id}" if delivery.remote_id else "nothing known"
    version = f" version {delivery.remote_version}" if delivery.remote_id and delivery.remote_version else ""
    said = f"{delivery.state}, holds {there}{version}"
    if delivery.reason:
        said += f"; {delivery.reason}"
    if delivery.detail:
        said += f": {delivery.detail}"
    if delivery.actor:
        said += f" (by {delivery.actor})"
    if delivery.waits_for:
        said += f"; waits for {', '.join('/'.join(one) for one in delivery.waits_for)}"
    return said


def _try(one: Try) -> str:
    answer = f"answered {one.status}" if one.status else "no answer"
    fate = "fate not known yet" if one.open else str(one.outcome)
    there = f" → {one.remote_id}" if one.remote_id else ""
    version = f" version {one.remote_version}" if one.remote_id and one.remote_version else ""
    return f"{utc(one.begin)} {one.write} ({one.bundle}, attempt {one.attempt}): {answer}, {fate}{there}{version}"


def _outstanding(history: SessionHistory) -> Iterator[str]:
    left = history.outstanding
    if not left:
        yield "outstanding: nothing"
        return
    yield f"outstanding: {len(left)}"
    for document, delivery in left:
        why = delivery.reason or ("waits" if delivery.waits_for else "to be sent")
        yield f"  {delivery.hospital}: {document.type} {document.id} is {delivery.state}: {why}"


def _events(history: SessionHistory) -> Iterator[str]:
    sealed = history.sealed
    mark = f"; last signed checkpoint at {sealed.checkpoint}" if sealed.checkpoint is not None else ""
    yield f"events (the chain is sealed up to {sealed.events}, {sealed.waiting} wait for their seal{mark})"
    for one in history.events:
        at = f"seal {one.sealed}" if one.sealed is not None else "not sealed yet"
        hospital = f" {one.hospital}" if one.hospital else ""
        yield f"  {utc(one.at)} {one.kind}{hospital} by {one.actor}  [{at}]"
