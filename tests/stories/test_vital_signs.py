"""Vital signs one by one: to hospitals that file readings of their own patients and visits, and nothing else."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from integration.sandbox import character_file, expecting, residents
from integration.sandbox.residents import Residents
from integration.sandbox.testing import PretendHospital, open_hospital
from mappings.projection import Projection
from tests.stories.clinic import Clinic, corrected, export

EPIC = ("--codes", "8867-4,85354-9,59408-5,29463-7,8302-2", "--statuses", "final", "--updates", "never",
        "--if-match", "none")  # fmt: skip
SETTINGS = {"epic-like": EPIC, "oracle-like": ()}
PROJECTIONS = {
    "epic-like": Projection("vitals", ("8867-4", "85354-9", "59408-5", "29463-7", "8302-2"), ("final",)),
    "oracle-like": Projection("vitals"),
}
HEART_RATE = "O-0001-01-HR1"


@dataclass
class Story:
    """A clinic, its export, and a hospital that knows the same people."""

    clinic: Clinic
    there: PretendHospital
    people: Residents
    records: list[dict[str, Any]]
    links: Path

    def link(self) -> None:
        self.links.write_text(self.people.links_csv())
        self.clinic.ok("link", "--hospital", "mercy", "--file", str(self.links))

    def pushed(self) -> dict[str, Any]:
        said = self.clinic.run("push", "--json")
        assert said.code in {0, 5}, said.err
        return dict(said.json)

    def groups(self) -> Counter[tuple[str, str]]:
        listed = self.clinic.ok("queue", "list", "--json").json["groups"]
        return Counter({(group["state"], group["reason"]): group["count"] for group in listed})

    def value_there(self, name: str) -> Any:
        """What the hospital's own reading of this name says."""
        (found,) = (one for one in self.there.arrived("Observation") if one["identifier"][0]["value"] == name)
        return found["valueQuantity"]["value"]


@pytest.fixture
def story(clinic: Callable[..., Clinic], tmp_path: Path) -> Iterator[Callable[..., Story]]:
    """Begin one: everything is stored, everybody enrolled, and nothing linked yet."""
    with ExitStack() as opened:

        def begin(character: str, *settings: str, patients: int = 1, sessions: int = 1) -> Story:
            records = export(sessions, patients=patients, seed=7)
            made = clinic()
            made.takes(records)
            file = tmp_path / "clinic.ndjson"
            # The hospital's own time goes twenty times as fast: its limits and lags are there, and cost no waiting.
            there = open_hospital(character, socket=True, patients=file, clock=lambda: time.monotonic() * 20)
            opened.enter_context(there)
            made.connects(there.url, "--projection", "vitals", *(settings or SETTINGS[character]))
            made.ok("enrol", "--hospital", "mercy", "--all", "--yes")
            return Story(made, there, residents.of(file), records, tmp_path / "links.csv")

        yield begin


@pytest.mark.parametrize("character", ["epic-like", "oracle-like"])
def test_of_twenty_patients_as_much_is_there_as_the_character_says_and_the_rest_is_listed(story, character):
    told = story(character, patients=20)
    reckoned = expecting.expected(character_file.load(character), told.records, told.people, PROJECTIONS[character])
    told.link()

    first = told.pushed()["hospitals"][0]
    verdict = told.clinic.run("hospital", "verify", "mercy", "--json")
    again = told.pushed()

    assert first["rows"]["clean"] == len(told.there.arrived("Observation")) == reckoned.number > 400
    assert reckoned.refused == {}
    assert told.groups() == {("dismissed", f"not taken: {why}"): many for why, many in reckoned.left_out.items()}
    assert reckoned.left_out.total() > 50
    assert (verdict.code, verdict.json["counts"]["held"]) == (0, reckoned.number)
    assert verdict.json["counts"]["added"] == verdict.json["counts"]["unexpected"] == 0
    assert Counter(one["detail"] for one in verdict.json["dismissed"]) == reckoned.left_out
    assert again["requests"] == {"write": 0, "read": 0}


def test_what_a_hospital_has_no_place_for_is_not_called_outstanding_in_a_history(story):
    told = story("oracle-like")
    told.link()
    told.pushed()

    said = told.clinic.ok("history", "--session", "S-0001-01").out

    assert "not-taken: vital signs alone go there" in said
    assert "; has no place for " in said
    assert "outstanding: nothing" in said


