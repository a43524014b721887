"""The clinic's exports that the stories import: whole courses, later corrections, and what follows from them."""

import datetime as dt
import functools
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from fhir_profiles.fhir_json import Document
from mappings import identity, records, registry, sample
from mappings.known import InMemory

Raw = dict[str, Any]
Key = tuple[str, str]

_LATER = dt.datetime(2026, 7, 1, 9, tzinfo=dt.UTC)


@functools.cache
def _courses(patients: int, seed: int) -> tuple[Raw, ...]:
    return tuple(sample.courses(patients, seed))


def courses(patients: int, seed: int = 1) -> list[Raw]:
    """Give everything of so many pretend patients."""
    return list(_courses(patients, seed))


def by_patient(exported: Iterable[Raw]) -> list[list[Raw]]:
    """Cut an export into one for each patient, in their order; the sample writes one patient after the other."""
    found: list[list[Raw]] = []
    for record in exported:
        if record["kind"] == "patient" and (not found or found[-1][0]["id"] != record["id"]):
            found.append([])
        found[-1].append(record)
    return found


def corrected(exported: Sequence[Raw], share: float, chance: random.Random, round_number: int) -> list[Raw]:
    """Give newer versions of some of the newest readings with a single value; later rounds are newer."""
    newest = {record["id"]: record for record in exported if record["kind"] == "observation"}
    at = (_LATER + dt.timedelta(hours=round_number)).isoformat()
    return [
        record | {"status": "corrected", "value": _one_more(record["value"]), "issued": at, "updated_at": at}
        for record in newest.values()
        if record.get("measure") == "hr" and "value" in record and record["status"] != "entered_in_error"
        if chance.random() < share
    ]


def renamed(exported: Iterable[Raw], names: dict[str, str]) -> list[Raw]:
    """The same with other ids, also where another record is referred to (`session/S-1`)."""

    def named(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: named(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [named(inner) for inner in value]
        if isinstance(value, str):
            kind, slash, its = value.rpartition("/")
            return kind + slash + names.get(its, its)
        return value

    return [named(record) for record in exported]


def documents_of(exported: Iterable[Raw], base: str, *, among: Iterable[Raw] = ()) -> dict[Key, Document]:
    """What a hospital should hold of these records, made without store, ledger or delivery: the yardstick.

    `among`: all others that they may refer to, where these are not all that there is.
    """
    some, where = InMemory([records.parse(raw) for raw in exported]), identity.Base.of(base)
    known = InMemory([*(records.parse(raw) for raw in among), *some])
    made = [one.document for record in some for one in registry.documents_for(record, where, known)]
    return {(document["resourceType"], document["id"]): document for document in made}


def first(exported: Iterable[Raw], fits: Callable[[Raw], bool]) -> Raw:
    """The first record that fits."""
    return next(record for record in exported if fits(record))


def of_kind(exported: Iterable[Raw], kind: str) -> Iterator[Raw]:
    """The records of one kind."""
    return (record for record in exported if record["kind"] == kind)


def _one_more(value: Raw) -> Raw:
    return value | {"value": Decimal(value["value"]) + 1}
