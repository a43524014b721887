"""Findings about what was ordered and what was given. The software computes no dose: it compares what was written."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from mappings import known, records
from mappings.findings.finding import Finding, critical, note, warning
from mappings.records.session import Order, SessionStatus

WEIGHT_AGE_DAYS: Final = 7
"""A dosing weight older than this is a finding."""

_KILOGRAMS: Final = {"kg": Decimal(1), "g": Decimal("0.001"), "[lb_av]": Decimal("0.45359237")}
_TOLERANCE: Final = Decimal("0.01")
_PREPARED: Final = frozenset(
    {
        SessionStatus.PREPARING,
        SessionStatus.INFUSING,
        SessionStatus.PAUSED,
        SessionStatus.RECOVERING,
        SessionStatus.COMPLETED,
        SessionStatus.STOPPED,
    }
)


def findings(session: records.InfusionSession, known: known.Known) -> Iterator[Finding]:
    """Look at order, weight, given amount and segments of a session."""
    if session.status in _PREPARED:
        for name in ("dosing_weight", "order", "ordered_total"):
            if getattr(session, name) is None:
                yield warning("order-incomplete", name, "is missing although the session was prepared")
    yield from _given(session)
    ordered, order = session.ordered_total, session.order
    if order is not None and ordered is not None and ordered.value > order.max_total.value:
        says = f"{ordered.value} mg were ordered, the plan allows {order.max_total.value} mg"
        yield warning("ordered-over-max", "ordered_total", says)
    if session.dosing_weight is not None:
        yield from _weight(session, known.get("observation", session.dosing_weight))


def _given(session: records.InfusionSession) -> Iterator[Finding]:
    """Look at the amount that the clinic says was given."""
    given = session.given_total
    if given is None:
        if session.actual is not None and session.actual.infusion_end is not None:
            yield warning("given-missing", "given_total", "the infusion has ended but the amount given is not recorded")
        return
    if session.order is not None and given.value > session.order.max_total.value:
        says = f"{given.value} mg were given, the plan allows {session.order.max_total.value} mg"
        yield critical("given-over-max", "given_total", says)
    if session.ordered_total is not None and given.value > session.ordered_total.value:
        says = f"{given.value} mg were given, {session.ordered_total.value} mg were ordered"
        yield warning("given-over-ordered", "given_total", says)
    amounts = [segment.amount.value for segment in session.segments if segment.amount is not None]
    if amounts and len(amounts) == len(session.segments):
        added = sum(amounts, Decimal(0))
        if abs(added - given.value) > _TOLERANCE:
            says = f"the segments add up to {added} mg, not to {given.value} mg"
            yield warning("segments-sum", "segments", says)


def _weight(session: records.InfusionSession, weight: object) -> Iterator[Finding]:
    """Look at the weight that the dose was worked out from."""
    if not isinstance(weight, records.ObservationRecord):
        yield note("weight-unknown", "dosing_weight", "the weight is not among the clinic's records")
        return
    value = weight.value
    if weight.status == "entered_in_error" or not isinstance(value, records.Quantity):
        yield warning("weight-unusable", "dosing_weight", "the weight was entered in error, or has no value")
        return
    if weight.visit != f"session/{session.id}":
        yield note("weight-of-another-visit", "dosing_weight", "the weight was not taken at this session")
    if isinstance(weight.effective, records.Instant):
        days = (session.scheduled.start.at - weight.effective.at).days
        if days > WEIGHT_AGE_DAYS:
            yield warning("weight-old", "dosing_weight", f"the weight was {days} days old")
    if session.order is not None and value.unit_ucum in _KILOGRAMS:
        yield from _by_weight(session, session.order, value.value * _KILOGRAMS[value.unit_ucum])


def _by_weight(session: records.InfusionSession, order: Order, kilograms: Decimal) -> Iterator[Finding]:
    """Compare what was ordered with dose times weight, as exactly as the order was written."""
    product = order.dose.value * kilograms
    if product > order.max_total.value:
        says = f"dose times weight is {_plain(product)} mg, the plan allows {order.max_total.value} mg"
        yield warning("dose-by-weight-over-max", "order.dose", says)
    ordered = session.ordered_total
    if ordered is not None:
        exponent = ordered.value.as_tuple().exponent
        half_a_digit = Decimal(5).scaleb((exponent if isinstance(exponent, int) else 0) - 1)
        if abs(product - ordered.value) > half_a_digit:
            says = f"{ordered.value} mg were ordered, dose times weight is {_plain(product)} mg"
            yield warning("ordered-unlike-weight", "ordered_total", says)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
