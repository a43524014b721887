"""The registry of measures holds together."""

from mappings import measures
from mappings.measures import ValueKind

ALL = [*measures.MEASURES.values(), *measures.COMPONENTS.values()]


def test_every_measure_has_a_code_and_no_two_the_same_first_one() -> None:
    first = [(measure.concepts[0].system, measure.concepts[0].code) for measure in ALL]

    assert len(set(first)) == len(first) == len(ALL)


def test_a_quantity_has_units_and_nothing_else_has() -> None:
    assert {measure.key for measure in ALL if bool(measure.units) != (measure.value is ValueKind.QUANTITY)} == set()


def test_oxygen_saturation_has_both_codes_that_us_core_asks_for() -> None:
    assert [concept.code for concept in measures.MEASURES["spo2"].concepts] == ["59408-5", "2708-6"]


def test_every_component_of_a_measure_is_known() -> None:
    parts = {part for measure in ALL for part in measure.components}

    assert parts == set(measures.COMPONENTS)


def test_a_scale_runs_upwards() -> None:
    scaled = [measure for measure in ALL if measure.low is not None and measure.high is not None]

    assert len(scaled) > 20
    assert [measure.key for measure in scaled if measure.low >= measure.high] == []  # type: ignore[operator]
