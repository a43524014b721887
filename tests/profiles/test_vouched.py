"""The validator's vouched folder lists what `terminology.py` vouches for, and nothing else."""

import json
from pathlib import Path

from fhir_profiles import check, fhir_json, terminology
from tests.profiles import vouched


def test_the_folder_lists_exactly_the_codes_we_vouch_for(tmp_path: Path) -> None:
    vouched.write_vouched(tmp_path)
    systems = [json.loads(path.read_text()) for path in tmp_path.glob("CodeSystem-*.json")]
    listed = {
        system["url"]: [(concept["code"], concept.get("display", "")) for concept in system["concept"]]
        for system in systems
    }

    assert all(system["content"] == "complete" for system in systems)
    assert listed == {
        system: [(concept.code, concept.display) for concept in concepts]
        for system, concepts in terminology.vouched().items()
    }


def test_a_value_set_lists_only_codes_we_vouch_for(tmp_path: Path) -> None:
    vouched.write_vouched(tmp_path)
    ours = {(concept.system, concept.code) for concepts in terminology.vouched().values() for concept in concepts}
    ours |= {(concept.system, concept.code) for concept in terminology.LANGUAGE.values()}
    listed = {
        (include["system"], concept["code"])
        for path in tmp_path.glob("ValueSet-*.json")
        for include in json.loads(path.read_text())["compose"]["include"]
        for concept in include["concept"]
    }

    assert listed
    assert listed <= ours


def test_each_file_is_sound_fhir(tmp_path: Path) -> None:
    vouched.write_vouched(tmp_path)
    files = sorted(tmp_path.glob("*.json"))

    assert len(files) == 15
    assert [issue for path in files for issue in check.check(fhir_json.loads(path.read_bytes()))] == []


def test_the_same_folder_is_written_each_time(tmp_path: Path) -> None:
    vouched.write_vouched(tmp_path / "a")
    vouched.write_vouched(tmp_path / "b")

    assert [path.read_bytes() for path in sorted((tmp_path / "a").iterdir())] == [
        path.read_bytes() for path in sorted((tmp_path / "b").iterdir())
    ]
