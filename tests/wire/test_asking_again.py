"""What is only read is asked again where a hospital is busy, as long as it asks us to wait and no longer."""

import pytest

from integration.hospital.asking_again import PAUSES, UnhurriedClient
from integration.hospital.auth import Auth
from integration.hospital.client import Request
from tests.wire.conftest import boot
from tests.wire.server import answering, fhir

QUESTION = Request("GET", "Patient/1")
BUSY = {"resourceType": "OperationOutcome", "issue": []}
UNA = {"resourceType": "Patient", "id": "1"}


@pytest.fixture
def asked(serve):
    """asked(answers) gives the last answer's status, the pauses taken, and how often the hospital was asked."""

    def ask(*answers):
        left = list(answers)
        wire = serve(answering(lambda _seen: left.pop(0) if len(left) > 1 else left[0]))
        slept = []
        with UnhurriedClient("mercy", wire.url, Auth(), boot, sleep=slept.append) as client:
            outcome = client.send(QUESTION)
        return outcome.status, slept, len(wire.requests)

    return ask


def test_a_busy_hospital_is_asked_again_after_as_long_as_it_said(asked):
    waits = fhir(BUSY, 429, Retry_After="3")

    assert asked(waits, fhir(BUSY, 503), fhir(UNA)) == (200, [3.0, PAUSES[1]], 3)


def test_what_stays_busy_is_told_as_it_came(asked):
    assert asked(fhir(BUSY, 502)) == (502, list(PAUSES), len(PAUSES) + 1)


@pytest.mark.parametrize("status", [400, 404, 500])
def test_other_answers_are_final(asked, status):
    assert asked(fhir(BUSY, status)) == (status, [], 1)


def test_nobody_sits_in_front_of_a_command_for_an_hour(asked):
    assert asked(fhir(BUSY, 429, Retry_After="3600")) == (429, [], 1)
