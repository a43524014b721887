"""Any change of what is sealed shows."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from integration.audit import chain
from integration.audit.chain import Break
from integration.store import events
from integration.store.database import Database
from tests.ledger.sealed import NOW, PUBLIC, fill, tamper, verdict

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
