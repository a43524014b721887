"""The clinic's own records: what its export may hold, read strictly, kept as written.

`parse` takes a dict that `fhir_profiles.fhir_json.loads` read from one line of the clinic's file and gives a record,
or raises `RecordError` with everything that is wrong. Form is refused here, conduct never (see `mappings/findings.py`).
"""

from mappings.records.linking import links
from mappings.records.observation import ObservationRecord
from mappings.records.patient import Patient, personal, telling, tells_who
from mappings.records.plan import TreatmentPlan
from mappings.records.problem import Code, Problem, RecordError
from mappings.records.reading import (
    KINDS,
    NOT_TAKEN_YET,
    content,
    parse,
    patient_of,
    schema,
    stored_content,
    to_json,
)
from mappings.records.record import Record
from mappings.records.references import kind_and_id
from mappings.records.session import InfusionSession
from mappings.records.values import Coded, Coding, Instant, PDate, Quantity

__all__ = [
    "KINDS",
    "NOT_TAKEN_YET",
    "Code",
    "Coded",
    "Coding",
    "InfusionSession",
    "Instant",
    "ObservationRecord",
    "PDate",
    "Patient",
    "Problem",
    "Quantity",
    "Record",
    "RecordError",
    "TreatmentPlan",
    "content",
    "kind_and_id",
    "links",
    "parse",
    "patient_of",
    "personal",
    "schema",
    "stored_content",
    "telling",
    "tells_who",
    "to_json",
]
