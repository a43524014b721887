"""Scenarios of content: what is refused, what is dropped without a word, and what comes back digit for digit."""

from tests.likeness.scenario import CONTENT, REFUSED, SOURCE, Document, Scenario, get, pulse, put, scenario, unlike

P = "Patient/p-<u>"
ONE = "Observation/o-<u>"
PATIENT_HERE = put(P, {"resourceType": "Patient", "id": "p-<u>"})


def stored(name: str, **changed: object) -> Scenario:
    """An Observation with something odd in it, and what became of it."""
    return scenario(name, put(ONE, pulse("o", **changed)), get(ONE))


def referring(name: str, reference: str, **more: object) -> Scenario:
    """The same of a reference to a Patient who is there."""
    return scenario(name, PATIENT_HERE, put(ONE, pulse("o", subject={"reference": reference})), get(ONE), **more)


def quantity(value: str) -> str:
    return (
        '{"resourceType":"Observation","id":"o-<u>","status":"final","code":{"text":"x"},'
        f'"valueQuantity":{{"value":{value},"unit":"mg"}}}}'
    )


def kept(name: str, value: str) -> Scenario:
    return scenario(name, put(ONE, quantity(value)), get(ONE))


def without(*names: str) -> Document:
    return {name: value for name, value in pulse("o").items() if name not in names}


WRONG = (
    stored("a code that is none", status="banana"),
    stored("a time that is none", effectiveDateTime="yesterday"),
    stored("a day that is none", effectiveDateTime="2026-02-30"),
    stored("a time without its offset", effectiveDateTime="2026-03-01T10:00:00"),
    referring("a reference to the wrong type", "Practitioner/p-<u>"),
    scenario(
        "a reference to what is there and of the wrong type",
        put("Medication/m-<u>", {"resourceType": "Medication", "id": "m-<u>"}),
        put(ONE, pulse("o", subject={"reference": "Medication/m-<u>"})),
        get(ONE),
    ),
    stored("a reference to nobody", subject={"reference": "Patient/nobody-<u>"}),
    stored("a reference to another server", subject={"reference": "https://other.example/fhir/Patient/1"}),
    stored(
        "a reference to an entry of a Bundle that is none",
        subject={"reference": "urn:uuid:6f0c2a9e-0000-4000-8000-000000000001"},
    ),
    stored("a conditional reference outside a transaction", subject={"reference": "Patient?identifier=x|<u>"}),
    stored("a reference to what is not contained", subject={"reference": "#nobody"}),
    stored("a boolean that is a text", component="yes"),
    stored("a word where a number belongs", valueQuantity={"value": "abc"}),
    stored("a number where a boolean belongs", valueBoolean=1),
    stored("a fraction where a whole number belongs", valueInteger=1.5),
    stored("a reference that is none", subject={"reference": "banana"}),
    stored("a reference to a type that is none", subject={"reference": "Banana/1"}),
    scenario(
        "two values at once",
        put(ONE, pulse("o", valueString="a", valueInteger=1)),
        get(ONE),
        differs=unlike(
            "HAPI keeps whichever value comes first, and the other is lost without a word: nobody should have to find "
            "out at a hospital.",
            step_1=REFUSED,
            step_2=REFUSED,
        ),
    ),
)

