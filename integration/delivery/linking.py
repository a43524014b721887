"""Saying which of the hospital's Patients each of ours is: read theirs, compare, refuse a mismatch until confirmed."""

import csv
import json
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fhir_profiles import fhir_json
from fhir_profiles.fhir_json import Document
from integration import errors
from integration.hospital import replies
from integration.hospital.client import Answer, HospitalClient, Request
from integration.hospital.settings import Settings
from integration.installation import Installation
from integration.store import enrolments, events, hospitals, ledger, records
from mappings import records as clinic_records

_REMOTE_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_NOT_THERE: Final = (404, 410)
_FRESH: Final = ("cache-control", "no-cache")
_COLUMNS: Final = ("patient", "hospital_patient")
_PAIR: Final = 2

Told = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of a link file: our patient and the id of the hospital's Patient."""

    patient: str
    remote_id: str
    line: int


@dataclass(frozen=True, slots=True)
class Linked:
    """What became of one line: linked, or refused (mismatch, or the reason why it cannot be)."""

    patient: str
    remote_id: str
    line: int
    state: str  # linked | mismatch | refused
    detail: str


def read_file(path: Path) -> list[Pair]:
    """The pairs of a CSV file (patient, hospital_patient) or an NDJSON file with these two fields."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as wrong:
        raise errors.UsageError("IF-LNK-03", type(wrong).__name__, where=str(path)) from None
    is_json = text.lstrip().startswith("{")
    pairs = list(_from_ndjson(text, path) if is_json else _from_csv(text, path))
    _refuse_doubles(pairs, path)
    return pairs


def link(
    installation: Installation,
    hospital: str,
    pairs: Sequence[Pair],
    confirmed: Collection[str],
    client: HospitalClient,
    told: Told,
) -> list[Linked]:
    """Link each of these patients, if the hospital's Patient has the same birth date and family name."""
    with installation.database.read() as conn:
        there = hospitals.get(conn, hospital)
    if Settings.model_validate(there.settings).patients != "link":
        raise errors.UsageError("IF-LNK-04", f"patients are created at {hospital}, not linked")
    done = []
    for pair in pairs:
        done.append(_one(installation, hospital, pair, pair.patient in confirmed, client))
        told(1)
    return done


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
        ours = records.get(conn, "patient", pair.patient)
        why_not = _why_not(installation, conn, hospital, pair) if ours is not None else "no such patient is stored"
    if ours is None or why_not:
        return Linked(pair.patient, pair.remote_id, pair.line, "refused", why_not)
    theirs = _patient(client, pair.remote_id)
    if theirs is None:
        return Linked(pair.patient, pair.remote_id, pair.line, "refused", "the hospital has no Patient with this id")
    against = differences(ours, theirs)
    agrees = confirmed or not against
    detail = ", ".join(against) + (f" (confirmed by {installation.actor})" if against and confirmed else "")
    now = installation.clock.now()
    with installation.database.write() as conn:
        why_not = _why_not(installation, conn, hospital, pair)
        if why_not:
            return Linked(pair.patient, pair.remote_id, pair.line, "refused", why_not)
        enrolments.link(
            conn, hospital, installation.base.logical_id("patient", pair.patient), pair.remote_id,
            agrees=agrees, detail=detail, actor=installation.actor, now=now,
        )  # fmt: skip
        body = {"remote_id": pair.remote_id, "detail": detail}
        events.append(
            conn, "linked" if agrees else "link-mismatch", installation.actor, body, hospital=hospital,
            record_kind="patient", record_id=pair.patient, at=now,
        )  # fmt: skip
    return Linked(pair.patient, pair.remote_id, pair.line, "linked" if agrees else "mismatch", detail)


def _why_not(installation: Installation, conn: Any, hospital: str, pair: Pair) -> str:
    """Why this link may not be made, whatever a person confirms."""
    ours = installation.base.logical_id("patient", pair.patient)
    links = enrolments.links(conn, hospital)
    other = next((one for one in links.values() if one.remote_id == pair.remote_id and one.patient != ours), None)
    if other is not None and other.state == "linked":
        return "another of our patients is linked to this Patient"
    before = links.get(ours)
    if before is None or before.remote_id == pair.remote_id:
        return ""
    rows = ledger.get_many(conn, hospital, enrolments.keys_of(conn, hospital, ours)).values()
    if any(row.have is not None or row.open is not None for row in rows):
        return "this patient's data already went to another Patient there: hospital IT must move it first"
    return ""


def _patient(client: HospitalClient, remote_id: str) -> Document | None:
    answer = client.send(Request("GET", f"Patient/{remote_id}", None, (_FRESH,)))
    if isinstance(answer, Answer) and answer.status in _NOT_THERE:
        return None
    found = replies.resource(client.name, replies.expect_ok(client.name, answer, "reading a Patient"), "a Patient")
    if found.get("resourceType") != "Patient" or found.get("id") != remote_id:
        raise errors.RemoteError("IF-AUD-22", "reading a Patient gave something else", where=client.name)
    return found


def _plain(name: str) -> str:
    """A family name as it is compared: without case, blanks at its ends, and ways to write the same sign."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _from_ndjson(text: str, path: Path) -> Iterator[Pair]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            read = fhir_json.loads(line)
        except fhir_json.JsonError:
            raise _wrong(path, number, "the line is no JSON") from None
        values = [read.get(name) for name in _COLUMNS] if isinstance(read, dict) else []
        if len(values) != _PAIR or not all(isinstance(value, str) for value in values):
            raise _wrong(path, number, f"a line is {json.dumps(dict.fromkeys(_COLUMNS, '…'), ensure_ascii=False)}")
        yield _pair(str(values[0]), str(values[1]), number, path)


def _from_csv(text: str, path: Path) -> Iterator[Pair]:
    reader = csv.reader(text.splitlines())
    for cells in reader:
        if not any(cell.strip() for cell in cells) or tuple(cell.strip() for cell in cells[:_PAIR]) == _COLUMNS:
            continue
        if len(cells) < _PAIR:
            raise _wrong(path, reader.line_num, "a line is: patient,hospital_patient")
        yield _pair(cells[0].strip(), cells[1].strip(), reader.line_num, path)


def _pair(patient: str, remote_id: str, line: int, path: Path) -> Pair:
    remote_id = remote_id.removeprefix("Patient/")
    if not patient or not _REMOTE_ID.fullmatch(remote_id):
        raise _wrong(path, line, "the hospital's Patient id is of letters, digits, - and . (64 at most)")
    return Pair(patient, remote_id, line)


def _refuse_doubles(pairs: Sequence[Pair], path: Path) -> None:
    for name in ("patient", "remote_id"):
        seen: dict[str, int] = {}
        for pair in pairs:
            first = seen.setdefault(getattr(pair, name), pair.line)
            if first != pair.line:
                raise _wrong(path, pair.line, f"the same {name.replace('_', ' ')} stands on line {first}")


def _wrong(path: Path, line: int, says: str) -> errors.UsageError:
    return errors.UsageError("IF-LNK-03", says, where=f"{path}, line {line}")
