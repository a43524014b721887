"""The printed tables, and the pinned lists of what is not carried."""

from mappings import registry, table

ALWAYS = {"updated_at", "created_at", "entered_in_error"}
NOT_YET = {
    "patient": ALWAYS | {"recorded_by", "escort_name"},
    "plan": ALWAYS | {"recorded_by", "regimen", "premedication", "goals", "revisions"},
    "session": ALWAYS | {
        "scheduled", "actual.checked_in", "actual.discharged", "location", "chair", "order", "ordered_total",
        "segments", "concentration", "volume", "lot", "expiry", "wasted", "witness", "premeds_given", "discharge",
    },
    "observation": ALWAYS | {"recorded_by", "questionnaire_response"},
}  # fmt: skip


def test_what_is_not_carried_is_exactly_this():
    assert {kind: set(maps[0].not_yet_carried) for kind, maps in registry.MAPS.items()} == NOT_YET


def test_what_is_carried_only_at_times_is_exactly_this():
    assert {kind: set(maps[0].partly) for kind, maps in registry.MAPS.items()} == {
        "patient": {"active"},
        "plan": set(),
        "session": {"status", "stop_reason", "not_done_reason", "given_total", "dosing_weight"},
        "observation": {"components"},
    }


def test_a_field_said_to_be_carried_elsewhere_has_its_rule_in_another_map_of_the_record():
    for maps in registry.MAPS.values():
        two_way = {name for found in maps for rule in found.rules if rule.read is not None for name in rule.ours}
        for found in maps:
            assert set(found.elsewhere) <= two_way | {"kind", "side_effects"}


def test_each_map_has_its_table_and_each_record_its_list():
    printed = table.markdown()

    assert printed.count("| ours | FHIR element | how | direction |") == 6
    assert printed.count("Not carried:") == 4
    for row in (
        "| actual.infusion_start | `performedPeriod.start` | as it was written | both ways |",
        "| - | `intent` | always the same | fixed |",
        "| given_total | `dosage.dose` | number with its written digits, UCUM unit | both ways |",
        "- goals: follows with Goal",
    ):
        assert row in printed.splitlines()


def test_a_line_of_the_table_has_four_cells():
    for line in table.markdown().splitlines():
        if line.startswith("|"):
            assert line.count("|") == 5
