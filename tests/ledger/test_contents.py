"""What is stored is compared with what was sealed: on both databases, and however little may be remembered at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.audit import contents
from integration.audit.contents import Contents
from tests.intake import clinic_file
from tests.intake.taking import take
from tests.parts import databases
from tests.parts.databases import Store

MADE_UP = (
    "INSERT INTO finding (kind, id, position, code, grade, element, says) "
    "VALUES ('plan', 'PL-1', 99, 'made-up', 'note', 'id', 'made up')"
)
LATER = {"updated_at": "2026-03-05T12:00:00-06:00"}


@pytest.fixture
def store(kind: str, tmp_path: Path) -> Iterator[Store]:
    """A clinic's store with a few records, one of them in two versions and one of which only the time has moved."""
    (tmp_path / "home").mkdir()
    with databases.store(kind, tmp_path / "home") as opened:
        course = clinic_file.course()
        take(opened, tmp_path, *course)
        take(opened, tmp_path, {**course[0], **LATER, "admin_gender": "other"}, {**course[1], **LATER})
        yield opened


def compared(store: Store, at_a_time: int = contents.PART) -> tuple[Contents, list[tuple[str, int, int]]]:
    told: list[tuple[str, int, int]] = []
    with store.db.read() as conn:
        found = contents.verify(conn, lambda *step: told.append(step), at_a_time=at_a_time)
    return found, told


def changed(store: Store, statement: str) -> None:
    with store.db.write() as conn:
        conn.exec_driver_sql(statement)


@pytest.mark.parametrize("at_a_time", [1, 3, contents.PART])
def test_what_nobody_touched_is_as_it_was_sealed(store: Store, at_a_time: int) -> None:
    found, told = compared(store, at_a_time)

    assert (found.faults, found.intact, found.derived_compared) == ([], True, True)
    assert told[-1][0] == "findings"
    assert told[-1][1] == told[-1][2]


@pytest.mark.parametrize("at_a_time", [1, contents.PART])
@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE record SET digest = 'x' WHERE kind = 'plan'", ["IF-AUD-04 record plan/PL-1 version 1"]),
        ("UPDATE record SET stored_at = stored_at + 1 WHERE kind = 'plan'", ["IF-AUD-04 record plan/PL-1 version 1"]),
        ("DELETE FROM record WHERE kind = 'patient' AND version = 1", ["IF-AUD-05 record patient/P-1 version 1"]),
        ("DELETE FROM record_head WHERE kind = 'plan'", ["IF-AUD-05 record plan/PL-1"]),
        (MADE_UP, ["IF-AUD-07 record plan/PL-1"]),
        ("DELETE FROM record_link WHERE id = 'O-1'", ["IF-AUD-07 record observation/O-1"]),
        ("UPDATE record_head SET test = NOT test WHERE kind = 'plan'", ["IF-AUD-07 record plan/PL-1"]),
        ("UPDATE record_head SET patient = 'P-2' WHERE kind = 'plan'", ["IF-AUD-07 record plan/PL-1"]),
    ],
)
def test_a_change_is_found_and_named_once(store: Store, statement: str, expected: list[str], at_a_time: int) -> None:
    changed(store, statement)
    found, _ = compared(store, at_a_time)

    assert [f"{one.code} {one.what}" for one in found.faults] == expected


def test_a_body_that_was_changed_is_found(store: Store) -> None:
    body = "'{}'" if store.db.dialect == "sqlite" else "'\\x7b7d'"
    changed(store, f"UPDATE resource SET body = {body} WHERE type = 'CarePlan'")
    found, _ = compared(store)

    assert {(one.code.value, one.table) for one in found.faults} == {("IF-AUD-04", "resource")}


def test_only_the_first_faults_are_kept_and_all_are_counted(store: Store) -> None:
    changed(store, "UPDATE record SET digest = 'x', stored_at = 0, updated_at = ''")
    changed(store, "UPDATE resource_history SET digest = 'x', stored_at = 0")
    changed(store, "UPDATE resource SET digest = 'x', stored_at = 0")
    found, _ = compared(store)

    assert found.fault_count > len(found.faults) == contents.SHOWN
