"""What a pretend hospital is like: read from a file, asked by the core of the sandbox.

A character is data: what it offers, demands, ignores, refuses and rewrites, in what words. It answers every question of
`manners.Manners`; how a document is judged stands in rules.py, what `/metadata` says in capability_statement.py.
"""

import random
import string
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import pydantic

from fhir_profiles.fhir_json import Document
from integration.sandbox import capability_statement, character_parts, character_sections, rules
from integration.sandbox.manners import Access, Client, Race, RaceEnd
from integration.sandbox.refusing import Issue, Reason, Refusal
from integration.sandbox.versions import Store

_NO_WORDS: Final = character_parts.Error()
_OPAQUE: Final = string.ascii_letters + string.digits


class Character(character_sections.Sections):
    """A pretend hospital's character, frozen."""

    _name: str = pydantic.PrivateAttr("")
    _access: Access | None = pydantic.PrivateAttr(None)

    @property
    def name(self) -> str:
        """Its name: that of its file."""
        return self._name

    @property
    def access(self) -> Access | None:
        """Who may come in, as it was told or as the file says; None: everybody."""
        if self._access is None and self.access_form is not None:
            return self.access_form.door()
        return self._access

    def named(self, name: str) -> "Character":
        """Give the same character under a name."""
        return self._with(name, self._access)

    def with_access(self, access: Access | None) -> "Character":
        """Give the same character behind a door: with clients, passwords or tokens."""
        return self._with(self._name, access)

    def with_client(self, client: Client) -> "Character":
        """Give the same character with one more client registered for SMART Backend Services."""
        before = self.access or Access()
        return self.with_access(replace(before, clients=(*before.clients, client)))

    def _with(self, name: str, access: Access | None) -> "Character":
        other = self.model_copy()
        other._name, other._access = name, access  # noqa: SLF001  of the same class
        return other

    def takes(self, resource_type: str, interaction: str) -> bool:
        """Whether an interaction is offered on a type, or (with no type) on the whole server."""
        return interaction in (self.offered(resource_type) if resource_type else self.server.interactions)

    def search_parameters(self, resource_type: str) -> frozenset[str] | None:
        """Give the names of the search parameters that are taken for a type; None: all of R4."""
        named = self.of_type(resource_type).search
        return None if named is None else frozenset(named)

    def judge(self, resource_type: str, document: Document, store: Store) -> Document | Refusal:
        """Look at what is to be stored: give it as it is kept, or refuse it."""
        return rules.judge_content(self, resource_type, document, store)

    def word(self, refusal: Refusal) -> Refusal:
        """Say a refusal in this hospital's own way; what one of its rules has refused is said already."""
        own = self.refusals.get(refusal.reason, _NO_WORDS)
        if isinstance(refusal, rules.RuledOut):
            return refusal
        issues = tuple(self.issue(own, issue) for issue in refusal.issues)
        headers = (*refusal.headers, *own.headers.items())
        return replace(refusal, status=own.status or refusal.status, issues=issues, headers=headers)

    def stranger(self) -> Refusal:
        """Refuse a request whose address is not below the FHIR base: another tenant, or nothing at all."""
        usual = Refusal(Reason.UNKNOWN_PATH, 404, (Issue("not-found", "there is nothing at this address"),))
        own = self.errors.get("stranger")
        if own is None:
            return self.word(usual)
        return replace(usual, status=own.status or 404, issues=(self.issue(own, usual.issues[0]),))

    def race(self, race: Race, rng: random.Random) -> RaceEnd:
        """Draw how an overlap of two writes ends for the later one."""
        ends: Mapping[RaceEnd, float] = getattr(self.races, race.name.lower())
        if race is Race.THIRD_CONDITIONAL_UPDATE and not ends:
            ends = self.races.conditional_update
        if not ends:
            return RaceEnd.ORDERLY
        return rng.choices(list(ends), weights=list(ends.values()))[0]

    def new_id(self, resource_type: str, number: int, rng: random.Random) -> str:  # noqa: ARG002  asked of all
        """Give the id of a new resource."""
        if self.ids.form == "number":
            return f"{self.ids.prefix}{number}"
        if self.ids.form == "opaque":
            return self.ids.prefix + "".join(rng.choices(_OPAQUE, k=23))
        return self.ids.prefix + str(uuid.UUID(int=rng.getrandbits(128), version=4))

    def etag(self, version: int, *, in_bundle: bool) -> str | None:
        """Give the ETag of a version, None where there is none."""
        form = self.etag_form.in_bundle if in_bundle and self.etag_form.in_bundle else self.etag_form.form
        if form == "missing" or not self.keeping.versions:
            return None
        return {"weak": f'W/"{version}"', "strong": f'"{version}"'}.get(form, str(version))

    def location(self, base_url: str, resource_type: str, resource_id: str, version: int, *, in_bundle: bool) -> str:
        """Give the Location of what was made or changed, empty where there is none."""
        form = self.location_form.in_bundle if in_bundle else self.location_form.form
        if form == "missing" or resource_type in self.location_form.missing_for:
            return ""
        place = f"{resource_type}/{resource_id}"
        if self.location_form.version and self.keeping.versions:
            place += f"/_history/{version}"
        return f"{base_url.rstrip('/')}/{place}" if form == "absolute" else place

    def capability(self, base_url: str) -> Document:
        """Give what `/metadata` declares."""
        return capability_statement.statement(self, base_url, self.access)

    def smart_configuration(self, base_url: str) -> Document | None:
        """Give what `.well-known/smart-configuration` declares, None where there are no tokens to get."""
        return capability_statement.smart_configuration(self, base_url, self.access)

    def residents(self) -> Iterable[Document]:
        """Give the Patients, Practitioners, Encounters … that are there from the beginning."""
        return ({"resourceType": kind} | _exact(one) for kind, all_of_it in self.staff.items() for one in all_of_it)


def _exact(value: Any) -> Any:
    """Numbers of a TOML file as FHIR's documents have them."""
    if isinstance(value, dict):
        return {key: _exact(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_exact(child) for child in value]
    return Decimal(str(value)) if isinstance(value, float) else value
