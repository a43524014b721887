"""What a hospital's server says that it can take (its `/metadata`), and how we therefore write to it.

It is read when a hospital is added, kept, and shown with the source of each choice: declared, set by the operator,
or assumed. Nothing here is known per vendor.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from fhir_profiles.fhir_json import Document
from integration import errors
from integration.hospital import replies
from integration.hospital.client import HospitalClient, Request
from integration.hospital.settings import Settings

DECLARED: Final = "declared"
SET: Final = "set"
_WRITES: Final = frozenset({"create", "update"})
# Conditional update comes last: it ignores If-Match, races, and a late one overwrites (delivery.md §4).
_PREFERRED: Final = (1, 2, 4, 3)


@dataclass(frozen=True, slots=True)
class TypeCapability:
    """What may be done with one resource type."""

    interactions: frozenset[str] = frozenset()
    conditional_create: bool = False
    conditional_update: bool = False
    update_create: bool = False
    search_params: frozenset[str] = frozenset()
    versioning: str = ""

    @property
    def takes_writes(self) -> bool:
        """Whether anything of this type can be sent there at all."""
        return bool(self.interactions & _WRITES)

    @property
    def is_searchable(self) -> bool:
        """Whether it can be searched by identifier."""
        return "search-type" in self.interactions and "identifier" in self.search_params


@dataclass(frozen=True, slots=True)
class Capability:
    """What the hospital's server declares."""

    fhir_version: str
    software: str = ""
    types: Mapping[str, TypeCapability] = field(default_factory=dict)
    transaction: bool = False
    batch: bool = False

    def to_json(self) -> dict[str, Any]:
        """As kept in the store."""
        return {
            "fhir_version": self.fhir_version,
            "software": self.software,
            "transaction": self.transaction,
            "batch": self.batch,
            "types": {name: _type_to_json(t) for name, t in sorted(self.types.items())},
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """From what the store kept."""
        types = {name: _type_from_json(t) for name, t in kept.get("types", {}).items()}
        return cls(kept["fhir_version"], kept.get("software", ""), types, kept["transaction"], kept["batch"])


def read(client: HospitalClient) -> Capability:
    """Ask the hospital's server what it is; what is no usable FHIR R4 server raises RemoteError with its code."""
    answer = replies.expect_ok(client.name, client.send(Request("GET", "metadata")), "/metadata")
    document = replies.resource(client.name, answer, "/metadata")
    return parse(document, where=client.name)


def parse(document: Document, where: str = "") -> Capability:
    """Take a CapabilityStatement apart; unknown or malformed parts of it count as not declared."""
    if document["resourceType"] != "CapabilityStatement":
        raise errors.RemoteError("IF-HOS-03", "/metadata gave another resource than a CapabilityStatement", where=where)
    version = document.get("fhirVersion")
    if not isinstance(version, str) or not (version == "4.0" or version.startswith("4.0.")):
        shown = version if isinstance(version, str) and len(version) < 20 and version.isprintable() else "not stated"
        raise errors.RemoteError("IF-HOS-04", f"it speaks FHIR {shown}, and R4 (4.0.x) is needed", where=where)
    rest = next((r for r in _dicts(document.get("rest")) if r.get("mode") in (None, "server")), {})
    system = _codes(rest.get("interaction"), "code")
    types = {r["type"]: _declared(r) for r in _dicts(rest.get("resource")) if isinstance(r.get("type"), str)}
    return Capability(version, _software(document.get("software")), types, "transaction" in system, "batch" in system)


def rung(capability: Capability, settings: Settings, resource_type: str) -> tuple[int, str]:
    """How a resource of this type is written first, and why; 0: it does not go there."""
    if settings.rung is not None:
        return settings.rung, SET
    declared = capability.types.get(resource_type)
    if declared is None or not declared.takes_writes:
        return 0, f"{DECLARED}: {resource_type} takes neither create nor update"
    creates, updates = "create" in declared.interactions, "update" in declared.interactions
    ladder = {
        1: updates and declared.update_create,
        2: creates and declared.conditional_create,
        4: creates and declared.is_searchable,
        3: updates and declared.conditional_update,
    }
    best = next((number for number in _PREFERRED if ladder[number]), None)
    if best is not None:
        return best, DECLARED
    if creates:
        return 4, "assumed: create is declared, a search by identifier is not"
    return 1, "assumed: only update is declared"


def rungs(capability: Capability, settings: Settings, types: Iterable[str]) -> dict[str, tuple[int, str]]:
    """The rung of each of these types with its source; for a page that shows them."""
    return {t: rung(capability, settings, t) for t in types}


def hardest(chosen: Iterable[int]) -> int:
    """The least convenient of several rungs: 1, 2, 4, 3 in this order; 0 when there is none."""
    return max((r for r in chosen if r), key=_PREFERRED.index, default=0)


def bundle_kind(capability: Capability, settings: Settings) -> tuple[str, str]:
    """How resources travel together, and why."""
    if settings.bundle is not None:
        return settings.bundle, SET
    if capability.transaction:
        return "transaction", DECLARED
    if capability.batch:
        return "batch", DECLARED
    return "single", "assumed: neither transaction nor batch is declared"


def not_searchable(capability: Capability, types: Iterable[str]) -> frozenset[str]:
    """Those of these types that cannot be searched by identifier, as far as is declared."""
    return frozenset(t for t in types if t not in capability.types or not capability.types[t].is_searchable)


def not_updatable(capability: Capability, types: Iterable[str]) -> frozenset[str]:
    """Those of these types that take no update, as far as is declared."""
    return frozenset(t for t in types if t not in capability.types or "update" not in capability.types[t].interactions)


def _declared(resource: Mapping[str, Any]) -> TypeCapability:
    versioning = resource.get("versioning")
    return TypeCapability(
        interactions=_codes(resource.get("interaction"), "code"),
        conditional_create=resource.get("conditionalCreate") is True,
        conditional_update=resource.get("conditionalUpdate") is True,
        update_create=resource.get("updateCreate") is True,
        search_params=_codes(resource.get("searchParam"), "name"),
        versioning=versioning if versioning in ("no-version", "versioned", "versioned-update") else "",
    )


def _type_to_json(declared: TypeCapability) -> dict[str, Any]:
    return {
        "interactions": sorted(declared.interactions),
        "conditional_create": declared.conditional_create,
        "conditional_update": declared.conditional_update,
        "update_create": declared.update_create,
        "search_params": sorted(declared.search_params),
        "versioning": declared.versioning,
    }


def _type_from_json(kept: Mapping[str, Any]) -> TypeCapability:
    return TypeCapability(
        interactions=frozenset(kept["interactions"]),
        conditional_create=kept["conditional_create"],
        conditional_update=kept["conditional_update"],
        update_create=kept["update_create"],
        search_params=frozenset(kept["search_params"]),
        versioning=kept["versioning"],
    )


def _software(software: Any) -> str:
    parts = [software.get(key) for key in ("name", "version")] if isinstance(software, dict) else []
    said = " ".join(part for part in parts if isinstance(part, str))
    return "".join(c for c in said if c.isprintable())[:120]


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _codes(value: Any, key: str) -> frozenset[str]:
    return frozenset(part[key] for part in _dicts(value) if isinstance(part.get(key), str))
