"""What the events of a push say: one for each request and each change, with every digest that an auditor needs."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from fhir_profiles import fhir_json
from integration.delivery import verdicts
from integration.delivery.effects import Planned
from integration.store import events
from integration.store.attempts import Fate
from integration.store.database import Connection
from integration.store.lanes import Claim
from integration.store.rows import Row

ACTOR: Final = "infusion-fhir push"


def event(conn: Connection, claim: Claim, kind: str, body: dict[str, Any], at: float) -> None:
    """Add an event about a lane."""
    events.append(conn, kind, ACTOR, {"lane": claim.lane, **body}, hospital=claim.hospital, at=at)


def disclosed(
    conn: Connection, claim: Claim, number: int, bundle: str, sent: str, planned: Sequence[Planned], at: float
) -> None:
    """A request was written ahead: its digest, and the digest of each content that it carries."""
    entries = [[*one.key, one.write.value, one.want] for one in planned]
    event(conn, claim, "disclosed", {"attempt": number, "bundle": bundle, "sent": sent, "entries": entries}, at)


def answered(
    conn: Connection, claim: Claim, number: int, verdict: verdicts.Verdict, fates: Iterable[Fate], at: float
) -> None:
    """A request was answered: what became of each entry, and the digest of the answer's text where that is kept."""
    kept = None if verdict.kept is None else fhir_json.digest(verdict.kept)
    entries = [_told(fate) for fate in fates]
    event(conn, claim, "answered", {"attempt": number, "status": verdict.status, "kept": kept, "entries": entries}, at)


def closed(conn: Connection, claim: Claim, number: int, fate: Fate, row: Row, at: float) -> None:
    """The fate of an open attempt is known, and with it what the hospital holds."""
    event(conn, claim, "looked-up", {"attempt": number, "entries": [_told(fate)], "holds": [row.holds]}, at)


def looked_before(conn: Connection, claim: Claim, before: Row, row: Row, at: float) -> None:
    """A copy was read before anything is sent; an event only if that changed where the row stands."""
    if row.state is not before.state or row.holds != before.holds:
        entries = [[*row.key, str(row.state), row.reason]]
        event(conn, claim, "looked-up", {"entries": entries, "holds": [row.holds]}, at)


def _told(fate: Fate) -> list[Any]:
    told = [*fate.key, str(fate.outcome), fate.status, fate.remote_id, fate.remote_version]
    return [*told, "open"] if fate.open else told
