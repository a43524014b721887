"""Searches: by POST, page by page, below the hospital's own address only, each match once."""

from urllib.parse import parse_qs

import pytest

from integration import errors
from integration.hospital import searching
from integration.hospital.auth import Auth
from tests.wire.server import answering, fhir

PARAMS = {"identifier": "https://clinic.example/session|S-0001"}


def searchset(*ids, link=None, entries=()):
    found = [{"resource": {"resourceType": "Procedure", "id": i}, "search": {"mode": "match"}} for i in ids]
    links = [{"relation": "self", "url": "x"}] + ([{"relation": "next", "url": link}] if link else [])
    return {"resourceType": "Bundle", "type": "searchset", "link": links, "entry": [*found, *entries]}


def paged(pages):
    """A server that gives these pages by target; what is not there is 404."""
    return answering(lambda seen: pages.get(seen.target, fhir({"resourceType": "OperationOutcome"}, 404)))


def ids(client):
    return [found["id"] for found in searching.search(client, "Procedure", PARAMS)]


def refused(client):
    with pytest.raises(errors.RemoteError) as caught:
        ids(client)
    return caught.value.code


def test_a_search_goes_by_post_with_no_identifier_in_its_address_and_past_caches(serve, connect):
    wire = serve(paged({"/fhir/Procedure/_search": fhir(searchset("1", "2"))}))

    assert ids(connect(wire.url)) == ["1", "2"]
    seen = wire.requests[0]
    assert (seen.method, seen.target) == ("POST", "/fhir/Procedure/_search")
    assert parse_qs(seen.body.decode()) == {"identifier": [PARAMS["identifier"]]}
    assert seen.headers["cache-control"] == "no-cache"
    assert seen.headers["content-type"] == "application/x-www-form-urlencoded"


def test_pages_are_followed_and_a_match_that_comes_twice_is_given_once(serve, connect):
    pages = {}
    wire = serve(paged(pages))
    pages["/fhir/Procedure/_search"] = fhir(searchset("1", "2", link=f"{wire.url}?_getpages=a&_getpagesoffset=2"))
    pages["/fhir?_getpages=a&_getpagesoffset=2"] = fhir(searchset("2", "3", link="Procedure?page=3"))
    pages["/fhir/Procedure?page=3"] = fhir(searchset("4"))

    assert ids(connect(wire.url)) == ["1", "2", "3", "4"]


def test_an_empty_search_gives_nothing(serve, connect):
    empty = {"resourceType": "Bundle", "type": "searchset", "total": 0}

    assert ids(connect(serve(paged({"/fhir/Procedure/_search": fhir(empty)})).url)) == []


def test_included_resources_and_outcomes_are_no_matches(serve, connect):
    extra = [
        {"resource": {"resourceType": "Patient", "id": "9"}, "search": {"mode": "include"}},
        {"resource": {"resourceType": "Procedure", "id": "8"}, "search": {"mode": "include"}},
        {"resource": {"resourceType": "OperationOutcome"}, "search": {"mode": "outcome"}},
        {"resource": {"resourceType": "Procedure", "id": "7"}},
        "nonsense",
    ]
    wire = serve(paged({"/fhir/Procedure/_search": fhir(searchset("1", entries=extra))}))

    assert ids(connect(wire.url)) == ["1", "7"]


@pytest.mark.parametrize(
    "again", ["Procedure?page=1", "{url}/Procedure?page=1", "{url}/Procedure?page=2"], ids=["itself", "spelt", "A→B→A"]
)
def test_page_links_that_lead_in_a_circle_end(serve, connect, again):
    pages = {}
    wire = serve(paged(pages))
    pages["/fhir/Procedure/_search"] = fhir(searchset("1", link="Procedure?page=1"))
    pages["/fhir/Procedure?page=1"] = fhir(searchset("2", link=again.format(url=wire.url)))
    pages["/fhir/Procedure?page=2"] = fhir(searchset("3", link="Procedure?page=1"))

    assert refused(connect(wire.url)) == "IF-HOS-08"
    assert len(wire.requests) <= 3


