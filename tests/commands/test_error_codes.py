"""Every code that can be shown is explained, and nothing is explained that cannot be shown."""

import re
from pathlib import Path

from integration import error_codes, errors
from tests.commands.command import run

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"\bIF-[A-Z]{3,4}-\d\d\b")


def shown() -> dict[str, str]:
    """The codes in the sources, and a file that has each."""
    found: dict[str, str] = {}
    for package in ("integration", "mappings", "fhir_profiles"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "error_codes" not in path.parts:
                found.update(dict.fromkeys(CODE.findall(path.read_text(encoding="utf-8")), str(path)))
    return found


def test_every_code_in_the_sources_is_explained():
    missing = {code: path for code, path in shown().items() if error_codes.explain(code) is None}

    assert missing == {}


def test_every_explanation_is_of_a_code_that_is_used():
    assert sorted(error_codes.explanations().keys() - shown().keys()) == []


def test_every_explanation_says_what_happened_what_next_and_who_must_act():
    for code, one in error_codes.explanations().items():
        assert one.code == code
        assert len(one.title) > 5, code
        assert len(one.happened) > 20, code
        assert len(one.next_step) > 10, code
        assert isinstance(one.who, errors.Who), code
        assert one.happened.endswith("."), code
        assert one.next_step.endswith((".", ".`")), code


def test_explain_prints_all_of_it():
    said = run("explain", "if-sto-02")

    assert said.code == 0
    one = error_codes.explanations()["IF-STO-02"]
    for part in (one.title, one.happened, one.next_step, one.who.value):
        assert part in said.out


def test_explain_as_json_is_for_programs():
    assert run("explain", "IF-STO-02", "--json").json["who"] == "whoever runs infusion-fhir"
    assert len(run("explain", "--json").json) == len(error_codes.explanations())


def test_an_unknown_code_is_wrong_usage():
    said = run("explain", "IF-XYZ-99")

    assert (said.code, said.out) == (2, "")
    assert "IF-USE-13" in said.err
