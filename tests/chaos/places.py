"""The pretend hospitals as a clinic connects to them: by their character, what goes there and how."""

from collections.abc import Mapping
from dataclasses import dataclass

from mappings.projection import FULL, VITALS, Projection
from tests.real.exports import Raw

BUNDLE_SIZE = 10
_CODES = ("8867-4", "85354-9", "59408-5", "8310-5", "29463-7", "8302-2")


@dataclass(frozen=True, slots=True)
class Place:
    """One character: what is set for it, and what of a clinic's data goes there."""

    character: str
    projection: Projection
    options: Mapping[str, str]
    requests: float  # about so many for each resource: what a kill aims at
    corrections: str = "corrected"  # the status of what the clinic corrects

    @property
    def linked(self) -> bool:
        """Whether patients, visits and staff are the hospital's own, linked by file."""
        return self.projection.name == VITALS

    @property
    def updates(self) -> bool:
        """Whether what is there can be corrected."""
        return self.options.get("updates") != "never"

    def corrected(self, record: Raw) -> Raw:
        """A corrected reading as this hospital takes it."""
        return record | {"status": self.corrections}


PLACES = {
    "open": Place("open", Projection(FULL), {"bundle_size": str(BUNDLE_SIZE)}, 1 / BUNDLE_SIZE),
    "hapi-like": Place("hapi-like", Projection(FULL), {"bundle_size": str(BUNDLE_SIZE)}, 1 / BUNDLE_SIZE),
    "epic-like": Place(
        "epic-like",
        Projection(VITALS, _CODES, ("final",)),
        {"patients": "link", "projection": VITALS, "codes": ",".join(_CODES), "statuses": "final", "updates": "never",
         "if_match": "none"},
        2.0,
        "final",
    ),
    "oracle-like": Place(
        "oracle-like",
        Projection(VITALS),
        {"patients": "link", "projection": VITALS, "bundle_size": str(BUNDLE_SIZE)},
        1 / BUNDLE_SIZE,
    ),
}  # fmt: skip
