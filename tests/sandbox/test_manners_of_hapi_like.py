"""What `hapi-like` does otherwise than R4 has it, switch by switch; that HAPI does the same `tests/likeness` shows."""

from dataclasses import replace

import pytest

from integration.sandbox import character_file
from integration.sandbox.lenient_values import Reading
from integration.sandbox.manners import Bundles, Conditions, Keeping, Race, RaceEnd, Searching
from integration.sandbox.open_manners import Open
from tests.sandbox.asking import BASE, Asked, bundle, entry, patient, pulse

P1 = "Patient/p1"
NAMES = "urn:uuid:00000000-0000-4000-8000-000000000001", "urn:uuid:00000000-0000-4000-8000-000000000002"


@pytest.fixture
def hapi():
    ask = Asked(character_file.load("hapi-like"))
    ask("PUT", P1, patient(1, id="p1"))
    return ask


def observed(ask, reference):
    return ask("PUT", "Observation/o1", pulse(1, id="o1", subject={"reference": reference}))


def test_only_what_is_posted_is_told_where_it_is_and_every_version_is_named(hapi):
    made, changed, seen = hapi("POST", "Patient", patient(2)), hapi("PUT", P1, patient(3, id="p1")), hapi("GET", P1)

    assert made.headers["Location"] == made.headers["Content-Location"] == f"{BASE}/Patient/1/_history/1"
    assert "Location" not in changed.headers
    assert changed.headers["Content-Location"] == seen.headers["Content-Location"] == f"{BASE}/Patient/p1/_history/2"


def test_a_delete_names_the_version_that_it_found_and_a_read_the_one_that_it_made(hapi):
    gone, again, never = hapi("DELETE", P1), hapi("DELETE", P1), hapi("DELETE", "Patient/nobody")
    read = hapi("GET", P1)

    places = [one.headers["Content-Location"] for one in (gone, again, never)]
    assert places == [f"{BASE}/{P1}/_history/1", f"{BASE}/{P1}/_history/2", f"{BASE}/Patient/nobody"]
    assert ["ETag" in one.headers for one in (gone, again, never)] == [False] * 3
    assert (again.issue, never.issue) == ("informational", "informational")
    assert (read.status, read.headers["Location"]) == (410, f"{BASE}/{P1}/_history/2")


def test_a_conditional_delete_names_no_version_and_warns_where_nothing_was(hapi):
    gone, nothing = (hapi("DELETE", f"Patient?identifier=P-{number}") for number in (1, 7))

    assert "Content-Location" not in gone.headers
    assert nothing.issue == "not-found"


def test_who_knows_it_already_is_told_nothing_of_its_version(hapi):
    said = hapi("GET", P1, if_none_match='W/"1"')

    assert (said.status, "ETag" in said.headers) == (304, False)


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [("GET", "Patient/nobody", 404), ("GET", "Nonsense/1", 404), ("GET", "Patient?nonsense=1", 400)],
)
def test_whatever_is_wrong_has_the_same_code(hapi, method, target, status):
    said = hapi(method, target)

    assert (said.status, said.issue) == (status, "processing")


def test_an_if_match_counts_for_updates_by_id_alone(hapi):
    by_search = hapi("PUT", "Patient?identifier=P-1", patient(1, active=True), if_match='W/"9"')
    by_id = hapi("PUT", P1, patient(1, id="p1"), if_match='W/"9"')
    deleted = hapi("DELETE", P1, if_match='W/"9"')

    assert (by_search.status, by_id.status, deleted.status) == (200, 409, 200)


def test_the_id_in_a_conditional_update_is_overlooked(hapi):
    found = hapi("PUT", "Patient?identifier=P-1", patient(1, id="other", active=True))
    made = hapi("PUT", "Patient?identifier=P-2", patient(2, id="mine"))

    assert (found.status, found.json["id"]) == (200, "p1")
    assert (made.status, made.json["id"]) == (201, "1")


