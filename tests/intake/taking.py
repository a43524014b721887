"""Importing a few records, and what came of it."""

from pathlib import Path

from integration.intake import importing
from integration.store import events, problems, resources
from integration.store.record_heads import Key
from tests.intake import clinic_file
from tests.parts.databases import Store


def take(store: Store, folder: Path, *raws: clinic_file.Raw | bytes) -> importing.ImportReport:
    return importing.import_files(store, [clinic_file.write(folder / "export.ndjson", raws)])


def digests(store: Store) -> dict[Key, str]:
    with store.db.read() as conn:
        return {(one.type, one.id): one.digest for one in resources.everything(conn)}


def statuses(store: Store) -> list[tuple[str, str | None, int]]:
    with store.db.read() as conn:
        return [(one.type, one.status, one.version) for one in resources.everything(conn)]


def waiting(store: Store) -> list[tuple[str, str, str | None, str | None]]:
    with store.db.read() as conn:
        return [(one.kind, one.id, one.waits_kind, one.waits_id) for one in problems.all_of_them(conn)]


def number_of_events(store: Store) -> int:
    with store.db.read() as conn:
        return sum(events.sealed_up_to(conn))
