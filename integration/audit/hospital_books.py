"""What the ledger says of a hospital at one moment: what the judge holds against what is there."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from integration.store import attempts, ledger, links
from integration.store.database import Connection
from integration.store.rows import Key, Row


@dataclass(frozen=True, slots=True)
class Books:
    """What the ledger says, at one moment."""

    rows: Mapping[str, Sequence[Row]]  # by resource type
    patients: Sequence[str]  # ids of the hospital's Patients whom our rows are about
    identifiers: Mapping[Key, str]  # (type, the hospital's id) -> our identifier
    linked: Mapping[str, str]  # the ids of the hospital's own Patients, to whom ours are linked
    unsure: Collection[Key]  # what may be there by a request whose answer was lost for good

    def identify(self, resource_type: str, remote_id: str) -> str | None:
        """Our identifier of what has this id at the hospital."""
        return self.identifiers.get((resource_type, remote_id))


def read(conn: Connection, hospital: str) -> Books:
    """Read the ledger of a hospital."""
    rows: dict[str, list[Row]] = defaultdict(list)
    identifiers: dict[Key, str] = {}
    linked: dict[str, str] = {}
    for _, _lane, row in ledger.listing(conn, hospital):
        rows[row.type].append(row)
        if row.remote_id is not None:
            identifiers[row.type, row.remote_id] = row.identifier
    theirs = [link.remote_id for link in links.every(conn, hospital, "Patient")]
    # What a document of ours says of something linked, it says of theirs.
    identifiers.update((link.key, f"{link.kind}/{link.remote_id}") for link in links.every(conn, hospital)
                       if link.kind != "Patient")  # fmt: skip
    for remote_id in theirs:
        ours = ledger.identifier_of_remote(conn, hospital, "Patient", remote_id)
        if ours is not None:
            identifiers["Patient", remote_id] = linked[remote_id] = ours
    patients = sorted({remote for kind, remote in identifiers if kind == "Patient"} | set(theirs))
    opened = {kind: _with_open(conn, hospital, some) for kind, some in rows.items()}
    return Books(opened, patients, identifiers, linked, attempts.unsure(conn, hospital))


def _with_open(conn: Connection, hospital: str, rows: Sequence[Row]) -> list[Row]:
    """The same rows with their open attempts."""
    there = ledger.get_many(conn, hospital, [row.key for row in rows])
    return [there.get(row.key, row) for row in rows]
