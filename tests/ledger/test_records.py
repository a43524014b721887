"""When a record becomes a new version, and what else is due then."""

from decimal import Decimal
from typing import Any

import pytest

from integration.errors import StoreError
from integration.store import clinic, record_heads, records
from integration.store.database import Database
from integration.store.records import Outcome, Put
from tests.intake import clinic_file
from tests.intake.clinic_file import T1, T2, T3

NOW = 1_790_000_000.0


def put(db: Database, *raws: clinic_file.Raw) -> list[Put]:
    with db.write() as conn:
        return records.put_many(conn, [clinic_file.record(raw) for raw in raws], NOW)


def outcome(db: Database, raw: clinic_file.Raw) -> tuple[Outcome, int]:
    (answer,) = put(db, raw)
    return answer.outcome, answer.version


def all_done(db: Database) -> None:
    with db.write() as conn:
        record_heads.mark_done(conn, [head.key for head in records.due(conn, 1000)])


def due(db: Database) -> list[tuple[str, str]]:
    with db.read() as conn:
        return [head.key for head in records.due(conn, 1000)]


def heart_rate(number: int, updated_at: str, **changes: Any) -> clinic_file.Raw:
    return clinic_file.heart_rate(value={"value": number, "unit_ucum": "/min"}, updated_at=updated_at, **changes)


def test_a_new_record_is_version_one_and_due(db: Database) -> None:
    assert outcome(db, heart_rate(72, T1)) == (Outcome.STORED, 1)
    assert due(db) == [("observation", "O-2")]


def test_the_same_record_again_changes_nothing(db: Database) -> None:
    put(db, heart_rate(72, T1))
    all_done(db)

    assert outcome(db, heart_rate(72, T1)) == (Outcome.UNCHANGED, 1)
    assert due(db) == []


def test_other_content_with_a_newer_time_is_a_new_version(db: Database) -> None:
    put(db, heart_rate(72, T1))
    all_done(db)

    assert outcome(db, heart_rate(74, T2)) == (Outcome.STORED, 2)
    assert due(db) == [("observation", "O-2")]


def test_an_older_version_is_not_applied(db: Database) -> None:
    put(db, heart_rate(74, T2))
    (answer,) = put(db, heart_rate(72, T1))
    with db.read() as conn:
        held = records.get(conn, "observation", "O-2")

    assert (answer.outcome, answer.version, answer.held) == (Outcome.OLDER, 1, T2)
    assert held == clinic_file.record(heart_rate(74, T2))


def test_other_content_with_the_same_time_is_a_conflict_and_not_applied(db: Database) -> None:
    put(db, heart_rate(72, T1))

    assert outcome(db, heart_rate(74, T1)) == (Outcome.CONFLICT, 1)


def test_the_same_moment_in_another_zone_is_the_same_time(db: Database) -> None:
    put(db, heart_rate(72, "2026-03-02T12:00:00-06:00"))

    assert outcome(db, heart_rate(74, "2026-03-02T18:00:00Z"))[0] is Outcome.CONFLICT


def test_the_same_content_with_a_newer_time_moves_only_the_time(db: Database) -> None:
    put(db, heart_rate(72, T1))
    all_done(db)
    (answer,) = put(db, heart_rate(72, T3))
    with db.read() as conn:
        head = records.head(conn, "observation", "O-2")
        held = records.get(conn, "observation", "O-2")
        versions = records.versions(conn, "observation", "O-2")

    assert (answer.outcome, answer.version, answer.moved) == (Outcome.UNCHANGED, 1, True)
    assert (head is not None and head.updated_at, held is not None and held.updated_at.text) == (T3, T3)
    assert [version.version for version in versions] == [1]
    assert due(db) == []
    assert outcome(db, heart_rate(74, T2))[0] is Outcome.OLDER


def test_who_wrote_it_down_and_when_is_no_content(db: Database) -> None:
    put(db, heart_rate(72, T1, recorded_by="ST-1"))

    assert outcome(db, heart_rate(72, T1, recorded_by="ST-2", created_at=T1)) == (Outcome.UNCHANGED, 1)


def test_numbers_with_other_written_digits_are_other_content(db: Database) -> None:
    put(db, clinic_file.weight(value={"value": Decimal("72.5"), "unit_ucum": "kg"}))

    assert outcome(db, clinic_file.weight(updated_at=T2))[0] is Outcome.STORED


