"""Which codes name each measure of the clinic; the first one tells the measure, a second one goes along."""

from typing import Final

from fhir_profiles import terminology as t
from mappings import measures

_STANDARD: Final[dict[str, tuple[t.Concept, ...]]] = {
    "bp": (t.BLOOD_PRESSURE,),
    "hr": (t.HEART_RATE,),
    "rr": (t.RESPIRATORY_RATE,),
    "spo2": (t.OXYGEN_SATURATION_PULSE, t.OXYGEN_SATURATION),
    "o2-flow": (t.OXYGEN_FLOW,),
    "o2-concentration": (t.OXYGEN_CONCENTRATION,),
    "weight": (t.BODY_WEIGHT,),
    "ideal-weight": (t.IDEAL_WEIGHT,),
    "height": (t.BODY_HEIGHT,),
    "bmi": (t.BODY_MASS_INDEX,),
    "temperature": (t.BODY_TEMPERATURE,),
    "pain-nrs": (t.PAIN_NRS, t.PAIN_NRS_SCALE),
    "pain-vas": (t.PAIN_VAS, t.PAIN_VAS_SCALE),
    "bpi-interference": (t.PAIN_INTERFERENCE_BPI,),
    "peg": (t.PEG_MEAN,),
    "promis-pain-intensity": (t.PAIN_INTENSITY_PROMIS,),
    "phq-9": (t.PHQ9_TOTAL,),
    "phq-9-item-9": (t.PHQ9_ITEM_9,),
    "gad-7": (t.GAD7_TOTAL,),
    "promis-fatigue": (t.PROMIS_FATIGUE,),
    "promis-sleep": (t.PROMIS_SLEEP_DISTURBANCE,),
    "promis-cognition": (t.PROMIS_COGNITIVE_FUNCTION,),
    "promis-pain-interference": (t.PROMIS_PAIN_INTERFERENCE,),
    "promis-physical-function": (t.PROMIS_PHYSICAL_FUNCTION,),
    "promis-depression": (t.PROMIS_DEPRESSION,),
    "promis-anxiety": (t.PROMIS_ANXIETY,),
    "avpu": (t.RESPONSIVENESS,),
    "rass": (t.SEDATION_RASS,),
}

CODES: Final[dict[str, tuple[t.Concept, ...]]] = {
    key: _STANDARD.get(key) or (t.MEASURE[key],) for key in measures.MEASURES
}
"""The codes of every measure: verified standard ones, else one of our own code system."""

COMPONENT_CODES: Final[dict[str, t.Concept]] = {
    "systolic": t.SYSTOLIC,
    "diastolic": t.DIASTOLIC,
    "mean": t.MEAN_PRESSURE,
    **t.READINESS,
}
"""The code of each component of a measure."""
