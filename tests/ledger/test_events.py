"""Events are sealed into a chain, and any change of what is sealed shows."""

import threading

import pytest

from fhir_profiles import fhir_json
from integration.store import events
from integration.store.database import Database
from tests.ledger.sealed import NOW, SIGN, fill, verdict


def test_an_untouched_chain_is_intact(db: Database) -> None:
    fill(db, 5)
    found = verdict(db)

    assert found.intact
    assert (found.sealed, found.unsealed, found.checkpoints) == (5, 0, 1)


def test_an_event_carries_its_own_hash_over_everything_but_its_number(db: Database) -> None:
    fill(db, 1)
    with db.read() as conn:
        (event,) = events.of_record(conn, "session", "S-0")
    everything = {
        "actor": "someone", "at": "1790000000.25", "body": {"n": 0}, "hospital": None, "kind": "record.put",
        "record_id": "S-0", "record_kind": "session",
    }  # fmt: skip

    assert event.hash == fhir_json.digest(fhir_json.sorted_json(everything))


def test_numbers_in_an_event_that_are_floats_are_refused(db: Database) -> None:
    with pytest.raises(TypeError), db.write() as conn:
        events.append(conn, "k", "a", {"n": 0.5}, at=NOW)


def test_sealing_takes_what_has_no_seal_whatever_its_number(db: Database) -> None:
    insert = "INSERT INTO event (seq, at, kind, actor, body, hash) VALUES ({}, 1.5, 'k', 'a', '{{}}', 'h{}')"
    with db.write() as conn:
        conn.exec_driver_sql(insert.format(10, 10))
    first = events.seal(db, "me", NOW)
    with db.write() as conn:
        conn.exec_driver_sql(insert.format(7, 7))
    second = events.seal(db, "me", NOW)
    with db.read() as conn:
        order = [seq for _, _, seq, _ in events.chain(conn)]

    assert (first, second, order) == (1, 1, [10, 7])


def test_sealing_again_without_news_does_nothing(db: Database) -> None:
    fill(db, 3)

    assert events.seal(db, "me", NOW) == 0


def test_while_another_sealer_holds_the_lease_nothing_is_sealed(db: Database) -> None:
    with db.write() as conn:
        events.append(conn, "k", "a", {}, at=NOW)
        conn.exec_driver_sql(f"INSERT INTO sealer (one, owner, until) VALUES (1, 'other', {NOW + 10})")
    during = events.seal(db, "me", NOW)
    after = events.seal(db, "me", NOW + 11)

    assert (during, after) == (0, 1)


def test_two_sealers_at_once_make_one_chain(db: Database) -> None:
    with db.write() as conn:
        for n in range(50):
            events.append(conn, "k", "a", {"n": n}, at=NOW)
    threads = [threading.Thread(target=events.seal, args=(db, f"sealer {n}", NOW)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    events.seal(db, "the last", NOW)
    found = verdict(db)

    assert found.intact
    assert (found.sealed, found.unsealed) == (50, 0)


def test_checkpoints_are_signed_after_a_thousand_seals_or_five_minutes(db: Database) -> None:
    fill(db, 1)

    def later(seconds: float, *, more: int) -> bool:
        with db.write() as conn:
            for n in range(more):
                events.append(conn, "k", "a", {"n": n}, at=NOW)
        events.seal(db, "me", NOW + seconds)
        with db.write() as conn:
            return events.checkpoint(conn, SIGN, NOW + seconds) is not None

    assert [later(400, more=0), later(10, more=1), later(310, more=1), later(311, more=999), later(311, more=1)] == [
        False, False, True, False, True,
    ]  # fmt: skip


def test_events_without_seal_are_counted_and_belong_to_no_fault(db: Database) -> None:
    fill(db, 2)
    with db.write() as conn:
        events.append(conn, "k", "a", {}, at=NOW)
    found = verdict(db)

    assert (found.intact, found.sealed, found.unsealed) == (True, 2, 1)
