"""The faulty proxy does to a real server's line exactly what its rules say, and its journal tells the truth."""

import http.client
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from integration.sandbox import faults, refusals
from integration.sandbox.faults import When
from integration.sandbox.faulty_proxy import FaultyProxy
from integration.sandbox.real_server import RealServer
from tests.parts.test_hospitals import ask

BANANA = {"coding": [{"system": "urn:example:codes", "code": "banana"}]}


def reading(value: str, code: str = "apple") -> dict[str, Any]:
    concept = {"coding": [{"system": "urn:example:codes", "code": code}]}
    identifier = [{"system": "urn:example:proxy", "value": value}]
    return {"resourceType": "Observation", "status": "final", "identifier": identifier, "code": concept}


def batch(kind: str, *resources: dict[str, Any], **request: str) -> dict[str, Any]:
    entries = [{"resource": r, "request": {"method": "POST", "url": r["resourceType"]} | request} for r in resources]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


@pytest.fixture
def count(sekmet_server: RealServer) -> Callable[[str], int]:
    """How many Observations with this identifier the hospital holds, asked without the proxy."""

    def counting(value: str) -> int:
        _, found = ask(sekmet_server.url, "GET", f"/Observation?identifier=urn:example:proxy|{value}")
        return len(found.get("entry", []))

    return counting


def test_without_rules_it_is_a_line_like_any_other(sekmet_server: RealServer) -> None:
    with FaultyProxy(sekmet_server.url) as proxy:
        status, made = ask(proxy.url, "POST", "/Observation", reading("plain"))
        _, found = ask(proxy.url, "GET", "/Observation?identifier=urn:example:proxy|plain")
        journal = proxy.journal()

    assert status == 201
    assert found["entry"][0]["resource"]["id"] == made["id"]
    assert [(e.method, e.template, e.client_status) for e in journal] == [
        ("POST", "/Observation", 201),
        ("GET", "/Observation?identifier", 200),
    ]


def test_links_in_answers_lead_back_through_the_proxy(sekmet_server: RealServer) -> None:
    with FaultyProxy(sekmet_server.url) as proxy:
        ask(proxy.url, "POST", "/Observation", reading("links"))
        _, found = ask(proxy.url, "GET", "/Observation?identifier=urn:example:proxy|links")
        here = proxy.url

    assert found["entry"][0]["fullUrl"].startswith(here)
    assert sekmet_server.url not in json.dumps(found)


def test_busy_comes_with_retry_after_and_the_hospital_hears_nothing(sekmet_server: RealServer, count: Any) -> None:
    with FaultyProxy(sekmet_server.url, [faults.Busy(When(count=1), retry_after=2)]) as proxy:
        first, why = ask(proxy.url, "POST", "/Observation", reading("busy"))
        held_after_first = count("busy")
        second, _ = ask(proxy.url, "POST", "/Observation", reading("busy"))
        journal = proxy.journal()

    assert (first, held_after_first, second) == (503, 0, 201)
    assert why["issue"][0]["code"] == "transient"
    assert [(e.fault, e.committed is None) for e in journal] == [("busy", True), ("", False)]


def test_busy_behind_has_committed_all_the_same(sekmet_server: RealServer, count: Any) -> None:
    with FaultyProxy(sekmet_server.url, [faults.Busy(When(count=1), behind=True)]) as proxy:
        status, _ = ask(proxy.url, "POST", "/Observation", reading("behind"))
        noted = proxy.journal()[0]

    assert (status, count("behind")) == (503, 1)
    assert noted.committed is not None


def test_a_line_cut_before_the_hospital_leaves_nothing_there(sekmet_server: RealServer, count: Any) -> None:
    with (
        FaultyProxy(sekmet_server.url, [faults.CutBefore()]) as proxy,
        pytest.raises((ConnectionError, http.client.HTTPException)),
    ):
        ask(proxy.url, "POST", "/Observation", reading("cut-before"))

    assert count("cut-before") == 0


