"""The settings of a hospital as options: the same for `hospital add` and `hospital set`."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer

DECLARED: Final = "declared"
USUAL: Final = "usual"

Name = Annotated[str, typer.Argument(help="The hospital's name here: a-z, 0-9, - and _.", show_default=False)]
Hospital = Annotated[str, typer.Option("--hospital", help="The hospital's name here.", show_default=False)]
MaybeHospital = Annotated[
    str | None, typer.Option("--hospital", help="Only this hospital. [default: all]", show_default=False)
]


def _option(flag: str, says: str, **more: Any) -> Any:
    return typer.Option(flag, help=says, show_default=False, **more)


Auth = Annotated[Literal["none", "basic", "bearer"] | None, _option("--auth", "How we prove who we are. [none]")]
Username = Annotated[str | None, _option("--username", "User name for basic.")]
SecretFile = Annotated[
    Path | None, _option("--secret-file", "File with the password or token, readable by its owner only.")
]
SecretEnv = Annotated[str | None, _option("--secret-env", "Environment variable with the password or token.")]
Patients = Annotated[
    Literal["link", "create"] | None,
    _option("--patients", "Link our patients to the hospital's, or create them there (sandboxes). [link]"),
]
Rung = Annotated[
    Literal["1", "2", "3", "4", "declared"] | None,
    _option("--rung", "How a resource is first written; `declared` goes back to what the hospital says."),
]
Bundle = Annotated[
    Literal["transaction", "batch", "single", "declared"] | None,
    _option("--bundle", "How resources travel together; `declared` goes back to what the hospital says."),
]
Deadline = Annotated[float | None, _option("--deadline", "Seconds: the most that one request may take. [60]")]
Wait = Annotated[float | None, _option("--wait", "Seconds until a lost answer is looked up for the last time. [240]")]
CommitDelay = Annotated[
    float | None, _option("--commit-delay", "Seconds that the hospital may take to commit what it received. [60]")
]
IndexLag = Annotated[
    float | None, _option("--index-lag", "Seconds that the hospital's search may lag behind its commits. [60]")
]
BundleSize = Annotated[int | None, _option("--bundle-size", "The most entries in one request. [50]")]
InFlight = Annotated[int | None, _option("--in-flight", "Requests at the same time. [2]")]
IfMatch = Annotated[
    Literal["honoured", "ignored", "none"] | None,
    _option("--if-match", "Whether the hospital refuses an update of a version that is no longer the newest."),
]
Busy = Annotated[
    bool | None,
    _option(
        "--busy-means-not-done/--busy-may-be-done",
        "The hospital documents that its 503 with Retry-After means: not begun. [no]",
    ),
]
RewriteLinks = Annotated[
    bool | None,
    _option(
        "--rewrite-links/--follow-links",
        "The hospital's page links name another server than its address: ask its address instead. [no]",
    ),
]
Updates = Annotated[
    Literal["declared", "never"] | None,
    _option("--updates", "Never: what is there cannot be corrected, whatever the server declares. [declared]"),
]
Projection = Annotated[
    Literal["full", "vitals"] | None,
    _option("--projection", "Send all that we make, or vital signs one by one to linked patients and visits. [full]"),
]
Codes = Annotated[
    str | None,
    _option("--codes", "With vitals: the LOINC codes that have a place there, such as 8867-4,85354-9; or `usual`."),
]
Statuses = Annotated[
    str | None,
    _option("--statuses", "With vitals: which readings are taken, such as `final`; or `usual`: corrected ones too."),
]
CaBundle = Annotated[Path | None, _option("--ca-bundle", "The hospital's own certificate authority (PEM file).")]


def given(options: dict[str, Any]) -> dict[str, Any]:
    """What was given, as settings: a rung is a number, codes and statuses are lists."""
    named = {key: value for key, value in options.items() if value is not None}
    if named.get("rung", DECLARED) != DECLARED:
        named["rung"] = int(named["rung"])
    for name in ("codes", "statuses"):
        if name in named:
            listed = tuple(one.strip() for one in named[name].split(",") if one.strip())
            named[name] = DECLARED if listed == (USUAL,) else listed
    return named
