"""A push that is stopped, by a person or by the hospital, loses nothing and says how to go on."""

import os
import signal
import subprocess
import sys

import pytest

from integration.sandbox import faults
from integration.sandbox.faulty_proxy import FaultyProxy
from tests.parts import servers
from tests.stories.clinic import QUICK, corrected, export, hospital_has, put_there


@pytest.fixture
def behind(clinic, sekmet_server):
    """behind(rule): a clinic with its patient enrolled at a hospital behind that fault."""
    lines = []

    def make(*rules, **options):
        line = FaultyProxy(sekmet_server.url, rules).start()
        lines.append(line)
        made = clinic()
        made.takes(export(**options))
        made.connects(line.url, "--patients", "create")
        made.ok("enrol", "--hospital", "mercy", "--all", "--yes")
        return made

    yield make
    for line in lines:
        line.stop()


def judged(clinic):
    return clinic.ok("hospital", "verify", "mercy", "--json").json["counts"]


@pytest.mark.slow
def test_ctrl_c_in_mid_push_loses_nothing_and_says_how_to_go_on(behind):
    hold = faults.Hold(faults.When(skip=1))
    clinic = behind(hold)
    command = [sys.executable, "-c", "from integration.cli.main import run; run()", "push", "--home", str(clinic.home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ) as push:
        assert hold.wait_until_held(30)
        push.send_signal(signal.SIGINT)
        _, said = push.communicate(timeout=30)
    hold.release()

    assert push.returncode == 130
    assert "run the same command again" in said
    clinic.ok("push")
    assert judged(clinic)["held"] == judged(clinic)["expected"] > 0


def test_a_hospital_that_does_not_know_us_any_more_stops_until_a_person_resumes_it(behind):
    clinic = behind(faults.Busy(faults.When(count=1), status=401, retry_after=None))
    stopped = clinic.run("push", "--json")
    again = clinic.run("push", "--json")

    assert (stopped.code, again.code) == (4, 4)
    assert "401" in stopped.json["hospitals"][0]["stopped"]
    assert again.json["requests"]["write"] == 0
    assert "hospital resume mercy" in clinic.ok("status").out

    clinic.ok("hospital", "resume", "mercy")
    clinic.ok("push")
    assert judged(clinic)["held"] == judged(clinic)["expected"] > 0


def test_what_somebody_else_changed_there_is_held_until_a_person_decides(behind, sekmet_server):
    clinic = behind()
    clinic.ok("push")
    observation = next(record for record in export() if record.get("measure") == "hr")
    clinic.takes([corrected(observation, 71)])
    row = clinic.ok("push", "--dry-run", "--json").json["changes"][0]
    there = hospital_has(sekmet_server.url, "Observation", row["id"])
    put_there(sekmet_server.url, {**there, "status": "preliminary"})

    assert clinic.run("push").code == 5
    group = clinic.ok("queue", "list", "--json").json["groups"][0]
    assert (group["state"], group["reason"]) == ("held", "IF-DEL-05")
    key = group["rows"][0]["key"]
    assert clinic.run("queue", "retry", key, "--json").json["error"]["code"] == "IF-USE-05"

    clinic.ok("queue", "retry", key, "--reason", "the clinic's value was checked")
    clinic.ok("push")
    assert hospital_has(sekmet_server.url, "Observation", row["id"])["valueQuantity"]["value"] == 71
    assert judged(clinic)["held"] == judged(clinic)["expected"] > 0


@pytest.mark.slow
def test_credentials_are_tried_when_a_hospital_is_added_and_never_shown(clinic, tmp_path):
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    made = clinic()
    basic = ("--auth", "basic", "--username", "bridge", "--secret-file", str(secret), "--patients", "create", *QUICK)
    with servers.sekmet(tmp_path / "hospital", users={"bridge": "w0rd-of-honour"}) as hospital:
        secret.write_text("wrong-w0rd")
        refused = made.run("hospital", "add", "mercy", "--url", hospital.url, *basic, "--json")
        secret.write_text("w0rd-of-honour\n")
        added = made.ok("hospital", "add", "mercy", "--url", hospital.url, *basic)
        made.takes(export(1))
        made.ok("enrol", "--hospital", "mercy", "--all", "--yes")
        made.ok("push")

        assert (refused.code, refused.json["error"]["code"]) == (4, "IF-AUTH-05")
        assert judged(made)["held"] == judged(made)["expected"] > 0
        told = [added, made.ok("hospital", "show", "mercy", "--json"), made.ok("hospital", "list", "--json")]
        assert not any("w0rd" in said.out + said.err for said in told)
