"""The short readable text of a document, generated from its data alone and always escaped."""

import html
from typing import Any

from fhir_profiles import terminology
from mappings.records import plan as plan_record

_SUPPORTIVE = {
    "PT": "physical therapy",
    "CBT": "cognitive behavioral therapy",
    "psychotherapy": "psychotherapy",
    "exercise": "exercise",
    "sleep": "sleep",
    "medication_adjustment": "medication adjustment",
    "other": "other",
}
_EACH = {"d": "daily", "wk": "weekly", "mo": "monthly"}
_UNITS = {"d": "days", "wk": "weeks", "mo": "months"}


def generated(*paragraphs: str) -> dict[str, Any]:
    """Make a generated Narrative of plain paragraphs; every value in them is escaped."""
    body = "".join(f"<p>{html.escape(text, quote=False)}</p>" for text in paragraphs if text)
    return {"status": "generated", "div": f'<div xmlns="{terminology.XHTML}">{body}</div>'}


def of_plan(plan: plan_record.TreatmentPlan) -> dict[str, Any]:
    """Say what a plan is: title, status, revision, phases and supportive treatments."""
    supportive = ", ".join(_SUPPORTIVE[found.kind] for found in plan.supportive)
    return generated(
        f"{plan.title}. Status: {_words(plan.status)}. Revision {plan.revisions[-1].rev}.",
        " ".join(_phase(phase) for phase in plan.phases),
        f"Supportive: {supportive}." if supportive else "",
    )


def _words(word: str) -> str:
    return word.replace("_", " ")


def _phase(phase: plan_record.Phase) -> str:
    said = [text for text in (_count(phase), _within(phase)) if text]
    planned = f": {' '.join(said)}" if said else ""
    return f"{phase.title or phase.kind.capitalize()}{planned} ({_words(phase.status)})."


def _count(phase: plan_record.Phase) -> str:
    """Say how often; where the phase has a window the count tells more than the frequency."""
    if phase.planned_count is not None and phase.max_duration is None:
        return f"{phase.planned_count} infusion{'s' if phase.planned_count > 1 else ''}"
    per = phase.per
    if per is None:
        return f"{phase.planned_count} infusions" if phase.planned_count is not None else ""
    if per.freq == 1 and per.freq_max is None and per.period == 1:
        return _EACH[per.unit]
    times = f"{per.freq} to {per.freq_max}" if per.freq_max is not None else f"{per.freq}"
    return f"{times} times each {per.period} {_UNITS[per.unit]}"


def _within(phase: plan_record.Phase) -> str:
    if phase.window is not None:
        return f"in {phase.window.min_days} to {phase.window.max_days} days"
    if phase.max_duration is not None:
        return f"for up to {phase.max_duration.value} {_UNITS[phase.max_duration.unit_ucum]}"
    return ""
