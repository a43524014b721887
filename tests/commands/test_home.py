"""A home is made once, its keys lie outside it, and whatever is wrong with it is named before anything is touched."""

import os
import stat
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlite

from integration.store import database
from tests.commands.command import Clinic, run


def keys_of(clinic: Clinic) -> list[Path]:
    return sorted((clinic.folder / "config" / "infusion-fhir").glob("*.key"))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def settings_of(clinic: Clinic) -> Path:
    return clinic.home / "infusion-fhir.toml"


def test_init_makes_keys_outside_the_data_that_only_their_owner_can_read(clinic: Clinic):
    found = keys_of(clinic)

    assert len(found) == 2
    assert [mode(path) for path in found] == [0o600, 0o600]
    assert mode(clinic.home) == 0o700
    assert mode(clinic.home / "infusion-fhir.db") == 0o600
    assert not any(path.suffix == ".key" for path in clinic.home.rglob("*"))


def test_init_says_what_losing_the_key_means(tmp_path: Path):
    said = run("init", "--home", tmp_path / "home")

    assert said.code == 0
    assert "KEEP A COPY" in said.err
    assert "nobody, not even we, can ever read these records" in said.err


def test_init_without_a_base_makes_one(tmp_path: Path):
    said = run("init", "--home", tmp_path / "home", "--json")

    assert said.json["identifier_base"].startswith("urn:uuid:")


@pytest.mark.parametrize("base", ["ftp://x.example", "https://x.example/", "records", "https://x.example/a?b"])
def test_init_refuses_a_base_that_identifiers_cannot_be_made_from(tmp_path: Path, base: str):
    said = run("init", "--home", tmp_path / "home", "--identifier-base", base)

    assert said.code == 1
    assert "IF-STO-17" in said.err
    assert not (tmp_path / "home").exists()


def test_init_refuses_a_home_that_is_there(clinic: Clinic):
    before = settings_of(clinic).read_bytes()

    said = clinic.run("init")
    assert said.code == 3
    assert "IF-CFG-07" in said.err
    assert settings_of(clinic).read_bytes() == before
    assert len(keys_of(clinic)) == 2


def test_an_unknown_setting_is_named(clinic: Clinic):
    with settings_of(clinic).open("a") as file:
        file.write('hospitals = "mercy"\n')

    said = clinic.run("status")
    assert said.code == 3
    assert "IF-CFG-02" in said.err
    assert "hospitals is no setting that is known" in said.err
    assert "mercy" not in said.err


def test_a_value_of_the_wrong_form_is_named_but_not_shown(clinic: Clinic):
    with settings_of(clinic).open("a") as file:
        file.write('lock_wait = "4711-secret"\n')

    said = clinic.run("status")
    assert (said.code, "lock_wait" in said.err, "4711" in said.err) == (3, True, False)


def test_settings_that_are_no_toml_are_refused(clinic: Clinic):
    settings_of(clinic).write_text("installation: abc\n")

    said = clinic.run("status")
    assert (said.code, "IF-CFG-03" in said.err) == (3, True)


def test_a_command_without_a_home_says_how_to_make_one(tmp_path: Path):
    said = run("import", tmp_path, "--home", tmp_path / "nowhere")

    assert said.code == 3
    assert "IF-CFG-01" in said.err
    assert "infusion-fhir init" in said.err


def test_a_key_that_others_could_read_is_refused(clinic: Clinic):
    keys_of(clinic)[1].chmod(0o644)

    said = clinic.run("status")
    assert (said.code, "IF-CFG-05" in said.err) == (3, True)


def test_a_missing_key_is_named(clinic: Clinic):
    lost = keys_of(clinic)[1]
    lost.unlink()

    said = clinic.run("status")
    assert (said.code, "IF-CFG-04" in said.err, str(lost) in said.err) == (3, True, True)


def test_the_wrong_key_opens_nothing_and_touches_nothing(clinic: Clinic):
    right = next(path for path in keys_of(clinic) if not path.name.endswith(".audit.key"))
    content = (clinic.home / "infusion-fhir.db").read_bytes()
    right.write_text("ab" * 32)

    said = clinic.run("status")
    assert (said.code, "IF-STO-02" in said.err) == (1, True)
    assert (clinic.home / "infusion-fhir.db").read_bytes() == content


def test_a_key_can_come_from_the_environment(clinic: Clinic, monkeypatch: pytest.MonkeyPatch):
    right = next(path for path in keys_of(clinic) if not path.name.endswith(".audit.key"))
    text = settings_of(clinic).read_text().replace(f'key_file = "{right}"', 'key_env = "CLINIC_KEY"', 1)
    settings_of(clinic).write_text(text)
    monkeypatch.setenv("CLINIC_KEY", right.read_text().strip())
    right.unlink()

    assert clinic.run("audit", "verify").code == 0


def test_the_database_of_another_clinic_is_refused(clinic: Clinic):
    text = settings_of(clinic).read_text()
    its = text.split('installation = "')[1].split('"')[0]
    settings_of(clinic).write_text(text.replace(its, "00000000-0000-4000-8000-000000000000", 1))

    said = clinic.run("status")
    assert (said.code, "IF-STO-04" in said.err) == (1, True)


def open_raw(clinic: Clinic) -> sqlite.Connection:
    key = next(path for path in keys_of(clinic) if not path.name.endswith(".audit.key"))
    conn = sqlite.connect(str(clinic.home / "infusion-fhir.db"), isolation_level=None)
    database.unlock(conn, bytes.fromhex(key.read_text().strip()))
    return conn


@pytest.mark.parametrize(("revision", "code"), [("9999", "IF-STO-06"), ("0000", "IF-STO-06")])
def test_a_database_of_another_release_is_refused(clinic: Clinic, revision: str, code: str):
    conn = open_raw(clinic)
    conn.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    conn.close()

    said = clinic.run("status")
    assert (said.code, code in said.err) == (1, True)


def test_upgrading_a_database_that_is_current_does_nothing(clinic: Clinic):
    said = clinic.run("db", "upgrade")

    assert said.code == 0
    assert "nothing to do" in said.out


def test_a_locked_database_ends_with_its_code(clinic: Clinic, one_course):
    with settings_of(clinic).open("a") as file:
        file.write("lock_wait = 0.1\n")
    records = clinic.file("one.ndjson", *one_course)
    conn = open_raw(clinic)
    conn.execute("BEGIN IMMEDIATE")

    said = clinic.run("import", records)
    conn.execute("ROLLBACK")
    conn.close()
    assert (said.code, "IF-STO-07" in said.err) == (1, True)
    assert clinic.ok("import", records, "--json").json["lines"] == len(one_course)


def test_the_home_may_be_named_before_the_command(clinic: Clinic):
    assert run("--home", clinic.home, "--json", "audit", "verify").json["intact"] is True


def test_the_home_may_come_from_the_environment(clinic: Clinic, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("INFUSION_FHIR_HOME", str(clinic.home))

    assert run("audit", "verify").code == 0


def test_a_word_that_is_no_command_is_wrong_usage():
    said = run("improt")

    assert said.code == 2
    assert "IF-USE-98" in said.err


def test_an_error_as_json_stands_on_standard_output(tmp_path: Path):
    said = run("import", tmp_path, "--home", tmp_path / "nowhere", "--json")

    assert said.json["error"]["code"] == "IF-CFG-01"
    assert set(said.json["error"]) == {"code", "says", "where", "next", "who"}
    assert os.linesep not in said.out.strip()
