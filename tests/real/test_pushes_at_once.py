"""Two pushes of one clinic at the same time: the work is shared, nothing is sent twice."""

from pathlib import Path

import pytest

from integration.sandbox.faults import Delay, When
from integration.sandbox.faulty_proxy import FaultyProxy
from integration.sandbox.real_server import RealServer
from tests.parts import databases
from tests.real import exports
from tests.real.clinic import SLOW, opened

pytestmark = pytest.mark.slow

PATIENTS, SEED = 6, 4


@pytest.mark.parametrize("database", databases.KINDS)
@pytest.mark.parametrize("rung", ["1", "4"])
def test_two_pushes_at_once_share_the_work_and_send_nothing_twice(
    rung: str, database: str, tmp_path: Path, sekmet_server: RealServer
) -> None:
    base = f"https://{database}.rung{rung}.example/fhir"
    exported = exports.courses(PATIENTS, SEED)
    wanted = len(exports.documents_of(exported, base))
    slowly = Delay(When(), seconds=0.1)  # so that the first has not done all before the second is there
    # Patient, for what is counted is requests that were answered; nothing is lost here, so nobody waits so long.
    waits = {**SLOW, "index-lag": "0.4"}

    with FaultyProxy(sekmet_server.url, [slowly]) as proxy, opened(database, tmp_path / "home", base) as clinic:
        clinic.takes(exported)
        clinic.adds(proxy.url, waits, rung=rung, bundle_size="20")
        with clinic.pushing() as one, clinic.pushing() as other:
            both = [push.must(0)["hospitals"][0] for push in (one, other)]
        verified = clinic.verified()

    assert [push["requests"]["write"] > 0 for push in both] == [True, True]
    assert sum(push["outcomes"]["Accepted"] for push in both) == wanted
    assert verified["held"] == verified["expected"] == wanted
