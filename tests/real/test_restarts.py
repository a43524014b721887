"""A hospital's server dies while we push, and comes back: the same push goes on and ends with everything held once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from integration.sandbox import line
from integration.sandbox.faulty_proxy import Exchange, FaultyProxy
from integration.sandbox.real_server import RealServer
from tests.parts import servers
from tests.real import exports
from tests.real.clinic import QUICK, SLOW, Clinic, Process

pytestmark = [pytest.mark.java, pytest.mark.slow]

PATIENTS, SEED = 4, 2
PATIENCE = 60.0


def sekmet(folder: Path) -> AbstractContextManager[RealServer]:
    return servers.sekmet(folder / "hospital")


def hapi(folder: Path) -> AbstractContextManager[RealServer]:
    return servers.hapi(db=folder / "hospital")


def behind_a_proxy(server: RealServer, proxy: FaultyProxy, push: Process) -> None:
    """The hospital is killed; its front answers 502 until it is back."""
    server.kill()
    comes(push, proxy, 1, lambda one: one.fault == line.HOSPITAL_DOWN)
    server.start()


def whole(server: RealServer, proxy: FaultyProxy, push: Process) -> None:
    """The hospital is killed with its front: connections are refused until it is back."""
    port = proxy.port
    proxy.stop()
    server.kill()
    assert push.lasts(0.5), "the push gave up at the first refused connection"
    server.start()
    proxy.start(port)


def done(one: Exchange) -> bool:
    """Written there, as far as the hospital says."""
    return one.committed is not None


def comes(push: Process, proxy: FaultyProxy, number: int, what: Callable[[Exchange], bool]) -> None:
    """Wait until so many of the requests are like this."""
    waited = 0.0
    while sum(map(what, proxy.journal())) < number:
        assert push.lasts(0.02), push.ends()
        waited += 0.02
        assert waited < PATIENCE, "the push sends nothing"


@pytest.mark.parametrize(
    ("start", "waits", "dies"),
    [(sekmet, QUICK, whole), (sekmet, QUICK, behind_a_proxy), (hapi, SLOW, behind_a_proxy)],
    ids=["sekmet, connections refused", "sekmet, 502", "HAPI, 502"],
)
def test_a_server_killed_and_started_in_mid_push_holds_everything_in_the_end(
    start: Callable[[Path], AbstractContextManager[RealServer]],
    waits: dict[str, str],
    dies: Callable[[RealServer, FaultyProxy, Process], None],
    tmp_path: Path,
) -> None:
    base = "https://restarts.example/fhir"
    exported = exports.courses(PATIENTS, SEED)
    wanted = len(exports.documents_of(exported, base))

    with start(tmp_path) as server, FaultyProxy(server.url) as proxy:
        clinic = Clinic.opened(tmp_path / "home", base)
        clinic.takes(exported)
        clinic.adds(proxy.url, waits, bundle_size="20")
        with clinic.pushing() as push:
            comes(push, proxy, 5, done)
            dies(server, proxy, push)
            before = sum(map(done, proxy.journal()))
            (pushed,) = push.must(0)["hospitals"]
        after = sum(map(done, proxy.journal()))
        verified = clinic.verified()

    assert pushed["rows"] == {"clean": wanted}
    assert 5 <= before < after  # it was in the middle
    assert verified["held"] == verified["expected"] == wanted
