"""Every test here runs on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.store.database import Database
from tests.parts import databases


@pytest.fixture(params=databases.KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def db(kind: str, tmp_path: Path) -> Iterator[Database]:
    """A clinic's database that holds nothing yet."""
    with databases.database(kind, tmp_path) as opened:
        yield opened
