"""Whatever a server sends, an answer or a fault comes out; whatever it links to, nothing outside its base is asked."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from integration.hospital import url_guard
from integration.hospital.client import Answer, Fault, FaultKind, Request
from tests.wire.server import head

WHOLE = (
    head(
        200,
        Content_Type="application/fhir+json",
        Content_Encoding="identity",
        Transfer_Encoding="chunked",
        ETag='W/"1"',
    )
    + b'1a\r\n{"resourceType": "Patient"}\r\n0\r\n\r\n'
)
BASE = url_guard.parse_base("https://trusted.example/fhir/R4")
PIECES = st.sampled_from(
    ["https://trusted.example", "https:", "http:", "//", "/", "\\", "@", "..", "%2e%2e", "%2f", "?", "#", ":443", ":x",
     "fhir", "R4", "attacker.com", ".", " ", "\t", "[", "]", "Patient", "trusted.example", "\u3002", "\x00"]
)  # fmt: skip


def spoilt(number):
    """A whole answer with some bytes changed, lost, doubled or made up."""
    chance = random.Random(number)
    answer = bytearray(WHOLE)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(answer))
        answer[at : at + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
    if number % 10 == 0:
        number_of_digits = chance.choice([5, 30, 6000])
        return head(200, length="9" * number_of_digits) + bytes(answer)
    return bytes(answer)


def test_a_spoilt_answer_is_an_answer_or_a_fault_and_never_an_exception(serve, connect):
    numbers = iter(range(400))

    def script(connection):
        connection.read()
        connection.raw(spoilt(next(numbers)))

    client = connect(serve(script).url, deadline=5)
    outcomes = [client.send(Request("PUT", "Patient/1", b"{}")) for _ in range(400)]

    assert {type(o) for o in outcomes} == {Answer, Fault}
    assert {o.kind for o in outcomes if isinstance(o, Fault)} <= {FaultKind.CUT, FaultKind.REDIRECT}


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=10).map("".join)))
def test_whatever_a_link_says_only_paths_below_the_base_are_asked(link):
    for any_server in (False, True):
        try:
            asked = url_guard.join(BASE, url_guard.relative(BASE, link, any_server=any_server))
        except url_guard.OutsideError:
            continue
        path = asked.removeprefix("https://trusted.example").split("?")[0]

        assert asked.startswith("https://trusted.example/fhir/R4")
        assert path == "/fhir/R4" or path.startswith("/fhir/R4/")
        assert ".." not in path.split("/")
