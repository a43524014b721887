"""Every test here runs on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts import databases
from tests.parts.databases import Store


@pytest.fixture(params=databases.KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def store(kind: str, tmp_path: Path) -> Iterator[Store]:
    """A clinic's store that holds nothing yet."""
    (tmp_path / "home").mkdir()
    with databases.store(kind, tmp_path / "home") as opened:
        yield opened
