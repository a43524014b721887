"""Character files: the four that come along, one written in five minutes, and every slip of the pen with its line."""

import pytest

from integration import errors
from integration.sandbox import character_file, manners, toml_lines, written_by_hand
from integration.sandbox.character import Character

SMALL = """
# A hospital of our own.
[about]
title = "Small Hospital"
says = "Takes weights."

[types.Observation]
interactions = ["read", "create"]
search = ["_id", "patient"]

[[types.Observation.rules]]
element = "status"
among = ["final"]
says = "the status must be final"
"""


def refusal(text: str) -> str:
    with pytest.raises(errors.ConfigError) as caught:
        character_file.read(text, "small.toml", "small")
    return str(caught.value)


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def test_four_characters_come_with_the_sandbox():
    assert character_file.names() == ["epic-like", "hapi-like", "open", "oracle-like"]
    for name in character_file.names():
        assert character_file.load(name).name == name


def test_a_character_answers_every_question_of_the_core():
    questions = {name for name in vars(manners.Manners) if not name.startswith("_")}

    assert questions <= set(dir(Character)) | set(Character.model_fields)


def test_a_character_written_in_five_minutes_works(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(SMALL)

    small = character_file.load(path)

    assert small.name == "small"
    assert small.takes("Observation", "create")
    assert not small.takes("Observation", "update")
    assert not small.takes("Patient", "read")
    assert not small.takes("", "batch")
    assert small.search_parameters("Observation") == {"_id", "patient"}


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("title =", "titel =", 'there is no key "titel"; did you mean "title"?'),
        ("interactions =", "interaktions =", 'there is no key "interaktions"; did you mean "interactions"?'),
        (
            "[types.Observation]",
            "[types.Observashun]",
            'no type of resource "Observashun"; did you mean "Observation"?',
        ),
        ('"create"]', '"kreate"]', 'there is no value "kreate"; did you mean "create"?'),
        ('"patient"]', '"patiant"]', 'no search parameter of Observation "patiant"; did you mean "patient"?'),
        ("among =", "amongst =", 'there is no key "amongst"; did you mean "among"?'),
        ('says = "the status must be final"', 'says = "no"\nerror = "nope"', 'there is no error "nope"'),
        ('among = ["final"]', "among = true", "must be a list"),
        ('among = ["final"]', "longest = 2.5", "must be a whole number"),
        ('among = ["final"]', "", "a rule must say what has to hold"),
    ],
)
def test_a_slip_of_the_pen_is_told_with_its_line_and_what_is_allowed(right, wrong, said):
    text = SMALL.replace(right, wrong, 1)

    told = refusal(text)

    assert said in told
    named = int(told.split("small.toml, line ")[1].split(":")[0])
    expected = line_of(text, wrong.splitlines()[-1] if wrong else "[[types.Observation.rules]]")
    assert abs(named - expected) <= 1
    if "there is no" in said:
        assert "Allowed: " in told


def test_every_fault_of_a_file_is_told_at_once():
    told = refusal(SMALL.replace("title", "titel").replace("among", "amongst").replace('"create"', '"kreate"'))

    assert told.count("small.toml, line ") >= 3


def test_a_switch_of_a_section_is_checked_too():
    told = refusal(SMALL + '\n[conditions]\nif_mach = true\n[searching]\nlag = "long"\n[keeping]\nversions = "yes"\n')

    assert 'there is no key "if_mach"; did you mean "if_match"' in told
    assert "searching.lag: must be a number" in told
    assert "keeping.versions: must be true or false" in told


def test_what_is_no_toml_is_refused_with_line_and_column():
    told = refusal("[about\ntitle = 3")

    assert "IF-SBX-01" in told
    assert "line 1" in told


def test_an_error_that_nothing_uses_is_a_slip_too():
    assert "no rule has this error" in refusal(SMALL + '\n[errors.typo]\nsays = "x"\n')


def test_staff_without_ids_are_refused():
    assert "each needs an id of its own" in refusal(SMALL + "\n[[staff.Practitioner]]\nactive = true\n")


def test_an_unknown_name_gives_the_nearest_ones():
    with pytest.raises(errors.UsageError) as caught:
        character_file.load("epic-lik")

    assert 'did you mean "epic-like"' in str(caught.value)
    assert "hapi-like" in str(caught.value)


def test_a_file_that_is_not_there_is_told_by_name(tmp_path):
    with pytest.raises(errors.ConfigError, match=r"IF-SBX-03.*No such file"):
        character_file.load(tmp_path / "none.toml")


def test_a_wrong_kind_of_interaction_is_told_where_it_belongs():
    told = refusal(SMALL.replace('"create"]', '"batch"]'))

    assert "concerns the whole server: write it under [server]" in told


def test_lines_are_found_in_lists_inline_tables_and_quoted_keys():
    text = 'a = 1\n[b."c d"]\ne = [\n  1,\n  {f = 2},\n]\n[[g]]\nh = """x\ny"""\n[[g]]\nh = 3 # no\n[g.i]\nj = 1\n'

    found = toml_lines.lines(text)

    assert found[("a",)] == 1
    assert found[("b", "c d")] == 2
    assert found[("b", "c d", "e", 1)] == 5
    assert found[("b", "c d", "e", 1, "f")] == 5
    assert found[("g", 1)] == 10
    assert found[("g", 1, "h")] == 11
    assert found[("g", 1, "i", "j")] == 13


def test_control_characters_of_a_file_are_not_repeated():
    assert "\x1b" not in written_by_hand.unknown("key", "\x1b[31m", ["a"])


def test_whom_the_hospital_has_must_be_r4():
    staff = '\n[[staff.Patient]]\nid = "p-1"\n\n[[staff.Patient]]\nid = "p-2"\ngender = "banana"\nnick = "Una"\n'
    said = refusal(SMALL + staff)

    assert f"line {line_of(SMALL + staff, 'p-2') - 1}: " in said
    assert "staff.Patient 2: this is not FHIR R4: Patient." in said
    assert "banana" not in said
