"""The same seed gives the same bytes, wherever and however it runs."""

import os
import subprocess
import sys

import pytest

from fhir_profiles import fhir_json
from mappings import sample

_PROGRAM = """
import hashlib
from fhir_profiles import fhir_json
from mappings import sample
digest = hashlib.sha256()
for record in sample.courses(6, 7):
    digest.update(fhir_json.encode(record) + b"\\n")
print(digest.hexdigest())
"""


@pytest.fixture(scope="module")
def expected() -> str:
    lines = (fhir_json.encode(record) + b"\n" for record in sample.courses(6, 7))
    return fhir_json.digest(b"".join(lines))


@pytest.mark.parametrize("zone", ["UTC", "America/Chicago", "Pacific/Kiritimati"])
@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_the_same_seed_gives_the_same_bytes_in_any_time_zone_and_hash_seed(
    expected: str, zone: str, hash_seed: str
) -> None:
    surroundings = os.environ | {"TZ": zone, "PYTHONHASHSEED": hash_seed, "LC_ALL": "C"}

    told = subprocess.run(
        [sys.executable, "-c", _PROGRAM], env=surroundings, capture_output=True, text=True, check=True, timeout=60
    )

    assert told.stdout.strip() == expected


def test_the_bytes_of_a_release_do_not_drift() -> None:
    lines = (fhir_json.encode(record) + b"\n" for record in sample.courses(2, 1))

    assert fhir_json.digest(b"".join(lines)) == "267d515d602b18bfb7542074534d21b489495ebd8274458ced49d7ccccf4b404"


def test_another_seed_gives_other_patients() -> None:
    assert next(sample.courses(1, 1))["names"] != next(sample.courses(1, 2))["names"]


def test_a_patient_is_the_same_however_many_are_asked_for() -> None:
    few, many = list(sample.courses(3, 5)), list(sample.courses(6, 5))

    assert many[: len(few)] == few
