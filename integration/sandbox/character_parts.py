"""The sections of a character file: what may stand in each, and what holds where nothing is said.

Whatever the core of the sandbox asks (manners.py) is a section here under the same names, so a switch that is added
there can be set in every file at once.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

import pydantic
from pydantic import dataclasses as strict_dataclasses

from integration.sandbox import manners, resource_types, scopes, written_by_hand
from integration.sandbox.manners import Interaction

ANY_TYPE: Final = "*"
_STRICT: Final = pydantic.ConfigDict(extra="forbid")
_OF_SERVER: Final = frozenset(
    {Interaction.BATCH, Interaction.TRANSACTION, Interaction.HISTORY_SYSTEM, Interaction.EXPORT}
)
OPERATIONS: Final[Mapping[str, frozenset[str]]] = {
    Interaction.MATCH: frozenset({"Patient"}),
    Interaction.EVERYTHING: frozenset({"Patient"}),
    Interaction.EXPORT: frozenset({"Patient", "Group"}),
}
"""The types that have each operation; elsewhere it is neither done nor declared."""


class Section(pydantic.BaseModel):
    """A part of a character file; an unknown key in it is refused."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")


@strict_dataclasses.dataclass(frozen=True, config=_STRICT)
class Conditions(manners.Conditions):
    """`[conditions]`: which conditions are honoured; the others are passed over in silence."""


@strict_dataclasses.dataclass(frozen=True, config=_STRICT)
class Keeping(manners.Keeping):
    """`[keeping]`: versions, references, deletes."""


@strict_dataclasses.dataclass(frozen=True, config=_STRICT)
class Bundles(manners.Bundles):
    """`[bundles]`: how batches and transactions are treated."""


@strict_dataclasses.dataclass(frozen=True, config=_STRICT)
class Searching(manners.Searching):
    """`[searching]`: pages, lag of the index, totals."""


@strict_dataclasses.dataclass(frozen=True, config=_STRICT)
class Answering(manners.Answering):
    """`[answering]`: what is given back, and how soon."""


@strict_dataclasses.dataclass(frozen=True, config=_STRICT)
class Rate(manners.Rate):
    """`[rate]`: how many requests are borne."""


class About(Section):
    """`[about]`: what the hospital is called, and in words what it takes and what it refuses."""

    title: str
    says: str
    software: str = "infusion-fhir sandbox"
    version: str = ""
    date: str = pydantic.Field("2026-11-22", pattern=r"^\d{4}-\d\d-\d\d$")
    sources: tuple[str, ...] = ()


class Server(Section):
    """`[server]`: what is offered beyond single types, the path of the FHIR base, and the tenant in it."""

    interactions: tuple[Interaction, ...] = ()
    path: str = "fhir"
    tenant: str = ""

    @pydantic.field_validator("interactions")
    @classmethod
    def _of_a_server(cls, given: tuple[Interaction, ...]) -> tuple[Interaction, ...]:
        for one in given:
            if one not in _OF_SERVER:
                allowed = ", ".join(sorted(_OF_SERVER))
                raise ValueError(f'"{one}" belongs to a type, not to the whole server. Allowed here: {allowed}')
        return given


class Ids(Section):
    """`[ids]`: how the hospital names what it makes, and which ids of clients it takes."""

    form: Literal["uuid", "number", "opaque"] = "uuid"
    prefix: str = pydantic.Field("", pattern=r"^[A-Za-z0-9\-.]{0,20}$")
    clients: Literal["any", "not digits alone"] = "any"


class Etags(Section):
    """`[etag]`: how a version is written in an ETag."""

    form: Literal["weak", "strong", "missing"] = "weak"
    in_bundle: Literal["weak", "strong", "bare", "missing"] | None = None


class Locations(Section):
    """`[location]`: how it is told where a new resource is."""

    form: Literal["absolute", "relative", "missing"] = "absolute"
    in_bundle: Literal["absolute", "relative", "missing"] = "relative"
    version: bool = True
    missing_for: tuple[str, ...] = ()


