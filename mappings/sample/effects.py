"""Side effects of pretend sessions: mild ones often, serious ones rarely."""

from typing import Final

from fhir_profiles import terminology
from mappings.sample import words
from mappings.sample.booking import Booking, Fate, Times
from mappings.sample.words import Raw

_OFTEN: Final = {
    "dizziness": 110,
    "dissociation": 110,
    "nausea": 90,
    "drowsy": 60,
    "headache": 45,
    "anxiety": 20,
    "blood-pressure-rise": 35,
    "vomiting": 8,
}
_STOPS: Final = ("dissociation", "blood-pressure-rise", "nausea", "anxiety")
_RARE: Final = ("blood-pressure-rise", "hallucinations")
_SEEN_BY_STAFF: Final = frozenset({"blood-pressure-rise"})


def side_effects(booking: Booking, times: Times) -> list[Raw]:
    """Decide what the patient felt; who stops early has a reason for it."""
    draw = booking.chance("effects")
    ran = times.infusion_end.minutes_since(times.infusion_start)
    found: list[Raw] = []
    if booking.fate is Fate.STOPPED:
        found.append(_effect(booking, times, draw.pick(_STOPS), 1, ran - 4, "moderate", "stopped"))
    elif draw.per_mille(9):
        serious = _effect(booking, times, draw.pick(_RARE), 1, ran - 8, "severe", draw.pick(("medicated", "escalated")))
        serious["serious"] = True
        if not draw.per_mille(150):
            serious["seriousness"] = ["SeriousRequiresPreventImpairment"]
        found.append(serious)
    had = {effect["effect"]["codings"][0]["code"] for effect in found}
    for name, often in _OFTEN.items():
        if draw.per_mille(often) and terminology.EFFECT[name].code not in had:
            severity = "moderate" if draw.per_mille(120) else "mild"
            action = "none" if severity == "mild" else draw.pick(("rate_reduced", "none", "medicated"))
            found.append(_effect(booking, times, name, len(found) + 1, draw.between(5, ran), severity, action))
    return found


def _effect(booking: Booking, times: Times, name: str, number: int, after: int, severity: str, action: str) -> Raw:
    draw = booking.chance("effect", number)
    onset = times.infusion_start.plus(max(1, after))
    effect: Raw = {
        "id": booking.course.name("SE", f"{booking.number:02}", number),
        "effect": words.coded(terminology.EFFECT[name]),
        "onset": onset.text,
    }
    if draw.per_mille(950):
        effect |= {"resolved": onset.plus(draw.between(8, 40)).text, "severity": severity, "outcome": "resolved"}
    else:
        effect |= {"severity": severity, "outcome": "recovering"}
    by = f"staff-role/{words.NURSE}" if name in _SEEN_BY_STAFF else f"patient/{booking.course.patient}"
    causality = draw.pick(("Certain", "Probably-Likely", "Possible"))
    return effect | {"causality": causality, "action": action, "serious": False, "reported_by": by}
