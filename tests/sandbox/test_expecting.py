"""What a pretend hospital will take, reckoned from its character alone."""

from integration.sandbox import character_file, expecting, residents
from integration.sandbox.residents import Residents
from mappings import sample
from mappings.projection import Projection

VITALS = Projection("vitals")


def reckoned(character, raw, how=VITALS, people=None, **more):
    there = residents.of(2, 1) if people is None else people
    return expecting.expected(character_file.load(character), raw, there, how, **more)


def of(*names, **changes):
    """Two patients and their plans, and these of their observations."""
    everything = list(sample.courses(2, 1))
    kept = [one for one in everything if one["kind"] != "observation"]
    return kept + [one | changes for one in everything if one["id"] in names]


def test_each_reading_is_judged_by_the_rules_of_the_characters_file():
    raw = of("O-0001-01-HR1", "O-0001-01-RR", "O-0001-01-BP1", "O-0001-01-NRS1")

    epic, oracle = reckoned("epic-like", raw), reckoned("oracle-like", raw)

    assert (epic.number, oracle.number) == (2, 3)
    assert epic.refused == {"No flowsheet row is mapped to this code.": 1}
    assert oracle.refused == {}


def test_the_same_reading_twice_is_taken_once_where_readings_are_filed():
    (one,) = (record for record in of("O-0001-01-HR1") if record["kind"] == "observation")
    raw = [*of("O-0001-01-HR1"), one | {"id": "again"}]

    assert (reckoned("epic-like", raw).number, reckoned("oracle-like", raw).number) == (1, 2)
    assert reckoned("epic-like", raw).refused == {"Reading already exists.": 1}


def test_a_hospital_that_knows_nobody_of_ours_takes_nothing():
    raw = of("O-0001-01-HR1", "O-0002-01-HR1")

    told = reckoned("oracle-like", raw, people=Residents())

    assert (told.number, told.refused.total()) == (0, 2)


def test_types_that_the_character_does_not_offer_are_left_out():
    raw = list(sample.courses(1, 1))

    told = reckoned("epic-like", raw, Projection())

    assert told.taken == {}
    assert told.left_out["no CarePlan is taken there"] > 0
    assert told.refused.total() > 0


def test_an_open_hospital_takes_everything_patients_too():
    raw = list(sample.courses(2, 1))

    told = reckoned("open", raw, Projection(), Residents(), linked=False)

    assert told.taken["Patient"] == 2
    assert told.given == told.taken
    assert (told.refused, told.left_out) == ({}, {})
