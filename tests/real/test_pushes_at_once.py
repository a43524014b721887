"""Two pushes of one clinic at the same time: the work is shared, nothing is sent twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.sandbox.faults import Delay, When
from integration.sandbox.faulty_proxy import FaultyProxy
from integration.sandbox.real_server import RealServer
from tests.parts import databases, postgres
from tests.real import exports
from tests.real.clinic import QUICK, Clinic

pytestmark = pytest.mark.slow

PATIENTS, SEED = 6, 4


@pytest.fixture(params=databases.KINDS)
def clinic(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Clinic]:
    """A new clinic on each kind of database."""
    base = f"https://{request.param}.at-once.example/fhir"
    if request.param == "sqlite":
        yield Clinic.opened(tmp_path / "home", base)
        return
    with postgres.database() as url:
        yield Clinic.opened(tmp_path / "home", base, postgres=url)


@pytest.mark.parametrize("rung", ["1", "4"])
def test_two_pushes_at_once_share_the_work_and_send_nothing_twice(
    rung: str, clinic: Clinic, sekmet_server: RealServer
) -> None:
    exported = exports.courses(PATIENTS, SEED)
    wanted = len(exports.documents_of(exported, clinic.base))
    slowly = Delay(When(), seconds=0.1)  # so that the first has not done all before the second is there

    with FaultyProxy(sekmet_server.url, [slowly]) as proxy:
        clinic.takes(exported)
        clinic.adds(proxy.url, QUICK | {"index-lag": "0.4"}, rung=rung, bundle_size="20")
        with clinic.pushing() as one, clinic.pushing() as other:
            both = [push.must(0)["hospitals"][0] for push in (one, other)]
        verified = clinic.verified()

    assert [push["requests"]["write"] > 0 for push in both] == [True, True]
    assert sum(push["outcomes"]["Accepted"] for push in both) == wanted
    assert verified["held"] == verified["expected"] == wanted
