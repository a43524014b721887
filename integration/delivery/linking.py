"""Saying which of the hospital's own each of ours is: read theirs, compare, refuse a mismatch until confirmed.

A patient is compared by birth date and family name. A visit must be one of the same patient's; a member of staff, and
whoever answers for a device, must be there and active.
"""

import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fhir_profiles.fhir_json import Document
from integration import errors
from integration.delivery.link_file import Pair
from integration.hospital import replies
from integration.hospital.client import Answer, HospitalClient, Request
from integration.hospital.settings import Settings
from integration.installation import Installation
from integration.store import enrolments, events, hospitals, links, records
from integration.store.database import Connection
from integration.store.rows import Key
from mappings import records as clinic_records

_NOT_THERE: Final = (404, 410)
_FRESH: Final = ("cache-control", "no-cache")
_IN_ORDER: Final = ("Patient", "Encounter", "Practitioner")  # a visit is compared with its patient's link

Told = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Linked:
    """What became of one line: linked, or refused (mismatch, or the reason why it cannot be)."""

    pair: Pair
    state: str  # linked | mismatch | refused
    detail: str


def link(
    installation: Installation,
    hospital: str,
    pairs: Sequence[Pair],
    confirmed: Collection[str],
    client: HospitalClient,
    told: Told,
) -> list[Linked]:
    """Link each of these, if what the hospital has under that id fits; patients first, then visits, then staff."""
    with installation.database.read() as conn:
        there = hospitals.get(conn, hospital)
    if Settings.model_validate(there.settings).patients != "link":
        raise errors.UsageError("IF-LNK-04", f"patients are created at {hospital}, not linked")
    done = []
    for pair in sorted(pairs, key=lambda pair: (_IN_ORDER.index(pair.type), pair.line)):
        done.append(_one(installation, hospital, pair, pair.id in confirmed, client))
        told(1)
    return sorted(done, key=lambda one: one.pair.line)


def differences(ours: clinic_records.Record, theirs: Document) -> list[str]:
    """What speaks against these two being the same person; never says a value."""
    found = []
    patient: Any = ours
    if theirs.get("birthDate") != patient.birth_date.text:
        found.append("birth date differs" if theirs.get("birthDate") else "no birth date there")
    family = {_plain(name.family) for name in patient.names if name.family}
    names = [name for name in theirs.get("name") or [] if isinstance(name, dict)]
    there = {_plain(str(name["family"])) for name in names if name.get("family")}
    if not family & there:
        found.append("family name differs" if there else "no family name there")
    if any(isinstance(link, dict) and link.get("type") == "replaced-by" for link in theirs.get("link") or []):
        found.append("replaced by another Patient there")
    if theirs.get("active") is False:
        found.append("not active there")
    return found


def _one(installation: Installation, hospital: str, pair: Pair, confirmed: bool, client: HospitalClient) -> Linked:
    with installation.database.read() as conn:
        why_not = _why_not(installation, conn, hospital, pair)
    if why_not:
        return Linked(pair, "refused", why_not)
    theirs = _read(client, pair)
    if theirs is None:
        return Linked(pair, "refused", f"the hospital has no {pair.type} with this id")
    now = installation.clock.now()
    with installation.database.write() as conn:
        why_not = _why_not(installation, conn, hospital, pair)
        why_not = why_not or _of_somebody_else(installation, conn, hospital, pair, theirs)
        if why_not:
            return Linked(pair, "refused", why_not)
        against = _against(conn, pair, theirs)
        agrees = confirmed or not against
        detail = ", ".join(against) + (f" (confirmed by {installation.actor})" if against and confirmed else "")
        enrolments.link(
            conn, hospital, _ours(installation, pair)[1], pair.remote_id, kind=pair.type,
            agrees=agrees, detail=detail, actor=installation.actor, now=now,
        )  # fmt: skip
        body = {"remote_id": pair.remote_id, "detail": detail}
        events.append(
            conn, "linked" if agrees else "link-mismatch", installation.actor, body, hospital=hospital,
            record_kind=_as_recorded(pair), record_id=pair.id, at=now,
        )  # fmt: skip
    return Linked(pair, links.LINKED if agrees else links.MISMATCH, detail)


def _why_not(installation: Installation, conn: Connection, hospital: str, pair: Pair) -> str:
    """Why this link may not be made, whatever a person confirms."""
    if not _is_known(conn, pair):
        return f"no such {pair.kind} is stored"
    ours = _ours(installation, pair)
    there = links.every(conn, hospital, "Patient") if pair.type == "Patient" else []
    if any(one.remote_id == pair.remote_id and one.key != ours and one.holds for one in there):
        return "another of our patients is linked to this Patient"
    before = links.find(conn, hospital, ours)
    if before is None or before.remote_id == pair.remote_id or not links.carries(conn, hospital, ours):
        return ""
    return f"data of this {pair.kind} already went to another {pair.type} there: hospital IT must move it first"


def _is_known(conn: Connection, pair: Pair) -> bool:
    """Whether the clinic has one of this name, as far as its records tell: of staff and devices there are none."""
    if pair.type == "Patient":
        return records.get(conn, "patient", pair.id) is not None
    return pair.type == "Practitioner" or bool(links.patients_at(conn, _as_recorded(pair), pair.id))


def _of_somebody_else(installation: Installation, conn: Connection, hospital: str, pair: Pair, theirs: Document) -> str:
    """Why the hospital's Encounter cannot be this visit: it must be of the Patient to whom this patient is linked."""
    if pair.type != "Encounter":
        return ""
    patients = links.patients_at(conn, _as_recorded(pair), pair.id)
    if len(patients) != 1:
        return "the records of this visit are not of one patient"
    key = ("Patient", installation.base.logical_id("patient", patients.pop()))
    linked = links.find(conn, hospital, key)
    if linked is None or not linked.holds:
        return "its patient is not linked yet"
    subject = theirs.get("subject")
    literal = str(subject.get("reference", "")) if isinstance(subject, dict) else ""
    is_theirs = literal.split("/_history/")[0].endswith(f"Patient/{linked.remote_id}")
    return "" if is_theirs else "this Encounter is another patient's there"


def _against(conn: Connection, pair: Pair, theirs: Document) -> list[str]:
    """What a person has to look at first."""
    if pair.type == "Patient":
        ours = records.get(conn, "patient", pair.id)
        return [] if ours is None else differences(ours, theirs)
    if pair.type == "Encounter":
        status = theirs.get("status")
        return [f"{status} there"] if status in ("cancelled", "entered-in-error") else []
    return ["not active there"] if theirs.get("active") is False else []


def _ours(installation: Installation, pair: Pair) -> Key:
    return (pair.type, installation.base.logical_id(pair.kind, pair.id))


def _as_recorded(pair: Pair) -> str:
    """The kind as records spell it."""
    return pair.kind.replace("-", "_")


def _read(client: HospitalClient, pair: Pair) -> Document | None:
    answer = client.send(Request("GET", f"{pair.type}/{pair.remote_id}", None, (_FRESH,)))
    if isinstance(answer, Answer) and answer.status in _NOT_THERE:
        return None
    asked = f"reading {'an' if pair.type == 'Encounter' else 'a'} {pair.type}"
    found = replies.resource(client.name, replies.expect_ok(client.name, answer, asked), asked.partition(" ")[2])
    if found.get("resourceType") != pair.type or found.get("id") != pair.remote_id:
        raise errors.RemoteError("IF-AUD-22", f"{asked} gave something else", where=client.name)
    return found


def _plain(name: str) -> str:
    """A family name as it is compared: without case, blanks at its ends, and ways to write the same sign."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