def test_more_pages_than_allowed_end(serve, connect):
    def another(seen):
        return fhir(searchset("1", link=f"Procedure?page={len(seen.target) * 'x'}"))

    with pytest.raises(errors.RemoteError) as caught:
        list(searching.search(connect(serve(answering(another)).url), "Procedure", PARAMS, max_pages=5))

    assert caught.value.code == "IF-HOS-08"


def test_a_page_link_to_another_server_is_not_followed_and_gets_no_credentials(serve, connect):
    class Token:
        def read(self):
            return "s3cret"

    attacker = serve(paged({}))
    wire = serve(paged({"/fhir/Procedure/_search": fhir(searchset("1", link=f"{attacker.url}/Procedure?page=2"))}))

    assert refused(connect(wire.url, auth=Auth(Token()))) == "IF-NET-12"
    assert attacker.connections == 0


def test_a_misnamed_page_link_is_asked_of_the_configured_server_where_that_is_set(serve, connect):
    pages = {}
    wire = serve(paged(pages))
    pages["/fhir/Procedure/_search"] = fhir(searchset("1", link="http://internal:8080/fhir/Procedure?page=2"))
    pages["/fhir/Procedure?page=2"] = fhir(searchset("2"))

    assert ids(connect(wire.url, rewrite_links=True)) == ["1", "2"]


def test_a_page_link_that_has_expired_restarts_the_search_and_gives_nothing_twice(serve, connect):
    expired = iter([404, 200])

    def respond(seen):
        if seen.target.endswith("_search"):
            return fhir(searchset("1", "2", link="Procedure?page=2"))
        return fhir(searchset("3"), next(expired))

    wire = serve(answering(respond))

    assert ids(connect(wire.url)) == ["1", "2", "3"]
    assert len(wire.requests) == 4


def test_page_links_that_expire_each_time_end(serve, connect):
    def respond(seen):
        if seen.target.endswith("_search"):
            return fhir(searchset("1", link="Procedure?page=2"))
        return fhir({"resourceType": "OperationOutcome"}, 410)

    assert refused(connect(serve(answering(respond)).url)) == "IF-HOS-09"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (fhir({"resourceType": "OperationOutcome"}, 400), "IF-HOS-10"),
        (fhir({"resourceType": "OperationOutcome"}, 404), "IF-HOS-05"),
        (fhir({"resourceType": "OperationOutcome"}, 401), "IF-AUTH-05"),
        (fhir({"resourceType": "OperationOutcome"}, 503), "IF-HOS-07"),
        (fhir({"resourceType": "OperationOutcome"}), "IF-HOS-11"),
        (fhir({"resourceType": "Bundle", "type": "history"}), "IF-HOS-11"),
        (fhir({"resourceType": "Bundle", "type": "searchset", "entry": {}}), "IF-HOS-11"),
        (fhir(searchset(*[None])), "IF-HOS-11"),
        (fhir(searchset(*map(str, range(2001)))), "IF-NET-11"),
        ((200, b"<html>", {"Content_Type": "text/html"}), "IF-HOS-01"),
    ],
)
def test_what_is_no_page_is_named(serve, connect, answer, code):
    assert refused(connect(serve(paged({"/fhir/Procedure/_search": answer})).url)) == code


def test_a_page_that_is_cut_is_never_the_end_of_a_search(serve, connect):
    def cut(connection):
        connection.read()
        connection.answer(200, fhir(searchset("1", link="Procedure?page=2"))[1])
        connection.read()
        connection.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{")

    assert refused(connect(serve(cut).url)) == "IF-NET-04"


@pytest.mark.parametrize(("status", "code"), [(401, "IF-AUTH-05"), (403, "IF-AUTH-06")])
def test_credentials_are_tried_on_something_that_needs_them(serve, connect, status, code):
    client = connect(serve(answering(lambda _: fhir({"resourceType": "OperationOutcome"}, status))).url)
    with pytest.raises(errors.RemoteError) as caught:
        searching.check_credentials(client)

    assert caught.value.code == code


@pytest.mark.parametrize("status", [200, 400, 404, 405])
def test_a_server_that_knows_us_but_not_the_question_takes_our_credentials(serve, connect, status):
    wire = serve(answering(lambda _: fhir(searchset(), status)))
    searching.check_credentials(connect(wire.url))

    assert len(wire.requests) == 1
