"""What a record gave and gives no more is taken back, never forgotten."""

from pathlib import Path
from typing import Any

from fhir_profiles import fhir_json
from integration.store import resources
from tests.intake import clinic_file
from tests.intake.clinic_file import T2, T3
from tests.intake.taking import digests, take
from tests.parts.databases import Store


def test_documents_that_a_record_gives_no_more_are_taken_back(store: Store, tmp_path: Path) -> None:
    take(store, tmp_path, *clinic_file.course())
    gone = ("actual", "dosing_weight", "order", "ordered_total", "given_total", "segments", "side_effects")
    no_show: dict[str, Any] = {
        k: v for k, v in clinic_file.session(status="no_show", updated_at=T2).items() if k not in gone
    }
    report = take(store, tmp_path, no_show)
    with store.db.read() as conn:
        found = {(one.type, one.status) for one in resources.of_record(conn, "session", "S-1")}
        (administration,) = (one for one in resources.everything(conn) if one.type == "MedicationAdministration")
        history = resources.history(conn, "MedicationAdministration", administration.id)
    before, after = (fhir_json.loads(version.body) for version in history)

    assert found == {
        ("Procedure", "entered-in-error"), ("MedicationAdministration", "entered-in-error"),
        ("Observation", "entered-in-error"),
    }  # fmt: skip
    assert report.made.retracted == 3
    assert after == before | {"status": "entered-in-error"}


def test_what_was_taken_back_is_not_taken_back_again(store: Store, tmp_path: Path) -> None:
    take(store, tmp_path, *clinic_file.course())
    take(store, tmp_path, clinic_file.session(side_effects=[], updated_at=T2))
    before = digests(store)
    report = take(store, tmp_path, clinic_file.session(side_effects=[], sequence_no=2, updated_at=T3))
    changed = [key[0] for key, digest in digests(store).items() if digest != before[key]]

    assert "Observation" not in changed
    assert report.made.retracted == 0


def test_what_was_taken_back_and_is_given_again_counts_again(store: Store, tmp_path: Path) -> None:
    take(store, tmp_path, *clinic_file.course())
    before = digests(store)
    take(store, tmp_path, clinic_file.session(side_effects=[], updated_at=T2))
    between = digests(store)
    take(store, tmp_path, clinic_file.session(updated_at=T3))

    assert between != before
    assert digests(store) == before


def test_two_sessions_cannot_give_one_side_effect(store: Store, tmp_path: Path) -> None:
    report = take(store, tmp_path, *clinic_file.course(), clinic_file.session(id="S-2", sequence_no=2))
    (problem,) = report.made.problems
    again = take(store, tmp_path, clinic_file.session(id="S-2", sequence_no=3, updated_at=T2))

    assert (problem.id, problem.code) == ("S-2", "IF-MAP-03")
    assert [one.code for one in again.made.problems] == ["IF-MAP-03"]


def test_a_side_effect_can_move_to_the_session_that_it_belongs_to(store: Store, tmp_path: Path) -> None:
    second = clinic_file.session(id="S-2", sequence_no=2, side_effects=[])
    take(store, tmp_path, *clinic_file.course(), second)
    report = take(
        store, tmp_path,
        second | {"side_effects": [clinic_file.side_effect()], "updated_at": T2},
        clinic_file.session(side_effects=[], updated_at=T2),
    )  # fmt: skip
    with store.db.read() as conn:
        (effect,) = (one for one in resources.of_record(conn, "session", "S-2") if one.type == "Observation")

    assert report.clean
    assert (effect.status, effect.version) == ("final", 2)


OTHER = clinic_file.patient(
    id="P-2", identifiers=[{"system": "urn:oid:2.999.7.1", "value": "HT-100002", "type": "MR", "active": True}]
)


def test_what_moves_to_another_patient_is_taken_back_where_it_was_and_given_to_nobody(
    store: Store, tmp_path: Path
) -> None:
    take(store, tmp_path, *clinic_file.course(), OTHER)
    report = take(store, tmp_path, clinic_file.heart_rate(patient="P-2", updated_at=T2))
    (problem,) = report.made.problems
    with store.db.read() as conn:
        (document,) = resources.of_record(conn, "observation", clinic_file.heart_rate()["id"])
    says = fhir_json.loads(document.body)

    assert (problem.id, problem.code) == (clinic_file.heart_rate()["id"], "IF-MAP-04")
    assert says["status"] == "entered-in-error"
    assert says["subject"]["identifier"]["value"] == "P-1"
    assert report.made.retracted == 1


def test_what_moves_back_to_its_own_patient_counts_again(store: Store, tmp_path: Path) -> None:
    take(store, tmp_path, *clinic_file.course(), OTHER)
    before = digests(store)
    take(store, tmp_path, clinic_file.heart_rate(patient="P-2", updated_at=T2))
    report = take(store, tmp_path, clinic_file.heart_rate(updated_at=T3))

    assert list(report.made.problems) == []
    assert digests(store) == before


def test_what_moves_to_a_patient_who_was_never_imported_is_taken_back_at_once(store: Store, tmp_path: Path) -> None:
    take(store, tmp_path, *clinic_file.course())
    report = take(store, tmp_path, clinic_file.heart_rate(patient="P-404", updated_at=T2))
    (waiting,) = report.made.waiting
    with store.db.read() as conn:
        (document,) = resources.of_record(conn, "observation", clinic_file.heart_rate()["id"])
    says = fhir_json.loads(document.body)

    assert (waiting.id, waiting.code) == (clinic_file.heart_rate()["id"], "IF-MAP-02")
    assert (says["status"], says["subject"]["identifier"]["value"]) == ("entered-in-error", "P-1")
