"""What was changed behind our back is found; a copy comes back whole, or not at all."""

import json

import pytest

from tests.commands.command import Clinic, run
from tests.commands.tampering import key_file, tamper


@pytest.fixture
def filled(clinic: Clinic, one_course) -> Clinic:
    clinic.ok("import", clinic.file("one.ndjson", *one_course))
    return clinic


def test_an_untouched_trail_is_unbroken_and_vouched_for(filled: Clinic):
    said = filled.ok("audit", "verify", "--json").json

    assert (said["intact"], said["unsealed"], said["faults"]) == (True, 0, [])
    assert said["last_checkpoint"]["position"] == said["sealed"] > 0


def test_verifying_writes_nothing(filled: Clinic):
    before = filled.ok("audit", "verify", "--json").json

    assert filled.ok("audit", "verify", "--json").json == before


def test_an_edited_event_is_found(filled: Clinic):
    tamper(filled, "UPDATE event SET actor = 'nobody@import' WHERE seq = 2")

    said = filled.run("audit", "verify")
    assert said.code == 1
    assert "IF-AUD-01 seal 2" in said.out
    assert "BROKEN" in said.out


def test_a_tail_that_was_cut_off_shows_against_a_checkpoint_kept_elsewhere(filled: Clinic):
    kept = filled.folder / "kept.ndjson"
    kept.write_text(json.dumps(filled.ok("audit", "verify", "--json").json["last_checkpoint"]) + "\n")
    tamper(
        filled,
        "DELETE FROM checkpoint",
        "DELETE FROM seal WHERE position > 2",
        "DELETE FROM event WHERE seq > 2",
        *(f"DELETE FROM {table}" for table in ("record", "record_head", "resource", "resource_history", "finding")),
        "DELETE FROM event WHERE kind <> 'installation.made'",
        "DELETE FROM seal WHERE position > 1",
    )

    assert filled.run("audit", "verify").code == 0, "without the kept checkpoint nobody can tell"
    said = filled.run("audit", "verify", "--kept", kept)
    assert (said.code, "IF-AUD-01" in said.out) == (1, True)


def test_another_key_did_not_sign_this_trail(filled: Clinic):
    other = filled.folder / "other.pub"
    other.write_text("00" * 31 + "01")

    said = filled.run("audit", "verify", "--public-key", other)
    assert (said.code, "IF-AUD-02" in said.out) == (1, True)


def test_without_the_signing_key_nothing_is_begun(filled: Clinic):
    next((filled.folder / "config" / "infusion-fhir").glob("*.audit.key")).unlink()

    said = filled.run("status")
    assert (said.code, "IF-AUD-03" in said.err) == (3, True)


def test_a_copy_names_its_key_and_comes_back_whole(filled: Clinic):
    copy = filled.folder / "copy.db"
    said = filled.ok("backup", copy)
    assert str(key_file(filled)) in said.err
    assert key_file(filled).read_text().strip() not in said.out + said.err
    assert copy.stat().st_mode & 0o077 == 0
    assert b"SQLite format 3" not in copy.read_bytes()

    new = filled.folder / "new-home"
    back = run("restore", copy, "--home", new, "--key-file", key_file(filled))
    assert back.code == 0
    assert run("status", "--home", new, "--json").json["records"] == filled.ok("status", "--json").json["records"]
    assert run("audit", "verify", "--home", new).code == 0


def test_a_copy_is_never_put_over_anything(filled: Clinic):
    copy = filled.folder / "copy.db"
    filled.ok("backup", copy)

    assert "IF-CFG-07" in filled.run("restore", copy, "--key-file", key_file(filled)).err
    assert "IF-STO-18" in filled.run("backup", copy).err


def test_a_copy_without_its_key_stays_closed(filled: Clinic):
    copy, wrong = filled.folder / "copy.db", filled.folder / "wrong.key"
    filled.ok("backup", copy)
    wrong.write_text("ab" * 32)
    wrong.chmod(0o600)

    without = run("restore", copy, "--home", filled.folder / "new")
    with_wrong = run("restore", copy, "--home", filled.folder / "new", "--key-file", wrong)
    assert ("IF-CFG-10" in without.err, "IF-STO-02" in with_wrong.err) == (True, True)
    assert not (filled.folder / "new" / "infusion-fhir.toml").exists()
    again = run("restore", copy, "--home", filled.folder / "new", "--key-file", key_file(filled))
    assert again.code == 0, "a failed try is no obstacle"


def test_a_lost_audit_key_is_replaced_and_verify_says_so(filled: Clinic):
    copy = filled.folder / "copy.db"
    filled.ok("backup", copy)
    next((filled.folder / "config" / "infusion-fhir").glob("*.audit.key")).unlink()

    new = filled.folder / "new-home"
    said = run("restore", copy, "--home", new, "--key-file", key_file(filled))
    assert "a new one was made" in said.err
    assert "IF-AUD-02" in run("audit", "verify", "--home", new).out
