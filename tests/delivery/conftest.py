import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.audit import contents
from integration.store import schema
from integration.store.database import Database
from tests.delivery.by_hand import Hand


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database at the current schema, copied for each test: migrating each would cost more than the tests."""
    path = tmp_path_factory.mktemp("empty") / "empty.db"
    database = Database.open_sqlite(path, bytes(32), create=True)
    schema.upgrade(database)
    database.close()
    return path


@pytest.fixture
def hand(tmp_path: Path, empty_database: Path) -> Iterator[Callable[..., Hand]]:
    """Make a hospital to deliver to by hand: `hand(rung=2, bundle="batch")`.

    Whatever a test does there, the ledger and the attempts are in the end what the events say of them.
    """
    made: list[Hand] = []

    def make(**manners: Any) -> Hand:
        shutil.copy(empty_database, tmp_path / "by-hand.db")
        made.append(Hand(tmp_path, **manners))
        return made[-1]

    yield make
    for one in made[-1:]:
        with one.database.read() as conn:
            assert contents.verify(conn, lambda *_: None).faults == []