SILENT = (
    stored("an unknown element", surprise=1),
    stored(
        "an unknown element deep inside",
        code={"coding": [{"system": "http://loinc.org", "code": "8867-4", "surprise": 1}]},
    ),
    scenario("no status and no code", put(ONE, without("status", "code")), get(ONE)),
    stored("a text where an object belongs", subject="Patient/1"),
    stored("a number in quotes", valueQuantity={"value": "72", "unit": "/min"}),
    stored("one value where a list belongs", identifier={"system": "urn:x", "value": "one-<u>"}),
    scenario(
        "a key that stands twice",
        put(ONE, '{"resourceType":"Observation","id":"o-<u>","status":"final","status":"amended","code":{"text":"x"}}'),
        get(ONE),
        differs=unlike(
            "HAPI keeps the last of two equal keys; a pretend hospital reads JSON exactly, and says so.",
            step_1=REFUSED,
            step_2=REFUSED,
        ),
    ),
    stored("a code that LOINC does not have", code={"coding": [{"system": "http://loinc.org", "code": "00000-0"}]}),
    stored(
        "a unit that UCUM does not have",
        valueQuantity={"value": 1, "system": "http://unitsofmeasure.org", "code": "banana"},
    ),
    stored("an extension that nobody defined", extension=[{"url": "urn:example:x", "valueString": "kept"}]),
    stored("an empty list", note=[]),
    stored("a null", note=None),
    stored("an empty text", valueString=""),
    stored("a whole number in quotes", valueInteger="7"),
    stored("a boolean where a text belongs", valueString=True),
    stored("a text where an object belongs, deep inside", code={"coding": "8867-4"}),
    stored("an empty reference", subject={"reference": ""}),
    stored("a null in a list", category=[None, {"text": "x"}]),
    stored("a number where a text belongs", valueString=7),
    stored("a contained resource", contained=[{"resourceType": "Patient", "id": "c1"}], subject={"reference": "#c1"}),
    scenario(
        "a boolean in quotes",
        put(P, {"resourceType": "Patient", "id": "p-<u>", "active": "true"}),
        get(P),
    ),
    scenario(
        "a word for a boolean",
        put(P, {"resourceType": "Patient", "id": "p-<u>", "active": "yes"}),
        get(P),
    ),
)

REFERENCES = (
    referring("a reference by an absolute address of the hospital's own", "<base>/Patient/p-<u>"),
    referring("a reference with a version", "Patient/p-<u>/_history/1"),
    referring("an absolute reference with a version", "<base>/Patient/p-<u>/_history/1"),
    referring("a plain reference", P),
    stored("a reference by identifier alone", subject={"identifier": {"system": "urn:x", "value": "y"}}),
    stored("a reference by display alone", subject={"display": "somebody"}),
)

DIGITS = (
    kept("a zero at the end", "0.50"),
    kept("three digits after the point", "72.500"),
    kept("twenty-two digits", "1.234567890123456789012"),
    kept("an exponent", "1e2"),
    kept("a minus before nothing", "-0.0"),
    kept("an exponent that is small", "1.5E-3"),
    stored("an offset", effectiveDateTime="2026-03-01T10:00:00+05:30"),
    stored("nanoseconds", effectiveDateTime="2026-03-01T10:00:00.123456789Z"),
    stored("a month", effectiveDateTime="2026-03"),
    stored("spaces at the ends", valueString="  a  "),
    stored("letters of the world", valueString="Zoë 日本 🩺"),
)

TAG = {"system": "urn:example:tags", "code": "a"}
META = (
    scenario(
        "tags, labels and profiles of an update",
        put(
            P,
            {
                "resourceType": "Patient",
                "id": "p-<u>",
                "meta": {"tag": [TAG], "profile": ["urn:example:one"], "security": [TAG | {"code": "s"}]},
            },
        ),
        put(
            P,
            {
                "resourceType": "Patient",
                "id": "p-<u>",
                "active": True,
                "meta": {"tag": [TAG | {"code": "b"}], "profile": ["urn:example:two"]},
            },
        ),
        get(P),
    ),
    scenario(
        "an update that only leaves a tag out",
        put(P, {"resourceType": "Patient", "id": "p-<u>", "meta": {"tag": [TAG]}}),
        PATIENT_HERE,
        get(P),
        differs=unlike(SOURCE, step_2=CONTENT),
    ),
    scenario("a source", put(P, {"resourceType": "Patient", "id": "p-<u>", "meta": {"source": "urn:clinic"}}), get(P)),
    scenario(
        "an update by another source",
        put(P, {"resourceType": "Patient", "id": "p-<u>", "meta": {"source": "urn:clinic"}}),
        put(P, {"resourceType": "Patient", "id": "p-<u>", "meta": {"source": "urn:other"}}),
        get(P),
        differs=unlike(f"{SOURCE} It answers as if it had taken the new source, and has not.", step_2=CONTENT),
    ),
    scenario(
        "a time of its own",
        put(P, {"resourceType": "Patient", "id": "p-<u>", "meta": {"lastUpdated": "2001-01-01T00:00:00Z"}}),
        get(P),
    ),
)

ALL = (*WRONG, *SILENT, *REFERENCES, *DIGITS, *META)