@pytest.mark.parametrize(("method", "headers"), [("POST", {"if_none_exist": "identifier=P-8"}), ("PUT", {})])
def test_what_a_condition_makes_must_answer_to_it(hapi, method, headers):
    target = "Patient" if headers else "Patient?identifier=P-8"

    said = hapi(method, target, patient(9), **headers)

    assert (said.status, hapi.count()) == (400, 1)
    assert hapi("GET", "Patient?identifier=P-9", cache_control="no-cache").ids == []


def test_what_a_condition_changes_need_not_answer_to_it_any_more(hapi):
    assert hapi("PUT", "Patient?identifier=P-1", patient(9)).status == 200


def test_a_transaction_whose_condition_is_not_met_leaves_nothing(hapi):
    entries = [entry("POST", "Patient", patient(2)), entry("POST", "Patient", patient(9), ifNoneExist="identifier=P-8")]

    assert (hapi("POST", "", bundle("transaction", *entries)).status, hapi.count()) == (400, 1)


@pytest.mark.parametrize("sent", ["Patient?identifier=P-1", f"{BASE}/{P1}", f"{BASE}/{P1}/_history/1", P1])
def test_references_to_itself_are_kept_as_type_and_id(hapi, sent):
    assert observed(hapi, sent).json["subject"] == {"reference": P1}


@pytest.mark.parametrize(
    ("sent", "status"),
    [("Patient?identifier=P-7", 404), (NAMES[0], 400), (f"{BASE}2/{P1}", 400), ("banana", 400), ("#nobody", 201)],
)
def test_references_that_lead_nowhere(hapi, sent, status):
    assert observed(hapi, sent).status == status


def test_a_conditional_reference_outside_a_transaction_is_kept_as_sent_where_nobody_looks_it_up():
    ask = Asked()

    assert observed(ask, "Patient?identifier=P-1").json["subject"] == {"reference": "Patient?identifier=P-1"}


def test_an_entry_tells_little_and_a_time_only_of_what_is_new(hapi):
    entries = [
        entry("POST", "Patient", patient(2)),
        entry("PUT", P1, patient(1, id="p1", active=True)),
        entry("GET", P1),
        entry("DELETE", "Patient/nobody"),
    ]

    made, changed, seen, gone = hapi("POST", "", bundle("transaction", *entries)).json["entry"]

    assert set(made) == set(changed) == {"response"}
    assert (made["response"]["etag"], "lastModified" in made["response"]) == ("1", True)
    assert (changed["response"]["etag"], "lastModified" in changed["response"]) == ("2", False)
    assert (seen["resource"]["id"], seen["response"]) == ("p1", {"status": "200 OK"})
    assert gone["response"]["status"] == "204 No Content"


def test_entries_show_the_resource_to_who_asks_for_it(hapi):
    said = hapi("POST", "", bundle("batch", entry("POST", "Patient", patient(2))), prefer="return=representation")

    assert said.json["entry"][0]["resource"]["resourceType"] == "Patient"
    assert "fullUrl" not in said.json["entry"][0]


def test_a_delete_in_a_bundle_names_its_tombstone(hapi):
    response = hapi("POST", "", bundle("batch", entry("DELETE", P1))).json["entry"][0]["response"]

    assert (response["location"], response["etag"]) == (f"{P1}/_history/2", "2")


def test_a_batch_refuses_with_a_code_of_its_own_and_fails_whole_only_over_what_cannot_be_read(hapi):
    good = entry("POST", "Patient", patient(2))
    dangling = entry("POST", "Observation", pulse(1, "nobody"))
    digits = entry("PUT", "Patient/12", patient(3, id="12"))
    unread = entry("POST", "Observation", pulse(1, "p1", status="banana"))

    refused = hapi("POST", "", bundle("batch", good, dangling, digits))

    assert refused.statuses == ["201", "400", "400"]
    assert refused.json["entry"][1]["response"]["outcome"]["issue"][0]["code"] == "exception"
    assert hapi("POST", "", bundle("batch", good, unread)).status == 400
    assert hapi("POST", "", bundle("batch", good, entry("POST", "Banana", {"resourceType": "Banana"}))).status == 400
    assert hapi.count() == 2


