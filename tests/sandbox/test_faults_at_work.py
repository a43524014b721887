"""What each fault does to a request and to its answer: the hospital's state, and the client's bytes."""

import json
import random
import zlib

import pytest

from fhir_profiles import fhir_json
from integration.sandbox import fault_kinds, fault_strikes
from integration.sandbox.exchange import Notify, Request, Response
from integration.sandbox.fault_kinds import Stage
from integration.sandbox.fault_schedule import Fault, FaultSchedule
from tests.sandbox.asking import BASE, Asked

PATIENT = {"resourceType": "Patient", "identifier": [{"system": "urn:oid:2.999", "value": "1"}]}
STRANGE_ANSWERS = [
    Response(200),
    Response(204),
    Response(500, {}, b"\xff"),
    Response(200, {}, b"[]"),
    Response(200, {}, b'{"resourceType":"Bundle","entry":[1,{"response":2}],"link":3}'),
    Response(200, {}, b'{"resourceType":"CapabilityStatement","rest":[{"resource":[{}]}]}'),
]
STRANGE_BODIES = [
    b"",
    b"\xff",
    b"[1]",
    b'{"resourceType":"Bundle","type":"batch","entry":7}',
    b'{"resourceType":"Bundle","type":"batch","entry":[7,{"request":8}]}',
]
CALL = Notify("http://127.0.0.1:1/hook", (("Authorization", "Bearer true"), ("Content-Type", "text/plain")), b"")


@pytest.fixture
def asked():
    return Asked()


def fault_of(name, **settings):
    found = FaultSchedule.of(name, on=("any",), **settings).choose(Request("GET", "Patient"), 0.0)
    return found or Fault(fault_kinds.kind(name), dict(fault_kinds.kind(name).settings) | settings)


def struck(asked, name, method="POST", target="Patient", document=PATIENT, headers=None, **settings):
    """Send one request through one fault; the strike, and what the client gets."""
    rng = random.Random(1)
    asked.now += 1
    request = asked.request(method, target, document if method in ("POST", "PUT") else None, **(headers or {}))
    strike = fault_strikes.begin(fault_of(name, **settings), request, rng, asked.now)
    response = Response(0)
    if strike.heard and strike.late is None:
        response, _ = asked.hospital.handle(strike.request, asked.now, asked.rng)
    return strike, fault_strikes.finish(strike, response, rng, asked.now)


def count(asked):
    return len(list(asked.hospital.store.of_type("Patient")))


def document_of(answer):
    return json.loads(answer.response.body)


def header(answer, name):
    return next((value for key, value in answer.response.headers.items() if key.lower() == name), None)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("error-500", 500),
        ("bad-gateway", 502),
        ("busy", 503),
        ("gateway-timeout", 504),
        ("too-many", 429),
        ("too-many-until", 429),
        ("too-many-until-past", 429),
        ("retry-after-missing", 429),
        ("token-expired", 401),
        ("token-refused", 400),
        ("scope-missing", 403),
        ("not-found", 404),
        ("gone", 410),
        ("conflict", 409),
        ("precondition-failed", 412),
        ("multiple-matches", 412),
        ("refused-400", 400),
        ("refused-422", 422),
        ("transaction-refused", 422),
        ("next-expired", 410),
        ("redirect", 307),
    ],
)
def test_what_is_answered_before_the_hospital_is_not_done(asked, name, status):
    _, answer = struck(asked, name)

    assert answer.response.status == status
    assert count(asked) == 0


@pytest.mark.parametrize(
    ("name", "status"),
    [("busy-but-done", 503), ("error-but-done", 500), ("gateway-timeout-but-done", 504), ("html-instead", 200)],
)
def test_what_is_answered_after_the_hospital_is_done(asked, name, status):
    _, answer = struck(asked, name)

    assert answer.response.status == status
    assert count(asked) == 1


