"""The fixture that other projects get by naming the module in `pytest_plugins`, and its two ways to be served."""

import pytest

from integration.sandbox.testing import hospital

__all__ = ["hospital", "served"]


@pytest.fixture(params=[False, True], ids=["in process", "on a socket"])
def served(request, hospital):
    """Open a hospital in process and, in a second run of the same test, on a real socket."""

    def open_one(character="open", **options):
        return hospital(character, socket=request.param, **options)

    return open_one