def test_entries_with_one_condition_are_merged_if_they_have_names(hapi):
    plain = entry("POST", "Patient", patient(2), ifNoneExist="identifier=P-2")
    first, second = ({"fullUrl": name} | plain for name in NAMES)

    assert hapi("POST", "", bundle("transaction", plain, plain)).status == 400
    assert hapi("POST", "", bundle("transaction", first, second)).statuses == ["201"]


def test_the_first_look_counts_what_it_finds():
    ask = Asked(Open(searching=Searching(total="one page", first_look=3)))
    for number in range(3):
        ask("POST", "Patient", patient(number))
    of_three = ask("GET", "Patient?_count=2").json
    ask("POST", "Patient", patient(9))
    for _ in range(3):
        ask("POST", "Patient", patient(9))
    first = ask("GET", "Patient?_count=2")
    second = ask("GET", first.link("next"))
    third = ask("GET", second.link("next"))
    last = ask("GET", third.link("next"))

    assert of_three["total"] == 3
    assert [one.json.get("total") for one in (first, second, third, last)] == [None, None, 7, 7]


def test_a_preference_for_leniency_is_overlooked(hapi):
    assert hapi("GET", "Patient?banana=1", prefer="handling=lenient").status == 400


def test_an_update_that_only_leaves_a_tag_out_or_names_another_source_makes_no_version(hapi):
    tagged = patient(1, id="p1", meta={"source": "urn:clinic", "tag": [{"code": "a"}]})
    hapi("PUT", P1, tagged)
    kept = hapi("GET", P1).json["meta"]["source"]
    again = hapi("PUT", P1, patient(1, id="p1", meta={"source": "urn:other"}))

    assert again.headers["ETag"] == 'W/"2"'
    assert hapi("GET", P1).json["meta"]["source"] == kept


def test_profiles_are_replaced_while_tags_are_added(hapi):
    for name in "ab":
        hapi("PUT", P1, patient(1, id="p1", meta={"profile": [f"urn:{name}"], "tag": [{"code": name}]}))

    meta = hapi("GET", P1).json["meta"]
    assert (meta["profile"], [one["code"] for one in meta["tag"]]) == (["urn:b"], ["a", "b"])


def test_what_two_deletes_at_once_come_to():
    ask = Asked(Raced())
    ask("PUT", P1, patient(1, id="p1"))
    began = ask.now
    ask("DELETE", P1)

    assert ask.overlapping("DELETE", P1, None, began).status == 409


class Raced(Open):
    """Sees nothing of what others do meanwhile, and has its own way with updates."""

    def race(self, race, rng):
        return RaceEnd.CONFLICT if race is Race.UPDATE else RaceEnd.BLIND


@pytest.mark.parametrize("delete_first", [True, False])
def test_a_reference_and_a_delete_that_do_not_see_each_other_leave_one_that_leads_nowhere(delete_first):
    ask = Asked(Raced(keeping=Keeping(checks_references=True, guards_deletes=True)))
    ask("PUT", P1, patient(1, id="p1"))
    began = ask.now
    rivals = [("DELETE", P1, None), ("POST", "Observation", pulse(1, "p1"))]
    first, second = rivals if delete_first else rivals[::-1]
    ask(*first)

    assert ask.overlapping(*second, began).status in (200, 201)
    assert (ask("GET", P1).status, ask.count()) == (410, 1)


