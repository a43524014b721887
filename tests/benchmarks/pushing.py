"""Push many dirty resources to a bare sink, against fhir.resources objects sent with httpx and kept nowhere."""

import contextlib
import shutil
import statistics
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fhir.resources.R4B.bundle import Bundle, BundleEntry, BundleEntryRequest
from fhir.resources.R4B.careplan import CarePlan
from fhir.resources.R4B.medicationadministration import MedicationAdministration
from fhir.resources.R4B.observation import Observation
from fhir.resources.R4B.patient import Patient
from fhir.resources.R4B.procedure import Procedure

from fhir_profiles import fhir_json
from integration.delivery import enrolling, pushing
from integration.hospital.capability import Capability, TypeCapability
from integration.hospital.settings import Settings
from integration.intake import importing
from integration.store import hospitals, resources
from integration.store.rows import State
from mappings import registry
from tests.benchmarks import clinic, rounds, sink
from tests.benchmarks.figures import Figure
from tests.benchmarks.sizes import Sizes

FLOOR = 8.0
HOSPITAL = "sink"
_MODELS: dict[str, Any] = {
    model.get_resource_type(): model for model in (CarePlan, MedicationAdministration, Observation, Patient, Procedure)
}


def measure(sizes: Sizes) -> list[Figure]:
    """The one figure of this file."""
    with sink.running() as there, tempfile.TemporaryDirectory(prefix="infusion-fhir-bench-") as folder:
        full = Path(folder) / "full.db"
        prepare(full, there.url, sizes)
        bundles = list(_documents(full, sizes.bundle))
        with _Ours(full, Path(folder) / "pushed.db").ready() as ours, httpx.Client() as http:
            peer = _Peer(http, there.url, bundles)
            seen = rounds.cpu_per_thing({"ours": ours.push, "peer": peer.push}, sizes.push_rounds, ours.make_ready)
    value = statistics.median(seen["ours"]) * 1e6
    ratio = rounds.ratio(seen["peer"], seen["ours"])
    many = sizes.pushed_patients * sizes.per_patient
    name = f"push {many:,} resources in bundles of {sizes.bundle}, against fhir.resources and httpx without a store"
    return [Figure(name, value, "µs CPU a resource", ratio, FLOOR)]


def prepare(path: Path, url: str, sizes: Sizes) -> None:
    """A clinic whose patients are all enrolled at the sink, and nothing of them is there yet."""
    lines = path.with_suffix(".ndjson")
    clinic.write(clinic.whole_courses(sizes.pushed_patients, sizes.per_patient), lines)
    with clinic.sqlite(path) as installation:
        report = importing.import_files(installation, [lines])
        if not report.clean:
            raise AssertionError("the records of the benchmark are not in order")
        # One request at a time, as the peer sends them: two would only get in each other's way on one machine.
        one_at_a_time = {"in_flight": 1, "bundle": "transaction", "bundle_size": sizes.bundle, "rung": 1}
        settings = Settings(patients="create", **one_at_a_time)
        with installation.database.write() as conn:
            now = installation.clock.now()
            hospitals.add(conn, HOSPITAL, url, settings.model_dump(mode="json"), _declared().to_json(), now)
        with installation.database.read() as conn:
            patients = enrolling.chosen(conn, None)
        enrolling.enrol(installation, HOSPITAL, patients, lambda _: None)


def _declared() -> Capability:
    takes = TypeCapability(
        interactions=frozenset({"create", "read", "update", "search-type"}), update_create=True,
        search_params=frozenset({"identifier"}), versioning="versioned",
    )  # fmt: skip
    return Capability("4.0.1", "sink", dict.fromkeys(registry.MADE, takes), transaction=True, batch=True)


@dataclass(slots=True)
class _Ours:
    """Our push, from the ledger to the settled rows; a fresh copy of the full ledger for each round."""

    full: Path
    copy: Path
    stack: contextlib.ExitStack | None = None
    installation: clinic.Installation | None = None

    @contextlib.contextmanager
    def ready(self) -> Iterator["_Ours"]:
        with contextlib.ExitStack() as self.stack:
            yield self

    def make_ready(self, _next: str) -> None:
        assert self.stack is not None
        self.stack.close()
        shutil.copy(self.full, self.copy)
        self.installation = self.stack.enter_context(clinic.sqlite(self.copy))

    def push(self) -> int:
        assert self.installation is not None
        (result,) = pushing.push(self.installation, [HOSPITAL], 0.0, threading.Event(), lambda *_: None)
        if not result.clean or result.rows.keys() != {State.CLEAN}:
            raise AssertionError(f"not everything arrived: {result.rows}, {result.stopped}")
        return result.rows[State.CLEAN]


@dataclass(frozen=True, slots=True)
class _Peer:
    """The usual way: build objects, put them into a Bundle, dump it, post it, read the answer as a Bundle."""

    http: httpx.Client
    url: str
    bundles: list[list[fhir_json.Document]]

    def push(self) -> int:
        return sum(self._one(documents) for documents in self.bundles)

    def _one(self, documents: list[fhir_json.Document]) -> int:
        entries = [_entry(document) for document in documents]
        body = Bundle(type="transaction", entry=entries).model_dump_json()
        answer = self.http.post(self.url, content=body, headers={"Content-Type": "application/fhir+json"})
        answered = Bundle.model_validate_json(answer.content)
        if len(answered.entry or ()) != len(documents):
            raise AssertionError("the sink answered for another bundle")
        return len(documents)


def _entry(document: fhir_json.Document) -> BundleEntry:
    kind, logical_id = document["resourceType"], document["id"]
    return BundleEntry(
        fullUrl=clinic.BASE.full_url(kind, logical_id),
        resource=_MODELS[kind].model_validate(document),
        request=BundleEntryRequest(method="PUT", url=f"{kind}/{logical_id}"),
    )


def _documents(path: Path, size: int) -> Iterator[list[fhir_json.Document]]:
    """What the peer sends: the same documents, in bundles of the same size."""
    with clinic.sqlite(path) as installation, installation.database.read() as conn:
        everything = [fhir_json.loads(one.body) for one in resources.everything(conn)]
    for start in range(0, len(everything), size):
        yield everything[start : start + size]