def test_what_the_hospital_refuses_though_it_never_said_so_is_parked_until_its_codes_are_set(story):
    told = story("epic-like", "--updates", "never", "--if-match", "none")
    reckoned = expecting.expected(character_file.load("epic-like"), told.records, told.people, Projection("vitals"))
    told.link()
    first = told.pushed()["hospitals"][0]["rows"]
    parked = told.groups()["parked", "IF-DEL-01"]

    told.clinic.ok("hospital", "set", "mercy", *EPIC[:4])
    second = told.pushed()["hospitals"][0]["rows"]

    assert (first["clean"], parked) == (reckoned.number, reckoned.refused.total())
    assert parked > 0
    assert second == {"clean": first["clean"], "dismissed": first["dismissed"] + parked}


def test_a_row_of_the_flowsheet_that_is_built_later_lets_its_readings_go(story):
    told = story("oracle-like", "--codes", "85354-9")
    told.link()
    before = told.pushed()["hospitals"][0]["rows"]

    told.clinic.ok("hospital", "set", "mercy", "--codes", "85354-9,8867-4")
    after = told.pushed()["hospitals"][0]["rows"]

    pulses = [one for one in told.there.arrived("Observation") if one["code"]["coding"][0]["code"] == "8867-4"]
    assert len(pulses) > 0
    assert after == {"clean": before["clean"] + len(pulses), "dismissed": before["dismissed"] - len(pulses)}


def test_before_visits_and_staff_are_linked_readings_wait_and_afterwards_they_go(story):
    told = story("epic-like")
    told.links.write_text(
        "".join(",".join(link) + "\n" for link in told.people.links if link[0] in {"patient", "device"})
    )
    told.clinic.ok("link", "--hospital", "mercy", "--file", str(told.links))
    waiting = told.pushed()
    named = {reason for state, reason in told.groups() if state == "dirty"}

    told.link()

    assert waiting["requests"]["write"] == 0
    assert named == {"waits for Encounter", "waits for Encounter, Practitioner"}
    assert told.pushed()["hospitals"][0]["clean"]


def test_what_is_sent_is_one_code_one_value_one_moment_and_the_hospitals_own(story):
    told = story("oracle-like")
    told.link()
    told.pushed()

    there = {one["identifier"][0]["value"]: one for one in told.there.arrived("Observation")}
    pressure, saturation = there["O-0001-01-BP1"], there["O-0001-01-SP1"]
    assert list(saturation) == ["resourceType", "id", "meta", "identifier", "status", "category", "code", "subject",
                                "encounter", "effectiveDateTime", "performer", "valueQuantity"]  # fmt: skip
    assert [coding["code"] for coding in saturation["code"]["coding"]] == ["59408-5"]
    assert saturation["encounter"] == {"reference": "Encounter/sandbox-visit-0001-01", "type": "Encounter"}
    assert saturation["performer"] == [{"reference": "Practitioner/sandbox-staff-0001", "type": "Practitioner"}]
    assert [one["code"]["coding"][0]["code"] for one in pressure["component"]] == ["8480-6", "8462-4"]
    assert "extension" not in pressure


def test_a_correction_goes_where_it_is_taken_and_what_they_added_stays(story):
    told = story("oracle-like")
    told.link()
    told.pushed()
    rate = next(one for one in told.records if one["id"] == HEART_RATE)
    (copy,) = (one for one in told.there.arrived("Observation") if one["identifier"][0]["value"] == HEART_RATE)
    told.there.edit("Observation", copy["id"], lambda found: found | {"note": [{"text": "seen by the ward"}]})

    told.clinic.takes([corrected(rate, 61)])
    rows = told.pushed()["hospitals"][0]["rows"]

    now = told.there.read("Observation", copy["id"])
    assert (told.value_there(HEART_RATE), now["status"], now["note"][0]["text"]) == (
        61,
        "corrected",
        "seen by the ward",
    )
    assert now["performer"] == copy["performer"]
    assert set(rows) == {"clean", "dismissed"}
    assert told.clinic.ok("hospital", "verify", "mercy", "--json").json["counts"]["different"] == 0


def test_a_correction_that_is_not_taken_is_for_a_person_and_never_sent(story):
    told = story("epic-like")
    told.link()
    told.pushed()
    rate = next(one for one in told.records if one["id"] == HEART_RATE)
    before = told.value_there(HEART_RATE)

    told.clinic.takes([corrected(rate, 61)])
    again = told.pushed()

    assert again["requests"]["write"] == 0
    assert told.groups()["held", "IF-DEL-11"] == 1
    assert told.value_there(HEART_RATE) == before
    verdict = told.clinic.run("hospital", "verify", "mercy", "--json")
    assert (verdict.code, verdict.json["outstanding"][0]["reason"]) == (5, "IF-DEL-11")

    said = told.clinic.ok("queue", "retry", "--hospital", "mercy", "--code", "IF-DEL-11", "--reason", "once more")
    assert said.code == 0
    assert told.pushed()["requests"]["write"] == 0
    assert told.groups()["held", "IF-DEL-11"] == 1


