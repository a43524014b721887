"""From a clinic's export to a hospital that holds it: n of n, nothing written twice, later changes shown."""

import os
from pathlib import Path

import pytest

from integration.sandbox.real_server import RealServer
from mappings import identity, sample
from tests.real import asking, exports
from tests.real.clinic import QUICK, SLOW, Clinic, opened

pytestmark = [pytest.mark.java, pytest.mark.slow]

# Among the first patients of seed 8 is one whose record was merged into another's: a reference between two lanes.
PATIENTS = int(os.environ.get("ACCEPTANCE_PATIENTS", "15"))
SEED = int(os.environ.get("ACCEPTANCE_SEED", "8"))
WAITS = {"hapi_server": SLOW, "sekmet_server": QUICK}


@pytest.mark.parametrize(
    ("server", "database"), [("hapi_server", "sqlite"), ("sekmet_server", "sqlite"), ("sekmet_server", "postgresql")]
)
def test_everything_arrives_once_and_what_changes_later_is_shown(
    server: str, database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    hospital: RealServer = request.getfixturevalue(server)
    base = f"https://{server}.{database}.acceptance.example/fhir".replace("_", "-")
    exported = exports.courses(PATIENTS, SEED)
    wanted = exports.documents_of(exported, base)

    with opened(database, tmp_path / "home", base) as clinic:
        clinic.takes(exported)
        clinic.adds(hospital.url, WAITS[server])
        first, verified = clinic.pushes(), clinic.verified()
        held = asking.holdings(hospital.url, base)

        assert first["rows"] == {"clean": len(wanted)}
        assert verified["held"] == verified["expected"] == len(held) == len(wanted)

        then = asking.last_updated(held)
        assert clinic.done("push")["requests"]["write"] == 0
        assert asking.written_since(hospital.url, then) == []

        later = list(sample.later(exported))
        clinic.takes(later)
        clinic.pushes()
        again = clinic.verified()

        assert again["held"] == again["expected"] == len(wanted)
        assert len(asking.written_since(hospital.url, then)) >= len(later)
        the_hospital_shows(hospital.url, base, exported, later)
        the_history_tells(clinic, later)
        assert clinic.done("audit", "verify")["intact"] is True


def the_hospital_shows(url: str, base: str, exported: list[exports.Raw], later: list[exports.Raw]) -> None:
    """The three later versions of the sample, as anyone sees them who asks the hospital."""
    where = identity.Base.of(base)
    corrected, in_error, no_show = (by_status(later, s) for s in ("corrected", "entered_in_error", "no_show"))
    reading = asking.one(url, "Observation", (where.system("observation"), corrected["id"]))
    mistaken = asking.one(url, "Observation", (where.system("observation"), in_error["id"]))
    session = asking.one(url, "Procedure", (where.system("session"), no_show["id"]))
    given = asking.one(url, "MedicationAdministration", (where.system("administration"), no_show["id"]))
    before = exports.first(exported, lambda r: r["kind"] == "observation" and r["id"] == corrected["id"])

    assert (reading["status"], reading["valueQuantity"]["value"]) == ("corrected", before["value"]["value"] + 1)
    assert mistaken["status"] == "entered-in-error"
    assert (session["status"], given["status"]) == ("entered-in-error", "entered-in-error")


def the_history_tells(clinic: Clinic, later: list[exports.Raw]) -> None:
    """Both versions of the session, what was sent of each, and what the hospital answered."""
    no_show = by_status(later, "no_show")
    told = clinic.done("history", "--session", no_show["id"])
    (its,) = [record for record in told["records"] if (record["kind"], record["id"]) == ("session", no_show["id"])]
    (procedure,) = [document for document in its["documents"] if document["type"] == "Procedure"]

    assert [version["status"] for version in its["versions"]] == ["completed", "no_show"]
    assert [version["status"] for version in procedure["versions"]] == ["completed", "entered-in-error"]
    assert [one["outcome"] for one in procedure["hospitals"][0]["tries"]] == ["Accepted", "Accepted"]


def by_status(records: list[exports.Raw], status: str) -> exports.Raw:
    """The record with this status."""
    return exports.first(records, lambda record: record["status"] == status)
