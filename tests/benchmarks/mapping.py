"""Map and encode a blood pressure, against fhir.resources building and dumping the same."""

import itertools
import json
import statistics
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from fhir.resources.R4B.observation import Observation

from fhir_profiles import fhir_json, terminology
from mappings import known, records, registry
from mappings.records.observation import ObservationRecord
from tests.benchmarks import rounds
from tests.benchmarks.clinic import BASE
from tests.benchmarks.figures import Figure
from tests.benchmarks.sizes import Sizes
from tests.records import examples

FLOOR = 60.0
LEAST_ELEMENTS, COMPONENTS = 12, 3


def measure(sizes: Sizes) -> list[Figure]:
    """The one figure of this file."""
    readings = list(itertools.islice(blood_pressures(), sizes.mapped))
    visits = known.InMemory(_plans_and_sessions())
    documents = [fhir_json.loads(_ours(reading, visits)) for reading in readings[: sizes.mapped_by_peer]]
    for reading, document in zip(readings, documents, strict=False):
        _refuse_unequal(_ours(reading, visits), _peers(document))

    def ours() -> int:
        for reading in readings:
            _ours(reading, visits)
        return len(readings)

    def peers() -> int:
        for document in documents:
            _peers(document)
        return len(documents)

    seen = rounds.cpu_per_thing({"ours": ours, "peer": peers}, sizes.rounds)
    value = statistics.median(seen["ours"]) * 1e6
    ratio = rounds.ratio(seen["peer"], seen["ours"])
    return [Figure("map and encode a blood pressure, against fhir.resources", value, "µs CPU", ratio, FLOOR)]


def _ours(reading: ObservationRecord, visits: known.Known) -> bytes:
    ((its_map, thing, scope),) = registry.writers(reading, BASE, visits)
    return fhir_json.encode_made(its_map.to_fhir(thing, scope))


def _peers(document: dict[str, Any]) -> bytes:
    """fhir.resources is given the mapped document; it only has to build its model of it and to dump that."""
    return Observation.model_validate(document).model_dump_json().encode()


def _refuse_unequal(ours: bytes, peers: bytes) -> None:
    document = json.loads(ours, parse_float=Decimal)
    if document != json.loads(peers, parse_float=Decimal):
        raise AssertionError("the two sides do not write the same document")
    if len(document) < LEAST_ELEMENTS or len(document["component"]) != COMPONENTS:
        raise AssertionError("the document is smaller than the one that is spoken of")


def _plans_and_sessions() -> Iterator[records.Record]:
    for number in range(_COURSES):
        patient, plan, session = (f"{kind}-{number:04d}" for kind in ("P", "PL", "S"))
        yield records.parse(examples.plan(id=plan, patient=patient))
        yield records.parse(examples.session(id=session, plan=plan))


def blood_pressures() -> Iterator[ObservationRecord]:
    """Readings of a monitor, more of them than ids are remembered: each is mapped as if it were new."""
    for number in itertools.count():
        yield _reading(number)


def _reading(number: int) -> ObservationRecord:
    systolic, diastolic = 110 + number % 40, 60 + number % 30
    values = [("systolic", systolic), ("diastolic", diastolic), ("mean", (systolic + 2 * diastolic) // 3)]
    at = f"2026-03-{1 + number // 1440 % 28:02d}T{number // 60 % 24:02d}:{number % 60:02d}:00-05:00"
    raw = {
        "kind": "observation", "id": f"O-{number:06d}", "test": True, "updated_at": at,
        "patient": f"P-{number % _COURSES:04d}", "measure": "bp", "effective": at, "status": "final",
        "components": [{"measure": m, "value": {"value": v, "unit_ucum": "mm[Hg]"}} for m, v in values],
        "device": "MON-1", "performer": "staff-role/ST-2", "issued": at,
        "body_position": _coded("33586001", "Sitting position"),
        "body_site": _coded("368208006", "Left upper arm structure"),
        "method": _coded("17146006", "Blood pressure taking by automatic device"),
        "visit": f"session/S-{number % _COURSES:04d}", "plan": f"PL-{number % _COURSES:04d}",
        "timepoint": {"code": "during", "offset_min": number % 50},
    }  # fmt: skip
    record = records.parse(raw)
    assert isinstance(record, ObservationRecord)
    return record


_COURSES = 50


def _coded(code: str, display: str) -> dict[str, Any]:
    return {"codings": [{"system": terminology.SNOMED, "code": code, "display": display}]}
