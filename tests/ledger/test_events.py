"""Events are sealed into a chain, and any change of what is sealed shows."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fhir_profiles import fhir_json
from integration.audit import chain
from integration.audit.chain import Break
from integration.store import events
from integration.store.database import Database

NOW = 1_790_000_000.25
PRIVATE = bytes(range(1, 33))
PUBLIC = chain.public_key(PRIVATE)
SIGN = chain.signer(PRIVATE)
TRIGGERS = {
    "sqlite": ("DROP TRIGGER {}_no_update", "DROP TRIGGER {}_no_delete"),
    "postgresql": ("ALTER TABLE {} DISABLE TRIGGER ALL",),
}


def fill(db: Database, number: int, *, checkpoint: bool = True) -> None:
    for n in range(number):
        with db.write() as conn:
            events.append(
                conn, "record.put", "someone", {"n": n}, at=NOW + n, record_kind="session", record_id=f"S-{n}"
            )
    events.seal(db, "me", NOW)
    if checkpoint:
        with db.write() as conn:
            events.checkpoint(conn, SIGN, NOW, at_once=True)


def verdict(db: Database, **kept: Any) -> chain.Verdict:
    with db.read() as conn:
        return chain.verify(conn, PUBLIC, **kept)


def tamper(db: Database, *statements: str) -> None:
    """What someone could do who may write the database and takes the triggers away."""
    with db.write() as conn:
        for table in ("event", "seal", "checkpoint"):
            for statement in TRIGGERS[db.dialect]:
                conn.exec_driver_sql(statement.format(table))
        for statement in statements:
            conn.exec_driver_sql(statement)


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


EDITS = {
    "body": "UPDATE event SET body = '{\"n\":99}' WHERE seq = 3",
    "actor": "UPDATE event SET actor = 'nobody' WHERE seq = 3",
    "time": "UPDATE event SET at = at + 0.0000005 WHERE seq = 3",
    "record": "UPDATE event SET record_id = 'S-9' WHERE seq = 3",
    "kind": "UPDATE event SET kind = 'else' WHERE seq = 3",
    "type": "UPDATE event SET at = 'noon' WHERE seq = 3",
    "hospital": "UPDATE event SET hospital = 'mercy' WHERE seq = 3",
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_event_is_found(db: Database, edit: str) -> None:
    fill(db, 6)
    if edit == "type" and db.dialect == "postgresql":
        edit = "time"  # PostgreSQL has types
    tamper(db, EDITS[edit])
    found = verdict(db)

    assert [(fault.kind, fault.event) for fault in found.faults] == [(Break.EDITED, 3)]


def test_an_event_edited_together_with_its_hash_breaks_the_chain(db: Database) -> None:
    fill(db, 6)
    forged = events.hash_of(
        NOW + 2, "record.put", "nobody", b'{"n":2}', hospital=None, record_kind="session", record_id="S-2"
    )
    tamper(db, f"UPDATE event SET actor = 'nobody', hash = '{forged}' WHERE seq = 3")
    found = verdict(db)

    assert [(fault.kind, fault.event) for fault in found.faults] == [(Break.CHAIN, 3)]


def rechained(db: Database) -> list[str]:
    """Statements that make the chain anew over what is there now: what a thorough forger would do."""
    previous = events.genesis("11111111-2222-4333-8444-555555555555")
    statements = []
    with db.read() as conn:
        for position, _, seq, event in events.chain(conn):
            assert event is not None
            previous = events.link(previous, event.hash)
            statements.append(f"UPDATE seal SET hash = '{previous}' WHERE position = {position} AND event = {seq}")
    return statements


def test_a_chain_made_anew_differs_from_what_the_checkpoint_vouches_for(db: Database) -> None:
    fill(db, 6)
    forged = events.hash_of(
        NOW + 2, "record.put", "nobody", b'{"n":2}', hospital=None, record_kind="session", record_id="S-2"
    )
    tamper(db, f"UPDATE event SET actor = 'nobody', hash = '{forged}' WHERE seq = 3")
    with db.write() as conn:
        for statement in rechained(db):
            conn.exec_driver_sql(statement)
    found = verdict(db)

    assert [fault.kind for fault in found.faults] == [Break.REWRITTEN]


def test_a_deleted_event_is_found(db: Database) -> None:
    fill(db, 6)
    tamper(db, "DELETE FROM event WHERE seq = 3")
    found = verdict(db)

    assert [(fault.kind, fault.event) for fault in found.faults] == [(Break.MISSING, 3)]


def test_an_event_deleted_with_its_seal_is_found(db: Database) -> None:
    fill(db, 6)
    tamper(db, "DELETE FROM event WHERE seq = 3", "DELETE FROM seal WHERE position = 3")
    found = verdict(db)

    assert {fault.kind for fault in found.faults} == {Break.MISSING, Break.CHAIN}


SWAP: dict[str, Callable[[], tuple[str, ...]]] = {
    "events": lambda: (
        "UPDATE event SET seq = 100 WHERE seq = 2",
        "UPDATE event SET seq = 2 WHERE seq = 3",
        "UPDATE event SET seq = 3 WHERE seq = 100",
    ),
    "seals": lambda: (
        "UPDATE seal SET position = 100 WHERE position = 2",
        "UPDATE seal SET position = 2 WHERE position = 3",
        "UPDATE seal SET position = 3 WHERE position = 100",
    ),
}


@pytest.mark.parametrize("what", SWAP)
def test_a_changed_order_is_found(db: Database, what: str) -> None:
    fill(db, 6)
    tamper(db, *SWAP[what]())

    assert Break.CHAIN in {fault.kind for fault in verdict(db).faults}


def test_an_event_put_between_others_is_found(db: Database) -> None:
    fill(db, 3)
    own = events.hash_of(NOW, "k", "a", b"{}", hospital=None, record_kind=None, record_id=None)
    tamper(
        db,
        "UPDATE event SET seq = 5 WHERE seq = 3",
        f"INSERT INTO event (seq, at, kind, actor, body, hash) VALUES (3, {NOW!r}, 'k', 'a', '{{}}', '{own}')",
        "UPDATE seal SET position = 4, event = 5 WHERE position = 3",
        "INSERT INTO seal (position, event, hash) VALUES (3, 3, 'x')",
    )

    assert not verdict(db).intact


def test_a_tail_that_was_cut_off_is_found_by_the_checkpoint(db: Database) -> None:
    fill(db, 6)
    tamper(db, "DELETE FROM seal WHERE position > 4", "DELETE FROM event WHERE seq > 4")
    found = verdict(db)

    assert [fault.kind for fault in found.faults] == [Break.CUT]


def test_a_tail_cut_off_with_its_checkpoint_is_found_by_one_kept_elsewhere(db: Database) -> None:
    fill(db, 6)
    with db.read() as conn:
        kept = events.checkpoints(conn)
    tamper(
        db,
        "DELETE FROM seal WHERE position > 4",
        "DELETE FROM event WHERE seq > 4",
        "DELETE FROM checkpoint",
    )

    assert verdict(db).intact
    assert [fault.kind for fault in verdict(db, kept=kept).faults] == [Break.CUT]


def test_a_checkpoint_moved_back_is_not_signed(db: Database) -> None:
    fill(db, 6)
    tamper(
        db,
        "DELETE FROM seal WHERE position > 4",
        "DELETE FROM event WHERE seq > 4",
        "UPDATE checkpoint SET position = 4, hash = (SELECT hash FROM seal WHERE position = 4)",
    )

    assert [fault.kind for fault in verdict(db).faults] == [Break.SIGNATURE]


def test_a_checkpoint_of_another_clinic_or_key_does_not_count(db: Database) -> None:
    fill(db, 2)
    with db.read() as conn:
        (mine,) = events.checkpoints(conn)

    assert chain.is_signed(mine, PUBLIC)
    assert not chain.is_signed(mine, chain.public_key(bytes(32)))
    assert not chain.is_signed(replace(mine, installation="other"), PUBLIC)
    assert not chain.is_signed(replace(mine, at=mine.at + 1), PUBLIC)
    assert not chain.is_signed(replace(mine, signature="not base64 !"), PUBLIC)


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