def test_a_second_resource_of_one_condition_needs_a_third_request():
    hapi = character_file.load("hapi-like")
    blind = hapi.model_copy(
        update={"races": hapi.races.model_copy(update={"third_conditional_update": {RaceEnd.BLIND: 1.0}})}
    )
    ask = Asked(blind)
    began = ask.now
    condition = "Patient?identifier=P-5"
    ask("PUT", condition, patient(5))

    assert ask.overlapping("PUT", condition, patient(5), began).status in (200, 409)
    ask("PUT", condition, patient(5))
    assert ask.overlapping("PUT", condition, patient(5), began).status == 201


def test_a_hospital_without_a_word_on_thirds_treats_them_as_seconds():
    hapi = character_file.load("hapi-like")
    races = hapi.races.model_copy(
        update={"third_conditional_update": {}, "conditional_update": {RaceEnd.CONFLICT: 1.0}}
    )
    asked = Asked(hapi.model_copy(update={"races": races}))

    assert asked.hospital.character.race(Race.THIRD_CONDITIONAL_UPDATE, asked.rng) is RaceEnd.CONFLICT


def test_a_put_to_a_new_id_is_404_where_the_hospital_gives_all_ids():
    hapi = character_file.load("hapi-like")
    ask = Asked(hapi.model_copy(update={"conditions": replace(hapi.conditions, update_create=False)}))

    assert ask("PUT", P1, patient(1, id="p1")).status == 404


def test_the_switches_stand_alone():
    ask = Asked(Open(conditions=Conditions(must_hold=True), bundles=Bundles(code="exception")))

    assert ask("POST", "Patient", patient(1), if_none_exist="identifier=P-2").issue == "invariant"
    assert (
        ask("POST", "", bundle("batch", entry("GET", P1))).json["entry"][0]["response"]["outcome"]["issue"][0]["code"]
        == "exception"
    )


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"active": "true"}, {"active": True}),
        ({"active": None, "surprise": 1, "_surprise": {}, "name": [], "gender": ""}, {}),
        ({"_birthDate": {"extension": []}}, {"_birthDate": {"extension": []}}),
        ({"name": [None, {"family": 7, "given": [True, 1]}]}, {"name": [{"family": "7", "given": ["true", "1"]}]}),
        ({"maritalStatus": "M", "birthDate": {"a": 1}, "name": "Ada"}, {}),
        ({"multipleBirthInteger": "2"}, {"multipleBirthInteger": 2}),
        ({"deceasedDateTime": "2026-03-01T10:00:00"}, {"deceasedDateTime": "2026-03-01T10:00:00"}),
        ({"contained": [{"resourceType": "Group", "surprise": 1, "actual": "false"}]},
         {"contained": [{"resourceType": "Group", "actual": False}]}),
    ],
)  # fmt: skip
def test_a_lenient_parser_keeps_what_it_can_make_sense_of(sent, kept):
    reading = Reading({"resourceType": "Patient"} | sent)

    assert reading.as_sent() == {"resourceType": "Patient"} | kept
    assert reading.unread == []


@pytest.mark.parametrize(
    ("sent", "where"),
    [
        ({"active": "yes"}, "Patient.active"),
        ({"active": 1}, "Patient.active"),
        ({"multipleBirthInteger": "two"}, "Patient.multipleBirthInteger"),
        ({"multipleBirthInteger": True}, "Patient.multipleBirthInteger"),
        ({"telecom": [{"rank": "1.5"}]}, "Patient.telecom[0].rank"),
    ],
)
def test_a_lenient_parser_does_not_read_a_word_as_a_number(sent, where):
    assert Reading({"resourceType": "Patient"} | sent).unread == [where]


def test_nothing_has_no_sign_at_a_lenient_parser(hapi):
    value = b'{"resourceType":"Observation","valueQuantity":{"value":-0.00,"unit":"mg"}}'

    assert b'"value":0.00' in hapi("POST", "Observation", value).response.body


def test_what_was_sent_is_never_changed_by_reading_it():
    sent = {"resourceType": "Patient", "name": [{"family": 7}], "deceasedDateTime": "2026-03-01T10:00:00"}
    before = repr(sent)

    Reading(sent)

    assert repr(sent) == before
