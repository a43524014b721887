"""The whole of a character file: every section, and what can be looked up in them."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

import pydantic

from fhir_profiles import terminology
from integration.sandbox import character_parts as parts
from integration.sandbox.refusing import Issue, Reason

_NOTHING: Final = parts.TypeManners()


class Sections(parts.Section):
    """A character file as it was read."""

    about: parts.About
    server: parts.Server = parts.Server()
    conditions: parts.Conditions = parts.Conditions()
    keeping: parts.Keeping = parts.Keeping()
    bundles: parts.Bundles = parts.Bundles()
    searching: parts.Searching = parts.Searching()
    answering: parts.Answering = parts.Answering()
    rate: parts.Rate | None = None
    access_form: parts.Access | None = pydantic.Field(None, alias="access")
    ids: parts.Ids = parts.Ids()
    etag_form: parts.Etags = pydantic.Field(parts.Etags(), alias="etag")
    location_form: parts.Locations = pydantic.Field(parts.Locations(), alias="location")
    races: parts.Races = parts.Races()
    content: parts.Content = parts.Content()
    errors: dict[str, parts.Error] = pydantic.Field(default_factory=dict)
    error_system: str = ""
    error_code: str = ""
    refusals: dict[Reason, parts.Error] = pydantic.Field(default_factory=dict)
    rules: tuple[parts.Rule, ...] = ()
    types: dict[parts.TypeName, parts.TypeManners] = pydantic.Field(default_factory=dict)
    flowsheet: dict[str, parts.FlowsheetRow] = pydantic.Field(default_factory=dict)
    displays: dict[str, dict[str, str]] = pydantic.Field(default_factory=dict)
    quirks: tuple[parts.Quirk, ...] = ()
    staff: dict[parts.RealType, tuple[dict[str, Any], ...]] = pydantic.Field(default_factory=dict)

    def of_type(self, resource_type: str) -> parts.TypeManners:
        """Give what the file says of a type."""
        return self.types.get(resource_type) or self.types.get(parts.ANY_TYPE) or _NOTHING

    def offered(self, resource_type: str) -> frozenset[str]:
        """Give what may be done with a type; operations only where they exist."""
        found = self.of_type(resource_type).interactions
        return frozenset(one for one in found if resource_type in parts.OPERATIONS.get(one, (resource_type,)))

    def issue(self, error: parts.Error, usual: Issue) -> Issue:
        """Say one issue as an `[errors]` or `[refusals]` section has it."""
        says = error.says.replace("{says}", usual.says).replace("{element}", usual.where)
        says = says.replace("{tenant}", self.server.tenant)
        coding = (self.error_system, error.number, says) if error.number else usual.coding
        return replace(usual, code=error.code or self.error_code or usual.code, says=says, coding=coding)

    @cached_property
    def display_table(self) -> Mapping[tuple[str, str], str]:
        """The hospital's own displays by system and code; those of flowsheet rows too."""
        own = {(system, code): text for system, codes in self.displays.items() for code, text in codes.items()}
        return {(terminology.LOINC, code): row.row for code, row in self.flowsheet.items()} | own
