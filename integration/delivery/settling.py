"""How a row moves when something is known of it: pure rules (delivery.md, "Rows", "An open attempt", "Refused")."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from msgspec.structs import replace

from fhir_profiles import meaning
from integration.delivery.manners import Manners
from integration.delivery.outcomes import Outcome
from integration.delivery.verdicts import Judged
from integration.store import rows
from integration.store.attempts import Fate
from integration.store.rows import Row, State, Write

MOST_UNKNOWNS = 3
UNSEEN = "its versions cannot be counted there: an edit of somebody else just before this update is lost unseen"


class Reason(StrEnum):
    """Why a row is parked or held: the codes that `infusion-fhir explain` knows."""

    REFUSED = "IF-DEL-01"
    DUPLICATE = "IF-DEL-02"
    CRASHES = "IF-DEL-03"
    NO_UPDATES = "IF-DEL-04"
    CONFLICT = "IF-DEL-05"
    GONE = "IF-DEL-06"
    VERSION_GAP = "IF-DEL-07"
    MAY_BE_THERE = "IF-DEL-08"
    OTHER_PATIENT = "IF-DEL-09"
    ALWAYS_CONFLICTS = "IF-DEL-10"
    OVERTAKEN = rows.OVERTAKEN


@dataclass(frozen=True, slots=True)
class Hit:
    """What the hospital holds: its id and version for it, and what it says."""

    remote_id: str
    version: str | None
    says: Any


@dataclass(frozen=True, slots=True)
class Texts:
    """What we sent, what we know the hospital held, and everything that we ever sent for this row, as meanings."""

    sent: Any
    have: Any | None
    older: Sequence[tuple[str, Any]]  # (want digest, meaning), newest first


class Match(StrEnum):
    """What a copy found at the hospital is."""

    SENT = "what the attempt sent"
    HAVE = "what it held before"
    OLDER = "an older one of ours"
    OTHER = "something else"
    OTHER_PATIENT = "about another patient"


def match(found: Any, texts: Texts) -> tuple[Match, str | None]:
    """Compare a copy with what the attempt sent, never with what is wanted today."""
    if found.get("subject") != texts.sent.get("subject"):
        return Match.OTHER_PATIENT, None
    if found == texts.sent:
        return Match.SENT, None
    if texts.have is not None and found == texts.have:
        return Match.HAVE, None
    for digest, older in texts.older:
        if found == older:
            return Match.OLDER, digest
    others = [older for _, older in texts.older] + ([texts.have] if texts.have is not None else [])
    if meaning.covers(found, texts.sent) and not any(meaning.covers(found, o) for o in others if o != texts.sent):
        return Match.SENT, None  # ours, and the hospital added to it
    return Match.OTHER, None


def answered(row: Row, judged: Judged, *, entries: int, split: bool, manners: Manners) -> tuple[Row, Fate]:
    """The row and its entry after an answer; `split`: the bundle as a whole came to nothing."""
    rule, entry = judged.rule, judged.entry
    if rule.outcome is Outcome.ACCEPTED:
        return _accepted(row, judged, manners)
    if rule.closes:
        if rule.outcome is Outcome.REFUSED and not split and row.want == entry.want:
            new = _over(row, state=State.PARKED, reason=Reason.REFUSED, detail=_said(judged), cap=1)
        else:
            new = _over(row, cap=_half(entries) if split else row.cap)
        return new, Fate(entry.key, open=False, outcome=rule.outcome, status=judged.status)
    sure = rule.outcome is Outcome.CONFLICT or (entry.write is Write.CREATE and judged.remote_id is not None)
    free = not rule.charged or entries > 1
    fate = Fate(entry.key, open=True, outcome=rule.outcome, status=judged.status, remote_id=judged.remote_id,
                sure=sure, free=free)  # fmt: skip
    tried = row.open and replace(row.open, sure=sure, free=free, named=judged.remote_id)
    return replace(row, open=tried), fate


def _accepted(row: Row, judged: Judged, manners: Manners) -> tuple[Row, Fate]:
    entry = judged.entry
    fate = Fate(entry.key, open=False, outcome=Outcome.ACCEPTED, status=judged.status, remote_id=judged.remote_id,
                remote_version=judged.remote_version)  # fmt: skip
    got = {"have": entry.want, "remote_id": judged.remote_id, "remote_version": judged.remote_version}
    between = _in_between(entry.version_before, judged.remote_version, manners) if entry.write is Write.UPDATE else {}
    return _over(row, **got, **between, unknowns=0, cap=0), fate


def looked_up(
    row: Row, hits: Sequence[Hit], texts: Texts, *, final: bool, entries: int, manners: Manners
) -> tuple[Row, Fate]:
    """The row and its entry after a look-up of its open attempt."""
    tried = row.open
    if tried is None:
        raise ValueError("nothing is open for this row")
    if len(hits) > 1:
        found = f"{len(hits)} of them"
        return _closed(row, "duplicate", state=State.PARKED, reason=Reason.DUPLICATE, detail=found)
    if hits:
        return _one_hit(row, hits[0], texts, final=final, entries=entries, manners=manners)
    if tried.write is Write.UPDATE:
        return _closed(row, "gone", state=State.HELD, reason=Reason.GONE)
    return _not_there(row, entries) if final else _wait(row)


def _one_hit(row: Row, hit: Hit, texts: Texts, *, final: bool, entries: int, manners: Manners) -> tuple[Row, Fate]:
    tried = row.open
    if tried is None:
        raise ValueError("nothing is open for this row")
    at = {"remote_id": hit.remote_id, "remote_version": hit.version}
    kind, digest = match(hit.says, texts)
    if kind is Match.SENT:
        got = {**at, "have": tried.want, "unknowns": 0, "cap": 0}
        between = _in_between(row.remote_version, hit.version, manners) if tried.write is Write.UPDATE else {}
        return _closed(row, "adopted", **got, **between)
    if kind is Match.HAVE:
        return _not_there(row, entries, **at) if final else _wait(row)
    if kind is Match.OLDER:
        return _closed(row, "older", **at, have=digest) if final else _wait(row)
    if kind is Match.OTHER_PATIENT:
        return _closed(row, "other patient", state=State.HELD, reason=Reason.OTHER_PATIENT)
    return _closed(row, "conflict", **at, state=State.HELD, reason=Reason.CONFLICT)


def _not_there(row: Row, entries: int, **at: Any) -> tuple[Row, Fate]:
    """It did not arrive and will not any more: to be sent again, alone; the third time alone it is parked."""
    tried = row.open
    if tried is None:
        raise ValueError("nothing is open for this row")
    counted = row.want == tried.want and entries == 1 and (tried.sure or not tried.free)
    moved = tried.sure and tried.write is Write.UPDATE  # only the version had moved: the next one names it
    unknowns = row.unknowns + (1 if counted and not moved else 0)
    if unknowns >= MOST_UNKNOWNS:
        reason = Reason.ALWAYS_CONFLICTS if tried.sure else Reason.CRASHES
        return _closed(row, "not there", **at, state=State.PARKED, reason=reason, unknowns=0, cap=1)
    return _closed(row, "not there", **at, unknowns=unknowns, cap=1)


def blind(row: Row) -> tuple[Row, Fate]:
    """An open attempt that nobody can look up: a conditional create may be repeated, anything else a person decides."""
    tried = row.open
    if tried is None:
        raise ValueError("nothing is open for this row")
    if tried.write is Write.CREATE or tried.sure:
        return _closed(row, "sent again", cap=1)
    return _closed(row, "may be there", state=State.HELD, reason=Reason.MAY_BE_THERE)


def before_post(row: Row, hits: Sequence[Hit], wanted: Any, older: Sequence[tuple[str, Any]]) -> Row:
    """A row that was looked for before its first POST."""
    if not hits:
        return replace(row, searched=True)
    if len(hits) > 1:
        return replace(row, state=State.PARKED, reason=Reason.DUPLICATE, detail=f"{len(hits)} of them")
    hit = hits[0]
    kind, digest = match(hit.says, Texts(wanted, None, older))
    there = replace(row, remote_id=hit.remote_id, remote_version=hit.version)
    if kind is Match.SENT:
        return _rest(replace(there, have=row.want))
    if kind is Match.OLDER:
        return _rest(replace(there, have=digest))
    if kind is Match.OTHER_PATIENT:
        return replace(row, state=State.HELD, reason=Reason.OTHER_PATIENT)
    return replace(there, state=State.HELD, reason=Reason.CONFLICT)


def before_update(row: Row, hits: Sequence[Hit], texts: Texts) -> Row:
    """A row whose copy at the hospital was read, to be written onto."""
    if not hits:
        return replace(row, state=State.HELD, reason=Reason.GONE)
    hit = hits[0]
    if hit.says.get("subject") != texts.sent.get("subject"):
        return replace(row, state=State.HELD, reason=Reason.OTHER_PATIENT)
    now = replace(row, remote_version=hit.version)
    if hit.says == texts.sent:
        return _rest(replace(now, have=row.want))
    if row.reason == rows.OVERRIDE:
        return now
    if texts.have is not None and meaning.covers(hit.says, texts.have):
        return now
    return replace(now, state=State.HELD, reason=Reason.CONFLICT)


def _in_between(before: str | None, after: str | None, manners: Manners) -> dict[str, Any]:
    """What is to be said of an update where If-Match is not honoured: did somebody else write in between?

    Versions that are missing, or are no numbers, cannot tell: the nearest right thing is what holds where there are no
    versions at all (delivery.md, "The ladder"): the update counts, and the row says what nobody could see.
    """
    if manners.if_match == "honoured":
        return {}
    if before is None or after is None or not (before.isdecimal() and after.isdecimal()):
        return {"detail": UNSEEN}
    # The same version is no gap: an update that changes nothing makes none (HAPI answers 200 with the version that was
    # there), and had somebody else written in between, theirs would have made one.
    if int(after) in (int(before), int(before) + 1):
        return {}
    return {"state": State.HELD, "reason": Reason.VERSION_GAP}


def _wait(row: Row) -> tuple[Row, Fate]:
    tried = row.open
    if tried is None:
        raise ValueError("nothing is open for this row")
    looks = tried.looks + 1
    fate = Fate(row.key, open=True, outcome=Outcome.UNKNOWN, remote_id=tried.named, looks=looks, sure=tried.sure,
                free=tried.free)  # fmt: skip
    return replace(row, open=replace(tried, looks=looks)), fate


def _closed(row: Row, outcome: str, **changes: Any) -> tuple[Row, Fate]:
    new = _over(row, **changes)
    fate = Fate(row.key, open=False, outcome=outcome, remote_id=new.remote_id, remote_version=new.remote_version)
    return new, fate


def _over(row: Row, **changes: Any) -> Row:
    """The attempt of this row is over. `dismissed` and `held` outlive every outcome."""
    state = changes.pop("state", None)
    reason = changes.pop("reason", None)
    detail = changes.pop("detail", None)
    if row.state in (State.DISMISSED, State.HELD):
        return replace(row, **changes, open=None)
    if state is None:
        state = State.CLEAN if row.want == changes.get("have", row.have) else State.DIRTY
    return replace(row, **changes, state=state, reason=reason, detail=detail, open=None)


def _rest(row: Row) -> Row:
    return replace(row, state=row.resting, reason=None, detail=None)


def _half(entries: int) -> int:
    return max(1, entries // 2)


def _said(judged: Judged) -> str:
    return f"{judged.status}{': ' + judged.issue if judged.issue else ''}"
