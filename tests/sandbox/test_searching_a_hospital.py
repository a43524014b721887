"""What a search finds: each kind of parameter, its prefixes and modifiers, and what is shown along with it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.sandbox import dates, resource_types, search_params, search_table
from integration.sandbox.manners import Searching
from integration.sandbox.open_manners import Open
from tests.sandbox.asking import BASE, Asked, patient, pulse

VITAL = [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}]


@pytest.fixture(scope="module")
def ask():
    asked = Asked()
    asked("PUT", "Patient/p1", patient(1, id="p1", gender="female", active=True))
    asked("PUT", "Patient/p2", patient(2, id="p2", name=[{"family": "O,Neil"}], birthDate="1990-05"))
    asked("PUT", "Patient/p3", {"resourceType": "Patient", "id": "p3", "telecom": [{"system": "phone", "value": "55"}]})
    asked("PUT", "Encounter/e1", {**ENCOUNTER, "id": "e1"})
    asked("PUT", "Observation/o1", pulse(1, id="o1", category=VITAL, encounter={"reference": "Encounter/e1"}))
    asked("PUT", "Observation/o2", pulse(2, id="o2", effectiveDateTime="2026-03-02", note=[{"text": "x"}]))
    period = {"start": "2026-03-03T08:00:00Z", "end": "2026-03-03T09:00:00Z"}
    third = pulse(3, id="o3", patient_id="p2", effectivePeriod=period)
    del third["effectiveDateTime"]
    asked("PUT", "Observation/o3", third)
    fourth = pulse(4, id="o4", subject={"reference": f"{BASE}/Patient/p2", "identifier": {"system": "s", "value": "v"}})
    del fourth["effectiveDateTime"], fourth["valueQuantity"]
    asked("PUT", "Observation/o4", fourth)
    return asked


ENCOUNTER = {
    "resourceType": "Encounter",
    "status": "in-progress",
    "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
    "subject": {"reference": "Patient/p1"},
}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Observation", "o1 o2 o3 o4"),
        ("Observation?_id=o1,o3", "o1 o3"),
        ("Observation?identifier=O-2", "o2"),
        ("Observation?identifier=urn:clinic:observation|O-2", "o2"),
        ("Observation?identifier=urn:clinic:observation|", "o1 o2 o3 o4"),
        ("Observation?identifier=|O-2", ""),
        ("Observation?identifier=urn:other|O-2", ""),
        ("Observation?identifier=O-1,O-2&patient=p1", "o1 o2"),
        ("Observation?identifier=O-1&identifier=O-2", ""),
        ("Observation?code=http://loinc.org|8867-4&category=vital-signs", "o1"),
        ("Observation?category:not=vital-signs", "o2 o3 o4"),
        ("Observation?category:missing=true", "o2 o3 o4"),
        ("Observation?category:missing=false", "o1"),
        ("Observation?patient=p1", "o1 o2"),
        ("Observation?patient=Patient/p1", "o1 o2"),
        (f"Observation?subject={BASE}/Patient/p2", "o3 o4"),
        ("Observation?subject:Patient=p2", "o3 o4"),
        ("Observation?subject:Group=p2", ""),
        ("Observation?subject:identifier=s|v", "o4"),
        ("Observation?encounter=e1", "o1"),
        ("Observation?patient.identifier=P-2", "o3 o4"),
        ("Observation?patient.family=testperson", "o1 o2"),
        ("Observation?subject:Patient.birthdate=lt1985", "o1 o2"),
        ("Observation?patient.identifier=P-9", ""),
        ("Observation?date=2026-03-01", "o1"),
        ("Observation?date=2026-03", "o1 o2 o3"),
        ("Observation?date=ge2026-03-02", "o2 o3"),
        ("Observation?date=gt2026-03-02", "o3"),
        ("Observation?date=lt2026-03-02", "o1"),
        ("Observation?date=le2026-03-02", "o1 o2"),
        ("Observation?date=ge2026-03-02&date=lt2026-03-03", "o2"),
        ("Observation?date=2026-03-01T09:00:00Z", "o1"),
        ("Observation?date=2026-03-01T09:00Z", "o1"),
        ("Observation?date=ne2026-03-01", "o2 o3"),
        ("Observation?date=sa2026-03-02", "o3"),
        ("Observation?date=eb2026-03-02", "o1"),
        ("Observation?date=ap2026-03-03T08:30:00Z", "o3"),
        ("Observation?value-quantity=72", "o2"),
        ("Observation?value-quantity=gt71|http://unitsofmeasure.org|/min", "o2 o3"),
        ("Observation?value-quantity=gt71||mg", ""),
        ("Observation?value-quantity=ap71", "o1 o2 o3"),
        ("Observation?status=final&_sort=-_id", "o4 o3 o2 o1"),
        ("Observation?_sort=-date", "o3 o2 o1 o4"),
        ("Observation?_sort=patient,-_lastUpdated", "o2 o1 o4 o3"),
        ("Observation?_lastUpdated=gt2100", ""),
        ("Observation?_lastUpdated=ge2023&_count=2", "o1 o2"),
        ("Observation?_tag=none", ""),
        ("Observation?_security=HTEST&_id=o1", "o1"),
        ("Patient?name=ZOE", "p1"),
        ("Patient?given:exact=Zoë", "p1"),
        ("Patient?given:exact=zoë", ""),
        ("Patient?family:contains=PERS", "p1"),
        ("Patient?family=O\\,Neil", "p2"),
        ("Patient?family=O,Test", "p1 p2"),
        ("Patient?birthdate=1990", "p2"),
        ("Patient?gender=female&active=true", "p1"),
        ("Patient?phone=55", "p3"),
        ("Patient?email=55", ""),
        ("Encounter?class=AMB", "e1"),
    ],
)
def test_a_search_finds_what_answers_to_it(ask, query, found):
    said = ask("GET", query)

    assert said.status == 200
    assert sorted(said.ids) == sorted(found.split()) if "_sort" not in query else said.ids == found.split()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Observation?_id=o1&_include=Observation:patient", "o1 p1"),
        ("Observation?_id=o1,o2&_include=Observation:patient:Patient", "o1 o2 p1"),
        ("Observation?_id=o1&_include=Observation:*", "o1 p1 e1"),
        ("Observation?_id=o1&_include=*", "o1 p1 e1"),
        ("Patient?_id=p2&_revinclude=Observation:subject", "p2 o3 o4"),
        ("Patient?_id=p1&_revinclude=Encounter:patient&_revinclude:iterate=Observation:encounter", "p1 e1 o1"),
        ("Observation?_id=o4&_include=Observation:encounter", "o4"),
    ],
)
def test_includes_come_along_once_and_are_no_matches(ask, query, found):
    said = ask("GET", query)
    matches = [entry["resource"]["id"] for entry in said.json["entry"] if entry["search"]["mode"] == "match"]

    assert sorted(said.ids) == sorted(found.split())
    assert len(matches) == said.json["total"]
    assert {entry["fullUrl"] for entry in said.json["entry"]} >= {f"{BASE}/{query.partition('?')[0]}/{matches[0]}"}


def test_a_search_by_post_finds_the_same(ask):
    assert ask.form("Observation/_search", "patient=p1&_sort=_id").ids == ["o1", "o2"]
    assert ask("POST", "Observation/_search", {"resourceType": "Parameters"}).status == 415


def test_a_count_alone_shows_nothing_but_the_number(ask):
    for query in ("_summary=count", "_count=0"):
        said = ask("GET", f"Observation?{query}")
        assert (said.json["total"], "entry" in said.json) == (4, False)


def test_what_was_changed_or_deleted_is_found_no_longer_by_what_it_was():
    ask = Asked()
    ask("PUT", "Patient/p1", patient(1, id="p1"))
    ask("PUT", "Patient/p1", patient(2, id="p1"))

    assert ask("GET", "Patient?identifier=P-1").ids == []
    assert ask("GET", "Patient?identifier=P-2").ids == ["p1"]

    ask("DELETE", "Patient/p1")

    assert ask("GET", "Patient?identifier=P-2").ids == []


def test_an_index_that_lags_finds_later_and_reads_at_once():
    ask = Asked(Open(searching=Searching(lag=10)))
    ask("PUT", "Patient/p1", patient(1, id="p1"))

    assert ask("GET", "Patient/p1").status == 200
    assert ask("GET", "Patient?identifier=P-1").ids == []
    assert ask("POST", "Patient", patient(1), if_none_exist="identifier=P-1").status == 201

    ask.now += 10

    assert len(ask("GET", "Patient?identifier=P-1").ids) == 2
    assert ask.hospital.next_due() is None


def test_a_search_cache_gives_the_old_hits_unless_it_is_told_not_to():
    ask = Asked(Open(searching=Searching(cache=60)))
    before = ask("GET", "Patient?identifier=P-1").ids
    ask("PUT", "Patient/p1", patient(1, id="p1"))

    assert before == ask("GET", "Patient?identifier=P-1").ids == []
    assert ask("GET", "Patient?identifier=P-1", cache_control="no-cache").ids == ["p1"]

    ask.now += 120

    assert ask("GET", "Patient?identifier=P-1").ids == ["p1"]


def test_the_table_names_types_of_r4_and_parameters_of_a_known_kind():
    types = [line.split()[0] for line in search_table.PARAMETERS.splitlines() if line and not line.startswith(" ")]

    assert set(types) <= resource_types.ALL
    assert {"Patient", "Observation", "Procedure", "CarePlan"} <= set(types)
    for one in types:
        assert {"_id", "_lastUpdated"} < set(search_params.of_type(one))


@given(
    st.text(max_size=40) | st.from_regex(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z?)?)?)?", fullmatch=True)
)
def test_a_date_of_any_text_is_a_stretch_or_none(text):
    found = dates.stretch(text)

    assert found is None or found[0] <= found[1]


@settings(max_examples=200)
@given(st.text(max_size=60), st.sampled_from(["Observation", "Patient", "Procedure", "Claim"]))
def test_a_search_of_any_text_is_answered_or_refused(ask, query, resource_type):
    said = ask("GET", f"{resource_type}?{query}")

    assert said.status in {200, 400, 406}
    assert said.json["resourceType"] == ("Bundle" if said.status == 200 else "OperationOutcome")


@given(
    st.sampled_from(sorted(search_params.of_type("Observation"))),
    st.sampled_from(["", ":missing", ":not", ":exact", ":contains", ":identifier", ":Patient", ".name", ".identifier"]),
    st.text(st.sampled_from("0123456789-:T.Z|,\\eqgtlt/Patientp$"), max_size=20),
)
def test_a_parameter_of_any_value_is_answered_or_refused(ask, name, modifier, value):
    said = ask("GET", f"Observation?{name}{modifier}={value}")

    assert said.status in {200, 400}


def test_the_self_link_names_what_was_understood_and_nothing_else():
    ask = Asked(Open(searching=Searching(unknown_parameter="ignore", includes=False)))
    ask("PUT", "Patient/p1", patient(id="p1"))
    found = ask("GET", "Patient?shoesize=44&identifier=P-1&_include=Patient:link&_count=5")

    assert found.ids == ["p1"]
    assert found.link("self") == f"{BASE}/Patient?identifier=P-1&_count=5"
