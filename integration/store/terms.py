"""What a hospital's settings say of what it should hold: whose Patients, and how much of each document."""

import functools
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from fhir_profiles import fhir_json
from integration.store import tables
from mappings import projection
from mappings.projection import Projection

_H: Final = tables.hospital


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms documents go to a hospital."""

    creates_patients: bool
    projection: Projection

    @property
    def is_full(self) -> bool:
        """Whether documents go there whole, so that they refer to what their records refer to."""
        return self.projection.name == projection.FULL

    def wants(self, resource_type: str) -> bool:
        """Whether there are rows of this type at all: a Patient that is linked is the hospital's own."""
        return self.creates_patients or resource_type != "Patient"


@functools.lru_cache(maxsize=256)
def read(settings: str) -> Terms:
    """The terms in a hospital's settings (JSON)."""
    found = fhir_json.loads(settings)
    return Terms(found.get("patients") == "create", Projection.of(found))


def of(conn: Connection, hospital: str) -> Terms:
    """The terms of one hospital."""
    return read(conn.scalar(select(_H.c.settings).where(_H.c.name == hospital)) or "{}")
