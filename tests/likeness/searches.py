"""Scenarios of searches: totals, pages, caches, parameters that are known and that are not."""

from tests.likeness.scenario import (
    CONTENT,
    FRESH,
    REFUSED,
    Step,
    delete,
    entry,
    found,
    get,
    named,
    patient,
    pulse,
    put,
    scenario,
    send,
    unlike,
)

P = "Patient/p-<u>"
HERE = put(P, patient("p"))
BY_NAME = f"Patient?{named('p')}"
FAMILY = send(
    *(entry("PUT", f"Patient/f{n:02}-<u>", patient(f"f{n:02}", name=[{"family": "Fam<u>"}])) for n in range(12))
)
CLAN = send(*(entry("POST", "Patient", patient(f"c{n}", name=[{"family": "Clan<u>"}])) for n in range(30)))
FAMILIES = "Patient?family=Fam<u>&_sort=_id"
PULSE = put("Observation/o-<u>", pulse("o", subject={"reference": P}, effectiveDateTime="2026-03-01T10:00:00Z"))

ALL = (
    scenario("a search that finds one", HERE, found(BY_NAME)),
    scenario("a search that finds nothing", found(BY_NAME)),
    scenario("a search without the system", HERE, found("Patient?identifier=p-<u>")),
    scenario("a search by id", HERE, found("Patient?_id=p-<u>")),
    scenario("a search by an unknown parameter", get("Patient?banana=1")),
    scenario(
        "a search by an unknown parameter, leniently", HERE, get(f"{BY_NAME}&banana=1", Prefer="handling=lenient")
    ),
    scenario(
        "a search by POST",
        HERE,
        Step(
            "POST",
            "Patient/_search",
            "identifier=p-<u>",
            {"Content-Type": "application/x-www-form-urlencoded"} | FRESH,
        ),
    ),
    scenario("a search asked again is answered from the cache", get(BY_NAME), HERE, get(BY_NAME), found(BY_NAME)),
    scenario("a search that sees an update", HERE, get(BY_NAME), put(P, patient("p", active=True)), get(BY_NAME)),
    scenario("a search that sees a delete", HERE, get(BY_NAME), delete(P), get(BY_NAME), found(BY_NAME)),
    scenario("pages of five", FAMILY, found(f"{FAMILIES}&_count=5"), get("<next>"), get("<next>")),
    scenario("pages of many", CLAN, found("Patient?family=Clan<u>&_count=5"), *[get("<next>")] * 5),
    scenario("pages of the usual size", FAMILY, found(FAMILIES)),
    scenario("all on one page", FAMILY, found(f"{FAMILIES}&_count=50")),
    scenario("a total that is asked for", FAMILY, found(f"{FAMILIES}&_count=5&_total=accurate")),
    scenario(
        "a total that is not wanted",
        FAMILY,
        found(f"{FAMILIES}&_count=5&_total=none"),
        differs=unlike("HAPI tells the total that it knows anyway; hapi-like does as it is asked.", step_2=CONTENT),
    ),
    scenario("a count alone", FAMILY, found("Patient?family=Fam<u>&_summary=count")),
    scenario("a page of nothing", FAMILY, found("Patient?family=Fam<u>&_count=0")),
    scenario(
        "a page link that never was", get("?_getpages=00000000-0000-4000-8000-000000000000&_getpagesoffset=5&_count=5")
    ),
    scenario(
        "a search with what it refers to", HERE, PULSE, found(f"Observation?{named('o')}&_include=Observation:subject")
    ),
    scenario("a search with what refers to it", HERE, PULSE, found(f"{BY_NAME}&_revinclude=Observation:subject")),
    scenario("a search by patient", HERE, PULSE, found("Observation?patient=p-<u>"), found(f"Observation?subject={P}")),
    scenario(
        "a search by patient and by code",
        HERE,
        PULSE,
        found("Observation?patient=p-<u>&code=http://loinc.org|8867-4"),
        found("Observation?patient=p-<u>&code=http://loinc.org|0"),
    ),
    scenario(
        "a search by time",
        HERE,
        PULSE,
        found("Observation?patient=p-<u>&date=ge2026-03-01"),
        found("Observation?patient=p-<u>&date=lt2026-03-01"),
    ),
    scenario("a chained search", HERE, PULSE, found(f"Observation?patient.{named('p')}")),
    scenario("a date that is none", get("Observation?date=banana")),
    scenario("a search of an unknown type", get("Banana?_id=1")),
    scenario("a search with several values", HERE, found("Patient?identifier=p-<u>,q-<u>")),
    scenario(
        "a search by _lastUpdated",
        HERE,
        found(f"{BY_NAME}&_lastUpdated=gt2001-01-01"),
        found(f"{BY_NAME}&_lastUpdated=lt2001-01-01"),
    ),
    scenario("a negative search", HERE, found(f"{BY_NAME}&active:not=true")),
    scenario("everything about a patient", HERE, PULSE, get(f"{P}/$everything")),
    scenario("everything about nobody", get(f"{P}/$everything")),
    scenario("a search for what is missing", HERE, found(f"{BY_NAME}&birthdate:missing=true")),
    scenario(
        "a search by exact name",
        FAMILY,
        found("Patient?family:exact=fam<u>&_summary=count"),
        found("Patient?family:exact=Fam<u>&_summary=count"),
    ),
    scenario(
        "only some elements",
        HERE,
        found(f"{BY_NAME}&_elements=identifier"),
        differs=unlike(
            "hapi-like shows resources whole, which R4 allows; HAPI cuts them and tags them.", step_2=CONTENT
        ),
    ),
    scenario(
        "another format",
        HERE,
        get(P, Accept="application/banana"),
        differs=unlike(
            "HAPI answers in JSON whatever is asked for; hapi-like tells the client of its slip.", step_2=REFUSED
        ),
    ),
)
