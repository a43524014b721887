"""The pages about characters and faults are true: their examples work, their tables are those of the program."""

import re
from pathlib import Path

from integration.sandbox import (
    character_file,
    character_parts,
    character_sections,
    fault_kinds,
    fault_schedule,
    request_kinds,
    rules,
)
from tests.sandbox.asking import Asked

CHARACTERS = (character_file.FOLDER / "README.md").read_text()
FAULTS = (fault_schedule.PRESETS / "README.md").read_text()


def example(page):
    return re.search(r"```toml\n(.*?)```", page, re.DOTALL)[1]


def test_the_character_of_five_minutes_does_what_the_page_says(tmp_path):
    path = tmp_path / "my-hospital.toml"
    path.write_text(example(CHARACTERS))
    mine = Asked(character_file.load(Path(path)))
    weight = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": {"reference": "Patient/p-1"},
        "effectiveDateTime": "2026-03-16T11:41:00Z",
        "valueQuantity": {"value": 72, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
        "device": {"display": "a scale"},
    }

    taken = mine("POST", "Observation", weight)
    other = mine("POST", "Observation", weight | {"code": {"coding": [{"code": "8867-4"}]}})

    assert taken.status == 201
    assert "device" not in taken.json
    assert other.status == 422
    assert other.json["issue"][0]["details"]["coding"][0]["code"] == "W-17"
    assert mine("GET", "Patient?family=Probe").ids == ["p-1"]
    assert mine("PUT", "Observation/x", weight | {"id": "x"}).status == 405
    assert mine("GET", "metadata").json["implementation"]["description"].startswith("TEST: My Hospital.")


def test_every_section_and_key_of_a_character_stands_on_the_page():
    words = set(re.findall(r"[a-z_-]+", CHARACTERS))
    for name, field in character_sections.Sections.model_fields.items():
        assert (field.alias or name).replace("_form", "") in words, name
    models = vars(character_parts).values()
    sections = [one for one in models if isinstance(one, type) and issubclass(one, character_parts.Section)]
    keys = {key for section in sections for key in section.model_fields}
    assert keys - words == set()
    assert words >= rules.BUILT_IN
    assert set(character_parts.CHECKS) <= words


def test_the_schedule_on_the_page_is_one():
    schedule = fault_schedule.read(example(FAULTS), "README.md")

    assert [kind.name for kind in schedule.kinds] == ["answer-lost", "too-many"]


def test_the_tables_of_faults_are_those_of_the_program():
    assert fault_kinds.markdown() in FAULTS
    for word, means in request_kinds.KINDS.items():
        assert f"| `{word}` | {means} |" in FAULTS
