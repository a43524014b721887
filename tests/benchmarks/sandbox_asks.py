"""What the hospitals of the sandbox's benchmark are asked: reads, searches, PUTs and transactions of real documents."""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fhir_profiles import fhir_json
from fhir_profiles.fhir_json import Document
from mappings import known, records, registry
from tests.benchmarks import clinic
from tests.benchmarks.sizes import Sizes

PAGE: Final = 50
ENTRIES: Final = 100


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, the same for every hospital; the path is relative to the FHIR base."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""


Asks = Callable[[int, int], Sequence[Ask]]
"""So many requests of one kind; the second number is that of the round, so that each write brings something new."""


class Course:
    """The documents of some patients, 100 of each, and everything that is asked about them."""

    def __init__(self, sizes: Sizes) -> None:
        self.patients = [_hundred(one) for one in _patients(sizes.sandbox_patients)]
        self.kinds: Mapping[str, tuple[int, Asks]] = {
            "read": (sizes.sandbox_reads, self._reads),
            f"search page of {PAGE}": (sizes.sandbox_searches, self._searches),
            "PUT": (sizes.sandbox_puts, self._puts),
            f"transaction of {ENTRIES}": (sizes.sandbox_transactions, self._transactions),
        }

    def loads(self) -> list[Ask]:
        """Bring everything there, a transaction for each patient."""
        return [_transaction(documents) for documents in self.patients]

    def searches(self) -> list[Ask]:
        """One search for each patient."""
        return list(self._searches(len(self.patients), 0))

    def _reads(self, number: int, _: int) -> list[Ask]:
        return [Ask("GET", _place(document)) for document in self._some(number)]

    def _searches(self, number: int, _: int) -> list[Ask]:
        patients = itertools.islice(itertools.cycle(self.patients), number)
        return [Ask("GET", "Observation", f"patient=Patient/{one[0]['id']}&_count={PAGE}") for one in patients]

    def _puts(self, number: int, turn: int) -> list[Ask]:
        changed = (_changed(document, f"put {turn}.{n}") for n, document in enumerate(self._some(number)))
        return [Ask("PUT", _place(document), "", fhir_json.encode(document)) for document in changed]

    def _transactions(self, number: int, turn: int) -> list[Ask]:
        patients = itertools.islice(itertools.cycle(self.patients), number)
        return [
            _transaction([_changed(document, f"transaction {turn}.{n}") for document in documents])
            for n, documents in enumerate(patients)
        ]

    def _some(self, number: int) -> Iterator[Document]:
        """Observations of one patient after another, beginning again at the end."""
        everything = [one for many in self.patients for one in many if one["resourceType"] == "Observation"]
        return itertools.islice(itertools.cycle(everything), number)


def shown(body: bytes) -> tuple[int, list[tuple[str, str]]]:
    """What a page shows: how many there are in all, and id and version of each that stands there."""
    page = json.loads(body)
    resources = [entry["resource"] for entry in page["entry"]]
    return page["total"], [(one["id"], one["meta"]["versionId"]) for one in resources]


def _patients(number: int) -> Iterator[list[Document]]:
    raws = [records.parse(raw) for raw in clinic.whole_courses(number, ENTRIES)]
    everything = known.InMemory(raws)
    made = [one for record in raws for one in registry.documents_for(record, clinic.BASE, everything)]
    for _, some in itertools.groupby(sorted(made, key=lambda one: one.patient), key=lambda one: one.patient):
        yield [one.document for one in sorted(some, key=lambda one: one.rank)]


def _hundred(documents: list[Document]) -> list[Document]:
    """The newest of each document, the Patient first."""
    newest = list({_place(document): document for document in documents}.values())
    if len(newest) != ENTRIES or sum(one["resourceType"] == "Observation" for one in newest) <= PAGE:
        raise AssertionError("the patients of the benchmark have too little for a page")
    return newest


def _place(document: Document) -> str:
    return f"{document['resourceType']}/{document['id']}"


def _changed(document: Document, why: str) -> Document:
    """A later version of a document: every type has room for a text in its meta data."""
    tag = {"system": f"{clinic.BASE.url}/round", "code": why.replace(" ", "-")}
    return {**document, "meta": {**document.get("meta", {}), "tag": [tag]}}


def _transaction(documents: Sequence[Document]) -> Ask:
    entries = [
        {"fullUrl": clinic.BASE.full_url(one["resourceType"], one["id"]), "resource": one,
         "request": {"method": "PUT", "url": _place(one)}}
        for one in documents
    ]  # fmt: skip
    return Ask("POST", "", "", fhir_json.encode({"resourceType": "Bundle", "type": "transaction", "entry": entries}))