def test_a_cut_before_is_not_done_and_a_lost_answer_is(asked):
    _, before = struck(asked, "cut-before")
    assert (before.response, count(asked)) == (None, 0)

    _, after = struck(asked, "answer-lost")
    assert (after.response, count(asked)) == (None, 1)


@pytest.mark.parametrize(("name", "status"), [("late-commit", None), ("gateway-late", 504)])
def test_a_late_commit_is_done_later(asked, name, status):
    strike, answer = struck(asked, name, seconds=0.3)

    assert (answer.response.status if answer.response else None) == status
    assert (strike.late, count(asked)) == (0.3, 0)
    asked.hospital.later(strike.request, asked.now, asked.now + strike.late)
    asked.hospital.advance(asked.now + 0.2)
    assert count(asked) == 0
    asked.hospital.advance(asked.now + 0.3)
    assert count(asked) == 1


def test_a_late_answer_waits(asked):
    _, answer = struck(asked, "answer-late", seconds=7.0)

    assert (answer.response.status, answer.wait) == (201, 7.0)


@pytest.mark.parametrize("name", sorted(kind.name for kind in fault_kinds.KINDS.values() if kind.socket))
def test_a_fault_of_the_line_is_told_to_whoever_serves(asked, name):
    strike, answer = struck(asked, name)

    assert strike.heard is (count(asked) == 1)
    if name == "name-slow":
        assert (answer.response.status, answer.wait) == (201, 5.0)
    else:
        assert answer.line.name == name
        assert (answer.response is None) is (not strike.heard)


def test_retry_after_as_a_date_counts_from_the_hospitals_own_clock(asked):
    _, soon = struck(asked, "too-many-until", seconds=30, skew=600)
    _, past = struck(asked, "too-many-until-past")

    assert header(soon, "retry-after") == "Tue, 14 Nov 2023 22:23:51 GMT"
    assert header(soon, "date") == "Tue, 14 Nov 2023 22:23:21 GMT"
    assert header(past, "retry-after") < header(past, "date")


def test_absurd_waits_are_of_many_kinds():
    seen = set()
    for seed in range(60):
        rng = random.Random(seed)
        fault = fault_of("retry-after-absurd")
        answer = fault_strikes.begin(fault, Request("GET", "Patient"), rng, 0.0).answer
        seen.add(header(answer, "retry-after"))

    assert {"9999999999", "-5", "abc", ""} <= seen


def test_a_redirect_leads_to_another_host_and_keeps_the_address(asked):
    _, answer = struck(asked, "redirect", "GET", "Patient?name=x", status=302, to="attacker.invalid")

    assert answer.response.status == 302
    assert header(answer, "location") == "https://attacker.invalid/Patient?name=x"


def test_conditions_passed_over_in_silence_make_seconds_and_lost_updates(asked):
    struck(asked, "ignores-if-none-exist", headers={"if_none_exist": "identifier=urn:oid:2.999|1"})
    struck(asked, "ignores-if-none-exist", headers={"if_none_exist": "identifier=urn:oid:2.999|1"})
    assert count(asked) == 2

    own = PATIENT | {"id": "p1"}
    asked("PUT", "Patient/p1", own)
    _, answer = struck(asked, "ignores-if-match", "PUT", "Patient/p1", own | {"active": True}, {"if_match": 'W/"9"'})
    assert answer.response.status == 200


def batch(*kinds, bundle="batch", **request):
    entries = [{"resource": PATIENT, "request": {"method": "POST", "url": "Patient", **request}} for _ in kinds]
    return {"resourceType": "Bundle", "type": bundle, "entry": entries}


def test_conditions_of_entries_are_passed_over_too(asked):
    document = batch(1, 2, ifNoneExist="identifier=urn:oid:2.999|1")
    struck(asked, "ignores-if-none-exist", target="", document=document)

    assert count(asked) == 2


