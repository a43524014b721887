"""Records to documents and back without the store: what is carried comes back to the byte, what is not is listed."""

from pathlib import Path
from typing import Any

import pytest

from fhir_profiles import fhir_json
from mappings import known, records, registry, sample
from tests.commands.command import Clinic, run

BASE = "https://records.clinic.example/fhir"


@pytest.fixture(scope="module")
def data() -> list[dict[str, Any]]:
    found = list(sample.courses(6, 1))
    return [*found, *sample.later(found)]


@pytest.fixture
def clinics_file(tmp_path: Path, data) -> Path:
    return Clinic(tmp_path).file("clinic.ndjson", *data)


def test_every_record_with_a_document_comes_back_with_its_carried_fields_to_the_byte(tmp_path, clinics_file, data):
    documents, back = tmp_path / "documents.ndjson", tmp_path / "back.ndjson"

    mapped = run("map", clinics_file, "-o", documents, "--identifier-base", BASE, "--json")
    unmapped = run("unmap", documents, "-o", back, "--identifier-base", BASE, "--json")
    assert (mapped.code, unmapped.code, unmapped.json["problems"]) == (0, 0, [])

    without = {(one["kind"], one["id"]) for one in mapped.json["no_document"]}
    newest = known.InMemory([records.parse(record) for record in data])
    expected = {
        (r.kind, r.id): fhir_json.sorted_json({"kind": r.kind, **registry.carried(r)})
        for r in newest
        if (r.kind, r.id) not in without
    }
    found = {}
    for line in back.read_bytes().splitlines():
        read = fhir_json.loads(line)
        found[read["kind"], read["id"]] = line
    assert len(found) > 900
    assert found == expected


def test_what_is_not_carried_is_listed_with_the_reason(tmp_path, clinics_file):
    told = run("map", clinics_file, "-o", tmp_path / "d", "--identifier-base", BASE, "--json").json

    assert all(one["why"] for one in told["not_carried"] + told["no_document"])
    fields = {(one["kind"], one["field"]) for one in told["not_carried"]}
    assert ("session", "order") in fields
    assert told["no_document"], "a no-show has none yet"


def test_map_needs_no_home_and_makes_none(tmp_path, clinics_file):
    run("map", clinics_file, "-o", tmp_path / "d", "--identifier-base", BASE, "--home", tmp_path / "home")

    assert not (tmp_path / "home").exists()


def test_map_takes_the_base_of_the_home_and_stores_nothing(clinic: Clinic, clinics_file):
    clinic.ok("map", clinics_file, "-o", clinic.folder / "d")

    first = fhir_json.loads((clinic.folder / "d").read_bytes().splitlines()[0])
    assert any(i["system"] == f"{BASE}/patient" for i in first["identifier"])
    assert clinic.ok("status", "--json").json["records"] == {}


def test_the_documents_pass_the_check(tmp_path, clinics_file):
    run("map", clinics_file, "-o", tmp_path / "d.ndjson", "--identifier-base", BASE)

    said = run("validate", tmp_path / "d.ndjson", "--json")
    assert (said.code, said.json["errors"]) == (0, 0)
    assert said.json["documents"] > 900


def test_a_record_that_cannot_be_read_is_named_and_the_rest_is_mapped(tmp_path, data):
    file = Clinic(tmp_path).file("mixed.ndjson", data[0], b"{")

    said = run("map", file, "-o", tmp_path / "d", "--identifier-base", BASE)
    assert said.code == 1
    assert f"{file}, line 2, line: IF-IMP-02" in said.out
    assert len((tmp_path / "d").read_bytes().splitlines()) == 1


def test_a_document_of_somebody_else_is_left_out_and_named(tmp_path):
    file = Clinic(tmp_path).file("foreign.ndjson", {"resourceType": "Patient", "id": "1"})

    said = run("unmap", file, "-o", tmp_path / "back", "--identifier-base", BASE)
    assert said.code == 1
    assert f"{file}:1: has no identifier of this clinic" in said.out


def test_validate_names_the_place_and_the_element_not_the_value(tmp_path, clinics_file):
    run("map", clinics_file, "-o", tmp_path / "d.ndjson", "--identifier-base", BASE)
    lines = (tmp_path / "d.ndjson").read_bytes().splitlines()
    broken = fhir_json.loads(next(line for line in lines if b'"resourceType":"Procedure"' in line))
    broken["status"] = "banana"
    file = Clinic(tmp_path).file("broken.ndjson", {"resourceType": "Bundle", "type": "collection", "entry": []}, broken)

    said = run("validate", file)
    assert said.code == 1
    assert f"{file}:2: error IF-CHK-02 Procedure.status" in said.out
    assert "banana" not in said.out


def test_validate_reads_bundles_and_records(tmp_path, data):
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Observation"}}]}
    file = Clinic(tmp_path).file("bundle.json", bundle)
    records_file = Clinic(tmp_path).file("records.ndjson", data[0], data[0] | {"birth_date": "yesterday"})

    assert f"{file} entry[0]: error" in run("validate", file).out
    assert f"{records_file}:2: error IF-REC-08 birth_date" in run("validate", records_file).out


def test_sample_writes_the_same_bytes_for_the_same_seed(tmp_path):
    for name in ("a", "b"):
        assert run("sample", "--patients", "2", "--seed", "7", "-o", tmp_path / name).code == 0

    assert (tmp_path / "a" / "sample.ndjson").read_bytes() == (tmp_path / "b" / "sample.ndjson").read_bytes()
    counts = run("sample", "--patients", "2", "--seed", "7", "--summary", "--json").json["counts"]
    assert counts["kind.patient"] == 2
