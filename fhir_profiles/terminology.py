"""Every system URL and every concept that our documents use, once.

A code stands here only if somebody vouches for it: the verified tables of FHIR R4, LOINC, SNOMED CT, RxNorm and
ICD-10-CM, or one of our own code systems where no verified code exists (the definitions in `definitions/` are
generated from this module). Displays are the systems' preferred terms; a display that nobody could check is left out.
"""

from dataclasses import dataclass
from typing import Any, Final

from fhir_profiles import local_codes

IG: Final = "https://infusion-fhir.github.io/ig"
"""The product's own base, for its profiles, extensions and code systems; never a clinic's."""

LOCAL_BASE: Final = f"{IG}/CodeSystem"
LOCAL_CODES: Final = {name: frozenset(displays) for name, (_, displays) in local_codes.SYSTEMS.items()}
"""The codes of each of our own code systems, by the system's name (its URL is `LOCAL_BASE`/name)."""

LOINC: Final = "http://loinc.org"
SNOMED: Final = "http://snomed.info/sct"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD10CM: Final = "http://hl7.org/fhir/sid/icd-10-cm"
UCUM: Final = "http://unitsofmeasure.org"
LANGUAGE_SYSTEM: Final = "urn:ietf:bcp:47"
XHTML: Final = "http://www.w3.org/1999/xhtml"
_HL7: Final = "http://terminology.hl7.org/CodeSystem/"
_R4: Final = "http://hl7.org/fhir/StructureDefinition/"

PLAN_REVISION: Final = f"{IG}/StructureDefinition/plan-revision"
PLAN_STATUS_REASON: Final = f"{IG}/StructureDefinition/plan-status-reason"
SESSION_SEQUENCE: Final = f"{IG}/StructureDefinition/session-sequence"
SESSION_INTERVAL: Final = f"{IG}/StructureDefinition/session-interval"
PROTOCOL_TIMEPOINT: Final = f"{IG}/StructureDefinition/protocol-timepoint"
PREMEDICATION_OFFSET: Final = f"{IG}/StructureDefinition/premedication-offset"
ACTIVITY_TITLE: Final = f"{_R4}careplan-activity-title"
BODY_POSITION: Final = f"{_R4}observation-bodyPosition"
DATA_ABSENT: Final = f"{_R4}data-absent-reason"


@dataclass(frozen=True, slots=True)
class Concept:
    """One code of one code system, with the display that its system gives it."""

    system: str
    code: str
    display: str = ""

    def coding(self) -> dict[str, Any]:
        """Give the concept as a FHIR Coding."""
        coding = {"system": self.system, "code": self.code}
        return coding | {"display": self.display} if self.display else coding

    def concept(self, text: str | None = None) -> dict[str, Any]:
        """Give the concept as a FHIR CodeableConcept, with the clinic's own words beside it if there are any."""
        concept: dict[str, Any] = {"coding": [self.coding()]}
        return concept if text is None else concept | {"text": text}


def _table(system: str, displays: dict[str, str]) -> dict[str, Concept]:
    return {code: Concept(system, code, display) for code, display in displays.items()}


def _local(name: str) -> dict[str, Concept]:
    return _table(f"{LOCAL_BASE}/{name}", local_codes.SYSTEMS[name][1])


# --- our own code systems, by code ----------------------------------------------------------------------------------
MEASURE: Final = _local("measure")
TIMEPOINT: Final = _local("timepoint")
PHASE_KIND: Final = _local("phase-kind")
SUPPORTIVE: Final = _local("supportive")
SESSION_STAGE: Final = _local("session-stage")
STAFF_FUNCTION: Final = _local("staff-function")
REASON: Final = _local("reason")
REVISION_REASON: Final = _local("revision-reason")
SIDE_EFFECT: Final = _local("side-effect")
SIDE_EFFECT_PART: Final = _local("side-effect-part")
ACTION_TAKEN: Final = _local("action-taken")
NEXT_STEP: Final = _local("next-step")
SEGMENT_END: Final = _local("segment-end")
PREMEDICATION_STATUS: Final = _local("premedication-status")
READINESS: Final = _local("readiness")
TREATMENT_RESPONSE: Final = _local("treatment-response")
FOLLOW_UP_DECISION: Final = _local("follow-up-decision")