def test_where_nothing_is_ever_updated_a_newer_value_is_for_a_person(story):
    told = story("epic-like")
    told.link()
    told.pushed()
    rate = next(one for one in told.records if one["id"] == HEART_RATE)

    told.clinic.takes([{**corrected(rate, 61), "status": "final"}])
    again = told.pushed()

    assert again["requests"]["write"] == 0
    assert again["hospitals"][0]["stopped"] is None
    assert told.groups()["parked", "IF-DEL-04"] == 1


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["session,S-0001-01,eEncounterOpen00000001"], "this Encounter is another patient's there"),
        (["session,S-9999-01,sandbox-visit-0001-01"], "no such session is stored"),
        (["session,S-0001-01,nowhere"], "the hospital has no Encounter with this id"),
        (["staff-role,ST-2,nobody"], "the hospital has no Practitioner with this id"),
    ],
)
def test_a_link_that_leads_to_the_wrong_one_is_refused(story, lines, why):
    told = story("epic-like")
    told.links.write_text("\n".join(["patient,P-0001,sandbox-patient-0001", *lines]))

    said = told.clinic.run("link", "--hospital", "mercy", "--file", str(told.links), "--json")

    assert said.code == 1
    assert [(one["state"], one["detail"]) for one in said.json["links"]] == [("linked", ""), ("refused", why)]


def test_a_visit_is_linked_only_after_its_patient_and_in_any_order_of_lines(story):
    told = story("epic-like")
    told.links.write_text("session,S-0001-01,sandbox-visit-0001-01\n")
    alone = told.clinic.run("link", "--hospital", "mercy", "--file", str(told.links), "--json").json["links"]
    told.links.write_text("session,S-0001-01,sandbox-visit-0001-01\npatient,P-0001,sandbox-patient-0001\n")
    both = told.clinic.ok("link", "--hospital", "mercy", "--file", str(told.links), "--json").json["links"]

    assert [(one["state"], one["detail"]) for one in alone] == [("refused", "its patient is not linked yet")]
    assert [one["state"] for one in both] == ["linked", "linked"]


def test_once_readings_went_to_one_encounter_the_visit_cannot_be_linked_to_another(story):
    told = story("epic-like")
    told.link()
    told.pushed()
    told.links.write_text("session,S-0001-01,sandbox-visit-0001\n")

    said = told.clinic.run("link", "--hospital", "mercy", "--file", str(told.links), "--json")

    assert said.json["links"][0]["state"] == "refused"
    assert "already went to another Encounter" in said.json["links"][0]["detail"]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (("--codes", "8867-4"), "codes are for projection vitals"),
        (("--projection", "vitals", "--codes", "0000-0"), "codes: 0000-0 is none that we send"),
        (
            ("--projection", "vitals", "--statuses", "entered-in-error"),
            "statuses: entered-in-error is none that we send",
        ),
        (("--projection", "vitals", "--patients", "create"), "projection vitals needs patients = link"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(clinic, settings, says):
    said = clinic().run("hospital", "add", "mercy", "--url", "http://127.0.0.1:1", *settings, "--json")

    assert (said.code, said.json["error"]["code"]) == (2, "IF-USE-22")
    assert says in said.json["error"]["says"]


def test_whole_documents_and_parts_of_them_are_not_exchanged_once_somebody_is_enrolled(story):
    told = story("epic-like")
    full = ("--projection", "full", "--codes", "usual", "--statuses", "usual")
    said = told.clinic.run("hospital", "set", "mercy", *full, "--json")

    assert (said.code, said.json["error"]["code"]) == (2, "IF-USE-23")


def test_the_page_for_hospital_it_says_what_goes_there(story):
    told = story("epic-like")
    page = told.clinic.ok("hospital", "show", "mercy").out
    dry = told.clinic.ok("push", "--dry-run", "--json").json["summary"]

    assert "codes: 8867-4, 85354-9, 59408-5, 29463-7, 8302-2; status: final" in page
    assert "not sent: CarePlan: set: vital signs alone go there" in page
    assert "Encounter                read" in page
    assert dry == []  # nobody is linked yet, so everything is held
