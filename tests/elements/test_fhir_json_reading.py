"""What is read exactly, and what is refused with its place."""

from decimal import Decimal

import pytest

from fhir_profiles import fhir_json

TOO_DEEP = "[" * 65 + "]" * 65

REFUSED = {
    "the same key twice": ('{"a":1,\n "a":2}', "same key twice", 2, 2),
    "the same key twice, once escaped": ('{"\\u0061":1,"a":2}', "same key twice", 1, 13),
    "the same key twice, deep inside": ('[{"x":{"k":1,"k":1}}]', "same key twice", 1, 14),
    "NaN": ('{"a":NaN}', "NaN", 1, 6),
    "Infinity": ('{"a":Infinity}', "NaN", 1, 6),
    "minus infinity": ('{"a":-Infinity}', "NaN", 1, 6),
    "a byte order mark": ("\ufeff{}", "byte order mark", 1, 1),
    "a written half character": ('{"a":\n\n "\\ud800"}', "half a character", 3, 2),
    "a written half character in upper case": ('{"\\uDC00":1}', "half a character", 1, 2),
    "a raw half character": ('["\ud800"]', "half a character", 1, 2),
    "65 levels": (TOO_DEEP, "more than 64 deep", 1, 65),
    "levels without end": ("[" * 100_000, "more than 64 deep", 1, 65),
    "levels of objects without end": ('{"a":' * 100_000, "more than 64 deep", 1, 321),
    "an exponent of 401 digits": ('{"a":1e400}', "more than 400 digits", 1, 6),
    "a negative exponent of 401 digits": ('{"a":1e-400}', "more than 400 digits", 1, 6),
    "an exponent that no machine holds": ('{"a":1E+99999999999999999999}', "more than 400 digits", 1, 6),
    "a fraction of 401 digits": ("[0." + "1" * 401 + "]", "more than 400 digits", 1, 2),
    "an integer of 401 digits": ("[" + "9" * 401 + "]", "more than 400 digits", 1, 2),
    "an integer beyond Python's own limit": ("[" + "9" * 5000 + "]", "more than 400 digits", 1, 2),
    "a leading zero": ("[01]", "comma", 1, 3),
    "a plus sign": ("[+1]", "JSON value", 1, 2),
    "a bare point": ("[1.]", "comma", 1, 3),
    "single quotes": ("{'a':1}", "expected a string", 1, 2),
    "a control character": ('["a\x01"]', "control characters", 1, 2),
    "a string that is not closed": ('["a', "closed", 1, 2),
    "a comma too many": ('{"a":1,}', "expected a string", 1, 8),
    "a comma too few": ("[1 2]", "comma", 1, 4),
    "no colon": ('{"a" 1}', "colon", 1, 6),
    "an unknown word": ("[nul]", "JSON value", 1, 2),
    "something behind the value": ("{} {}", "follows", 1, 4),
    "nothing": ("", "JSON value", 1, 1),
    "only space": (" \n ", "JSON value", 2, 2),
    "an object that is not closed": ('{"a":1', "comma or the end", 1, 7),
}


@pytest.mark.parametrize(("text", "what", "line", "column"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_exact_json_is_refused_with_its_place(text: str, what: str, line: int, column: int) -> None:
    with pytest.raises(fhir_json.JsonError) as refused:
        fhir_json.loads(text)

    assert what in refused.value.what
    assert (line, column) == (refused.value.line, refused.value.column)


@pytest.mark.parametrize("text", [text for text, *_ in REFUSED.values() if "\ud800" not in text])
def test_bytes_are_refused_as_text_is(text: str) -> None:
    with pytest.raises(fhir_json.JsonError):
        fhir_json.loads(text.encode())


def test_bytes_that_are_not_utf8_are_refused_with_their_place() -> None:
    with pytest.raises(fhir_json.JsonError) as refused:
        fhir_json.loads('{"a":1,\n"ü":"'.encode() + b"\xff" + b'"}')

    assert (refused.value.line, refused.value.column) == (2, 6)
    assert "UTF-8" in refused.value.what


def test_a_half_character_hidden_in_raw_bytes_is_refused() -> None:
    with pytest.raises(fhir_json.JsonError):
        fhir_json.loads(b'["\xed\xa0\x80"]')


def test_a_message_never_repeats_what_the_text_says() -> None:
    with pytest.raises(fhir_json.JsonError) as refused:
        fhir_json.loads('{"family":"Canary-Testname","family":"Canary-Testname"}')

    assert "Canary" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("72.50", Decimal("72.50")),
        ("-0.0", Decimal("-0.0")),
        ("1e2", Decimal("1E+2")),
        ("0.000000001", Decimal("1E-9")),
        ("1234567890.123456789012", Decimal("1234567890.123456789012")),
        ("1e399", Decimal("1E+399")),
        ("0." + "3" * 399, Decimal("0." + "3" * 399)),
    ],
)
def test_a_number_that_is_no_integer_keeps_its_written_digits(text: str, value: Decimal) -> None:
    read = fhir_json.loads(text)

    assert value.as_tuple() == read.as_tuple()


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("-12", -12), ("9" * 400, int("9" * 400))])
def test_an_integer_is_an_int(text: str, value: int) -> None:
    read = fhir_json.loads(text)

    assert (int, value) == (type(read), read)


def test_minus_zero_keeps_its_sign() -> None:
    assert Decimal("-0").as_tuple() == fhir_json.loads("-0").as_tuple()


def test_64_levels_are_read() -> None:
    assert fhir_json.encode(fhir_json.loads("[" * 64 + "]" * 64)) == b"[" * 64 + b"]" * 64


def test_many_brackets_in_a_string_are_no_depth() -> None:
    assert fhir_json.loads('["' + "[" * 500 + '"]') == ["[" * 500]


def test_two_halves_make_one_character() -> None:
    assert fhir_json.loads('["\\ud83d\\ude00"]') == ["\U0001f600"]
