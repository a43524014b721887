"""What a hospital's server says of itself, and how we therefore write to it."""

import json
import socket

import pytest

from integration import errors
from integration.hospital import capability
from integration.hospital.capability import Capability, TypeCapability
from integration.hospital.settings import Settings
from tests.wire.server import answering, fhir

ALL = ("read", "create", "update", "search-type")


def statement(*, system=("transaction", "batch"), version="4.0.1", **types):
    return {
        "resourceType": "CapabilityStatement",
        "fhirVersion": version,
        "software": {"name": "Mercy EHR", "version": "9"},
        "rest": [
            {
                "mode": "server",
                "interaction": [{"code": code} for code in system],
                "resource": [{"type": name, **declared} for name, declared in types.items()],
            }
        ],
    }


def declared(*interactions, **more):
    return {
        "interaction": [{"code": code} for code in interactions],
        "searchParam": [{"name": "identifier", "type": "token"}, {"name": "_id", "type": "token"}],
        **more,
    }


def test_metadata_is_read_and_kept(serve, connect):
    document = statement(
        Patient=declared(*ALL, conditionalCreate=True, updateCreate=True, versioning="versioned-update"),
        CarePlan=declared("read", "search-type"),
    )
    wire = serve(answering(lambda _: fhir(document)))
    found = capability.read(connect(wire.url))

    assert wire.requests[0].target == "/fhir/metadata"
    assert wire.requests[0].headers["accept"] == "application/fhir+json"
    assert (found.fhir_version, found.software, found.transaction, found.batch) == ("4.0.1", "Mercy EHR 9", True, True)
    assert found.types["Patient"] == TypeCapability(
        frozenset(ALL), conditional_create=True, update_create=True, search_params=frozenset({"identifier", "_id"}),
        versioning="versioned-update",
    )  # fmt: skip
    assert not found.types["CarePlan"].takes_writes
    assert Capability.from_json(json.loads(json.dumps(found.to_json()))) == found


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, b"<!doctype html><html>Sign in</html>", "IF-HOS-01"),
        (200, b"{", "IF-HOS-02"),
        (200, b'{"resourceType":"Patient","fhirVersion":"4.0.1"}', "IF-HOS-03"),
        (200, json.dumps(statement(version="5.0.0")).encode(), "IF-HOS-04"),
        (200, json.dumps(statement(version="4.3.0")).encode(), "IF-HOS-04"),
        (200, b'{"resourceType":"CapabilityStatement"}', "IF-HOS-04"),
        (401, b"", "IF-AUTH-05"),
        (403, b"", "IF-AUTH-06"),
        (404, b"<html>", "IF-HOS-05"),
        (302, b"", "IF-NET-09"),
        (429, b"", "IF-HOS-07"),
        (503, b"", "IF-HOS-07"),
        (500, b"", "IF-HOS-06"),
        (406, b"", "IF-HOS-10"),
        (204, b"", "IF-HOS-10"),
    ],
)
def test_an_unusable_server_is_named(serve, connect, status, body, code):
    client = connect(serve(answering(lambda _: (status, body, {}))).url)
    with pytest.raises(errors.RemoteError) as caught:
        capability.read(client)

    assert caught.value.code == code
    assert caught.value.where == "mercy"
    assert caught.value.exit == errors.Exit.REMOTE


def test_an_unreachable_server_is_named(connect):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(errors.RemoteError) as caught:
        capability.read(connect(f"http://127.0.0.1:{port}/fhir"))

    assert caught.value.code == "IF-NET-02"


@pytest.mark.parametrize(
    "broken",
    [
        {"rest": None}, {"rest": "server"}, {"rest": [None, {"mode": "client"}]},
        {"rest": [{"interaction": {}, "resource": [1, {"type": 2}, {"interaction": [{"code": 3}, 4]}]}]},
        {"software": []}, {"software": {"name": 7}},
    ],
)  # fmt: skip
def test_malformed_parts_of_a_statement_count_as_not_declared(broken):
    found = capability.parse({**statement(), "rest": [], **broken})

    assert found.types == {}
    assert not found.transaction


@pytest.mark.parametrize(
    ("given", "rung", "source"),
    [
        (declared(*ALL, updateCreate=True, conditionalCreate=True, conditionalUpdate=True), 1, "declared"),
        (declared(*ALL, conditionalCreate=True, conditionalUpdate=True), 2, "declared"),
        (declared(*ALL, conditionalUpdate=True), 4, "declared"),
        (declared("create", "update", conditionalUpdate=True), 3, "declared"),
        (declared(*ALL), 4, "declared"),
        (declared("create", "read"), 4, "assumed"),
        (declared("update"), 1, "assumed"),
        (declared("create", updateCreate=True), 4, "assumed"),
        (declared("read", "search-type"), 0, "declared"),
    ],
)
def test_the_rung_is_the_best_that_is_declared_for_the_type(given, rung, source):
    found = capability.rung(capability.parse(statement(Procedure=given)), Settings(), "Procedure")

    assert found[0] == rung
    assert found[1].startswith(source)


def test_a_type_that_is_not_declared_does_not_go_there():
    assert capability.rung(capability.parse(statement()), Settings(), "CarePlan")[0] == 0


def test_what_the_operator_sets_wins():
    found = capability.parse(statement(Patient=declared(*ALL, updateCreate=True)))
    settings = Settings(rung=4, bundle="single")

    assert capability.rung(found, settings, "Patient") == (4, "set")
    assert capability.bundle_kind(found, settings) == ("single", "set")


@pytest.mark.parametrize(
    ("system", "kind", "source"),
    [
        (("transaction", "batch"), "transaction", "declared"),
        (("transaction",), "transaction", "declared"),
        (("batch",), "batch", "declared"),
        ((), "single", "assumed: neither transaction nor batch is declared"),
    ],
)
def test_the_kind_of_bundle_is_the_best_that_is_declared(system, kind, source):
    assert capability.bundle_kind(capability.parse(statement(system=system)), Settings()) == (kind, source)


def test_what_cannot_be_searched_or_updated_is_known_per_type():
    found = capability.parse(
        statement(Patient=declared(*ALL), Observation=declared("create", "search-type", searchParam=[]))
    )

    assert capability.not_searchable(found, ["Patient", "Observation", "CarePlan"]) == {"Observation", "CarePlan"}
    assert capability.not_updatable(found, ["Patient", "Observation", "CarePlan"]) == {"Observation", "CarePlan"}
    assert capability.hardest([1, 2, 0]) == 2
    assert capability.hardest([3, 4]) == 3
    assert capability.hardest([]) == 0
