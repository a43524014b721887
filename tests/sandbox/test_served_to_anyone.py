"""Whatever is sent, there is an answer; whatever is stored, there are words for it."""

import io
import json

import hypothesis
from hypothesis import strategies as st

from integration.sandbox import wire, words
from integration.sandbox.character_file import load
from integration.sandbox.clocks import SteppingClock
from integration.sandbox.front import Front
from integration.sandbox.running import RunningHospital
from integration.sandbox.wire import GoneError, Head, NonsenseError

CAP = 10_000
FEW = hypothesis.settings(max_examples=150, deadline=None, derandomize=True)
LINES = st.sampled_from(
    [
        b"GET / HTTP/1.1\r\n",
        b"POST /fhir HTTP/1.0\r\n",
        b"Content-Length: 7\r\n",
        b"Content-Length: x\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Encoding: gzip\r\n",
        b"\r\n",
        b"\n",
        b"5\r\nabcde\r\n",
        b"0\r\n",
        b"ffffffffff\r\n",
    ]
)
KEYS = [
    "category",
    "code",
    "coding",
    "component",
    "display",
    "family",
    "given",
    "name",
    "reference",
    "subject",
    "text",
    "type",
    "unit",
    "value",
    "valueQuantity",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=12,
)
WORDS = st.sampled_from(
    ["fhir", "Patient", "_search", "_history", "$everything", "sandbox", "journal", "%2f", "..", "1", ""]
)
NAMES = st.sampled_from(["content-type", "accept", "if-match", "prefer", "host", "authorization"])


@FEW
@hypothesis.given(st.lists(LINES | st.binary(max_size=30), max_size=12))
def test_bytes_are_a_request_or_nonsense_or_the_client_has_gone(pieces):
    reader = io.BytesIO(b"".join(pieces))

    try:
        head = wire.read_head(reader)
        body = wire.read_body(reader, head, CAP)
    except (GoneError, NonsenseError):
        return

    assert head.method
    assert len(body) <= CAP + 1


@FEW
@hypothesis.given(
    st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "BREW"]),
    st.lists(WORDS, max_size=5),
    st.text(max_size=20),
    st.dictionaries(
        st.sampled_from(["content-type", "accept", "if-match", "prefer", "host", "authorization"]), st.text()
    ),
    JSON.map(lambda found: json.dumps(found).encode()) | st.binary(max_size=40),
)
def test_every_request_has_an_answer(method, steps, query, headers, body):
    running = RunningHospital(load("open"), "http://127.0.0.1/fhir", clock=SteppingClock())
    front = Front(running, "token")

    answer = front.answer(Head(method, f"/{'/'.join(steps)}?{query}", headers, stays=True), body, socket=False)

    assert 200 <= answer.response.status < 500


@FEW
@hypothesis.given(st.dictionaries(st.sampled_from(["code", "name", "component", "valueQuantity", "category"]), JSON))
def test_there_are_words_for_anything_that_is_stored(document):
    assert isinstance(words.thing(document), str)
