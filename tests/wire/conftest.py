import time
from contextlib import ExitStack

import pytest
import trustme

from integration.hospital.auth import Auth
from integration.hospital.client import HospitalClient
from tests.wire.server import Wire


def boot():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@pytest.fixture
def serve():
    """serve(script, …) starts a server for the test."""
    with ExitStack() as stack:

        def start(script, **kwargs):
            wire = Wire(script, **kwargs)
            stack.callback(wire.stop)
            return wire

        yield start


@pytest.fixture
def connect():
    """connect(url, …) opens a client for the test; `slept` on it lists the pauses it took."""
    with ExitStack() as stack:

        def start(url, *, auth=None, boot=boot, **kwargs):
            slept = []
            kwargs.setdefault("sleep", slept.append)
            client = stack.enter_context(HospitalClient("mercy", url, auth or Auth(), boot, **kwargs))
            client.slept = slept
            return client

        yield start


@pytest.fixture(scope="session")
def authority():
    return trustme.CA()


@pytest.fixture
def bundle(authority, tmp_path):
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    return file
