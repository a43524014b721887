"""What all tests share: the real servers, started once a run when first asked for; and that nothing is skipped."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

import fhir_profiles
from integration.sandbox.real_server import RealServer
from tests.parts import servers
from tests.profiles import vouched

SKIPPED = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a skipped test fails the run (always so under CI=true)")


# How long an example takes says something of the machine's other work, and is never asserted. Under CI the examples are
# always the same, so that a change is judged by itself; at a desk they are new ones each time.
hypothesis.settings.register_profile(
    "here",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize=os.environ.get("CI") == "true",
)
hypothesis.settings.load_profile("here")


def pytest_configure(config: pytest.Config) -> None:
    # A shell lets its background jobs ignore Ctrl-C, and so would every command that a test starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.stash[SKIPPED] = []
    config.pluginmanager.register(NothingSkipped(config), "nothing-skipped")


class NothingSkipped:
    """A server that cannot be had is a failure, never a skip."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._skipped: list[str] = config.stash[SKIPPED]
        self._strict = bool(config.getoption("--no-skips")) or os.environ.get("CI") == "true"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped:
            self._skipped.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self._skipped.append(report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._strict and self._skipped and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._strict and self._skipped:
            terminalreporter.section("skipped, and nothing may be skipped here", red=True)
            for node in self._skipped:
                terminalreporter.line(node)


@pytest.fixture(scope="session")
def hapi_server() -> Iterator[RealServer]:
    """One HAPI for the whole run, in memory: tests that share it use clinics of their own."""
    with servers.hapi() as hospital:
        yield hospital


@pytest.fixture(scope="session")
def hapi_without_client_ids() -> Iterator[RealServer]:
    """One HAPI that gives all ids itself."""
    with servers.hapi("--no-client-ids") as hospital:
        yield hospital


@pytest.fixture(scope="session")
def sekmet_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    """One sekmet for the whole run."""
    with servers.sekmet(tmp_path_factory.mktemp("sekmet")) as hospital:
        yield hospital


@pytest.fixture(scope="session")
def hl7(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Validator]:
    """HL7's validator with our definitions and the codes that `terminology.py` vouches for."""
    folder = tmp_path_factory.mktemp("vouched")
    vouched.write_vouched(folder)
    with servers.validator([folder, Path(fhir_profiles.__file__).parent / "definitions"]) as running:
        yield running
