"""What is written: the digits that came in, one canonical form, nothing that is no JSON."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_profiles import fhir_json

NUMBERS = st.integers() | st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30)
STRINGS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | STRINGS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(STRINGS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_what_is_written_is_read_back_and_written_the_same(value: Any) -> None:
    written = fhir_json.encode(value)
    read = fhir_json.loads(written)

    assert value == read
    assert written == fhir_json.encode(read)


@given(
    VALUES,
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9),
    st.integers(-40, 40),
)
def test_what_our_maps_made_is_written_as_anything_else(value: Any, number: Decimal, places: int) -> None:
    document = {"value": value, "number": number.scaleb(places)}

    assert fhir_json.encode_made(document) == fhir_json.encode(document)


@given(VALUES)
def test_sorted_json_does_not_depend_on_the_order_of_keys(value: Any) -> None:
    def turned(inner: Any) -> Any:
        if isinstance(inner, dict):
            return {key: turned(inner[key]) for key in reversed(inner)}
        return [turned(item) for item in inner] if isinstance(inner, list) else inner

    assert fhir_json.sorted_json(value) == fhir_json.sorted_json(turned(value))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("72.50", b"72.50"),
        ("0.5", b"0.5"),
        ("1E+2", b"100"),
        ("1E-9", b"0.000000001"),
        ("0E-9", b"0.000000000"),
        ("0E+3", b"0"),
        ("-0", b"-0"),
        ("1234567890.1234567890123456789", b"1234567890.1234567890123456789"),
        ("123456789012345678901234567890", b"123456789012345678901234567890"),
    ],
)
def test_a_decimal_is_written_with_its_digits_and_no_exponent(number: str, text: bytes) -> None:
    assert text == fhir_json.encode(Decimal(number))
    assert b'{"v":[%s]}' % text == fhir_json.encode({"v": [Decimal(number)]})


@pytest.mark.parametrize("write", [fhir_json.encode, fhir_json.sorted_json])
@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_a_number_that_is_none_is_not_written(write: Any, number: str) -> None:
    with pytest.raises(ValueError, match="not finite"):
        write({"a": [{"b": Decimal(number)}]})


@pytest.mark.parametrize("write", [fhir_json.encode, fhir_json.sorted_json, fhir_json.canonical])
@pytest.mark.parametrize("place", [lambda v: {"a": v}, lambda v: {"a": [v]}, lambda v: {"a": [{"b": {"c": v}}]}])
def test_a_float_is_never_written(write: Any, place: Any) -> None:
    with pytest.raises(TypeError):
        write(place(0.5))


def test_a_float_alone_is_not_written() -> None:
    with pytest.raises(TypeError):
        fhir_json.encode(0.5)


def test_letters_that_look_like_an_exponent_stay_as_they_are() -> None:
    assert fhir_json.encode({"E-1": "NaN 1E+5", "v": Decimal("1E-8")}) == b'{"E-1":"NaN 1E+5","v":0.00000001}'


def test_canonical_puts_each_element_where_fhir_has_it() -> None:
    document = {
        "valueQuantity": {"code": "kg", "value": Decimal("72.50"), "system": "urn:s", "unit": "kg"},
        "status": "final",
        "_status": {"id": "x"},
        "madeUp": 1,
        "alsoMadeUp": {"b": 1, "a": 2},
        "code": {"text": "t", "coding": [{"display": "d", "code": "c", "system": "urn:s"}]},
        "meta": {"tag": [], "versionId": "1"},
        "id": "1",
        "resourceType": "Observation",
    }

    assert fhir_json.canonical(document) == (
        b'{"resourceType":"Observation","id":"1","meta":{"versionId":"1","tag":[]},"status":"final","_status":{"id":"x"},'
        b'"code":{"coding":[{"system":"urn:s","code":"c","display":"d"}],"text":"t"},'
        b'"valueQuantity":{"value":72.50,"unit":"kg","system":"urn:s","code":"kg"},"madeUp":1,"alsoMadeUp":{"b":1,"a":2}}'
    )


def test_canonical_has_url_behind_extension_in_a_complex_extension() -> None:
    document = {
        "resourceType": "Procedure",
        "extension": [{"url": "u", "extension": [{"valueCode": "c", "url": "v", "id": "i"}], "id": "e"}],
    }

    assert fhir_json.canonical(document) == (
        b'{"resourceType":"Procedure","extension":[{"id":"e","extension":[{"id":"i","url":"v","valueCode":"c"}],"url":"u"}]}'
    )


def test_canonical_orders_documents_inside_bundles_and_containers() -> None:
    inner = {"status": "final", "resourceType": "Observation"}
    contained = {"code": {"text": "x"}, "id": "c", "resourceType": "Substance"}
    bundle = {
        "entry": [{"resource": inner | {"contained": [contained]}, "fullUrl": "u"}],
        "type": "collection",
        "resourceType": "Bundle",
    }

    assert fhir_json.canonical(bundle) == (
        b'{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"u","resource":{"resourceType":"Observation",'
        b'"contained":[{"resourceType":"Substance","id":"c","code":{"text":"x"}}],"status":"final"}}]}'
    )


def test_canonical_leaves_its_argument_alone() -> None:
    document = {"id": "1", "resourceType": "Patient"}
    fhir_json.canonical(document)

    assert list(document) == ["id", "resourceType"]


def test_a_digest_is_the_sha256_of_the_bytes() -> None:
    assert fhir_json.digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
