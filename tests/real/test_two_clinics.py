"""Two clinics whose records have the same ids deliver to one hospital: neither touches what is the other's."""

from pathlib import Path

import pytest

from integration.sandbox.real_server import RealServer
from mappings import sample
from tests.real import asking, exports
from tests.real.clinic import QUICK, SLOW, Clinic

pytestmark = [pytest.mark.java, pytest.mark.slow]

SAME = {"P-0001": "1", "S-0001-01": "S-0001"}


def opened(home: Path, base: str, seed: int) -> tuple[Clinic, list[exports.Raw]]:
    """A clinic with one patient of its own: patient "1", and a session "S-0001"."""
    clinic = Clinic.opened(home, base)
    exported = exports.renamed(exports.courses(1, seed), SAME)
    assert {"1", "S-0001"} < {record["id"] for record in exported}
    clinic.takes(exported)
    return clinic, exported


@pytest.mark.parametrize(
    ("server", "waits", "rung"),
    [
        ("hapi_without_client_ids", SLOW, "2"),
        ("hapi_without_client_ids", SLOW, "4"),
        ("sekmet_server", QUICK, "1"),
    ],
)
def test_two_clinics_with_the_same_ids_never_touch_each_other(
    server: str, waits: dict[str, str], rung: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    hospital: RealServer = request.getfixturevalue(server)
    url, bases = hospital.url, [f"https://{name}.rung{rung}.example/fhir" for name in ("lakeside", "riverside")]
    ours, exported = opened(tmp_path / "ours", bases[0], 5)
    theirs, _ = opened(tmp_path / "theirs", bases[1], 6)

    ours.adds(url, waits, rung=rung)
    ours.pushes()
    before = asking.versions(asking.holdings(url, bases[0]))
    theirs.adds(url, waits, rung=rung)
    theirs.pushes()
    of_theirs = asking.versions(asking.holdings(url, bases[1]))

    assert asking.versions(asking.holdings(url, bases[0])) == before
    assert before.keys().isdisjoint(of_theirs)
    assert ours.verified()["held"] == len(before)
    assert theirs.verified()["held"] == len(of_theirs)

    ours.takes(sample.later(exported))
    ours.pushes()

    assert asking.versions(asking.holdings(url, bases[1])) == of_theirs
    assert asking.versions(asking.holdings(url, bases[0])) != before
    assert theirs.verified()["held"] == len(of_theirs)
    assert ours.verified()["held"] == len(before)
