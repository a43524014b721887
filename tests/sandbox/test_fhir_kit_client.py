"""A JavaScript client of other people, unmodified, does what it always does against `open` on a real socket."""

import pytest

from tests.parts import node


@pytest.fixture
def there(hospital):
    return hospital("open", socket=True)


def test_it_creates_reads_versions_updates_and_deletes(there):
    said = node.fhir_kit_client("writesAndReads", there.url)

    assert said == {
        "statuses": [201, 200, 200, 200, 200],
        "location": f"{there.url}/Patient/{said['id']}/_history/1",
        "etag": 'W/"2"',
        "id": said["id"],
        "born": "1970-01-31",
        "genders": [None, "female"],
        "gone": {"status": 410, "says": "OperationOutcome", "issue": "deleted"},
    }
    assert there.read("Patient", said["id"]) is None


def test_it_reads_the_history_of_one_of_a_type_and_of_all(there):
    told = ['PUT W/"2"', 'POST W/"1"']

    assert node.fhir_kit_client("tellsHistory", there.url) == {
        "one": told,
        "type": told,
        "whole": ["history", ["Observation", "Patient", "Patient"]],
    }


def test_it_searches_by_get_and_by_post_and_includes(there):
    assert node.fhir_kit_client("searches", there.url) == {
        "found": ["Ada", "Bea", "Cleo", "Dora", "Emmy"],
        "posted": ["Cleo"],
        "nobody": 0,
        "included": ["Observation", "Patient"],
    }


def test_it_turns_pages_forth_and_back(there):
    assert node.fhir_kit_client("turnsPages", there.url) == {
        "forth": [["Ada", "Bea"], ["Cleo", "Dora"], ["Emmy"]],
        "after": None,
        "back": ["Cleo", "Dora"],
        "before": None,
    }


def test_it_reads_from_the_capability_statement_what_can_be_done(there):
    said = node.fhir_kit_client("asksWhatCanBeDone", there.url)

    assert {"read", "vread", "create", "update", "search-type", "history-instance"} <= set(said.pop("patient"))
    assert said == {"version": "4.0.1", "transaction": True, "birthdate": True}


def test_it_sends_a_transaction_and_a_batch(there):
    assert node.fhir_kit_client("sendsManyAtOnce", there.url) == {
        "transaction": ["transaction-response", ["201 Created", "201 Created"]],
        "subject": "Ada",
        "batch": ["batch-response", ["201 Created", "422 Unprocessable Entity"]],
        "nothing": {"status": 422, "says": "OperationOutcome", "issue": "structure"},
        "there": ["Ada", "Bea"],
    }


def test_it_creates_and_updates_on_a_condition(there):
    assert node.fhir_kit_client("setsConditions", there.url) == {
        "statuses": [201, 200, 200],
        "same": True,
        "stale": {"status": 412, "says": "OperationOutcome", "issue": "conflict"},
        "there": ["Adele"],
    }


def test_it_calls_operations(there):
    assert node.fhir_kit_client("callsOperations", there.url) == {
        "everything": ["Observation", "Patient"],
        "match": ["Ada"],
    }


def test_it_hears_in_an_operation_outcome_what_is_refused(there):
    said = node.fhir_kit_client("hearsRefusals", there.url)

    assert {one["says"] for one in said.values()} == {"OperationOutcome"}
    assert {name: (one["status"], one["issue"]) for name, one in said.items()} == {
        "incomplete": (422, "structure"),
        "unknown": (404, "not-found"),
        "type": (404, "not-supported"),
        "parameter": (400, "not-supported"),
        "compartment": (404, "not-found"),
        "patch": (405, "not-supported"),
    }
