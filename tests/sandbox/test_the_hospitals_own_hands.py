"""What the hospital's staff do, what the hospital tells its subscribers, and what its journal says of all that."""

import pytest

from integration.sandbox.manners import Answering
from integration.sandbox.open_manners import Open
from tests.sandbox.asking import BASE, Asked, bundle, entry, patient, pulse


class Settled(Open):
    """Has Patients of its own."""

    def residents(self):
        return [patient(1, id="p1"), patient(2, id="p2")]


@pytest.fixture
def ask():
    return Asked(Settled())


def test_those_whom_the_hospital_had_before_can_be_read_and_found(ask):
    assert ask("GET", "Patient/p1").status == 200
    assert ask("GET", "Patient?identifier=P-2").ids == ["p2"]
    assert ask.hospital.journal[0].path == "Patient/p1"


def test_the_journal_tells_all_that_arrived_and_what_became_of_it(ask):
    ask(
        "POST",
        "",
        bundle("transaction", entry("PUT", "Patient/p1", patient(3, id="p1")), entry("POST", "Observation", pulse())),
    )
    ask("GET", "Patient/p9")
    ask("DELETE", "Patient/p2")
    first, second, third = ask.hospital.journal

    assert [(one.how, one.type, one.version, one.identifiers) for one in first.committed] == [
        ("POST", "Observation", 1, ("urn:clinic:observation|O-1",)),
        ("PUT", "Patient", 2, ("urn:clinic:patient|P-3",)),
    ]
    assert first.identifiers == ("urn:clinic:patient|P-3", "urn:clinic:observation|O-1")
    assert (second.status, second.committed) == (404, ())
    assert third.committed[0][:4] == ("Patient", "p2", 2, "DELETE")


def test_staff_change_a_resource_and_it_has_a_new_version(ask):
    version = ask.hospital.edit("Patient", "p1", lambda was: was | {"gender": "female"}, ask.now)

    assert (version.number, ask("GET", "Patient/p1").json["gender"]) == (2, "female")
    assert ask.hospital.journal[0].method == "STAFF"
    with pytest.raises(LookupError):
        ask.hospital.edit("Patient", "nobody", lambda was: was, ask.now)


def test_staff_delete_a_resource(ask):
    ask.hospital.delete("Patient", "p1", ask.now)

    assert ask("GET", "Patient/p1").status == 410
    with pytest.raises(LookupError):
        ask.hospital.delete("Patient", "p1", ask.now)


def test_staff_merge_two_patients_and_what_referred_to_the_one_refers_to_the_other(ask):
    ask("PUT", "Observation/o1", pulse(1, id="o1", subject={"reference": f"{BASE}/Patient/p1"}))
    ask("PUT", "Observation/o2", pulse(2, id="o2", patient_id="p2"))
    done = ask.hospital.merge("p1", "p2", ask.now)
    gone = ask("GET", "Patient/p1").json

    assert [version.reference for version in done] == ["Observation/o1", "Patient/p1"]
    assert gone["active"] is False
    assert gone["link"] == [{"other": {"reference": "Patient/p2"}, "type": "replaced-by"}]
    assert sorted(ask("GET", "Observation?patient=p2").ids) == ["o1", "o2"]


def test_a_reset_hospital_has_only_those_it_had_before(ask):
    ask("PUT", "Patient/p3", patient(3, id="p3"))
    ask.hospital.reset()

    assert (ask("GET", "Patient/p3").status, ask("GET", "Patient/p1").status) == (404, 200)
    assert len(ask.hospital.journal) == 2


def subscription(**more):
    channel = {"type": "rest-hook", "endpoint": "http://127.0.0.1:9/hook", "header": ["Authorization: Bearer s", "odd"]}
    made = {"resourceType": "Subscription", "id": "s1", "status": "requested", "reason": "test"}
    return made | {"criteria": "Observation?patient=p1", "channel": channel} | more


def test_a_subscription_is_activated_and_calls_for_what_answers_to_it(ask):
    ask("PUT", "Subscription/s1", subscription())

    assert ask("GET", "Subscription/s1").json["status"] == "active"

    others = ask("PUT", "Observation/o2", pulse(2, id="o2", patient_id="p2")).effects
    ours = ask("PUT", "Observation/o1", pulse(1, id="o1")).effects

    assert others == []
    assert [(one.url, one.method, one.headers, one.body, one.subscription) for one in ours] == [
        ("http://127.0.0.1:9/hook", "POST", (("Authorization", "Bearer s"),), b"", "s1")
    ]


def test_a_subscription_with_a_payload_sends_the_resource(ask):
    channel = subscription()["channel"] | {"payload": "application/fhir+json"}
    ask("PUT", "Subscription/s1", subscription(channel=channel))
    ask("GET", "metadata")
    said = ask("PUT", "Observation/o1", pulse(1, id="o1"))

    assert (said.effects[0].method, said.effects[0].url) == ("PUT", "http://127.0.0.1:9/hook/Observation/o1")
    assert said.effects[0].body == said.response.body


def test_hooks_come_later_where_a_hospital_is_slow_and_from_its_staff_too():
    ask = Asked(Settled(answering=Answering(hook_seconds=30)))
    ask("PUT", "Subscription/s1", subscription(criteria="Patient?"))
    ask.hospital.advance(ask.now + 30)
    ask.hospital.edit("Patient", "p1", lambda was: was | {"gender": "male"}, ask.now + 40)

    assert ask.hospital.next_due() == ask.now + 70
    assert ask.hospital.advance(ask.now + 69) == []
    assert len(ask.hospital.advance(ask.now + 70)) == 1
    assert ask.hospital.next_due() is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"criteria": "Nonsense?x=1"},
        {"criteria": "Observation?shoe-size=1"},
        {"channel": {"type": "email", "endpoint": "mailto:nobody"}},
        {"channel": {"type": "rest-hook"}},
    ],
)
def test_a_subscription_that_cannot_work_says_why(ask, wrong):
    ask("PUT", "Subscription/s1", subscription(**wrong))
    made = ask("GET", "Subscription/s1").json

    assert made["status"] == "error"
    assert made["error"]


def test_a_subscriber_that_does_not_answer_gets_no_more_calls(ask):
    ask("PUT", "Subscription/s1", subscription())
    ask("GET", "metadata")
    ask.hospital.hook_answered("s1", ask.now, accepted=True)
    ask.hospital.hook_answered("s1", ask.now, accepted=False)

    assert ask("PUT", "Observation/o1", pulse(1, id="o1")).effects == []
    assert ask("GET", "Subscription/s1").json["status"] == "error"


def test_a_subscription_that_is_over_or_off_calls_nobody(ask):
    ask("PUT", "Subscription/s1", subscription(end="2020-01-01T00:00:00Z"))
    ask("GET", "metadata")

    assert ask("PUT", "Observation/o1", pulse(1, id="o1")).effects == []


def test_a_refused_transaction_calls_nobody(ask):
    ask("PUT", "Subscription/s1", subscription())
    ask("GET", "metadata")
    said = ask("POST", "", bundle("transaction", entry("POST", "Observation", pulse()), entry("GET", "Patient/nobody")))

    assert (said.status, said.effects) == (404, [])