@pytest.mark.parametrize(
    ("name", "status", "done"),
    [("batch-entry-refused", "422", 3), ("batch-entries-busy", "429", 2), ("token-expired-in-batch", "401", 2)],
)
def test_some_entries_of_a_batch_are_refused_in_their_places(asked, name, status, done):
    _, answer = struck(asked, name, target="", document=batch(1, 2, 3, 4))

    statuses = [entry["response"]["status"][:3] for entry in document_of(answer)["entry"]]
    assert len(statuses) == 4
    assert statuses.count("201") == done == count(asked)
    assert statuses.count(status) == 4 - done
    if name == "token-expired-in-batch":
        assert statuses == ["201", "201", "401", "401"]


@pytest.mark.parametrize(("name", "length"), [("entries-missing", 2), ("entries-extra", 4), ("entries-reordered", 3)])
def test_entries_of_an_answer_are_lost_doubled_or_moved(asked, name, length):
    _, answer = struck(asked, name, target="", document=batch(1, 2, 3))
    places = [entry["response"]["location"] for entry in document_of(answer)["entry"]]

    made = [version.id for version in asked.hospital.store.of_type("Patient")]
    assert len(places) == length
    assert [place.split("/")[-3] for place in places] != made


def test_statuses_are_odd_or_missing(asked):
    _, odd = struck(asked, "status-odd", target="", document=batch(*range(9)))
    _, missing = struck(asked, "status-missing", target="", document=batch(1))

    statuses = {entry["response"]["status"] for entry in document_of(odd)["entry"]}
    assert len(statuses) > 2
    assert all(status.strip().startswith("201") for status in statuses)
    assert "status" not in document_of(missing)["entry"][0]["response"]


@pytest.mark.parametrize(
    ("name", "status", "place", "body"),
    [
        ("no-location", 201, False, True),
        ("empty-201", 201, True, False),
        ("nothing-but-201", 201, False, False),
        ("no-content", 204, True, False),
        ("ok-for-created", 200, True, True),
        ("version-forgotten", 201, True, True),
    ],
)
def test_answers_to_a_create_lack_what_they_should_have(asked, name, status, place, body):
    _, answer = struck(asked, name)

    assert answer.response.status == status
    assert (header(answer, "location") is not None) is place
    assert bool(answer.response.body) is body
    if name == "version-forgotten":
        assert header(answer, "etag") is None
        assert "_history" not in header(answer, "location")
        assert "versionId" not in document_of(answer)["meta"]


def test_odd_version_ids_are_understood_when_they_come_back(asked):
    own = PATIENT | {"id": "p1"}
    asked("PUT", "Patient/p1", own)

    _, read = struck(asked, "versions-odd", "GET", "Patient/p1")
    tag = header(read, "etag")
    _, put = struck(asked, "versions-odd", "PUT", "Patient/p1", own | {"active": True}, {"if_match": tag})
    _, stale = struck(asked, "versions-odd", "PUT", "Patient/p1", own, {"if_match": tag})
    _, vread = struck(asked, "versions-odd", "GET", "Patient/p1/_history/v.1.x")

    assert tag == 'W/"v.1.x"'
    assert document_of(read)["meta"]["versionId"] == "v.1.x"
    assert (put.response.status, header(put, "etag")) == (200, 'W/"v.2.x"')
    assert stale.response.status == 412
    assert vread.response.status == 200


def test_versions_are_reused_missing_or_without_fractions(asked):
    asked("PUT", "Patient/p1", PATIENT | {"id": "p1"})
    asked("PUT", "Patient/p1", PATIENT | {"id": "p1", "active": True})

    _, reused = struck(asked, "versions-reused", "GET", "Patient/p1")
    _, missing = struck(asked, "versions-missing", "GET", "Patient/p1")
    _, seconds = struck(asked, "times-in-seconds", "GET", "Patient/p1")

    assert document_of(reused)["meta"]["versionId"] == "1"
    assert "versionId" not in document_of(missing)["meta"]
    assert header(missing, "etag") is None
    assert "." not in document_of(seconds)["meta"]["lastUpdated"]


