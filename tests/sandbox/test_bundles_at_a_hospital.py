"""Batches and transactions: each for itself, or all or nothing; references between entries; twins."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.sandbox.manners import Bundles, Keeping, Searching
from integration.sandbox.open_manners import Open
from integration.sandbox.refusing import Reason, Refusal
from tests.sandbox.asking import BASE, Asked, bundle, entry, patient, pulse

P, N = "urn:uuid:00000000-0000-4000-8000-000000000001", "urn:uuid:00000000-0000-4000-8000-000000000002"
BAD = {"resourceType": "Patient", "gender": "banana"}


class Strict(Open):
    """Refuses what is not R4 as if it could not be parsed."""

    def judge(self, resource_type, document, store):
        judged = Open.judge(self, resource_type, document, store)
        return replace(judged, reason=Reason.UNREADABLE, status=400) if isinstance(judged, Refusal) else judged


def test_a_transaction_stores_all_and_turns_names_of_entries_into_references():
    ask = Asked()
    made = pulse(subject={"reference": P}, hasMember=[{"reference": "Observation?identifier=O-9"}])
    ask("PUT", "Observation/known", pulse(9, id="known"))
    said = ask(
        "POST", "", bundle("transaction", entry("POST", "Observation", made, N), entry("POST", "Patient", patient(), P))
    )
    observation, person = [one["resource"] for one in said.json["entry"]]

    assert (said.status, said.json["type"], said.statuses) == (200, "transaction-response", ["201", "201"])
    assert observation["subject"]["reference"] == f"Patient/{person['id']}"
    assert observation["hasMember"] == [{"reference": "Observation/known"}]
    assert said.json["entry"][0]["response"]["location"] == f"Observation/{observation['id']}/_history/1"
    assert said.json["entry"][0]["response"]["etag"] == 'W/"1"'


def test_a_refused_entry_undoes_a_whole_transaction_and_its_place_is_told():
    ask = Asked()
    ask("PUT", "Patient/p1", patient(id="p1"))
    before = ask("GET", "Patient/p1").response.body
    entries = [
        entry("PUT", "Patient/p1", patient(2, id="p1")),
        entry("POST", "Patient", patient(3)),
        entry("POST", "Patient", BAD),
    ]
    said = ask("POST", "", bundle("transaction", *entries))

    assert (said.status, said.json["issue"][0]["expression"]) == (422, ["Bundle.entry[2].resource.gender"])
    assert ask("GET", "Patient/p1").response.body == before
    assert ask("GET", "Patient?identifier=P-2,P-3").ids == []
    assert ask("GET", "Patient?identifier=P-1").ids == ["p1"]


def test_a_full_url_stands_once_for_one_version_of_a_resource():
    ask = Asked()
    known = entry("POST", "Patient", patient(), ifNoneExist="identifier=P-1")
    changed = entry("PUT", "Patient?identifier=P-1", patient(active=True))
    made, nobody = entry("POST", "Patient", patient()), entry("GET", "Patient/x")
    said = ask("POST", "", bundle("batch", made, known, changed, nobody))
    urls = [one.get("fullUrl") for one in said.json["entry"]]

    assert said.statuses == ["201", "200", "200", "404"]
    assert [one["resource"]["meta"]["versionId"] for one in said.json["entry"][:3]] == ["1", "1", "2"]
    assert urls == [urls[0], None, urls[0], None]
    assert urls[0].startswith(BASE)


def test_a_batch_does_the_others_when_one_is_refused():
    ask = Asked()
    entries = [
        entry("POST", "Patient", patient(1)),
        entry("POST", "Patient", BAD),
        entry("GET", "Patient/nobody"),
        entry("GET", "Patient?identifier=P-1"),
        entry("PUT", "Patient/p9", patient(9, id="p9"), ifMatch='W/"4"'),
        {"request": {"method": "TEA", "url": "Patient"}},
        "no entry at all",
        entry("POST", "", bundle("batch")),
        entry("DELETE", "Patient?identifier=P-1"),
    ]
    said = ask("POST", "", bundle("batch", *entries))

    assert said.statuses == ["201", "422", "404", "200", "412", "400", "400", "400", "200"]
    assert said.json["entry"][1]["response"]["outcome"]["resourceType"] == "OperationOutcome"
    assert said.json["entry"][3]["resource"]["total"] == 1
    assert ask.count() == 0


def test_a_hospital_that_reads_a_batch_as_a_whole_refuses_it_for_one_entry():
    ask = Asked(Strict(bundles=Bundles(parsed_whole=True)))
    said = ask("POST", "", bundle("batch", entry("POST", "Patient", patient(1)), entry("POST", "Patient", BAD)))

    assert (said.status, ask.count(), ask("GET", "Patient?identifier=P-1").ids) == (400, 0, [])


def test_reads_in_a_transaction_come_last_and_see_its_writes():
    ask = Asked()
    said = ask("POST", "", bundle("transaction", entry("GET", "Patient?name=ada"), entry("POST", "Patient", patient())))

    assert said.json["entry"][0]["resource"]["total"] == 1


TWINS = [
    [entry("PUT", "Patient/p1", patient(1, id="p1")), entry("PUT", "Patient/p1", patient(2, id="p1"))],
    [entry("PUT", "Patient/p1", patient(1, id="p1")), entry("DELETE", "Patient/p1")],
    [entry("PUT", "Patient/p1", patient(1, id="p1")), entry("PUT", "Patient?identifier=P-1", patient(2))],
    [entry("POST", "Patient", patient(1), ifNoneExist="identifier=P-5")] * 2,
    [entry("PUT", "Patient?identifier=P-1", patient(1))] * 2,
]


@pytest.mark.parametrize("twins", TWINS)
def test_two_entries_for_one_resource_are_refused(twins):
    ask = Asked()
    ask("PUT", "Patient/p1", patient(1, id="p1"))

    assert ask("POST", "", bundle("transaction", *twins)).issue == "duplicate"


@pytest.mark.parametrize(("twins", "answers"), [(TWINS[0], 0), (TWINS[2], 0), (TWINS[3], 1), (TWINS[4], 1)])
def test_a_hospital_that_merges_does_so_for_two_equal_conditions_and_answers_once(twins, answers):
    ask = Asked(Open(bundles=Bundles(same_identity="merge")))
    ask("PUT", "Patient/p1", patient(1, id="p1"))

    assert len(ask("POST", "", bundle("transaction", *twins)).json.get("entry", [])) == answers


def test_conditional_creates_in_a_transaction_find_what_is_there():
    ask = Asked()
    ask("PUT", "Patient/p1", patient(1, id="p1"))
    made = entry("POST", "Patient", patient(1), P, ifNoneExist="identifier=P-1")
    said = ask("POST", "", bundle("transaction", made, entry("POST", "Observation", pulse(subject={"reference": P}))))

    assert said.statuses == ["200", "201"]
    assert said.json["entry"][1]["resource"]["subject"]["reference"] == "Patient/p1"


@pytest.mark.parametrize(
    ("reference", "matches", "status"),
    [
        ("Patient?identifier=P-9", 0, 404),
        ("Patient?family=testperson", 2, 412),
        (N, 0, 400),
        ("Patient?nothing=1", 0, 400),
    ],
)
def test_a_reference_that_cannot_be_resolved_refuses_the_transaction(reference, matches, status):
    ask = Asked()
    for one in range(matches):
        ask("POST", "Patient", patient(one))
    made = entry("POST", "Observation", pulse(subject={"reference": reference}))

    assert ask("POST", "", bundle("transaction", entry("POST", "Patient", patient(7)), made)).status == status
    assert ask.count() == matches


def test_a_hospital_that_checks_references_knows_those_of_the_same_transaction():
    ask = Asked(Open(keeping=Keeping(checks_references=True, guards_deletes=True)))
    both = bundle(
        "transaction", entry("PUT", "Observation/o1", pulse(id="o1")), entry("PUT", "Patient/p1", patient(id="p1"))
    )

    assert ask("PUT", "Observation/o1", pulse(id="o1")).status == 400
    assert ask("POST", "", both).status == 200
    assert (ask("DELETE", "Patient/p1").status, ask("GET", "Patient/p1").status) == (409, 200)
    assert ask("PUT", "Observation/o1", pulse(id="o1", subject={"reference": f"{BASE}/Patient/p2"})).status == 400
    assert (
        ask("POST", "", bundle("transaction", entry("DELETE", "Patient/p1"), entry("DELETE", "Observation/o1"))).status
        == 200
    )


def test_addresses_in_entries_may_be_absolute_or_begin_with_a_slash():
    ask = Asked()
    entries = [
        entry("PUT", f"{BASE}/Patient/p1", patient(1, id="p1")),
        entry("PUT", "/Patient/p2", patient(2, id="p2")),
    ]

    assert ask("POST", "", bundle("transaction", *entries)).statuses == ["201", "201"]


def test_too_many_entries_are_refused():
    ask = Asked(Open(bundles=Bundles(cap=2)))

    assert ask("POST", "", bundle("batch", *[entry("GET", "Patient")] * 3)).status == 413
    assert ask("POST", "", bundle("batch", *[entry("GET", "Patient")] * 2)).status == 200


def test_prefer_holds_for_the_entries_too():
    ask = Asked()
    said = ask("POST", "", bundle("transaction", entry("POST", "Patient", patient())), prefer="return=minimal")

    assert "resource" not in said.json["entry"][0]


IDS = st.sampled_from(["p1", "p2", "p3"])
WRITES = st.one_of(
    st.builds(lambda i, n: entry("PUT", f"Patient/{i}", patient(n, id=i)), IDS, st.integers(1, 3)),
    st.builds(lambda i: entry("DELETE", f"Patient/{i}"), IDS),
    st.builds(lambda n: entry("POST", "Patient", patient(n)), st.integers(1, 3)),
    st.builds(
        lambda n, m: entry("POST", "Patient", patient(n), ifNoneExist=f"identifier=P-{m}"),
        st.integers(1, 3),
        st.integers(1, 4),
    ),
    st.builds(lambda i, v: entry("PUT", f"Patient/{i}", patient(5, id=i), ifMatch=f'W/"{v}"'), IDS, st.integers(1, 3)),
    st.builds(lambda n: entry("PUT", f"Patient?identifier=P-{n}", patient(n)), st.integers(1, 4)),
    st.builds(lambda i: entry("POST", "Observation", pulse(subject={"reference": f"Patient/{i}"})), IDS),
    st.just(entry("POST", "Patient", BAD)),
    st.just(entry("GET", "Patient/p2")),
    st.just(entry("POST", "Observation", pulse(subject={"reference": "Patient?identifier=P-2"}))),
)


def everything(ask):
    """All that can be read or found, and all that ever happened."""
    store = ask.hospital.store
    held = {version.reference: (version.number, version.body) for version in store.everything()}
    found = {n: ask.hospital._house.index.posting("Patient", "identifier", f"P-{n}").keys() for n in range(1, 6)}
    return held, {n: set(keys) for n, keys in found.items()}, list(store.commits)


@settings(max_examples=150)
@given(st.lists(WRITES, max_size=4), st.lists(WRITES, min_size=1, max_size=5), st.sampled_from([0.0, 30.0]))
def test_a_transaction_is_all_or_nothing(before, entries, lag):
    ask = Asked(Open(keeping=Keeping(checks_references=True), searching=Searching(lag=lag)))
    ask("POST", "", bundle("batch", *before))
    held, found, commits = everything(ask)
    said = ask("POST", "", bundle("transaction", *entries))
    done = ask.hospital.journal[-1].committed

    if said.status != 200:
        assert said.json["resourceType"] == "OperationOutcome"
        assert everything(ask) == (held, found, commits)
        assert done == ()
        return
    assert len(said.json["entry"]) == len(entries)
    assert {status[0] for status in said.statuses} == {"2"}
    assert ask.hospital.store.commits[: len(commits)] == commits
    assert len(ask.hospital.store.commits) == len(commits) + len(done)


@settings(max_examples=25)
@given(st.lists(WRITES, min_size=1, max_size=6), st.integers(0, 2**32))
def test_the_same_seed_gives_the_same_history_byte_for_byte(entries, seed):
    histories = []
    for _ in range(2):
        ask = Asked(seed=seed)
        said = [ask("POST", "", bundle(kind, *entries)).response for kind in ("batch", "transaction")]
        listed = ask("GET", "_history").response.body
        histories.append((said, listed, ask.hospital.journal))

    assert histories[0] == histories[1]
    assert random.Random(seed).random() == random.Random(seed).random()
