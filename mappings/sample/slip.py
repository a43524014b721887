"""Slips of the pretend clinic's staff: corrections, additions, things entered in error, refused measurements."""

from collections.abc import Iterator
from typing import Any

from mappings.sample import chance, words
from mappings.sample.moment import Moment
from mappings.sample.words import Raw


def slipped(observation: Raw, draw: chance.Chance, left: Moment) -> Iterator[Raw]:
    """Write a measurement of a session, now and then as it looks after somebody noticed a slip."""
    number = draw.below(1000)
    if number < 8:
        yield _again(observation, "corrected", left.plus(15), "First written down wrongly.")
    elif number < 11:
        yield _again(observation, "amended", left.plus(20), "Cuff on the left arm.")
    elif number < 15:
        yield _refused(observation)
    elif number < 18:
        yield observation
        yield _mistaken(observation, left)
    else:
        yield observation


def _again(observation: Raw, status: str, issued: Moment, note: str) -> Raw:
    fields: Raw = {"status": status, "issued": issued.text, "note": [note], "updated_at": issued.text}
    return observation | fields


def _refused(observation: Raw) -> Raw:
    """Leave the value out and say that the patient did not want it; who asked is then known, the device is not."""
    kept: dict[str, Any] = {
        key: value
        for key, value in observation.items()
        if key not in {"value", "components", "device", "interpretation", "body_position"}
    }
    return kept | {"absent": "asked-declined", "performer": f"staff-role/{words.NURSE}"}


def _mistaken(observation: Raw, left: Moment) -> Raw:
    """Write the same measurement a second time, withdrawn."""
    return observation | {
        "id": f"{observation['id']}-x",
        "status": "entered_in_error",
        "updated_at": left.plus(30).text,
        "entered_in_error": {"text": "Written down twice."},
    }
