"""Codes and displays are those of the systems, ours are defined, and each stands once."""

from collections import Counter

import pytest

from fhir_profiles import terminology as t

DISPLAYS = {
    t.LOINC: {
        "85354-9": "Blood pressure panel with all children optional",
        "8480-6": "Systolic blood pressure",
        "8462-4": "Diastolic blood pressure",
        "8478-0": "Mean blood pressure",
        "8867-4": "Heart rate",
        "9279-1": "Respiratory rate",
        "59408-5": "Oxygen saturation in Arterial blood by Pulse oximetry",
        "2708-6": "Oxygen saturation in Arterial blood",
        "3151-8": "Inhaled oxygen flow rate",
        "3150-0": "Inhaled oxygen concentration",
        "29463-7": "Body weight",
        "50064-5": "Ideal body weight",
        "8302-2": "Body height",
        "39156-5": "Body mass index (BMI) [Ratio]",
        "8310-5": "Body temperature",
        "85353-1": "",
        "72514-3": "Pain severity - 0-10 verbal numeric rating [Score] - Reported",
        "38214-3": "Pain severity [Score] Visual analog score",
        "77565-0": "Pain interference score [BPI Short Form]",
        "91147-9": "Mean score [PEG]",
        "75261-8": "How intense was your average pain in the past 7 days [PROMIS]",
        "44261-6": "Patient Health Questionnaire 9 item (PHQ-9) total score [Reported]",
        "44249-1": "PHQ-9 quick depression assessment panel [Reported.PHQ]",
        "44260-8": "",
        "70274-6": "Generalized anxiety disorder 7 item (GAD-7) total score [Reported.PHQ]",
        "69737-5": "Generalized anxiety disorder 7 item (GAD-7)",
        "77864-7": "",
        "77860-5": "",
        "81538-1": "",
        "77865-4": "",
        "91721-1": "",
        "77861-3": "",
        "77862-1": "",
        "67775-7": "Level of responsiveness",
        "75325-1": "Symptom",
    },
    t.SNOMED: {
        "1172399009": "Numeric rating scale score",
        "443394008": "Visual analog scale pain score",
        "1345050000": "Richmond Agitation Sedation Scale score",
        "203082005": "Fibromyalgia",
        "82423001": "Chronic pain",
        "14152002": "Intravenous infusion",
        "91251008": "Physical therapy procedure",
        "228557008": "Cognitive and behavioral therapy",
        "229065009": "Exercise therapy",
        "373464007": "Ketamine",
        "372487007": "Ondansetron",
        "404640003": "Dizziness",
        "3424008": "Tachycardia",
        "45007003": "Low blood pressure",
        "84229001": "Fatigue",
        "48694002": "Anxiety",
        "422587007": "Nausea",
        "422400008": "Vomiting",
        "25064002": "Headache",
        "271782001": "Drowsy",
        "7011001": "Hallucinations",
        "24184005": "Finding of increased blood pressure",
        "38341003": "Hypertensive disorder, systemic arterial",
        "33586001": "Sitting position",
        "255604002": "Mild",
        "6736007": "Moderate",
        "24484000": "Severe",
        "385669000": "Successful",
        "385670004": "Partially successful",
        "385671000": "Unsuccessful",
        "416406003": "Procedure discontinued",
        "394908001": "Procedure stopped",
        "416237000": "Procedure not done",
        "183932001": "Procedure contraindicated",
        "47625008": "Intravenous route",
        "433296005": "Infusion pump for intravenous fluids",
    },
    t.RXNORM: {
        "6130": "ketamine",
        "26225": "ondansetron",
        "238082": "ketamine 10 MG/ML Injectable Solution",
        "238084": "ketamine 50 MG/ML Injectable Solution",
        "238083": "ketamine 100 MG/ML Injectable Solution",
        "283504": "ondansetron 2 MG/ML Injectable Solution",
        "1740467": "2 ML ondansetron 2 MG/ML Injection",
        "1314133": "2 ML ondansetron 2 MG/ML Prefilled Syringe",
        "104894": "ondansetron 4 MG Disintegrating Oral Tablet",
        "198052": "ondansetron 4 MG Oral Tablet",
    },
    t.ICD10CM: {
        "M79.7": "Fibromyalgia",
        "G89.4": "Chronic pain syndrome",
        "I10": "Essential (primary) hypertension",
    },
    t.ASSESS_PLAN.system: {"assess-plan": "Assessment and Plan of Treatment"},
}
FORBIDDEN = {"44376007", "F48.1", "183944003", "416064006"}


def test_what_we_vouch_for_is_what_was_verified() -> None:
    vouched = {s: {concept.code: concept.display for concept in concepts} for s, concepts in t.vouched().items()}

    assert vouched == DISPLAYS


def test_diagnoses_of_dissociation_and_inactive_codes_are_never_used() -> None:
    codes = {concept.code for concepts in t.vouched().values() for concept in concepts}

    assert not codes & FORBIDDEN
    assert t.EFFECT["dissociation"].system == f"{t.IG}/CodeSystem/side-effect"


def test_each_concept_has_one_name() -> None:
    named = [value for value in vars(t).values() if isinstance(value, t.Concept)]
    twice = [concept for concept, count in Counter(named).items() if count > 1]

    assert not twice


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        (t.TIMEPOINT, "baseline pre during end recovery discharge follow-up"),
        (t.PHASE_KIND, "induction maintenance taper reassessment"),
        (t.SESSION_STAGE, "preparation recovery"),
        (t.STAFF_FUNCTION, "prescriber anesthesia infusion-nurse monitor other"),
        (t.SEGMENT_END, "planned-change pause stop"),
        (t.PREMEDICATION_STATUS, "refused held"),
        (t.ACTION_TAKEN, "none rate-reduced paused stopped medicated escalated"),
        (t.NEXT_STEP, "continue adjust hold end"),
        (t.SIDE_EFFECT_PART, "severity outcome causality action-taken serious seriousness"),
        (t.DATA_ABSENT_REASON, "not-performed asked-declined unknown error not-applicable not-asked temp-unknown"),
        (t.EVENT_OUTCOME, "resolved recovering ongoing resolvedWithSequelae fatal unknown"),
        (t.OBSERVATION_CATEGORY, "vital-signs survey exam therapy"),
    ],
)
def test_a_table_has_the_codes_of_the_clinical_model(table: dict[str, t.Concept], codes: str) -> None:
    assert list(table) == codes.split()
    assert all(key == concept.code for key, concept in table.items())


def test_a_concept_writes_itself_as_fhir_has_it() -> None:
    assert t.HEART_RATE.coding() == {"system": t.LOINC, "code": "8867-4", "display": "Heart rate"}
    assert t.PROMIS_FATIGUE.coding() == {"system": t.LOINC, "code": "77864-7"}
    assert t.HEART_RATE.concept() == {"coding": [t.HEART_RATE.coding()]}
    assert t.HEART_RATE.concept("pulse") == {"coding": [t.HEART_RATE.coding()], "text": "pulse"}
    assert list(t.HEART_RATE.concept("pulse")) == ["coding", "text"]


def test_wrong_spellings_of_units_lead_to_units_we_use() -> None:
    assert {"mcg", "bpm", "mmHg", "mg/hr"} <= set(t.UNITS_MEANT)
    assert not set(t.UNITS_MEANT) & t.UNITS
    assert set(t.UNITS_MEANT.values()) <= t.UNITS | {"ug"}
