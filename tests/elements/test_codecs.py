"""Single values, both ways: what is written is what is read, and what is not understood is refused."""

from decimal import Decimal

import pytest

from fhir_profiles import terminology
from mappings import codecs, codes, identity
from mappings.records import Coded, Quantity
from mappings.scope import Scope, Unfit

SCOPE = Scope(identity.Base.of("https://clinic.example/fhir"))


@pytest.mark.parametrize("digits", ["72.50", "0.1234567890123456789012", "-0", "100", "1E-9"])
def test_a_quantity_keeps_its_written_digits(digits):
    element = codecs.quantity.write(Quantity(value=Decimal(digits), unit_ucum="mg"), SCOPE)

    assert str(element["value"]) == digits
    assert str(codecs.quantity.read(element, SCOPE)["value"]) == digits


@pytest.mark.parametrize(
    "element",
    [
        {"value": 1, "unit": "mg"},
        {"value": 1, "system": "urn:other", "code": "mg"},
        {"value": 1, "system": terminology.UCUM},
        {"value": "1", "system": terminology.UCUM, "code": "mg"},
        {"value": 1, "comparator": "<", "system": terminology.UCUM, "code": "mg"},
        {"system": terminology.UCUM, "code": "mg"},
        "1 mg",
    ],
)
def test_a_quantity_without_ucum_or_not_exact_is_refused(element):
    with pytest.raises(Unfit):
        codecs.quantity.read(element, SCOPE)


def test_codes_keep_their_order_display_version_and_text():
    raw = {
        "codings": [
            {"system": "urn:a", "code": "1", "display": "one", "version": "2"},
            {"system": "urn:b", "code": "2"},
        ],
        "text": "both",
    }
    element = codecs.write_coded(Coded.model_validate(raw))

    assert list(element["coding"][0]) == ["system", "version", "code", "display"]
    assert codecs.read_coded(element) == raw


def test_words_alone_are_text_alone():
    assert codecs.write_coded(Coded(text="no code")) == {"text": "no code"}


def test_a_coded_value_that_says_nothing_is_refused():
    with pytest.raises(Unfit):
        codecs.read_coded({"extension": []})


def test_a_reference_is_read_by_its_identifier_and_not_by_its_literal():
    codec = codecs.to("Patient", "patient")
    element = codec.write("P-1", SCOPE)

    assert list(element) == ["reference", "type", "identifier"]
    assert codec.read(element | {"reference": "Patient/their-own-id"}, SCOPE) == "P-1"
    with pytest.raises(Unfit):
        codec.read({"reference": element["reference"]}, SCOPE)


def test_a_reference_to_another_kind_or_another_clinic_is_refused():
    codec = codecs.to("Patient", "patient")
    for system in ("https://clinic.example/fhir/session", "https://other.example/fhir/patient"):
        with pytest.raises(Unfit):
            codec.read({"type": "Patient", "identifier": {"system": system, "value": "P-1"}}, SCOPE)


def test_a_reference_of_several_kinds_is_written_with_its_kind():
    codec = codecs.to_any({"staff-role": "PractitionerRole", "patient": "Patient"})

    assert codec.write("staff-role/ST-1", SCOPE)["type"] == "PractitionerRole"
    assert codec.read(codec.write("patient/P-1", SCOPE), SCOPE) == "patient/P-1"


def test_a_note_with_an_author_or_a_time_is_the_hospitals():
    assert codecs.note.mine({"text": "ours", "extension": []}, SCOPE)
    assert not codecs.note.mine({"text": "theirs", "authorString": "x"}, SCOPE)
    assert not codecs.note.mine({"text": "theirs", "time": "2026"}, SCOPE)


def test_a_table_refuses_two_words_for_one_code_and_two_readings_of_one():
    with pytest.raises(ValueError, match="two words"):
        codes.table("t", {"a": "x", "b": "x"})
    with pytest.raises(ValueError, match="two words"):
        codes.table("t", {"a": "x"}, also_read={"x": "b"})
    with pytest.raises(ValueError, match="two words"):
        codes.concepts("t", {"a": (terminology.SITTING,), "b": (terminology.SITTING,)})


def test_a_concept_is_read_by_system_and_code_among_other_codings():
    severity = codes.concepts("severity", {word: (concept,) for word, concept in terminology.SEVERITY.items()})
    reworded = terminology.SEVERITY["mild"].coding() | {"display": "light"}
    theirs = {"coding": [{"system": "urn:x", "code": "1"}, reworded]}

    assert severity.read(theirs, SCOPE) == "mild"
    theirs["coding"].append(terminology.SEVERITY["severe"].coding())
    with pytest.raises(Unfit):
        severity.read(theirs, SCOPE)


def test_concepts_are_made_once_and_shared():
    severity = codes.concepts("severity", {word: (concept,) for word, concept in terminology.SEVERITY.items()})

    assert severity.write("mild", SCOPE) is severity.write("mild", SCOPE)