@pytest.mark.parametrize("keep", [0.0, 0.5])
def test_a_reply_cut_after_the_commit_leaves_the_resource_there(
    sekmet_server: RealServer, count: Any, keep: float
) -> None:
    name = f"cut-reply-{keep}"
    with (
        FaultyProxy(sekmet_server.url, [faults.CutReply(keep=keep)]) as proxy,
        pytest.raises((ConnectionError, http.client.HTTPException)),
    ):
        ask(proxy.url, "POST", "/Observation", reading(name))

    assert count(name) == 1


def test_a_held_reply_is_committed_and_in_flight_until_it_is_released(sekmet_server: RealServer, count: Any) -> None:
    hold = faults.Hold()
    answers: list[int] = []
    with FaultyProxy(sekmet_server.url, [hold]) as proxy:
        url = proxy.url
        client = threading.Thread(target=lambda: answers.append(ask(url, "POST", "/Observation", reading("held"))[0]))
        client.start()
        assert hold.wait_until_held(30)
        waiting = proxy.in_flight()
        held_there, answered = count("held"), list(answers)
        hold.release()
        client.join(30)
        after = ask(url, "POST", "/Observation", reading("held-2"))[0]

    assert (held_there, answered, answers, after) == (1, [], [201], 201)
    assert [(e.committed is not None, e.in_flight) for e in waiting] == [(True, True)]
    assert str(waiting[0]) == "#1 POST /Observation: committed"
    assert not hold.wait_until_held(0)


def test_a_proxy_that_ends_lets_go_of_what_it_holds(sekmet_server: RealServer) -> None:
    hold = faults.Hold()
    failures: list[type[BaseException]] = []

    def client(url: str) -> None:
        try:
            ask(url, "POST", "/Observation", reading("held-3"))
        except (ConnectionError, http.client.HTTPException) as error:
            failures.append(type(error))

    with FaultyProxy(sekmet_server.url, [hold]) as proxy:
        thread = threading.Thread(target=client, args=(proxy.url,))
        thread.start()
        assert hold.wait_until_held(30)
    thread.join(30)

    assert not thread.is_alive()


def test_a_refused_code_is_refused_until_the_hospital_is_mended(sekmet_server: RealServer, count: Any) -> None:
    rule = refusals.RefuseCode(code="banana", system="urn:example:codes")
    with FaultyProxy(sekmet_server.url, [rule]) as proxy:
        refused, why = ask(proxy.url, "POST", "/Observation", reading("b", "banana"))
        other, _ = ask(proxy.url, "POST", "/Observation", reading("a"))
        rule.mend()
        mended, _ = ask(proxy.url, "POST", "/Observation", reading("b", "banana"))

    assert (refused, other, mended) == (422, 201, 201)
    assert why["issue"][0]["diagnostics"] == "unknown code banana"
    assert count("b") == 1


def test_a_refused_code_fails_its_whole_transaction(sekmet_server: RealServer, count: Any) -> None:
    with FaultyProxy(sekmet_server.url, [refusals.RefuseCode(code="banana", tells_where=True)]) as proxy:
        status, why = ask(proxy.url, "POST", "", batch("transaction", reading("t1"), reading("t2", "banana")))

    assert (status, why["issue"][0]["expression"]) == (422, ["Bundle.entry[1]"])
    assert count("t1") == 0


def test_a_refused_code_fails_only_its_own_entry_of_a_batch(sekmet_server: RealServer, count: Any) -> None:
    mixed = batch("batch", reading("b1"), reading("b2", "banana"), reading("b3"))
    with FaultyProxy(sekmet_server.url, [refusals.RefuseCode(code="banana")]) as proxy:
        status, answer = ask(proxy.url, "POST", "", mixed)
        noted = proxy.journal()[0]

    assert status == 200
    assert [entry["response"]["status"][:3] for entry in answer["entry"]] == ["201", "422", "201"]
    assert [count(name) for name in ("b1", "b2", "b3")] == [1, 0, 1]
    assert (noted.bundle, noted.entries) == ("batch", 3)


