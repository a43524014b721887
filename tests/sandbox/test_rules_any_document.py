"""Whatever a client sends: a character keeps it or refuses it in its own words, and repeats nothing of it."""

import copy
import random

import pytest

from fhir_profiles import fhir_json
from integration.sandbox import character_file, element_paths
from integration.sandbox.refusing import Refusal
from integration.sandbox.versions import Store
from tests.cases.test_worked_story import lines

ODD = [None, True, 0, -1, "", "\x00", "x" * 5000, [], {}, [[]], [{}], [None], {"reference": 3}, {"reference": "/"},
       {"coding": "x"}, {"coding": [1]}, [{"coding": None}], "Patient/", "SECRET-NAME", {"value": "1e999", "unit": "x"},
       {"value": "NaN", "code": 7}]  # fmt: skip
DOCUMENTS = lines("documents.ndjson")
NAMES = character_file.names()


def places(value, at=()):
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in items:
        yield from places(child, (*at, key))


def mutated(rng):
    document = copy.deepcopy(rng.choice(DOCUMENTS))
    for _ in range(rng.randrange(1, 4)):
        *way, last = rng.choice([place for place in places(document) if place and place != ("resourceType",)])
        holder = document
        for step in way:
            holder = holder[step]
        holder[last] = copy.deepcopy(rng.choice(ODD))
    return document


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", range(4))
def test_nothing_that_is_sent_breaks_the_judge(name, seed):
    character, store, rng = character_file.load(name), Store(), random.Random(seed)
    for resident in character.residents():
        store.put(resident["resourceType"], resident["id"], resident, 0.0, "PUT", resident)
    for _ in range(60):
        document = mutated(rng)
        before = fhir_json.sorted_json(document)
        judged = character.judge(document["resourceType"], document, store)
        assert fhir_json.sorted_json(document) == before
        if isinstance(judged, Refusal):
            assert judged.status in (400, 422)
            assert judged.issues
            assert "SECRET-NAME" not in "".join(issue.says + issue.where for issue in judged.issues)
        else:
            fhir_json.encode(judged)


@pytest.mark.parametrize("name", NAMES)
def test_types_that_r4_has_alone_are_no_trouble(name):
    document = {"resourceType": "RiskEvidenceSynthesis", "status": "draft"}

    kept = character_file.load(name).judge("RiskEvidenceSynthesis", document, Store())

    assert kept["status"] == "draft"


def test_every_document_of_the_worked_story_is_kept_by_open_as_it_is():
    opened, store = character_file.load("open"), Store()

    assert [opened.judge(one["resourceType"], one, store) for one in DOCUMENTS] == DOCUMENTS


@pytest.mark.parametrize(
    ("path", "found"),
    [("a.b", [1, 2]), ("a.b|c", [1, 2, "x"]), ("c.d", []), ("a", [{"b": [1, None]}, {"b": 2}, 7]), ("none", [])],
)
def test_paths_find_what_is_there_and_nothing_else(path, found):
    assert element_paths.values({"a": [{"b": [1, None]}, {"b": 2}, 7], "c": "x"}, path) == found


def test_what_is_taken_away_leaves_nothing_empty():
    document = {"a": {"b": 1}, "c": [{"d": 1}, {"d": 2, "e": 3}], "f": "x", "_f": {"id": "y"}}

    assert element_paths.without(document, "a.b") == {key: document[key] for key in ("c", "f", "_f")}
    assert element_paths.without(document, "c.d")["c"] == [{"e": 3}]
    assert element_paths.without(document, "f") == {key: document[key] for key in ("a", "c")}
