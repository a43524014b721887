"""Enrolling patients at a hospital and ending it: from the clinic's ids to rows of the ledger, an event for each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from integration import errors
from integration.installation import Installation
from integration.store import enrolments, events, hospitals, records
from integration.store.database import Connection
from integration.store.rows import Key

AT_A_TIME = 20
_NAMED = 10

Told = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Ended:
    """An enrolment that ended, and what was already on its way."""

    patient: str
    may_arrive: tuple[Key, ...]


def chosen(conn: Connection, patients: Sequence[str] | None) -> list[str]:
    """The clinic's ids of these patients, or of everyone stored now; an id that is not stored is refused."""
    if patients is None:
        return [head.id for head in records.of_kind(conn, "patient")]
    wanted = sorted(set(patients))
    there = records.heads(conn, [("patient", patient) for patient in wanted])
    unknown = [patient for patient in wanted if ("patient", patient) not in there]
    if unknown:
        says = f"no record of {len(unknown)} of these patients is stored: {', '.join(unknown[:_NAMED])}"
        raise errors.UsageError("IF-LNK-02", says, next_step="infusion-fhir import, then enrol again")
    return wanted


def not_enrolled(installation: Installation, hospital: str, patients: Sequence[str] | None) -> list[str]:
    """Those of these patients (None: of all stored) who are not enrolled at the hospital yet."""
    with installation.database.read() as conn:
        hospitals.get(conn, hospital)
        already = set(enrolments.enrolled(conn, hospital))
        return [p for p in chosen(conn, patients) if _logical(installation, p) not in already]


def enrolled(installation: Installation, hospital: str, patients: Sequence[str] | None) -> list[str]:
    """Those of these patients (None: of all stored) who are enrolled at the hospital."""
    with installation.database.read() as conn:
        hospitals.get(conn, hospital)
        there = set(enrolments.enrolled(conn, hospital))
        return [p for p in chosen(conn, patients) if _logical(installation, p) in there]


def enrol(installation: Installation, hospital: str, patients: Sequence[str], told: Told) -> int:
    """Let the hospital have everything stored of these patients; gives how many were not enrolled before."""
    new = 0
    for start in range(0, len(patients), AT_A_TIME):
        some = patients[start : start + AT_A_TIME]
        now = installation.clock.now()
        with installation.database.write() as conn:
            hospitals.get(conn, hospital, lock=True)
            for patient in some:
                if enrolments.enrol(conn, hospital, [_logical(installation, patient)], installation.actor, now):
                    new += 1
                    _event(conn, "enrolled", installation.actor, hospital, patient, now)
        told(len(some))
    return new


def unenrol(installation: Installation, hospital: str, patients: Sequence[str], told: Told) -> list[Ended]:
    """Stop sending what is of these patients; nothing is retracted, and what was on its way may still arrive."""
    ended = []
    for patient in patients:
        now = installation.clock.now()
        with installation.database.write() as conn:
            arriving = enrolments.unenrol(conn, hospital, _logical(installation, patient), installation.actor, now)
            _event(conn, "unenrolled", installation.actor, hospital, patient, now, [list(key) for key in arriving])
        ended.append(Ended(patient, tuple(arriving)))
        told(1)
    return ended


def _logical(installation: Installation, patient: str) -> str:
    return installation.base.logical_id("patient", patient)


def _event(
    conn: Connection,
    kind: str,
    actor: str,
    hospital: str,
    patient: str,
    now: float,
    arriving: Sequence[Sequence[str]] = (),
) -> None:
    body = {"may_arrive": list(arriving)} if arriving else {}
    events.append(conn, kind, actor, body, hospital=hospital, record_kind="patient", record_id=patient, at=now)
