"""MedicationAdministration: the whole infusion of a session, with its dose ⇄ FHIR MedicationAdministration."""

from typing import Any

from fhir_profiles import terminology
from mappings import codecs, procedure, sessions
from mappings.records import session as session_record
from mappings.resource_map import ResourceMap
from mappings.rules import both, fixed, out_only
from mappings.scope import Scope, Unfit, reference

Session = session_record.InfusionSession
_NOT_RECORDED = terminology.DATA_ABSENT_REASON["unknown"].concept()
_BY = ("infusion_nurse", "anesthesia")


def _part_of(_session: Session, scope: Scope) -> Any:
    return sessions.part_of(scope, administration=False)


def _status(session: Session, _scope: Scope) -> Any:
    return sessions.ADMINISTRATION_STATUS[sessions.ended_as(session)]


def _reason(session: Session, _scope: Scope) -> Any:
    stopped = sessions.ended_as(session) is sessions.Status.STOPPED and session.stop_reason is not None
    return [codecs.write_coded(session.stop_reason)] if stopped else None


def _medication(session: Session, _scope: Scope) -> Any:
    """Name the drug of the session's order; without an order it is not known, and no other place may tell."""
    return _NOT_RECORDED if session.order is None else codecs.write_coded(session.order.drug)


def _period(session: Session, _scope: Scope) -> Any:
    actual = session.actual
    if actual is None or actual.infusion_start is None:
        raise Unfit("needs the start of the infusion", "give actual.infusion_start, or another status")
    end = {} if actual.infusion_end is None else {"end": actual.infusion_end.text}
    return {"start": actual.infusion_start.text, **end}


def _performers(session: Session, scope: Scope) -> Any:
    """Name who ran the infusion: the infusion nurses, without any the anesthesia."""
    for role in _BY:
        found = [member.staff_role for member in session.staff if member.role == role]
        if found:
            return [{"actor": reference(scope.base, "PractitionerRole", "staff-role", who)} for who in found]
    return None


def _request(session: Session, scope: Scope) -> Any:
    return None if session.order is None else reference(scope.base, "MedicationRequest", "order", session.id)


def _device(session: Session, scope: Scope) -> Any:
    return None if session.pump is None else [reference(scope.base, "Device", "device", session.pump)]


def _rate(session: Session, scope: Scope) -> Any:
    """Give the rate when it was the same throughout; else the segments tell it."""
    rates = [segment.rate for segment in session.segments]
    first = rates[0] if rates else None
    if first is None or any(rate is None or str(rate.value) != str(first.value) or rate != first for rate in rates):
        return None
    return codecs.quantity.write(first, scope)


def _route(session: Session, scope: Scope) -> Any:
    """Give the route only beside a dose or a rate (mad-1)."""
    dosed = session.given_total is not None or _rate(session, scope) is not None
    route = None if session.order is None else session.order.route
    return codecs.write_coded(route) if dosed and route is not None else None


_ELSEWHERE = {name for rule in procedure.PROCEDURE.rules if rule.read is not None for name in rule.ours} - {"id"}

ADMINISTRATION = ResourceMap(
    Session,
    resource="MedicationAdministration",
    identity="administration",
    declared=[
        out_only("meta.security:HTEST", sessions.label, why="as the session",
                 codec=codecs.security_label(terminology.TEST_DATA)),
        both("id", "identifier:administration", codecs.business_identifier("administration")),
        out_only("partOf:session", _part_of, why="the session's Procedure",
                 codec=codecs.raw_items("reference to Procedure", codecs.refers_to("session"))),
        out_only("status", _status, codec=codecs.raw("table event-status"), why="follows the session's status"),
        out_only("statusReason", _reason, codec=codecs.raw("codes and text"), why="stop_reason of a stopped session"),
        fixed("category", terminology.OUTPATIENT.concept()),
        out_only("medicationCodeableConcept", _medication, codec=codecs.raw("codes and text"), why="the order's drug"),
        out_only("subject", sessions.subject, codec=codecs.raw("reference to Patient"), why="the plan's patient"),
        out_only("context", sessions.encounter, codec=codecs.raw("reference to Encounter"), why="the session's visit"),
        both("dosing_weight", "supportingInformation", codecs.only(codecs.to("Observation", "observation"))),
        out_only("effectivePeriod", _period, codec=codecs.raw("as it was written"),
                 why="actual.infusion_start and infusion_end"),
        out_only("performer", _performers, codec=codecs.raw("reference to PractitionerRole"),
                 why="the infusion nurses among the staff, else the anesthesia"),
        out_only("request", _request, codec=codecs.raw("reference to MedicationRequest"), why="the session's order"),
        out_only("device", _device, codec=codecs.raw("reference to Device"), why="the pump"),
        out_only("dosage.route", _route, codec=codecs.raw("codes and text"), why="the order's route"),
        both("given_total", "dosage.dose", codecs.quantity),
        out_only("dosage.rateQuantity", _rate, codec=codecs.raw("quantity"),
                 why="when all segments have the same rate"),
    ],
    elsewhere=("kind", "side_effects", *sorted(_ELSEWHERE)),
    not_yet_carried=procedure.PROCEDURE.not_yet_carried,
)  # fmt: skip
"""The map of a session's administration of ketamine."""
