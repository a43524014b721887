"""Pretend treatment plans, as they stand on the day of the export."""

from typing import Final

from mappings.sample import chance, giving, moment, words
from mappings.sample.booking import APPOINTMENT_MIN, Regimen
from mappings.sample.moment import Moment
from mappings.sample.story import INDUCTIONS, MAINTENANCES, Story
from mappings.sample.words import Raw

_ENDED: Final = {"left": "revoked", "no_response": "revoked", "goal_met": "completed"}
_BECAUSE: Final = {"no_response": "no-response", "goal_met": "goal-met"}
_ADVICE: Final = ("Wear loose clothing.", "Bring an adult who takes you home.", "Eat nothing for six hours before.")
_BETTER: Final = 50


def plan(story: Story) -> Raw:
    """Write the plan of a course."""
    course = story.course
    draw = course.chance("plan")
    last = story.revisions[-1]
    plan = words.record("plan", course.plan, course.assessed) | {
        "updated_at": last["at"],
        "patient": course.patient,
        "indication": course.name("CO", 1),
        "assessment": course.name("A"),
        "title": "Ketamine infusion plan for fibromyalgia",
        "description": "Induction, then monthly maintenance for those who respond, with supportive treatment.",
        "status": _status(story),
    }
    why = _status_reason(story, draw)
    if why is not None:
        plan["status_reason"] = why
    period = {"start": course.start.isoformat()}
    if story.ended is not None:
        period["end"] = story.ended.isoformat()
    plan |= {
        "period": period,
        "phases": _phases(story),
        "regimen": [_regimen(story.induction), _regimen(story.maintenance or _later_regimen(story))],
    }
    if course.premedicated:
        plan["premedication"] = [_premedication()]
    return plan | {
        "goals": _goals(story),
        "supportive": _supportive(draw),
        "monitoring": {"vitals_every_min": 10, "protocol": words.PROTOCOL},
        "revisions": story.revisions,
        "preparation_advice": list(_ADVICE[: draw.between(1, 3)]),
    }


def withdrawn(plan: Raw, updated: Moment) -> Raw:
    """Write a second plan that was entered by mistake."""
    return plan | {
        "id": f"{plan['id']}-x",
        "updated_at": updated.text,
        "status": "entered_in_error",
        "entered_in_error": {"text": "Entered twice."},
        "revisions": plan["revisions"][:1],
    }


def _on_hold(story: Story) -> bool:
    return story.course.on_hold and story.maintenance is not None


def _status(story: Story) -> str:
    if story.ending != "none":
        return _ENDED[story.ending]
    if story.course.start > moment.EXPORTED:
        return "draft"
    return "on_hold" if _on_hold(story) else "active"


def _status_reason(story: Story, draw: chance.Chance) -> Raw | None:
    """Say why a plan ended or waits; now and then nobody wrote it down, a finding."""
    forgotten, lost = draw.per_mille(200), draw.per_mille(500)
    if story.ending in _BECAUSE:
        return words.reason(_BECAUSE[story.ending])
    if forgotten:
        return None
    if story.ending == "left":
        return words.reason("lost-to-follow-up" if lost else "patient-choice")
    if _on_hold(story):
        return words.reason("contraindication", "blood pressure is being looked into")
    return None


def _phases(story: Story) -> list[Raw]:
    induction: Raw = {
        "key": "induction",
        "kind": "induction",
        "title": "Induction",
        "status": _induction_status(story),
        "planned_count": INDUCTIONS,
        "window": {"min_days": 14, "max_days": 21},
        "per": {"freq": 2, "freq_max": 3, "period": 1, "unit": "wk"},
        "appointment_min": APPOINTMENT_MIN,
    }
    maintenance: Raw = {
        "key": "maintenance",
        "kind": "maintenance",
        "title": "Maintenance",
        "status": _maintenance_status(story),
        "planned_count": MAINTENANCES,
        "per": {"freq": 1, "period": 1, "unit": "mo"},
        "max_duration": words.quantity(12, "mo"),
        "appointment_min": APPOINTMENT_MIN,
    }
    return [induction, maintenance]


def _induction_status(story: Story) -> str:
    if story.course.start > moment.EXPORTED:
        return "scheduled"
    if story.ending == "left":
        return "stopped"
    return "completed" if story.inducted or story.follow_up is not None else "in_progress"


def _maintenance_status(story: Story) -> str:
    if story.ending != "none":
        return "cancelled"
    if story.maintenance is None:
        return "not_started"
    if _on_hold(story):
        return "on_hold"
    return "in_progress" if story.maintenances else "scheduled"


def _later_regimen(story: Story) -> Regimen:
    """Give the maintenance as first planned: like the induction."""
    induction = story.induction
    return Regimen("maintenance", induction.dose, induction.max_total, induction.minutes)


def _regimen(regimen: Regimen) -> Raw:
    return giving.order(regimen) | {"weight_basis": "actual", "infusion_min": {"low": 45, "high": 55}}


def _premedication() -> Raw:
    return {
        "key": "p1",
        "drug": words.ondansetron(),
        "dose": words.quantity(4, "mg"),
        "route": words.intravenous(),
        "offset_min": 15,
        "prn": False,
        "indication": {"text": "nausea prophylaxis"},
    }


def _goals(story: Story) -> list[Raw]:
    course = story.course
    achieved = "in-progress"
    if story.follow_up is not None:
        achieved = "achieved" if story.relief >= _BETTER else "not-achieved"
    lifecycle = "completed" if story.ending == "goal_met" else "cancelled" if story.ending != "none" else "active"
    due = moment.later(course.start, 90).isoformat()[:7]
    common = {"due": due, "lifecycle": lifecycle, "achievement": achieved}
    pain: Raw = {
        "key": "g1",
        "metric": "pain-nrs",
        "kind": "percent_reduction",
        "percent": 50,
        "baseline": course.name("O", "A-NRS"),
    }
    mood: Raw = {
        "key": "g2",
        "metric": "phq-9",
        "kind": "absolute",
        "threshold": words.quantity(9, "{score}"),
        "baseline": course.name("O", "A-PHQ"),
    }
    return [pain | common, mood | common]


def _supportive(draw: chance.Chance) -> list[Raw]:
    weekly: Raw = {"freq": 1, "period": 1, "unit": "wk"}
    found: list[Raw] = [
        {"key": "pt", "kind": "PT", "frequency": weekly, "provider": words.THERAPIST, "status": "in_progress"}
    ]
    if draw.per_mille(600):
        found.append({"key": "cbt", "kind": "CBT", "frequency": weekly | {"period": 2}, "status": "not_started"})
    if draw.per_mille(300):
        found.append({"key": "sleep", "kind": "sleep", "status": "in_progress"})
    return found
