"""`Open`: the hospital that takes all that R4 allows, with no file: for tests, and to set single switches."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from fhir_profiles.fhir_json import Document
from integration.sandbox import r4_form, resource_types, search_params
from integration.sandbox.manners import (
    Access,
    Answering,
    Bundles,
    Conditions,
    Interaction,
    Keeping,
    Race,
    RaceEnd,
    Rate,
    Searching,
)
from integration.sandbox.refusing import USUAL, Reason, Refusal
from integration.sandbox.versions import Store

_OF_SERVER: Final = frozenset(
    {Interaction.BATCH, Interaction.TRANSACTION, Interaction.HISTORY_SYSTEM, Interaction.EXPORT}
)
_OPERATIONS: Final[dict[str, frozenset[str]]] = {
    Interaction.MATCH: frozenset({"Patient"}),
    Interaction.EVERYTHING: frozenset({"Patient"}),
    Interaction.EXPORT: frozenset({"Patient", "Group"}),
}
_OF_TYPES: Final = frozenset(Interaction) - _OF_SERVER - _OPERATIONS.keys()
_MOST_ISSUES: Final = 20
_DECLARED: Final = ("update", "delete", "read", "vread", "create", "search-type", "history-instance", "history-type")


@dataclass(frozen=True, slots=True)
class Open:
    """Takes every type and every interaction; each switch can still be set to another value."""

    name: str = "open"
    conditions: Conditions = field(default_factory=Conditions)
    keeping: Keeping = field(default_factory=Keeping)
    bundles: Bundles = field(default_factory=Bundles)
    searching: Searching = field(default_factory=Searching)
    answering: Answering = field(default_factory=Answering)
    rate: Rate | None = None
    access: Access | None = None

    def takes(self, resource_type: str, interaction: str) -> bool:
        """Everything that there is."""
        if not resource_type:
            return interaction in _OF_SERVER
        known = resource_type in resource_types.ALL
        return known and (interaction in _OF_TYPES or resource_type in _OPERATIONS.get(interaction, ()))

    def search_parameters(self, resource_type: str) -> frozenset[str] | None:  # noqa: ARG002  the same for all types
        """All that are known here."""
        return None

    def judge(self, resource_type: str, document: Document, store: Store) -> Document | Refusal:  # noqa: ARG002
        """As it is, if it is R4."""
        issues = tuple(issue for _, issue in r4_form.faults(document))
        if issues:
            return Refusal(Reason.CONTENT, USUAL[Reason.CONTENT][0], issues[:_MOST_ISSUES])
        return document

    def word(self, refusal: Refusal) -> Refusal:
        """In the usual words."""
        return refusal

    def race(self, race: Race, rng: random.Random) -> RaceEnd:  # noqa: ARG002
        """One after the other."""
        return RaceEnd.ORDERLY

    def new_id(self, resource_type: str, number: int, rng: random.Random) -> str:  # noqa: ARG002
        """A random UUID."""
        digits = f"{rng.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    def etag(self, version: int, *, in_bundle: bool) -> str | None:  # noqa: ARG002
        """A weak ETag."""
        return f'W/"{version}"' if self.keeping.versions else None

    def location(self, base_url: str, resource_type: str, resource_id: str, version: int, *, in_bundle: bool) -> str:
        """Absolute; in Bundles relative."""
        place = f"{resource_type}/{resource_id}" + (f"/_history/{version}" if self.keeping.versions else "")
        return place if in_bundle else f"{base_url}/{place}"

    def capability(self, base_url: str) -> Document:
        """All types, all interactions, all search parameters known here."""
        system = [{"code": one} for one in ("transaction", "batch", "history-system")]
        rest: dict[str, Any] = {"mode": "server", "resource": [_declared(one) for one in sorted(resource_types.ALL)]}
        return {
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": "2026-01-01",
            "kind": "instance",
            "software": {"name": f"infusion-fhir sandbox, {self.name}: TEST DATA ONLY"},
            "implementation": {"description": "A pretend hospital for tests: no real patients", "url": base_url},
            "fhirVersion": "4.0.1",
            "format": ["application/fhir+json"],
            "rest": [rest | {"interaction": system}],
        }

    def smart_configuration(self, base_url: str) -> Document | None:
        """Of the token endpoint, where there is one."""
        if self.access is None:
            return None
        return {
            "token_endpoint": f"{base_url}/{self.access.token_path}",
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS384", "ES384"],
            "grant_types_supported": ["client_credentials"],
            "scopes_supported": ["system/*.cruds", "system/*.read", "system/*.write"],
            "capabilities": ["client-confidential-asymmetric", "permission-v1", "permission-v2"],
        }

    def residents(self) -> Iterable[Document]:
        """Nobody."""
        return ()


def _declared(resource_type: str) -> dict[str, Any]:
    params = search_params.of_type(resource_type).values()
    return {
        "type": resource_type,
        "interaction": [{"code": one} for one in _DECLARED],
        "versioning": "versioned-update",
        "readHistory": True,
        "updateCreate": True,
        "conditionalCreate": True,
        "conditionalRead": "full-support",
        "conditionalUpdate": True,
        "conditionalDelete": "single",
        "searchParam": [{"name": one.name, "type": one.kind.value} for one in params],
    }