@pytest.fixture
def filled(asked):
    for number in range(5):
        asked("PUT", f"Patient/p{number}", PATIENT | {"id": f"p{number}"})
    asked.now += 100
    return asked


def next_of(answer):
    return next((link["url"] for link in document_of(answer)["link"] if link["relation"] == "next"), None)


def test_pages_lead_to_themselves_elsewhere_and_nowhere(filled):
    target = "Patient?_count=2"
    links = {
        name: next_of(struck(filled, name, "GET", target)[1])
        for name in ("next-to-itself", "next-elsewhere", "next-odd-port", "next-relative")
    }

    assert links["next-to-itself"].endswith("Patient?_count=2")
    assert links["next-elsewhere"].startswith("https://ehr.elsewhere.invalid/fhir")
    assert ":443:443/" in links["next-odd-port"]
    assert links["next-relative"].startswith("/fhir")


def test_pages_lead_in_circles(filled):
    _, first = struck(filled, "next-in-circles", "GET", "Patient?_count=2")
    second_page = next_of(first)
    _, second = struck(filled, "next-in-circles", "GET", second_page)

    assert second_page.startswith(BASE)
    assert next_of(second) == second_page


def test_an_entry_of_a_search_stands_twice(filled):
    _, answer = struck(filled, "duplicates-in-search", "GET", "Patient")
    ids = [entry["resource"]["id"] for entry in document_of(answer)["entry"]]

    assert len(ids) == 6
    assert len(set(ids)) == 5


def test_greater_than_is_taken_as_from(filled):
    updated = filled("GET", "Patient/p4").json["meta"]["lastUpdated"]
    target = f"Patient?_lastUpdated=gt{updated}"

    _, answer = struck(filled, "greater-means-from", "GET", target)

    assert filled("GET", target).ids == []
    assert [entry["resource"]["id"] for entry in document_of(answer)["entry"]] == ["p4"]


@pytest.mark.parametrize(
    "name",
    [
        "truncated",
        "bad-utf8",
        "byte-order-mark",
        "half-character",
        "duplicate-key",
        "not-a-number",
        "long-number",
        "nul-character",
        "deep",
    ],
)
def test_bodies_that_no_exact_reader_takes(filled, name):
    _, answer = struck(filled, name, "GET", "Patient/p1")

    with pytest.raises(fhir_json.JsonError):
        fhir_json.loads(answer.response.body)
    assert filled("GET", "Patient/p1").status == 200


def test_a_huge_answer_and_a_bomb_are_of_the_size_that_was_asked_for(filled):
    _, huge = struck(filled, "huge", "GET", "Patient/p1", megabytes=3)
    _, bomb = struck(filled, "gzip-bomb", "GET", "Patient/p1", megabytes=5)

    assert 3_000_000 < len(huge.response.body) < 3_100_000
    assert document_of(huge)["id"] == "p1"
    assert header(bomb, "content-encoding") == "gzip"
    assert len(bomb.response.body) < 50_000
    assert json.loads(zlib.decompress(bomb.response.body, 31))["id"] == "p1"


def test_decimals_lose_zeros_and_only_decimals(asked):
    extension = b'"extension":[{"url":"urn:x:y","valueDecimal":1.10}]'
    body = b'{"resourceType":"Basic","id":"b","code":{"text":"1.10, 2.00"},%s}' % extension
    asked("PUT", "Basic/b", body)

    _, answer = struck(asked, "zeros-dropped", "GET", "Basic/b")

    assert b'"valueDecimal":1.1}' in answer.response.body
    assert b"1.10, 2.00" in answer.response.body


def test_answers_say_what_nobody_knows(asked):
    asked("PUT", "Group/g", {"resourceType": "Group", "id": "g", "type": "person", "actual": True})
    observed = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "x"}}
    asked("PUT", "Observation/o", observed)

    _, parts = struck(asked, "unknown-parts", "GET", "Group/g")
    _, status = struck(asked, "unknown-status", "GET", "Observation/o")

    assert {"modifierExtension", "surprise", "extension"} <= document_of(parts).keys()
    assert document_of(status)["status"] == "half-done"


