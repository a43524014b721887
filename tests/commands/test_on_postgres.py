"""The same commands on PostgreSQL: made, filled, told, copied, brought back."""

import pytest

from tests.commands.command import Clinic, run
from tests.parts import postgres


def test_a_clinic_on_postgresql(tmp_path, one_course, monkeypatch: pytest.MonkeyPatch):
    server = postgres.running()
    first, second = server.fresh(), server.fresh()
    monkeypatch.setenv("INFUSION_FHIR_DATABASE_URL", first)
    clinic = Clinic(tmp_path)
    made = clinic.ok("init", "--json").json
    assert made["key_file"] is None
    clinic.ok("import", clinic.file("one.ndjson", *one_course))
    session = next(record["id"] for record in one_course if record["kind"] == "session")
    assert session in clinic.ok("history", "--session", session).out
    assert clinic.ok("audit", "verify", "--json").json["intact"] is True

    said = clinic.ok("backup", tmp_path / "copy.gz")
    assert "NOT encrypted" in said.err
    records = clinic.ok("status", "--json").json["records"]
    monkeypatch.setenv("INFUSION_FHIR_DATABASE_URL", second)
    assert run("restore", tmp_path / "copy.gz", "--home", tmp_path / "new").code == 0
    assert run("status", "--home", tmp_path / "new", "--json").json["records"] == records

    monkeypatch.delenv("INFUSION_FHIR_DATABASE_URL")
    without = clinic.run("status")
    assert (without.code, "IF-CFG-08" in without.err) == (3, True)