# --- measures (LOINC; two codings where two are needed) -------------------------------------------------------------
BLOOD_PRESSURE: Final = Concept(LOINC, "85354-9", "Blood pressure panel with all children optional")
SYSTOLIC: Final = Concept(LOINC, "8480-6", "Systolic blood pressure")
DIASTOLIC: Final = Concept(LOINC, "8462-4", "Diastolic blood pressure")
MEAN_PRESSURE: Final = Concept(LOINC, "8478-0", "Mean blood pressure")
HEART_RATE: Final = Concept(LOINC, "8867-4", "Heart rate")
RESPIRATORY_RATE: Final = Concept(LOINC, "9279-1", "Respiratory rate")
OXYGEN_SATURATION_PULSE: Final = Concept(LOINC, "59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry")
OXYGEN_SATURATION: Final = Concept(LOINC, "2708-6", "Oxygen saturation in Arterial blood")
OXYGEN_FLOW: Final = Concept(LOINC, "3151-8", "Inhaled oxygen flow rate")
OXYGEN_CONCENTRATION: Final = Concept(LOINC, "3150-0", "Inhaled oxygen concentration")
BODY_WEIGHT: Final = Concept(LOINC, "29463-7", "Body weight")
IDEAL_WEIGHT: Final = Concept(LOINC, "50064-5", "Ideal body weight")
BODY_HEIGHT: Final = Concept(LOINC, "8302-2", "Body height")
BODY_MASS_INDEX: Final = Concept(LOINC, "39156-5", "Body mass index (BMI) [Ratio]")
BODY_TEMPERATURE: Final = Concept(LOINC, "8310-5", "Body temperature")
VITAL_SIGNS_PANEL: Final = Concept(LOINC, "85353-1")
PAIN_NRS: Final = Concept(LOINC, "72514-3", "Pain severity - 0-10 verbal numeric rating [Score] - Reported")
PAIN_NRS_SCALE: Final = Concept(SNOMED, "1172399009", "Numeric rating scale score")
PAIN_VAS: Final = Concept(LOINC, "38214-3", "Pain severity [Score] Visual analog score")
PAIN_VAS_SCALE: Final = Concept(SNOMED, "443394008", "Visual analog scale pain score")
PAIN_INTERFERENCE_BPI: Final = Concept(LOINC, "77565-0", "Pain interference score [BPI Short Form]")
PEG_MEAN: Final = Concept(LOINC, "91147-9", "Mean score [PEG]")
PAIN_INTENSITY_PROMIS: Final = Concept(
    LOINC, "75261-8", "How intense was your average pain in the past 7 days [PROMIS]"
)
PHQ9_TOTAL: Final = Concept(LOINC, "44261-6", "Patient Health Questionnaire 9 item (PHQ-9) total score [Reported]")
PHQ9_PANEL: Final = Concept(LOINC, "44249-1", "PHQ-9 quick depression assessment panel [Reported.PHQ]")
PHQ9_ITEM_9: Final = Concept(LOINC, "44260-8")
GAD7_TOTAL: Final = Concept(LOINC, "70274-6", "Generalized anxiety disorder 7 item (GAD-7) total score [Reported.PHQ]")
GAD7_PANEL: Final = Concept(LOINC, "69737-5", "Generalized anxiety disorder 7 item (GAD-7)")
PROMIS_FATIGUE: Final = Concept(LOINC, "77864-7")
PROMIS_SLEEP_DISTURBANCE: Final = Concept(LOINC, "77860-5")
PROMIS_COGNITIVE_FUNCTION: Final = Concept(LOINC, "81538-1")
PROMIS_PAIN_INTERFERENCE: Final = Concept(LOINC, "77865-4")
PROMIS_PHYSICAL_FUNCTION: Final = Concept(LOINC, "91721-1")
PROMIS_DEPRESSION: Final = Concept(LOINC, "77861-3")
PROMIS_ANXIETY: Final = Concept(LOINC, "77862-1")
RESPONSIVENESS: Final = Concept(LOINC, "67775-7", "Level of responsiveness")
SEDATION_RASS: Final = Concept(SNOMED, "1345050000", "Richmond Agitation Sedation Scale score")
SYMPTOM: Final = Concept(LOINC, "75325-1", "Symptom")

