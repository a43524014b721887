"""Our definitions are fresh, complete and sound FHIR, and name what `terminology.py` names."""

import json
from pathlib import Path
from typing import Any

import pytest

from fhir_profiles import check, element_order, fhir_json, generate, local_codes, models, r4_codes, r4_rules
from fhir_profiles import terminology as t

FOLDER = Path(generate.__file__).parent / "definitions"
FILES = sorted(FOLDER.iterdir())
EXTENSIONS = [
    t.PLAN_REVISION,
    t.PLAN_STATUS_REASON,
    t.PREMEDICATION_OFFSET,
    t.PROTOCOL_TIMEPOINT,
    t.SESSION_INTERVAL,
    t.SESSION_SEQUENCE,
]


def read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", generate.files(), ids=lambda path: path.name)
def test_a_generated_file_is_fresh(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == generate.files()[path], "run: python -m fhir_profiles.generate"


def test_no_definition_is_left_over() -> None:
    generated = {path for path in generate.files() if path.parent == FOLDER}
    written = {FOLDER / f"StructureDefinition-{url.rpartition('/')[2]}.json" for url in EXTENSIONS}

    assert set(FILES) == generated | written


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_definition_is_sound_fhir_under_its_own_url(path: Path) -> None:
    document = fhir_json.loads(path.read_bytes())

    assert check.check(document) == []
    assert path.name == f"{document['resourceType']}-{document['id']}.json"
    assert document["url"] == f"{t.IG}/{document['resourceType']}/{document['id']}"


@pytest.mark.parametrize("name", local_codes.SYSTEMS)
def test_a_code_system_lists_the_concepts_of_the_terminology(name: str) -> None:
    system, value_set = read(f"CodeSystem-{name}.json"), read(f"ValueSet-{name}.json")
    tables = [table for table in vars(t).values() if isinstance(table, dict) and is_of(table, system["url"])]

    assert [{concept.code: concept.display for concept in table.values()} for table in tables] == [
        {concept["code"]: concept["display"] for concept in system["concept"]}
    ]
    assert system["count"] == len(system["concept"])
    assert system["valueSet"] == value_set["url"]
    assert value_set["compose"] == {"include": [{"system": system["url"]}]}


def is_of(table: dict[Any, Any], system: str) -> bool:
    return bool(table) and all(isinstance(c, t.Concept) and c.system == system for c in table.values())


@pytest.mark.parametrize("url", EXTENSIONS)
def test_an_extension_binds_only_to_value_sets_that_are_here(url: str) -> None:
    definition = read(f"StructureDefinition-{url.rpartition('/')[2]}.json")
    bound = [e["binding"]["valueSet"] for e in definition["differential"]["element"] if "binding" in e]
    fixed = {e["id"]: e["fixedUri"] for e in definition["differential"]["element"] if "fixedUri" in e}

    assert fixed["Extension.url"] == definition["url"] == url
    assert {name.rpartition("/")[2] for name in bound} <= set(local_codes.SYSTEMS)


def test_the_extensions_stand_in_their_documented_places() -> None:
    contexts = {
        url: [c["expression"] for c in read(f"StructureDefinition-{url.rpartition('/')[2]}.json")["context"]]
        for url in EXTENSIONS
    }

    assert contexts == {
        t.PLAN_REVISION: ["CarePlan", "Provenance"],
        t.PLAN_STATUS_REASON: ["CarePlan"],
        t.PREMEDICATION_OFFSET: ["MedicationRequest.dosageInstruction"],
        t.PROTOCOL_TIMEPOINT: ["Observation"],
        t.SESSION_INTERVAL: ["Procedure"],
        t.SESSION_SEQUENCE: ["Procedure", "Appointment"],
    }


def test_each_bound_element_is_a_code_of_its_type() -> None:
    for path in r4_codes.BOUND:
        name, _, element = path.partition(".")

        assert f"{element}:code" in r4_rules.PLAIN[name].split(), path
        assert r4_codes.allowed(path)
    assert set(r4_codes.BOUND.values()) == set(r4_codes.VALUE_SETS)


def test_each_code_that_fhir_resources_knows_of_is_allowed() -> None:
    """The library's own lists are cut short by a plus sign, but what they have must be in ours."""
    for path in r4_codes.BOUND:
        name, _, element = path.partition(".")
        field: Any = next(f for k, f in models.model(name).model_fields.items() if (f.alias or k) == element)
        known = {code for code in (field.json_schema_extra or {}).get("enum_values", ()) if code != "+"}

        assert known <= r4_codes.allowed(path), path


def test_each_element_with_targets_is_a_reference() -> None:
    for path in r4_rules.TARGETS:
        name, _, element = path.partition(".")

        assert f"{element}:Reference" in element_order.ELEMENTS[name].split()
    assert r4_rules.TARGETS["Observation.subject"] == "Patient Group Device Location"
    assert r4_rules.TARGETS["Annotation.authorReference"] == "Practitioner Patient RelatedPerson Organization"
