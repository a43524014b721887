"""Page by page, each resource comes once, whatever others do meanwhile; links expire, and are nobody's to change."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.sandbox.manners import Searching
from integration.sandbox.open_manners import Open
from tests.sandbox.asking import Asked, patient


def filled(number, **searching):
    ask = Asked(Open(searching=Searching(**searching)))
    for one in range(number):
        ask("PUT", f"Patient/p{one}", patient(one, id=f"p{one}"))
    return ask


@settings(max_examples=40)
@given(st.integers(0, 45), st.integers(1, 50), st.integers(1, 20), st.integers(0, 2**32))
def test_following_the_links_gives_each_resource_once_while_others_write(number, count, cap, seed):
    ask, chance = filled(number, page_cap=cap), random.Random(seed)
    said, found, pages = ask("GET", f"Patient?_count={count}"), [], 0
    while True:
        assert len(said.ids) <= min(count, cap)
        found += said.ids
        pages += 1
        ask("PUT", f"Patient/new{pages}", patient(100 + pages, id=f"new{pages}"))
        if number:
            one = chance.randrange(number)
            ask("PUT", f"Patient/p{one}", patient(one, id=f"p{one}", active=pages % 2 == 0))
        link = said.link("next")
        if link is None:
            break
        said = ask("GET", link)

    assert sorted(found) == sorted(f"p{one}" for one in range(number))


def test_what_is_deleted_between_two_pages_is_left_out():
    ask = filled(5)
    first = ask("GET", "Patient?_count=2")
    ask("DELETE", "Patient/p3")

    assert first.ids == ["p0", "p1"]
    assert ask("GET", first.link("next")).ids == ["p2"]


def test_a_page_tells_the_one_before_and_itself():
    ask = filled(5)
    second = ask("GET", ask("GET", "Patient?_count=2").link("next"))

    assert ask("GET", second.link("previous")).ids == ["p0", "p1"]
    assert ask("GET", second.link("self")).ids == second.ids
    assert second.json["total"] == 5


def test_a_page_link_expires():
    ask = filled(3, page_life=60)
    link = ask("GET", "Patient?_count=1").link("next")
    ask.now += 60

    assert (ask("GET", link).status, ask("GET", link).issue) == (410, "expired")


@pytest.mark.parametrize("change", ["_getpagesoffset=-1", "_getpagesoffset=x", "_count=1e9", "_getpagesoffset=²"])
def test_a_changed_page_link_is_refused(change):
    ask = filled(3)
    token = ask("GET", "Patient?_count=1").link("next").partition("_getpages=")[2].partition("&")[0]

    assert ask("GET", f"?_getpages={token}&{change}").status == 400


@pytest.mark.parametrize(
    ("habit", "asked", "first", "whole"),
    [
        ("always", "", 3, 3),
        ("one page", "", None, 3),
        ("never", "", None, None),
        ("always", "&_total=none", None, None),
    ],
)
def test_the_total_is_told_as_is_the_hospitals_habit(habit, asked, first, whole):
    ask = filled(3, total=habit)

    assert ask("GET", f"Patient?_count=1{asked}").json.get("total") == first
    assert ask("GET", f"Patient?_count=5{asked}").json.get("total") == whole


def test_an_exact_total_can_be_asked_for():
    assert filled(3, total="one page")("GET", "Patient?_count=1&_total=accurate").json["total"] == 3


def test_a_history_is_paged_newest_first():
    ask = filled(0)
    for one in range(5):
        ask("PUT", "Patient/p1", patient(one, id="p1"))
    ask("DELETE", "Patient/p1")
    said = ask("GET", "Patient/p1/_history?_count=4")
    rest = ask("GET", said.link("next"))
    versions = [one["response"]["etag"] for one in said.json["entry"] + rest.json["entry"]]

    assert said.json["total"] == 6
    assert versions == [f'W/"{one}"' for one in (6, 5, 4, 3, 2, 1)]
    assert said.json["entry"][0]["request"] == {"method": "DELETE", "url": "Patient/p1"}
    assert "resource" not in said.json["entry"][0]
    assert rest.link("next") is None


def test_a_history_since_a_moment_leaves_out_what_was_before():
    ask = filled(2)
    since = ask("GET", "Patient/p1").json["meta"]["lastUpdated"]
    ask("PUT", "Patient/p2", patient(2, id="p2"))

    assert sorted(ask("GET", f"_history?_since={since}").ids) == ["p1", "p2"]
    assert ask("GET", f"Patient/_history?_since={since}&_count=1").json["total"] == 2
