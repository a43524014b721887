"""An import that is broken off at any moment, or runs beside another, ends where one undisturbed import ends."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from integration.intake import documents, importing
from integration.store import record_heads
from integration.store.database import Database
from integration.store.record_heads import Key
from mappings import sample
from tests.intake import clinic_file
from tests.intake.taking import digests
from tests.parts import databases
from tests.parts.databases import Store


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More records than one batch or page takes."""
    return clinic_file.write(tmp_path_factory.mktemp("export") / "all.ndjson", sample.courses(5, 3))


@pytest.fixture(scope="module")
def undisturbed(export: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Key, str]:
    """The documents that the export ends in."""
    with databases.store("sqlite", tmp_path_factory.mktemp("undisturbed")) as store:
        importing.import_files(store, [export])
        return digests(store)


class Crash(BaseException):
    """The end of the process."""


def test_a_crash_between_the_pages_leaves_records_due_and_the_next_run_finishes(
    store: Store, export: Path, undisturbed: dict[Key, str]
) -> None:
    def crash_at_documents(phase: str, _: int, __: int) -> None:
        if phase == "documents":
            raise Crash

    with pytest.raises(Crash):
        importing.import_files(store, [export], None, crash_at_documents)
    with store.db.read() as conn:
        left = record_heads.count_due(conn)
    made = documents.finish_due(store)

    assert left > 0
    assert made.records == left
    assert digests(store) == undisturbed


IMPORTING = """
import sys
from pathlib import Path
from integration.intake import importing
from integration.store import clinic
from integration.store.database import Database
from tests.parts import databases
place = sys.argv[1]
is_url = place.startswith("postgresql")
db = Database.open_postgres(place) if is_url else Database.open_sqlite(Path(place), databases.KEY)
with db.read() as conn:
    store = databases.Store(db, clinic.get(conn))
importing.import_files(store, [Path(sys.argv[2])], None, lambda *step: print(*step, flush=True))
"""


def place_of(store: Store, folder: Path) -> str:
    if store.db.dialect == "sqlite":
        return str(folder / "home" / "clinic.db")
    with store.db.read() as conn:
        return conn.engine.url.render_as_string(hide_password=False)


@pytest.mark.parametrize("step", ["reading", "documents"])
def test_after_a_kill_in_the_middle_the_next_import_ends_the_same(
    store: Store, tmp_path: Path, export: Path, undisturbed: dict[Key, str], step: str
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", IMPORTING, place_of(store, tmp_path), str(export)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert any(line.startswith(step) for line in process.stdout)
        os.kill(process.pid, signal.SIGKILL)
    with store.db.read() as conn:
        unfinished = record_heads.count_due(conn)
    importing.import_files(store, [export])

    assert process.returncode == -signal.SIGKILL
    assert unfinished > 0
    assert digests(store) == undisturbed


def test_two_imports_at_once_end_as_one(
    store: Store, tmp_path: Path, export: Path, undisturbed: dict[Key, str]
) -> None:
    place = place_of(store, tmp_path)
    is_file = store.db.dialect == "sqlite"
    second = Database.open_sqlite(Path(place), databases.KEY) if is_file else Database.open_postgres(place)
    failed: list[BaseException] = []

    def take(db: Database) -> None:
        try:
            importing.import_files(databases.Store(db, store.clinic), [export])
        except BaseException as error:  # noqa: BLE001 - a thread's failure must fail the test
            failed.append(error)

    threads = [threading.Thread(target=take, args=(db,)) for db in (store.db, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    second.close()

    assert failed == []
    assert digests(store) == undisturbed
