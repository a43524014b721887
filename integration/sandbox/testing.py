"""For tests, of this project and of others: a pytest fixture that opens pretend hospitals and closes them again.

    pytest_plugins = ["integration.sandbox.testing"]       # in a conftest.py, once

    def test_what_is_sent_is_there(hospital):
        there = hospital("open", faults="flaky", seed=1)
        there.client.post("Patient", json={"resourceType": "Patient"})
        assert there.arrived("Patient")

In process unless `socket=True`: then the same hospital listens on a port of this machine, and clients of any kind can
talk to `there.url`. The same seed and the same requests give the same answers, faults included.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx
import pytest

from fhir_profiles.fhir_json import Document
from integration import errors
from integration.sandbox import character_file, doors, fault_schedule, residents
from integration.sandbox.character import Character
from integration.sandbox.clocks import EPOCH, RunningClock, SteppingClock
from integration.sandbox.exchange import Notify
from integration.sandbox.fault_schedule import FaultSchedule
from integration.sandbox.front import Front
from integration.sandbox.journal import JournalEntry
from integration.sandbox.manners import Access
from integration.sandbox.residents import Residents
from integration.sandbox.running import RunningHospital
from integration.sandbox.serving import SandboxServer
from integration.sandbox.transport import SandboxTransport

NEEDS_SOCKET: Final = "IF-SBX-20"
TOKEN: Final = "the-token-of-a-hospital-in-process"  # noqa: S105  it opens nothing but a test's own memory

Patients = int | str | Path | Iterable[Document]


class PretendHospital:
    """An open hospital: `client` talks to it, `url` is its FHIR base, and the rest is its own view of things."""

    def __init__(
        self, running: RunningHospital, transport: SandboxTransport | None, server: SandboxServer | None
    ) -> None:
        self.running = running
        self.transport = transport
        self.server = server
        self.url = running.base_url
        self.token = server.token if server is not None else TOKEN
        self.calls: list[Notify] = []
        self.accepts_calls = True
        if transport is not None:
            transport.subscriber = self._called
        self.client = self.new_client()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the client, and the socket where there is one."""
        self.client.close()
        if self.server is not None:
            self.server.stop()

    def new_client(self, **options: Any) -> httpx.Client:
        """Give one more client; its addresses are relative to the FHIR base."""
        return httpx.Client(base_url=f"{self.url}/", trust_env=False, **self._way(), **options)

    def new_async_client(self, **options: Any) -> httpx.AsyncClient:
        """Give an asynchronous client."""
        return httpx.AsyncClient(base_url=f"{self.url}/", trust_env=False, **self._way(), **options)

    def admin(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request to the admin API: `there.admin("GET", "journal")`."""
        address = f"{self.url.partition('://')[0]}://{httpx.URL(self.url).netloc.decode()}/sandbox/{path}"
        return self.client.request(method, address, headers={"Authorization": f"Bearer {self.token}"}, **options)

    @property
    def journal(self) -> list[JournalEntry]:
        """All that arrived, in order, and what became of it."""
        return [seen.entry for seen in self.running.journal()]

    def arrived(self, resource_type: str) -> list[Document]:
        """Give all that is there of a type, those from the beginning too."""
        return self.running.documents(resource_type)

    def read(self, resource_type: str, resource_id: str) -> Document | None:
        """Give a resource as it stands; None for one that is deleted or never was."""
        return self.running.look(resource_type, resource_id)

    def put(self, document: Document) -> None:
        """Store a resource as the hospital's staff would."""
        self.running.put(document)

    def edit(self, resource_type: str, resource_id: str, change: Callable[[Document], Document]) -> None:
        """Change a resource as the hospital's staff would."""
        self.running.edit(resource_type, resource_id, change)

    def delete(self, resource_type: str, resource_id: str) -> None:
        """Delete a resource as the hospital's staff would."""
        self.running.delete(resource_type, resource_id)

    def merge(self, from_id: str, into_id: str) -> None:
        """Merge two Patients as the hospital's staff would."""
        self.running.merge(from_id, into_id)

    def set_faults(self, faults: "FaultSchedule | str | Path", seed: int = 0) -> None:
        """Meet other faults from now on."""
        self.running.set_faults(_schedule(faults, seed, on_socket=self.server is not None))

    @property
    def struck(self) -> dict[str, int]:
        """How often each fault has struck."""
        return self.running.faults.struck

    def reset(self) -> None:
        """Begin anew."""
        self.running.reset()

    def now(self) -> float:
        """What time it is at the hospital."""
        return self.running.clock.now()

    def pass_time(self, seconds: float) -> None:
        """Put the hospital's clock forward, and let happen what is due by then."""
        self.running.clock.move(seconds)
        self.running.advance()
        if self.transport is not None:
            self.transport.tell()
        if self.server is not None:
            self.server.served()

    def _called(self, call: Notify) -> bool:
        self.calls.append(call)
        return self.accepts_calls

    def _way(self) -> dict[str, Any]:
        if self.transport is not None:
            return {"transport": self.transport}
        authority = self.server.authority if self.server is not None else None
        return {} if authority is None else {"verify": _trusting(authority)}


def open_hospital(
    character: str | Path | Character = "open",
    *,
    faults: FaultSchedule | str | Path = "none",
    seed: int = 0,
    socket: bool = False,
    patients: Patients = (),
    access: Access | None = None,
    clock: Callable[[], float] | None = None,
) -> PretendHospital:
    """Open a hospital; `close` it, or use it as a context manager. The fixture does both.

    `character`: a name or a file; `faults`: a preset, a fault by its name, a file or a schedule; `patients`: so many,
    a file, or documents; `access`: who may come in; `clock`: seconds since 1970, else time begins on 5 January 2026.
    """
    schedule = _schedule(faults, seed, on_socket=socket)
    found = character if isinstance(character, Character) else character_file.load(character)
    found = _moved_in(patients, seed).in_(found)
    if access is not None:
        found = found.with_access(access)
    if socket:
        running_clock = RunningClock(clock or time.monotonic, None if clock else EPOCH)
        server = SandboxServer(found, clock=running_clock, seed=seed, faults=schedule).start()
        return PretendHospital(server.hospital, None, server)
    url = f"http://127.0.0.1/{found.server.path.strip('/')}".rstrip("/")
    own_clock = SteppingClock() if clock is None else RunningClock(clock)
    running = RunningHospital(found, url, clock=own_clock, seed=seed, faults=schedule)
    return PretendHospital(running, SandboxTransport(Front(running, TOKEN)), None)


@pytest.fixture
def hospital() -> Iterator[Callable[..., PretendHospital]]:
    """Open pretend hospitals: `hospital("epic-like", faults="flaky", seed=3, socket=True)`; closed after the test."""
    with ExitStack() as opened:

        def open_one(character: str | Path | Character = "open", **options: Any) -> PretendHospital:
            return opened.enter_context(open_hospital(character, **options))

        yield open_one


def _schedule(faults: FaultSchedule | str | Path, seed: int, *, on_socket: bool) -> FaultSchedule:
    schedule = faults if isinstance(faults, FaultSchedule) else fault_schedule.load(faults, seed)
    needing = doors.only_on_sockets(schedule)
    if needing and len(needing) == len(schedule.kinds) and not on_socket:
        raise errors.UsageError(NEEDS_SOCKET, f"“{needing[0].name}” happens on real sockets only: socket=True")
    return schedule


def _moved_in(patients: Patients, seed: int) -> Residents:
    if isinstance(patients, (int, str, Path)):
        return residents.of(patients, seed)
    return residents.given(patients)


def _trusting(authority: bytes) -> Any:
    import ssl  # noqa: PLC0415  only where TLS is spoken

    return ssl.create_default_context(cadata=authority.decode("ascii"))
