"""What is parked is shown by reason, sent again when a person says so, and everything else goes on."""

import pytest

from integration.sandbox import faults, refusals
from integration.sandbox.faulty_proxy import FaultyProxy
from tests.stories.clinic import export

HEART_RATE = "8867-4"


@pytest.fixture
def strict(clinic, sekmet_server):
    """A clinic, and a hospital that does not know the code of a heart rate until it is mended."""
    rule = refusals.RefuseCode(code=HEART_RATE)
    with FaultyProxy(sekmet_server.url, [rule]) as line:
        made = clinic()
        made.takes(export())
        made.connects(line.url, "--patients", "create")
        made.ok("enrol", "--hospital", "mercy", "--all", "--yes")
        yield made, rule


def heart_rates():
    return len([record for record in export() if record.get("measure") == "hr"])


def test_only_what_the_hospital_refused_is_parked(strict):
    clinic, _ = strict
    pushed = clinic.run("push", "--json")
    groups = clinic.ok("queue", "list", "--json").json["groups"]

    assert (pushed.code, pushed.json["hospitals"][0]["rows"]["parked"]) == (5, heart_rates())
    assert [(g["state"], g["reason"], g["count"]) for g in groups] == [("parked", "IF-DEL-01", heart_rates())]
    assert {row["type"] for row in groups[0]["rows"]} == {"Observation"}


def test_a_second_push_does_not_try_what_is_parked_again(strict):
    clinic, _ = strict
    clinic.run("push")

    assert clinic.run("push", "--json").json["requests"]["write"] == 0


def test_when_the_hospital_is_mended_what_was_parked_is_sent_again(strict):
    clinic, rule = strict
    clinic.run("push")
    rule.mend()
    retried = clinic.ok("queue", "retry", "--code", "IF-DEL-01", "--json").json
    clinic.ok("push")

    assert len(retried) == heart_rates()
    assert clinic.ok("queue", "list").out == "everything is in step\n"
    verdict = clinic.ok("hospital", "verify", "mercy", "--json").json["counts"]
    assert verdict["held"] == verdict["expected"] > 0


def test_a_row_shows_its_record_its_requests_and_who_must_act(strict):
    clinic, _ = strict
    clinic.run("push")
    row = clinic.ok("queue", "list", "--json").json["groups"][0]["rows"][0]
    page = clinic.ok("queue", "show", row["key"], "--json").json[0]
    text = clinic.ok("queue", "show", row["key"]).out

    assert page["record"] == f"observation {row['identifier']}"
    assert page["who"] == "hospital IT"
    assert [one[3] for one in page["tries"]][-1] == "422"
    assert "422" in text


def test_a_row_that_does_not_exist_is_a_usage_error(strict):
    clinic, _ = strict
    for words in (("show", "Observation/nobody"), ("retry", "Observation/nobody"), ("retry", "nonsense"), ("retry",)):
        said = clinic.run("queue", *words, "--json")
        assert (said.code, said.json["error"]["code"]) == (2, "IF-USE-24")


@pytest.mark.slow
def test_outages_and_lost_answers_end_in_the_same_count(clinic, sekmet_server):
    busy, cut = faults.Busy(faults.When(count=1)), faults.CutReply(faults.When(count=1))
    with FaultyProxy(sekmet_server.url, [busy, cut]) as line:
        made = clinic()
        made.takes(export())
        made.connects(line.url, "--patients", "create")
        made.ok("enrol", "--hospital", "mercy", "--all", "--yes")
        made.ok("push", "--wait", "60s")

        assert (busy.when.times, cut.when.times) == (1, 1)
        verdict = made.ok("hospital", "verify", "mercy", "--json").json["counts"]
        assert verdict["held"] == verdict["expected"] > 0