# --- what is treated, done and given --------------------------------------------------------------------------------
FIBROMYALGIA: Final = Concept(SNOMED, "203082005", "Fibromyalgia")
CHRONIC_PAIN: Final = Concept(SNOMED, "82423001", "Chronic pain")
HYPERTENSION: Final = Concept(SNOMED, "38341003", "Hypertensive disorder, systemic arterial")
ICD_FIBROMYALGIA: Final = Concept(ICD10CM, "M79.7", "Fibromyalgia")
ICD_CHRONIC_PAIN: Final = Concept(ICD10CM, "G89.4", "Chronic pain syndrome")
ICD_HYPERTENSION: Final = Concept(ICD10CM, "I10", "Essential (primary) hypertension")
INTRAVENOUS_INFUSION: Final = Concept(SNOMED, "14152002", "Intravenous infusion")
PHYSICAL_THERAPY: Final = Concept(SNOMED, "91251008", "Physical therapy procedure")
COGNITIVE_THERAPY: Final = Concept(SNOMED, "228557008", "Cognitive and behavioral therapy")
EXERCISE_THERAPY: Final = Concept(SNOMED, "229065009", "Exercise therapy")
KETAMINE: Final = Concept(RXNORM, "6130", "ketamine")
KETAMINE_SUBSTANCE: Final = Concept(SNOMED, "373464007", "Ketamine")
ONDANSETRON: Final = Concept(RXNORM, "26225", "ondansetron")
ONDANSETRON_SUBSTANCE: Final = Concept(SNOMED, "372487007", "Ondansetron")
DRUG_PRODUCT: Final = _table(
    RXNORM,
    {
        "238082": "ketamine 10 MG/ML Injectable Solution",
        "238084": "ketamine 50 MG/ML Injectable Solution",
        "238083": "ketamine 100 MG/ML Injectable Solution",
        "283504": "ondansetron 2 MG/ML Injectable Solution",
        "1740467": "2 ML ondansetron 2 MG/ML Injection",
        "1314133": "2 ML ondansetron 2 MG/ML Prefilled Syringe",
        "104894": "ondansetron 4 MG Disintegrating Oral Tablet",
        "198052": "ondansetron 4 MG Oral Tablet",
    },
)
INTRAVENOUS: Final = Concept(SNOMED, "47625008", "Intravenous route")
INFUSION_PUMP: Final = Concept(SNOMED, "433296005", "Infusion pump for intravenous fluids")
SITTING: Final = Concept(SNOMED, "33586001", "Sitting position")

# --- side effects and how things ended ------------------------------------------------------------------------------
EFFECT: Final = {
    "nausea": Concept(SNOMED, "422587007", "Nausea"),
    "vomiting": Concept(SNOMED, "422400008", "Vomiting"),
    "headache": Concept(SNOMED, "25064002", "Headache"),
    "drowsy": Concept(SNOMED, "271782001", "Drowsy"),
    "hallucinations": Concept(SNOMED, "7011001", "Hallucinations"),
    "blood-pressure-rise": Concept(SNOMED, "24184005", "Finding of increased blood pressure"),
    "dizziness": Concept(SNOMED, "404640003", "Dizziness"),
    "tachycardia": Concept(SNOMED, "3424008", "Tachycardia"),
    "low-blood-pressure": Concept(SNOMED, "45007003", "Low blood pressure"),
    "fatigue": Concept(SNOMED, "84229001", "Fatigue"),
    "anxiety": Concept(SNOMED, "48694002", "Anxiety"),
    "dissociation": SIDE_EFFECT["dissociation"],
}
"""The side effects that have a code, by a short name; dissociation during an infusion is no diagnosis."""

SEVERITY: Final = {
    "mild": Concept(SNOMED, "255604002", "Mild"),
    "moderate": Concept(SNOMED, "6736007", "Moderate"),
    "severe": Concept(SNOMED, "24484000", "Severe"),
}
OUTCOME: Final = {
    "successful": Concept(SNOMED, "385669000", "Successful"),
    "partial": Concept(SNOMED, "385670004", "Partially successful"),
    "unsuccessful": Concept(SNOMED, "385671000", "Unsuccessful"),
}
NOT_DONE: Final = _table(
    SNOMED,
    {
        "416406003": "Procedure discontinued",
        "394908001": "Procedure stopped",
        "416237000": "Procedure not done",
        "183932001": "Procedure contraindicated",
    },
)

