"""Pretend people: invented names, addresses and numbers that belong to nobody."""

import datetime as dt
from collections.abc import Iterator
from typing import Final

from mappings.sample import moment, words
from mappings.sample.course import Course
from mappings.sample.words import Raw

_WOMEN: Final = ("Ada", "Berit", "Carla", "Dina", "Esma", "Fenna", "Greta", "Hana", "Ines", "Juna", "Kaja", "Lene")
_MEN: Final = ("Arvid", "Bo", "Cesar", "Dirk", "Emil", "Finn", "Goran", "Henk", "Ivo", "Jonas", "Karim", "Lars")
_FAMILIES: Final = (
    "Testmann",
    "Samplesen",
    "Probefeld",
    "Pretendo",
    "Mockovic",
    "Dummyhoff",
    "Trialström",
    "Fakesworth",
)
_STREETS: Final = ("Sample Street", "Pretend Avenue", "Example Road", "Fixture Lane")
_CITIES: Final = (("Madison", "WI", "53703"), ("Milwaukee", "WI", "53202"), ("Chicago", "IL", "60601"))
_LANGUAGES: Final = ("en", "en", "en", "en", "en", "es", "fr", "de")


def patients(course: Course) -> Iterator[Raw]:
    """Write the patient's record and, now and then, the record of a duplicate that was merged into it."""
    patient = _patient(course)
    yield patient
    draw = course.chance("merged")
    if draw.per_mille(30):
        number = f"HT-{draw.between(700000, 899999)}"
        merged = words.record("patient", course.name("P", "dup"), moment.Moment(course.start, 16 * 60))
        yield merged | {
            "identifiers": [{"system": words.MRN_SYSTEM, "value": number, "type": "MR", "active": False}],
            "names": patient["names"],
            "birth_date": patient["birth_date"],
            "admin_gender": patient["admin_gender"],
            "active": False,
            "merged_into": course.patient,
        }


def _patient(course: Course) -> Raw:
    draw = course.chance("person")
    woman = draw.per_mille(800)
    given = [draw.pick(_WOMEN if woman else _MEN)]
    family = draw.pick(_FAMILIES)
    born = dt.date(draw.between(1952, 2003), draw.between(1, 12), draw.between(1, 28))
    city, state, postal_code = draw.pick(_CITIES)
    contact_name: Raw = {"family": family, "given": [draw.pick(_MEN if woman else _WOMEN)]}
    patient = words.record("patient", course.patient, course.assessed.plus(5)) | {
        "identifiers": _identifiers(course),
        "names": [{"use": "official", "family": family, "given": given}],
        "birth_date": born.isoformat()[: 7 if draw.per_mille(30) else 10],
        "admin_gender": "female" if woman else "male",
        "telecom": [{"system": "phone", "value": _phone(draw.below(100)), "use": "mobile"}],
        "address": [
            {
                "use": "home",
                "line": [f"{draw.between(1, 199)} {draw.pick(_STREETS)}"],
                "city": city,
                "state": state,
                "postal_code": postal_code,
                "country": "US",
            }
        ],
        "language": draw.pick(_LANGUAGES),
    }
    if draw.per_mille(850):
        contact = {"name": contact_name, "phone": _phone(draw.below(100)), "relationship": "partner"}
        patient |= {"emergency_contact": contact, "escort_name": f"{contact_name['given'][0]} {family}"}
    return patient | {"active": True}


def _identifiers(course: Course) -> list[Raw]:
    """Give one medical record number in use, sometimes an old one beside it."""
    draw = course.chance("numbers")
    number = {"system": words.MRN_SYSTEM, "type": "MR", "assigner": "Pretend Infusion Clinic"}
    found: list[Raw] = [number | {"value": f"HT-{100000 + course.number}", "active": True}]
    if draw.per_mille(150):
        found.append(number | {"value": f"HT-{draw.between(900000, 999999)}", "active": False})
    return found


def _phone(number: int) -> str:
    """Give a number from the range that is reserved for fiction."""
    return f"+1-555-01{number:02}"
