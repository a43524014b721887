"""What the clinic wrote comes out again as it was written."""

import copy
import pickle
from decimal import Decimal

import pytest
from pydantic import ValidationError

from fhir_profiles import fhir_json
from mappings import records
from tests.records import examples
from tests.records.examples import observation, patient, plan, session

ALL = [patient(), plan(), session(), observation(), *examples.vitals()]


@pytest.mark.parametrize("raw", ALL, ids=lambda raw: raw["id"])
def test_a_record_is_written_as_it_was_read(raw: examples.Raw) -> None:
    line = fhir_json.sorted_json(raw)

    written = records.to_json(records.parse(fhir_json.loads(line)))

    assert fhir_json.sorted_json(written) == line


@pytest.mark.parametrize("digits", ["72.50", "72.5", "7E+1", "0.1234567890123456789012", "-0", "80", "100.0"])
def test_numbers_keep_their_digits(digits: str) -> None:
    record = records.parse(observation(value={"value": Decimal(digits), "unit_ucum": "/min"}))

    written = records.to_json(record)["value"]["value"]
    assert written.as_tuple() == Decimal(digits).as_tuple()


def test_a_whole_number_comes_out_as_one() -> None:
    assert b'"value":{"value":80,"unit_ucum":"/min"}' in fhir_json.encode(records.to_json(records.parse(observation())))


def test_fields_are_written_in_the_order_of_the_model_kind_first() -> None:
    backwards = dict(reversed(session().items()))

    names = list(records.to_json(records.parse(backwards)))
    assert names[:4] == ["kind", "id", "updated_at", "plan"]
    assert names == [name for name in records.InfusionSession.model_fields if name in names]


def test_an_instant_keeps_its_text_and_is_equal_by_text() -> None:
    one, other = records.Instant("2026-03-02T09:30:00-06:00"), records.Instant("2026-03-02T15:30:00Z")

    assert one.at == other.at
    assert one != other
    assert one == records.Instant(str(one))
    assert len({one, other, records.Instant(one.text)}) == 2


def test_an_instant_keeps_digits_finer_than_a_microsecond() -> None:
    assert str(records.Instant("2026-03-02T09:30:00.123456789Z")) == "2026-03-02T09:30:00.123456789Z"


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023-12", "2023-12-01", "2023-12-31"),
        ("2024-02-28", "2024-02-28", "2024-02-28"),
        ("9999", "9999-01-01", "9999-12-31"),
    ],
)
def test_a_date_is_as_precise_as_it_is_known(text: str, earliest: str, latest: str) -> None:
    date = records.PDate(text)

    assert (str(date), date.earliest.isoformat(), date.latest.isoformat()) == (text, earliest, latest)


def test_a_record_cannot_change() -> None:
    record = records.parse(observation())
    assert isinstance(record, records.ObservationRecord)

    with pytest.raises(ValidationError):
        record.id = "O-2"
    with pytest.raises(AttributeError):
        record.updated_at.text = "2027-01-01T00:00:00Z"


def test_a_record_can_be_copied_and_sent_to_another_process() -> None:
    record = records.parse(plan())

    assert copy.deepcopy(record) == record
    assert pickle.loads(pickle.dumps(record)) == record  # noqa: S301 - our own bytes


def test_empty_texts_nulls_and_lists_say_nothing() -> None:
    empty = session(lot="  ", witness=None, side_effects=[], outcome={}, pump="")

    assert records.parse(empty) == records.parse(session())


def test_text_is_kept_without_blanks_at_its_ends() -> None:
    record = records.parse(plan(title="  Ketamine plan "))

    assert records.to_json(record)["title"] == "Ketamine plan"


def test_a_record_that_is_no_test_data_does_not_say_so() -> None:
    assert "test" not in records.to_json(records.parse(patient(test=False)))
    assert records.to_json(records.parse(patient(test=True)))["test"] is True


def test_false_is_a_value() -> None:
    assert records.to_json(records.parse(patient(deceased=False)))["deceased"] is False


def test_who_wrote_it_down_and_when_is_no_content() -> None:
    one = records.parse(observation())
    other = records.parse(
        observation(updated_at="2026-04-01T00:00:00Z", created_at="2026-03-01T00:00:00Z", recorded_by="ST-9")
    )

    assert records.content(one) == records.content(other)


@pytest.mark.parametrize("value", ["80.0", "81"])
def test_every_digit_is_content(value: str) -> None:
    one = records.parse(observation())
    other = records.parse(observation(value={"value": Decimal(value), "unit_ucum": "/min"}))

    assert records.content(one) != records.content(other)


def test_the_order_of_fields_in_the_file_is_no_content() -> None:
    assert records.content(records.parse(dict(reversed(plan().items())))) == records.content(records.parse(plan()))


@pytest.mark.parametrize("kind", list(records.KINDS))
def test_each_kind_has_a_json_schema_with_all_its_fields(kind: str) -> None:
    schema = records.schema(kind)

    assert list(schema["properties"]) == list(records.KINDS[kind].model_fields)
    assert fhir_json.encode(schema)


def test_the_source_of_a_measurement_follows_from_performer_and_device() -> None:
    def source(**fields: str) -> str:
        record = records.parse(examples.without(observation(), "device") | fields)
        assert isinstance(record, records.ObservationRecord)
        return record.source

    assert source() == "clinician"
    assert source(device="MON-1") == "device"
    assert source(performer="patient/P-1") == "patient"
    assert source(performer="staff-role/ST-2", device="MON-1") == "clinician"
