"""The records of many pretend courses, in the order in which the clinic's export writes them."""

from collections.abc import Iterator

from mappings.sample import moment, people, plan, readings, session, story
from mappings.sample.course import course
from mappings.sample.moment import Moment
from mappings.sample.words import Raw


def courses(patients: int, seed: int) -> Iterator[Raw]:
    """Give the records of so many patients; patient 5 is the same whether ten or a hundred are asked for."""
    for number in range(1, patients + 1):
        yield from _course(seed, number)


def _course(seed: int, number: int) -> Iterator[Raw]:
    patient = course(seed, number)
    yield from people.patients(patient)
    yield from readings.assessment(patient)
    told = story.told(patient)
    written = plan.plan(told)
    yield written
    draw = patient.chance("mistakes")
    if draw.per_mille(20):
        yield plan.withdrawn(written, Moment(moment.later(patient.start, 1), 18 * 60))
    for booking in told.bookings:
        yield from session.records(booking)
    if draw.per_mille(80):
        yield session.booked_by_mistake(told.bookings[0])
    if told.follow_up is not None:
        yield from readings.follow_up(patient, 1, told.follow_up, told.relief)
