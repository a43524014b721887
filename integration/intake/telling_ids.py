"""Record ids go to hospitals as identifiers, so none may equal an MRN, a name or the birth date of its patient.

A line is looked at when it is read, against its patient as stored or in the same batch. Where the patient comes later,
the record is stored by then: it is looked at again before documents are made, and gets none. Nothing here gives a
value: whoever reads the message finds the id at the place named.
"""

from collections.abc import Iterable, Sequence

from integration.store import record_heads as heads
from integration.store import records
from integration.store.database import Connection
from integration.store.problems import Problem
from integration.store.record_heads import Head
from mappings import known
from mappings import records as clinic_records

CODE = clinic_records.Code.TELLS_WHO.value
SAYS = "equals an MRN, a name or the birth date of the patient, and record ids go to hospitals"
FIX = "give it an id that means nothing, and use that in every record that names it"


class Personal:
    """What no id of a record of each patient may be, remembered for one batch or page."""

    def __init__(self) -> None:
        self._of: dict[str, frozenset[str]] = {}

    def telling(self, record: clinic_records.Record, patient: object) -> list[str]:
        """The fields of a record that hold an id which tells who the patient is."""
        if not isinstance(patient, clinic_records.Patient):
            return []
        if patient.id not in self._of:
            self._of[patient.id] = clinic_records.personal(patient)
        return clinic_records.telling(record, self._of[patient.id])


def in_batch(conn: Connection, batch: Sequence[clinic_records.Record]) -> list[list[str]]:
    """For each record of a batch that is to be stored, the fields whose ids tell who its patient is."""
    here = known.InMemory(record for record in batch if record.kind in ("patient", "plan"))
    stored = records.StoreKnown(conn)
    stored.load(("plan", record.plan) for record in batch if isinstance(record, clinic_records.InfusionSession))
    whose = [_patient_of(record, here, stored) for record in batch]
    stored.load(("patient", patient) for patient in whose if patient is not None)
    personal = Personal()
    return [
        [] if record.kind == "patient" or patient is None
        else personal.telling(record, _newest("patient", patient, here, stored))
        for record, patient in zip(batch, whose, strict=True)
    ]  # fmt: skip


def look_again(conn: Connection, versions: Iterable[tuple[clinic_records.Record, int]]) -> None:
    """Patients whose MRN, name or birth date changed from the version given: the ids of theirs are due again."""
    changed = set()
    for record, previous in versions:
        if isinstance(record, clinic_records.Patient) and previous:
            before = records.get(conn, "patient", record.id, previous)
            if isinstance(before, clinic_records.Patient) and _differ(before, record):
                changed.add(record.id)
    heads.mark_due_of_patients(conn, changed)


def problem(head: Head, fields: Sequence[str]) -> Problem:
    """Why a record that is stored has no documents: said without its id, with what helps to find it."""
    rule = f"{SAYS}; the record is of patient {head.patient}, as of {head.updated_at}"
    return Problem(head.kind, head.id, head.version, CODE, ", ".join(fields), rule, FIX)


def _patient_of(record: clinic_records.Record, here: known.Known, stored: known.Known) -> str | None:
    if not isinstance(record, clinic_records.InfusionSession):
        return clinic_records.patient_of(record)
    plan = _newest("plan", record.plan, here, stored)
    return None if plan is None else clinic_records.patient_of(plan)


def _newest(kind: str, record_id: str, here: known.Known, stored: known.Known) -> clinic_records.Record | None:
    """A record as it will be held once the batch is stored."""
    found = [one for one in (stored.get(kind, record_id), here.get(kind, record_id)) if one is not None]
    return max(found, key=lambda one: one.updated_at.at, default=None)


def _differ(before: clinic_records.Patient, after: clinic_records.Patient) -> bool:
    return clinic_records.personal(before) != clinic_records.personal(after)