# --- HL7's own systems ----------------------------------------------------------------------------------------------
TEST_DATA: Final = Concept(f"{_HL7}v3-ActReason", "HTEST", "test health data")
ASSESS_PLAN: Final = Concept(
    "http://hl7.org/fhir/us/core/CodeSystem/careplan-category", "assess-plan", "Assessment and Plan of Treatment"
)
OUTPATIENT: Final = Concept(f"{_HL7}medication-admin-category", "outpatient", "Outpatient")
MEDICAL_RECORD: Final = Concept(f"{_HL7}v2-0203", "MR", "Medical record number")
PATIENT_INTERNAL: Final = Concept(f"{_HL7}v2-0203", "PI", "Patient internal identifier")
EMERGENCY_CONTACT: Final = Concept(f"{_HL7}v2-0131", "C", "Emergency Contact")
ANESTHETIST: Final = Concept(f"{_HL7}v3-ParticipationFunction", "ANEST", "anesthesist")
OBSERVATION_CATEGORY: Final = _table(
    f"{_HL7}observation-category",
    {"vital-signs": "Vital Signs", "survey": "Survey", "exam": "Exam", "therapy": "Therapy"},
)
DATA_ABSENT_REASON: Final = _table(
    f"{_HL7}data-absent-reason",
    {
        "not-performed": "Not Performed",
        "asked-declined": "Asked But Declined",
        "unknown": "Unknown",
        "error": "Error",
        "not-applicable": "Not Applicable",
        "not-asked": "Not Asked",
        "temp-unknown": "Temporarily Unknown",
    },
)
EVENT_OUTCOME: Final = _table(
    f"{_HL7}adverse-event-outcome",
    {
        "resolved": "Resolved",
        "recovering": "Recovering",
        "ongoing": "Ongoing",
        "resolvedWithSequelae": "Resolved with Sequelae",
        "fatal": "Fatal",
        "unknown": "Unknown",
    },
)
CAUSALITY: Final = _table(
    f"{_HL7}adverse-event-causality-assess",
    {
        "Certain": "Certain",
        "Probably-Likely": "Probably/Likely",
        "Possible": "Possible",
        "Unlikely": "Unlikely",
        "Conditional-Classified": "Conditional/Classified",
        "Unassessable-Unclassifiable": "Unassessable/Unclassifiable",
    },
)
SERIOUSNESS: Final = _table(
    f"{_HL7}adverse-event-seriousness",
    {
        "Non-serious": "Non-serious",
        "Serious": "Serious",
        "SeriousResultsInDeath": "Results in death",
        "SeriousIsLifeThreatening": "Is Life-threatening",
        "SeriousResultsInHospitalization": "Requires or prolongs inpatient hospitalization",
        "SeriousResultsInDisability": "Results in persistent or significant disability/incapacity",
        "SeriousIsBirthDefect": "Is a congenital anomaly/birth defect",
        "SeriousRequiresPreventImpairment": "Requires intervention to prevent permanent impairment",
    },
)
INTERPRETATION: Final = _table(
    f"{_HL7}v3-ObservationInterpretation",
    {"L": "Low", "LL": "Critical low", "N": "Normal", "H": "High", "HH": "Critical high", "A": "Abnormal"},
)
LANGUAGE: Final = _table(
    LANGUAGE_SYSTEM,
    {"en": "English", "es": "Spanish", "fr": "French", "de": "German", "zh": "Chinese", "ar": "Arabic"},
)

# --- units ----------------------------------------------------------------------------------------------------------
_WRITTEN_UNITS: Final = (
    "mg/kg mg/kg/h ug/kg/min mg mg/h mg/mL mL mL/h mm[Hg] /min % kg [lb_av] g cm [in_i] Cel [degF] kg/m2 L/min mm min "
    "h d wk mo {score} 1"
)
UNITS: Final = frozenset(_WRITTEN_UNITS.split())
"""The UCUM units that our records and documents use."""

UNITS_MEANT: Final = {"mcg": "ug", "bpm": "/min", "mmHg": "mm[Hg]", "mg/hr": "mg/h"}
"""Spellings that UCUM does not know, and what was meant."""

_NOBODY_ELSE_LISTS: Final = (LOINC, SNOMED, RXNORM, ICD10CM, ASSESS_PLAN.system)


def vouched() -> dict[str, list[Concept]]:
    """List our codes of each system that HL7's validator has no offline list of, sorted by code."""
    mine = [value for value in globals().values() if isinstance(value, Concept)]
    for table in globals().values():
        if isinstance(table, dict):
            mine += [value for value in table.values() if isinstance(value, Concept)]
    found = {(concept.system, concept.code): concept for concept in mine}
    return {system: [found[key] for key in sorted(found) if key[0] == system] for system in _NOBODY_ELSE_LISTS}
