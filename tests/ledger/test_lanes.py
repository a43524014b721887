"""Who may work on a lane, and when the next one is due."""

from integration.store import hospitals, lanes
from integration.store.database import Database

NOW = 1_790_000_000.0
LEASE = 150.0


def claimed(db: Database) -> None:
    """A lane that was due, held by a worker since then."""
    with db.write() as conn:
        hospitals.add(conn, "mercy", "http://127.0.0.1:9/fhir", {}, {}, NOW)
        lanes.touch(conn, "mercy", ["patient-1"], NOW - 1)
        assert lanes.claim(conn, "mercy", NOW, lease=LEASE, owner="one", is_dead=lambda _: False) is not None


def test_a_leased_lane_is_due_when_its_lease_ends(db: Database) -> None:
    claimed(db)

    with db.read() as conn:
        assert lanes.next_due(conn, "mercy", is_dead=lambda _: False) == NOW + LEASE


def test_the_lane_of_a_dead_owner_is_due_at_once(db: Database) -> None:
    claimed(db)

    with db.read() as conn:
        assert lanes.next_due(conn, "mercy", is_dead=lambda owner: owner == "one") == NOW - 1
