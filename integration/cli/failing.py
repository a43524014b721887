"""How a command ends when something is wrong: what happened, where, what next, who must act; never a patient's data."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from integration import error_codes, errors, logs
from integration.cli import output

BUG: Final = "IF-USE-99"
USAGE: Final = "IF-USE-98"
INTERRUPTED: Final = 130


def told(error: errors.InfusionFhirError, *, as_json: bool) -> int:
    """Tell an error with a code; gives the exit code."""
    known = error_codes.explain(error.code)
    next_step = error.next_step or (known.next_step if known else "")
    who = known.who.value if known else errors.Who.OPERATOR.value
    _tell(error.code, error.says, error.where, next_step, who, as_json=as_json)
    return int(error.exit)


def misused(says: str, *, as_json: bool) -> int:
    """Tell that a command was typed in a way that it does not take; gives the exit code.

    Nothing to say: a group was typed without a command, and its help has been printed.
    """
    if not says:
        return int(errors.Exit.USAGE)
    known = error_codes.explanations()[USAGE]
    _tell(USAGE, says, "", known.next_step, known.who.value, as_json=as_json)
    return int(errors.Exit.USAGE)


def bug(error: BaseException, arguments: Sequence[str], *, as_json: bool) -> int:
    """Tell that the program itself failed; the places in it are kept in a file, its values nowhere."""
    known = error_codes.explanations()[BUG]
    kept = _keep(error, home_in(arguments))
    says = f"a fault of infusion-fhir itself ({type(error).__name__})"
    _tell(BUG, says, "" if kept is None else f"places in {kept}", known.next_step, known.who.value, as_json=as_json)
    return int(errors.Exit.PROBLEMS)


def interrupted(*, as_json: bool) -> int:
    """Tell that a person stopped the command, and that nothing is lost; gives the exit code."""
    says = "stopped; everything that was finished is kept"
    next_step = "run the same command again: it goes on where it stopped, and does nothing twice"
    if as_json:
        output.data_json({"error": {"code": "interrupted", "says": says, "next": next_step}})
    output.chatter(f"\n{says}\n  next: {next_step}")
    return INTERRUPTED


def home_in(arguments: Sequence[str]) -> Path:
    """The home folder that the command line names, or the default."""
    from integration import bootstrap  # noqa: PLC0415 - takes long to load, and only a fault needs it here

    for position, word in enumerate(arguments):
        if word == "--home" and position + 1 < len(arguments):
            return Path(arguments[position + 1])
        if word.startswith("--home="):
            return Path(word.removeprefix("--home="))
    return bootstrap.home_folder(None)


def _tell(code: str, says: str, where: str, next_step: str, who: str, *, as_json: bool) -> None:
    if as_json:
        told: dict[str, Any] = {"code": code, "says": says, "where": where, "next": next_step, "who": who}
        output.data_json({"error": told})
        return
    output.chatter(f"{code} {where + ': ' if where else ''}{says}")
    output.chatter(f"  next: {next_step}")
    output.chatter(f"  who:  {who}        more: infusion-fhir explain {code}")


def _keep(error: BaseException, home: Path) -> Path | None:
    """Write the places that the error came through, and those of its causes, where only this user can read them."""
    if not home.is_dir():
        return None
    from integration import bootstrap  # noqa: PLC0415 - as above

    path = home / "faults.log"
    lines = []
    seen: BaseException | None = error
    while seen is not None:
        lines += [type(seen).__name__, *(f"  {place}" for place in logs.places(seen.__traceback__))]
        seen = seen.__cause__ or seen.__context__
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), "a", encoding="utf-8") as file:
            file.write(f"{output.utc(bootstrap.SystemClock().now())} Python {sys.version.split()[0]}\n")
            file.write("\n".join(lines) + "\n\n")
    except OSError:
        return None
    return path