class Client(Section):
    """`[[access.clients]]`: a client that gets its tokens by SMART Backend Services, with its public keys."""

    id: str = pydantic.Field(min_length=1)
    keys: tuple[dict[str, str | list[str]], ...]
    scopes: tuple[str, ...] = ("system/*.cruds",)

    @pydantic.field_validator("keys")
    @classmethod
    def _public(cls, given: tuple[dict[str, str | list[str]], ...]) -> tuple[dict[str, str | list[str]], ...]:
        for one in given:
            if one.get("kty") not in ("RSA", "EC") or not one.get("kid"):
                raise ValueError("a key is one of a JWKS: it needs kty (RSA or EC) and kid")
            if "d" in one:
                raise ValueError("this is a private key: only the public half belongs here")
        return given

    @pydantic.field_validator("scopes")
    @classmethod
    def _understood(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for one in given:
            if scopes.understood(one) is None:
                raise ValueError(f'"{one}" is no system scope: system/TYPE.cruds, or some of its letters')
        return given


class Access(Section):
    """`[access]`: who may come in; without it everybody may."""

    clients: tuple[Client, ...] = ()
    token_seconds: int = pydantic.Field(300, ge=1, le=300)
    passwords: dict[str, str] = pydantic.Field(default_factory=dict)
    tokens: tuple[str, ...] = ()

    def door(self) -> manners.Access:
        """Give it as the hospital's door knows it."""
        clients = tuple(manners.Client(one.id, one.keys, one.scopes) for one in self.clients)
        return manners.Access(clients, self.token_seconds, passwords=tuple(self.passwords.items()), tokens=self.tokens)


class Content(Section):
    """`[content]`: how strictly a document is read, and what is done to it in silence."""

    form: Literal["strict", "lenient", "unchecked"] = "strict"
    drops_zeros: bool = False
    drops_reference_versions: bool = False
    tags_only_added: bool = False
    names_source: bool = False
    foreign_references: Literal["taken", "refused"] = "taken"


class Error(Section):
    """`[errors.NAME]` and `[refusals.REASON]`: how something is refused; `{says}` stands for the usual words."""

    status: int | None = pydantic.Field(None, ge=400, le=599)
    code: str | None = None
    number: str = ""
    says: str = "{says}"
    headers: dict[str, str] = pydantic.Field(default_factory=dict)


class Rule(Section):
    """One rule about an element of a type: what must hold, when, and which error it is where it does not.

    `element` is a path such as `category.coding.code`; several stand with `|`, and any of them will do.
    """

    element: str
    says: str
    error: str = ""
    on: Literal["create", "update", "both"] = "both"
    when: dict[str, tuple[str, ...]] = pydantic.Field(default_factory=dict)
    unless: dict[str, tuple[str, ...]] = pydantic.Field(default_factory=dict)
    required: bool = False
    absent: bool = False
    among: tuple[str, ...] | None = None
    not_among: tuple[str, ...] | None = None
    at_most: int | None = None
    longest: int | None = None
    timed: bool = False
    refers_to: tuple[str, ...] | None = None
    there: bool = False
    target: dict[str, tuple[str, ...]] = pydantic.Field(default_factory=dict)
    unchanged: bool = False
    mapped: bool = False
    filed: bool = False
    unique: tuple[str, ...] | None = None

    @pydantic.model_validator(mode="after")
    def _one_check(self) -> Self:
        said = [name for name in CHECKS if getattr(self, name) not in (False, None)]
        if not said:
            raise ValueError(f"a rule must say what has to hold: {', '.join(CHECKS)}")
        if self.target and not self.there:
            raise ValueError('"target" looks at what is referred to: it needs there = true')
        return self


CHECKS: Final = (
    "required", "absent", "among", "not_among", "at_most", "longest", "timed", "refers_to", "there", "unchanged",
    "mapped", "filed", "unique",
)  # fmt: skip


class TypeManners(Section):
    """`[types.NAME]`: what is offered and what is demanded of one type; `[types."*"]`: of all others."""

    interactions: tuple[Interaction, ...] = ()
    search: tuple[str, ...] | None = None
    required: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    utc: bool = False
    displays: bool = False
    rules: tuple[Rule, ...] = ()

    @pydantic.field_validator("interactions")
    @classmethod
    def _of_a_type(cls, given: tuple[Interaction, ...]) -> tuple[Interaction, ...]:
        for one in given:
            if one in (Interaction.BATCH, Interaction.TRANSACTION, Interaction.HISTORY_SYSTEM):
                raise ValueError(f'"{one}" concerns the whole server: write it under [server]')
        return given


class FlowsheetRow(Section):
    """`[flowsheet."LOINC"]`: the row into which the hospital files a reading, and the units that it takes."""

    row: str
    units: tuple[str, ...] = ()


class Quirk(Section):
    """`[[quirks]]`: where `/metadata` says other than what is done, by a name of its own."""

    name: str
    says: str
    types: tuple[str, ...] = (ANY_TYPE,)
    hides: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()

    @pydantic.field_validator("hides", "claims")
    @classmethod
    def _declarable(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for one in given:
            if one not in DECLARABLE and not one.startswith("search:"):
                raise ValueError(written_by_hand.unknown("part of /metadata", one, [*DECLARABLE, "search:NAME"]))
        return given


DECLARABLE: Final = frozenset({*Interaction, "conditionalCreate", "conditionalUpdate", "conditionalDelete",
                               "conditionalRead", "updateCreate", "versioning"})  # fmt: skip


class Races(Section):
    """`[races]`: how overlapping writes end, each end with its weight."""

    update: dict[manners.RaceEnd, float] = pydantic.Field(default_factory=dict)
    conditional_create: dict[manners.RaceEnd, float] = pydantic.Field(default_factory=dict)
    conditional_update: dict[manners.RaceEnd, float] = pydantic.Field(default_factory=dict)
    third_conditional_update: dict[manners.RaceEnd, float] = pydantic.Field(default_factory=dict)
    reference: dict[manners.RaceEnd, float] = pydantic.Field(default_factory=dict)


def _type_name(name: str) -> str:
    if name != ANY_TYPE and name not in resource_types.ALL:
        raise ValueError(written_by_hand.unknown("type of resource", name, resource_types.ALL | {ANY_TYPE}))
    return name


def _real_type(name: str) -> str:
    if name not in resource_types.ALL:
        raise ValueError(written_by_hand.unknown("type of resource", name, resource_types.ALL))
    return name


TypeName = Annotated[str, pydantic.AfterValidator(_type_name)]
RealType = Annotated[str, pydantic.AfterValidator(_real_type)]