def test_several_versions_in_one_batch_are_taken_in_turn(db: Database) -> None:
    answers = put(db, heart_rate(70, T2), heart_rate(72, T1), heart_rate(74, T3), heart_rate(74, T3))
    with db.read() as conn:
        held = records.get(conn, "observation", "O-2")
        first = records.get(conn, "observation", "O-2", 1)

    assert [answer.outcome for answer in answers] == [
        Outcome.STORED, Outcome.OLDER, Outcome.STORED, Outcome.UNCHANGED,
    ]  # fmt: skip
    assert held == clinic_file.record(heart_rate(74, T3))
    assert first == clinic_file.record(heart_rate(70, T2))


def test_a_record_comes_back_exactly_as_it_was_written(db: Database) -> None:
    raws = clinic_file.course()
    put(db, *raws)
    with db.read() as conn:
        back = [records.get(conn, raw["kind"], raw["id"]) for raw in raws]

    assert back == [clinic_file.record(raw) for raw in raws]


def test_a_session_belongs_to_the_patient_of_its_plan_whichever_comes_first(db: Database) -> None:
    put(db, clinic_file.session())
    put(db, clinic_file.plan())
    put(db, clinic_file.session(id="S-2", sequence_no=2, side_effects=[]))
    with db.read() as conn:
        mine = [head.key for head in records.of_patient(conn, "P-1")]

    assert mine == [("plan", "PL-1"), ("session", "S-1"), ("session", "S-2")]


CHANGES = {
    "plan": (clinic_file.plan(title="Another title", updated_at=T2), {("plan", "PL-1"), ("session", "S-1")}),
    "session": (
        clinic_file.session(status="no_show", updated_at=T2),
        {("observation", "O-1"), ("observation", "O-2"), ("session", "S-1")},
    ),
    "an observation of the session": (
        heart_rate(74, T2),
        {("observation", "O-2"), ("session", "S-1")},
    ),
    "the weight that the dose rests on": (
        clinic_file.weight(status="entered_in_error", updated_at=T2),
        {("observation", "O-1"), ("plan", "PL-1"), ("session", "S-1")},
    ),
    "patient": (clinic_file.patient(language="en", updated_at=T2), {("patient", "P-1")}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_depends_on_a_changed_record_is_due_too(db: Database, change: str) -> None:
    put(db, *clinic_file.course())
    all_done(db)
    raw, expected = CHANGES[change]
    put(db, raw)

    assert set(due(db)) == expected


def test_an_observation_that_moves_to_another_session_makes_both_sessions_due(db: Database) -> None:
    put(db, *clinic_file.course(), clinic_file.session(id="S-2", sequence_no=2, side_effects=[]))
    all_done(db)
    put(db, clinic_file.heart_rate(visit="session/S-2", updated_at=T2))

    assert set(due(db)) == {("observation", "O-2"), ("session", "S-1"), ("session", "S-2")}


def test_a_page_of_due_records_goes_on_after_the_last(db: Database) -> None:
    put(db, *clinic_file.course())
    with db.read() as conn:
        first = records.due(conn, 3)
        rest = records.due(conn, 3, first[-1].key)

    assert [head.key for head in first + rest] == [
        ("observation", "O-1"), ("observation", "O-2"), ("patient", "P-1"), ("plan", "PL-1"), ("session", "S-1"),
    ]  # fmt: skip


def test_one_pretend_record_makes_it_a_database_with_pretend_data(db: Database) -> None:
    put(db, clinic_file.patient(test=False))
    with db.read() as conn:
        before = records.has_test(conn)
    put(db, clinic_file.plan())
    with db.read() as conn:
        after = records.has_test(conn)

    assert (before, after) == (False, True)


def test_the_identifier_base_is_fixed_with_the_first_record(db: Database) -> None:
    with db.write() as conn:
        changed = clinic.change_base(conn, "https://other.example/fhir")
    put(db, clinic_file.patient())
    with pytest.raises(StoreError) as refused, db.write() as conn:
        clinic.change_base(conn, "https://third.example/fhir")
    with db.read() as conn:
        kept = clinic.get(conn)

    assert (changed.identifier_base, kept, refused.value.code) == (
        "https://other.example/fhir", changed, "IF-STO-16",
    )  # fmt: skip


def test_what_maps_ask_for_is_read_from_the_store(db: Database) -> None:
    put(db, *clinic_file.course())
    with db.read() as conn:
        known = records.StoreKnown(conn, remember=2)
        plan = known.get("plan", "PL-1")
        nobody = known.get("plan", "PL-9")
        taken = known.observations_of("session/S-1")
        again = known.observations_of("session/S-1")

    assert plan == clinic_file.record(clinic_file.plan())
    assert nobody is None
    assert [one.id for one in taken] == [one.id for one in again] == ["O-1", "O-2"]
