import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from integration.store import schema
from integration.store.database import Database
from tests.delivery.by_hand import Hand
from tests.stories.clinic import Clinic


@pytest.fixture
def clinic(tmp_path: Path) -> Callable[..., Clinic]:
    """Make a clinic with a home of its own: `clinic()`, `clinic("other")`."""

    def make(name: str = "clinic", *init: str) -> Clinic:
        return Clinic(tmp_path / name, *init)

    return make


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database at the current schema, copied for each test."""
    path = tmp_path_factory.mktemp("empty") / "empty.db"
    database = Database.open_sqlite(path, bytes(32), create=True)
    schema.upgrade(database)
    database.close()
    return path


@pytest.fixture
def hand(tmp_path: Path, empty_store: Path) -> Callable[..., Hand]:
    """Make a hospital to deliver to by hand."""

    def make(**manners: Any) -> Hand:
        shutil.copy(empty_store, tmp_path / "by-hand.db")
        return Hand(tmp_path, **manners)

    return make
