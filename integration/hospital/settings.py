"""How we deal with one hospital: waits, sizes, credentials. Each value is a setting of `infusion-fhir hospital set`."""

import math
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from mappings import vital_signs

CLOCK_ERROR: Final = 1.0  # seconds that two readings of the clock may disagree by (delivery.md §6, N1)

Seconds = float


class Settings(BaseModel):
    """The settings of one hospital; defaults suit a real one, demo and tests shrink the waits together."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    deadline: Seconds = Field(60.0, gt=0, allow_inf_nan=False, description="the most that one request may take")
    wait: Seconds = Field(
        240.0, gt=0, allow_inf_nan=False, description="when a lost answer is looked up for the last time"
    )
    commit_delay: Seconds = Field(
        60.0, ge=0, allow_inf_nan=False, description="how long the hospital may take to commit what it received"
    )
    index_lag: Seconds = Field(
        60.0, ge=0, allow_inf_nan=False, description="how long the hospital's search may lag behind its commits"
    )
    bundle_size: int = Field(50, ge=1, le=2000, description="the most entries in one request")
    in_flight: int = Field(2, ge=1, le=8, description="requests at the same time")
    patients: Literal["link", "create"] = Field("link", description="link to the hospital's patients, or create them")
    auth: Literal["none", "basic", "bearer"] = Field("none", description="how we prove who we are")
    username: str | None = Field(None, description="user name for basic")
    secret_file: Path | None = Field(None, description="file with the password or token, readable by its owner only")
    secret_env: str | None = Field(None, description="environment variable with the password or token")
    ca_bundle: Path | None = Field(None, description="the hospital's own certificate authority (PEM)")
    rung: Literal[1, 2, 3, 4] | None = Field(
        None, description="how a resource is written first, if set by the operator"
    )
    bundle: Literal["transaction", "batch", "single"] | None = Field(
        None, description="how resources travel together, if set by the operator"
    )
    rewrite_links: bool = Field(
        False, description="the hospital's page links name another server than its address: ask its address instead"
    )
    if_match: Literal["honoured", "ignored", "none"] = Field(
        "honoured", description="whether an update of a version that is no longer the newest is refused there"
    )
    updates: Literal["declared", "never"] = Field(
        "declared", description="whether what is there can be corrected, if the operator knows better than /metadata"
    )
    projection: Literal["full", "vitals"] = Field(
        "full", description="how much goes there: everything that we make, or vital signs one by one"
    )
    codes: tuple[str, ...] | None = Field(None, description="LOINC codes of the vital signs that have a place there")
    statuses: tuple[str, ...] | None = Field(None, description="statuses of readings that are taken there")
    busy_means_not_done: bool = Field(
        False, description="the hospital documents that its 503 with Retry-After means: not begun"
    )


def problems(settings: Settings) -> list[str]:
    """What is wrong with these settings, in sentences; empty when they may be used."""
    return [*_wrong_waits(settings), *_wrong_credentials(settings), *_wrong_projection(settings)]


def shortest_wait(settings: Settings) -> Seconds:
    """The wait must be longer than this, or a request could still arrive after its last look-up."""
    return settings.deadline + settings.commit_delay + settings.index_lag + CLOCK_ERROR


def _wrong_waits(settings: Settings) -> list[str]:
    if settings.wait <= settings.deadline:
        return [f"wait ({settings.wait:g} s) must be longer than deadline ({settings.deadline:g} s)"]
    least = shortest_wait(settings)
    if settings.wait <= least:
        sum_of = f"{settings.deadline:g} + {settings.commit_delay:g} + {settings.index_lag:g} + {CLOCK_ERROR:g}"
        rule = "deadline + commit delay + index lag + clock error"
        then = f"say --wait {math.floor(least) + 1}, or lower one of the others if the hospital vouches for it"
        return [f"wait ({settings.wait:g} s) must be longer than {rule} ({sum_of} = {least:g} s): {then}"]
    return []


def _wrong_projection(settings: Settings) -> list[str]:
    given = {
        "codes": (settings.codes, vital_signs.ALL_CODES),
        "statuses": (settings.statuses, vital_signs.ALL_STATUSES),
    }
    if settings.projection == "full":
        return [f"{name} are for projection vitals" for name, (some, _) in given.items() if some is not None]
    if settings.patients == "create":
        return ["vital signs go to a hospital's own patients: projection vitals needs patients = link"]
    return [
        f"{name}: {one} is none that we send (there are: {', '.join(known)})"
        for name, (some, known) in given.items()
        for one in some or ()
        if one not in known
    ]


def _wrong_credentials(settings: Settings) -> list[str]:
    given = (settings.secret_file is not None) + (settings.secret_env is not None)
    found = []
    if settings.auth == "none" and (given or settings.username is not None):
        found.append("a secret or user name is given, but auth is none")
    if settings.auth != "none" and given != 1:
        found.append(f"auth {settings.auth} needs its secret from exactly one place: --secret-file or --secret-env")
    if settings.auth == "basic" and not settings.username:
        found.append("auth basic needs a user name")
    if settings.auth == "bearer" and settings.username is not None:
        found.append("auth bearer takes no user name")
    if settings.username is not None and (":" in settings.username or not settings.username.isprintable()):
        found.append("a user name may hold no colon and no control characters")
    return found
