"""Whatever bytes come in, an answer goes out: never an exception, and an OperationOutcome on every refusal."""

import random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from fhir_profiles import fhir_json
from integration.sandbox.exchange import Request
from integration.sandbox.machine import SandboxHospital
from integration.sandbox.manners import Keeping
from integration.sandbox.open_manners import Open
from tests.sandbox.asking import BASE, START, Asked, bundle, entry, patient, pulse, written

WORDS = ["Patient", "Observation", "p1", "_history", "_search", "$match", "$everything", "$export", "$export-file", "1"]
WORDS += ["metadata", ".well-known", "smart-configuration", "", "..", "%2f", "%00", "%ff", "Bundle", "Group", "é", "_"]
PATHS = st.lists(st.sampled_from(WORDS), max_size=5).map("/".join) | st.text(max_size=30)
QUERIES = st.sampled_from(["", "identifier=P-1", "_count=1", "_getpages=1", "_format=xml", "_type=Patient"]) | st.text(
    max_size=30
)
NAMES = ["if-match", "if-none-match", "if-none-exist", "if-modified-since", "prefer", "accept", "content-type"]
VALUES = st.text(max_size=20) | st.sampled_from(["*", 'W/"1"', "respond-async", "identifier=P-1", "return=minimal"])
HEADERS = st.dictionaries(st.sampled_from([*NAMES, "authorization", "cache-control"]), VALUES, max_size=4)
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "", "ÿ"])

KEYS = [
    "resourceType",
    "id",
    "meta",
    "identifier",
    "status",
    "subject",
    "reference",
    "entry",
    "request",
    "method",
    "url",
]
KEYS += [
    "resource",
    "type",
    "fullUrl",
    "parameter",
    "name",
    "coding",
    "code",
    "value",
    "valueQuantity",
    "channel",
    "ifMatch",
]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.text(max_size=6)
    | st.sampled_from(
        [
            "Patient",
            "Observation",
            "Bundle",
            "batch",
            "transaction",
            "Parameters",
            "Subscription",
            "POST",
            "PUT",
            "Patient/p1",
            "p1",
        ]
    )
)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)
SANE = [patient(id="p1"), pulse(id="o1"), bundle("batch", entry("PUT", "Patient/p1", patient(id="p1")))]
BODIES = st.binary(max_size=60) | DOCUMENTS.map(fhir_json.encode) | st.sampled_from(SANE).map(written)


@st.composite
def mended(draw):
    """A sane document with one thing in it replaced by anything."""
    document = fhir_json.loads(written(draw(st.sampled_from(SANE))))
    at = document
    while True:
        key = draw(st.sampled_from(list(at)) if isinstance(at, dict) else st.integers(0, len(at) - 1))
        if not isinstance(at[key], dict | list) or not at[key] or draw(st.booleans()):
            at[key] = draw(DOCUMENTS)
            return fhir_json.encode(document)
        at = at[key]


@settings(max_examples=600, deadline=None)
@given(METHODS, PATHS, QUERIES, HEADERS, BODIES | mended(), st.booleans())
@example(
    "POST", "", "", {}, b'{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":[],"url":{}}}]}', True
)
@example("POST", "", "", {}, b'{"resourceType":"Bundle","type":[]}', True)
@example("PUT", "Patient/p1", "", {}, b'{"resourceType":"Patient","id":{"a":1}}', True)
@example("PUT", "Patient", "identifier=P-1", {}, b'{"resourceType":"Patient","id":{"a":1}}', True)
@example("POST", "Patient", "", {}, b"[" * 5000, False)
@example("POST", "Patient", "", {}, b'{"resourceType":"Patient","x":1e999999999}', False)
@example("POST", "Patient", "", {}, b'\xef\xbb\xbf{"resourceType":"Patient"}', False)
@example("GET", "Patient", "birthdate=9999-12-31", {}, b"", False)
def test_any_request_is_answered(method, path, query, headers, body, checked):
    hospital = ANY if checked else UNCHECKED
    before = hospital.store.mark()
    response, _ = hospital.handle(Request(method, path, query, headers, body), START, random.Random(1))

    assert 200 <= response.status < 500
    if response.status >= 400:
        assert response.headers["Content-Type"].startswith("application/fhir+json")
        assert hospital.store.mark() == before
        if method != "HEAD":
            outcome = fhir_json.loads(response.body)
            assert outcome["resourceType"] == "OperationOutcome"
            assert outcome["issue"][0]["severity"] == "error"
    assert response.headers["Date"] == "Tue, 14 Nov 2023 22:13:20 GMT"


class Careless(Open):
    """Stores whatever it is given: what it keeps may be no FHIR at all."""

    def judge(self, resource_type, document, store):
        return document


class Broken(Open):
    """Fails at its own work."""

    def judge(self, resource_type, document, store):
        raise RuntimeError("a secret that must not be told")

    def word(self, refusal):
        raise RuntimeError("no words either")


ANY = SandboxHospital(Open(), BASE, 1)
UNCHECKED = SandboxHospital(Careless(keeping=Keeping(checks_references=True, guards_deletes=True)), BASE, 1)


def test_a_hospital_that_fails_says_so_and_does_nothing():
    ask = Asked(Broken())
    said = ask("POST", "", bundle("transaction", entry("POST", "Patient", patient())))

    assert (said.status, said.issue, ask.count()) == (500, "exception", 0)
    assert b"secret" not in said.response.body
    assert ask.hospital.journal[-1].status == 500


def test_what_was_refused_leaves_its_identifiers_in_the_journal():
    ask = Asked()
    ask("POST", "Patient", patient(7, gender="banana"))

    assert ask.hospital.journal[-1].identifiers == ("urn:clinic:patient|P-7",)
    assert ask.hospital.journal[-1].committed == ()