def test_answers_about_another_patient_or_resource(filled):
    observed = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "x"},
                "subject": {"reference": "Patient/p1"}}  # fmt: skip
    filled("PUT", "Observation/o", observed)

    _, patient = struck(filled, "other-patient", "GET", "Patient/p1")
    _, subject = struck(filled, "other-patient", "GET", "Observation/o")
    _, resource = struck(filled, "other-resource", "GET", "Observation/o")

    assert document_of(patient)["id"].startswith("other-")
    assert document_of(subject)["subject"]["reference"].startswith("Patient/other-")
    assert document_of(subject)["id"] == "o"
    assert document_of(resource)["id"].startswith("other-")


def test_overnight_a_type_is_declared_without_writes(asked):
    _, answer = struck(asked, "capability-changed", "GET", "metadata")
    declared = {
        one["type"]: {done["code"] for done in one["interaction"]} for one in document_of(answer)["rest"][0]["resource"]
    }

    assert not {"create", "update"} & declared["Observation"]
    assert {"create", "update"} <= declared["Patient"]


def test_the_clock_of_the_hospital_is_wrong(asked):
    _, answer = struck(asked, "clock-skew", "GET", "metadata", seconds=-600)

    assert header(answer, "date") == "Tue, 14 Nov 2023 22:03:21 GMT"
    assert len([name for name in answer.response.headers if name.lower() == "date"]) == 1


@pytest.mark.parametrize(
    ("name", "number"),
    [("hooks-missed", 0), ("hooks-twice", 4), ("hooks-reordered", 2), ("hook-storm", 2000), ("hook-forged", 4),
     ("hook-without-secret", 2), ("subscription-off", 0)],
)  # fmt: skip
def test_hooks_are_lost_doubled_moved_or_forged(name, number):
    calls = [CALL, Notify("http://127.0.0.1:1/other", CALL.headers, b"")]
    fault = Fault(fault_kinds.kind(name), fault_kinds.kind(name).settings)

    sent = fault_strikes.hooks(fault, calls, random.Random(1))

    secrets = {dict(call.headers).get("Authorization") for call in sent}
    assert len(sent) == number
    if name == "hooks-reordered":
        assert sent == calls[::-1]
    if name == "hook-forged":
        assert len(secrets) == 3
        assert "Bearer true" in secrets
    if name == "hook-without-secret":
        assert secrets == {None}
    assert fault_strikes.hooks(None, calls, random.Random(1)) == calls


@pytest.mark.parametrize(
    "kind", [one for one in fault_kinds.KINDS.values() if one.stage is Stage.AFTER], ids=lambda k: k.name
)
@pytest.mark.parametrize("response", STRANGE_ANSWERS)
def test_no_fault_stumbles_over_any_answer(kind, response):
    fault = Fault(kind, dict(kind.settings) | ({"megabytes": 1} if "megabytes" in kind.settings else {}))
    strike = fault_strikes.begin(fault, Request("GET", "Patient"), random.Random(1), 1.0)

    fault_strikes.finish(strike, response, random.Random(1), 1.0)


@pytest.mark.parametrize(
    "kind", [one for one in fault_kinds.KINDS.values() if one.stage is Stage.BEFORE], ids=lambda k: k.name
)
@pytest.mark.parametrize("body", STRANGE_BODIES)
def test_no_fault_stumbles_over_any_request(kind, body):
    fault = Fault(kind, kind.settings)
    strike = fault_strikes.begin(fault, Request("POST", "", body=body), random.Random(1), 1.0)

    fault_strikes.finish(strike, Response(200, {}, b'{"resourceType":"Bundle","entry":[]}'), random.Random(1), 1.0)
