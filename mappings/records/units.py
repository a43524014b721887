"""Units of measure: what clinics write for UCUM's codes, and the units of each sort of quantity."""

MEANT = {
    "mcg": "ug", "µg": "ug", "μg": "ug", "mcg/kg/min": "ug/kg/min", "µg/kg/min": "ug/kg/min",
    "bpm": "/min", "beats/min": "/min", "breaths/min": "/min", "1/min": "/min", "per minute": "/min",
    "mmHg": "mm[Hg]", "mm Hg": "mm[Hg]", "mmhg": "mm[Hg]",
    "mg/hr": "mg/h", "mg/kg/hr": "mg/kg/h", "ml/hr": "mL/h", "mL/hr": "mL/h", "ml/h": "mL/h", "ml": "mL",
    "mg/ml": "mg/mL", "mgs": "mg", "MG": "mg", "gm": "g", "kgs": "kg", "KG": "kg", "Kg": "kg",
    "lb": "[lb_av]", "lbs": "[lb_av]", "pounds": "[lb_av]", "in": "[in_i]", "inch": "[in_i]",
    "C": "Cel", "°C": "Cel", "F": "[degF]", "°F": "[degF]", "kg/m^2": "kg/m2", "kg/m²": "kg/m2",
    "percent": "%", "pct": "%", "l/min": "L/min", "lpm": "L/min", "LPM": "L/min",
    "score": "{score}", "points": "{score}", "hr": "h", "hour": "h", "hours": "h", "minutes": "min", "mins": "min",
    "day": "d", "days": "d", "week": "wk", "weeks": "wk", "month": "mo", "months": "mo",
}  # fmt: skip
"""Spellings seen in clinics' files, each with the UCUM code that was meant; refused, never changed silently."""

MASSES = frozenset({"mg", "ug", "g"})
DOSES = MASSES | {"mg/kg", "mL"}
RATES = frozenset({"mg/kg/h", "ug/kg/min", "mg/h", "mL/h"})
DURATIONS = frozenset({"d", "wk", "mo"})


def fix(written: object, allowed: frozenset[str]) -> str:
    """Say what to write instead of a unit that is not taken here."""
    meant = MEANT.get(written) if isinstance(written, str) else None
    if meant in allowed:
        return f"write {meant}, if that is what is meant"
    choice = " or ".join(sorted(allowed))
    return f"write the value in {choice}, converted by the clinic: infusion-fhir converts no value"