def test_conditions_are_refused_alone_and_in_bundles(sekmet_server: RealServer) -> None:
    rules = [refusals.RefuseConditionalCreate(), refusals.RefuseConditionalUpdate(status=400)]
    query = "identifier=urn:example:proxy|c"
    with FaultyProxy(sekmet_server.url, rules) as proxy:
        create, _ = ask(proxy.url, "POST", "/Observation", reading("c"), If_None_Exist=query)
        update, _ = ask(proxy.url, "PUT", f"/Observation?{query}", reading("c"))
        bundle, _ = ask(proxy.url, "POST", "", batch("transaction", reading("c"), ifNoneExist=query))
        plain, _ = ask(proxy.url, "POST", "/Observation", reading("c"))

    assert (create, update, bundle, plain) == (412, 400, 412, 201)


def test_an_ignored_condition_makes_a_second_one(sekmet_server: RealServer, count: Any) -> None:
    query = "identifier=urn:example:proxy|i"
    with FaultyProxy(sekmet_server.url, [refusals.Ignores(header="if-none-exist")]) as proxy:
        ask(proxy.url, "POST", "/Observation", reading("i"), If_None_Exist=query)
        ask(proxy.url, "POST", "", batch("transaction", reading("i"), ifNoneExist=query))

    assert count("i") == 2


def test_bundles_are_refused_by_kind(sekmet_server: RealServer) -> None:
    with FaultyProxy(sekmet_server.url, [refusals.RefuseBundles(kinds=("transaction",))]) as proxy:
        transaction, _ = ask(proxy.url, "POST", "", batch("transaction", reading("x")))
        plain_batch, _ = ask(proxy.url, "POST", "", batch("batch", reading("x")))

    assert (transaction, plain_batch) == (400, 200)


def test_the_capability_statement_is_rewritten(sekmet_server: RealServer) -> None:
    change = refusals.declaring(bundles=("batch",), updateCreate=False, conditionalCreate=False)
    with FaultyProxy(sekmet_server.url, [refusals.RewriteMetadata(change=change)]) as proxy:
        _, statement = ask(proxy.url, "GET", "/metadata")
    rest = statement["rest"][0]

    assert {(r["updateCreate"], r["conditionalCreate"]) for r in rest["resource"]} == {(False, False)}
    assert "transaction" not in {i["code"] for i in rest["interaction"]}
    assert "batch" in {i["code"] for i in rest["interaction"]}


def test_numbers_keep_their_digits_through_a_rewritten_body() -> None:
    body = b'{"value": 72.50, "many": 0.1234567890123456789012, "whole": 3, "name": "K\xc3\xa4te"}'

    assert faults.as_text(faults.exactly(body)) == body


def test_the_same_seed_gives_the_same_faults() -> None:
    asked = faults.Asked("POST", "/Observation", "", {}, b"")

    def draw(seed: str) -> list[bool]:
        when = When(share=0.3)
        when.seed(seed)
        return [when.hits(asked) for _ in range(200)]

    assert draw("7/0") == draw("7/0") != draw("8/0")
    assert 30 < sum(draw("7/0")) < 90


def test_a_hospital_that_is_down_is_a_502(sekmet_server: RealServer) -> None:
    port = int(sekmet_server.url.rsplit(":", 1)[1].split("/")[0])
    nobody = sekmet_server.url.replace(str(port), "1")
    with FaultyProxy(nobody) as proxy:
        status, _ = ask(proxy.url, "GET", "/Patient/1")

    assert (status, proxy.journal()[0].fault) == (502, "hospital down")


def test_it_stands_before_nothing_but_loopback() -> None:
    with pytest.raises(ValueError, match="loopback"):
        FaultyProxy("http://hospital.example:80/fhir")


def test_the_journal_holds_no_body_and_no_search_value_unless_asked(sekmet_server: RealServer) -> None:
    with FaultyProxy(sekmet_server.url) as proxy, FaultyProxy(sekmet_server.url, keep_bodies=True) as keeping:
        for line in (proxy, keeping):
            ask(line.url, "PUT", "/Observation?identifier=urn:example:proxy|CANARY", reading("CANARY"))
        quiet, full = proxy.journal()[0], keeping.journal()[0]

    assert "CANARY" not in repr(quiet)
    assert b"CANARY" in (full.body or b"")
