"""SMART's system scopes, both spellings: `system/Patient.read` and `system/Patient.rs`."""

import re
from typing import Final

from integration.sandbox.manners import Interaction
from integration.sandbox.refusing import Reason, refused

_SCOPE: Final = re.compile(r"system/([A-Z][A-Za-z]+|\*)\.(read|write|\*|(?=[cruds])c?r?u?d?s?)")
_FIRST_SPELLING: Final = {"read": "rs", "write": "cud", "*": "cruds"}
_NEEDED: Final[dict[str, str]] = {
    Interaction.READ: "r",
    Interaction.VREAD: "r",
    Interaction.HISTORY: "r",
    Interaction.HISTORY_TYPE: "s",
    Interaction.HISTORY_SYSTEM: "s",
    Interaction.SEARCH: "s",
    Interaction.CREATE: "c",
    Interaction.UPDATE: "u",
    Interaction.DELETE: "d",
    Interaction.MATCH: "s",
    Interaction.EVERYTHING: "rs",
    Interaction.EXPORT: "rs",
}


def understood(scope: str) -> tuple[str, str] | None:
    """The type and the letters of a scope; None: it is no system scope, or says more than is understood here."""
    found = _SCOPE.fullmatch(scope)
    return (found[1], _FIRST_SPELLING.get(found[2], found[2])) if found else None


def covers(scopes: tuple[str, ...], resource_type: str, letters: str) -> bool:
    """Whether scopes allow all of these letters on a type (`*`: on every type)."""
    known = [one for scope in scopes if (one := understood(scope)) is not None]
    return all(any(kind in {"*", resource_type} and letter in allowed for kind, allowed in known) for letter in letters)


def granted(asked: tuple[str, ...], registered: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the scopes asked for that the client's registration covers."""
    kept = [(scope, one) for scope in asked if (one := understood(scope)) is not None]
    return tuple(scope for scope, (kind, letters) in kept if covers(registered, kind, letters))


def require(scopes: tuple[str, ...], resource_type: str, interaction: str) -> None:
    """Refuse an interaction that a client's scopes do not cover; the entries of a Bundle are looked at one by one."""
    needed = _NEEDED.get(interaction, "")
    if needed and not covers(scopes, resource_type or "*", needed):
        raise refused(Reason.FORBIDDEN, "the client's scopes do not cover this")
