"""Reading character files: the four that come with the sandbox, and those that people write themselves.

Whatever is wrong in a file is told with its line; what no single key shows (a rule that names an error which nobody
has explained, a search parameter that the type does not have) is looked for here.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from integration import errors
from integration.sandbox import capability_statement, r4_form, rules, search_params, written_by_hand
from integration.sandbox import character_parts as parts
from integration.sandbox.character import Character
from integration.sandbox.toml_lines import Path as Place

NO_CHARACTER: Final = "IF-SBX-03"
FOLDER: Final = Path(__file__).parent / "characters"


def names() -> list[str]:
    """Give the names of the characters that come with the sandbox."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(what: str | Path) -> Character:
    """Give a character by its name or by its file; an unknown name raises UsageError with the nearest ones."""
    name = str(what)
    if name in names():
        return _own(name)
    path = Path(what)
    if path.suffix != ".toml":
        says = written_by_hand.unknown("character", name, names())
        raise errors.UsageError(NO_CHARACTER, f"{says} (or give a .toml file)")
    return read(_text(path), name, path.stem)


@cache
def _own(name: str) -> Character:
    path = FOLDER / f"{name}.toml"
    return read(_text(path), str(path), name)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        says = "is no UTF-8 text" if isinstance(cause, UnicodeDecodeError) else str(cause.strerror)
        raise errors.ConfigError(NO_CHARACTER, f"the character cannot be read: {says}", where=str(path)) from None


def read(text: str, file: str, name: str) -> Character:
    """Read a character; what is wrong in it raises ConfigError with file, line and what is allowed."""
    return written_by_hand.read(Character, text, file, _faults).named(name)


def _faults(character: Character) -> Iterator[tuple[Place, str]]:
    used = set(rules.BUILT_IN)
    for place, rule in enumerate(character.rules):
        yield from _of_rule(character, ("rules", place), rule)
        used.add(rule.error)
    for name, said in character.types.items():
        for place, rule in enumerate(said.rules):
            yield from _of_rule(character, ("types", name, "rules", place), rule)
            used.add(rule.error)
        yield from _of_search(name, said)
    for name in character.errors.keys() - used:
        known = ", ".join(sorted(rules.BUILT_IN))
        yield ("errors", name), f"no rule has this error, and it is none of those that need no rule ({known})"
    yield from _of_quirks(character)
    yield from _of_staff(character)


def _of_rule(character: Character, at: Place, rule: parts.Rule) -> Iterator[tuple[Place, str]]:
    if rule.error and rule.error not in character.errors:
        yield (*at, "error"), written_by_hand.unknown("error", rule.error, character.errors)
    if (rule.mapped or rule.filed) and not character.flowsheet:
        yield at, "a rule about the flowsheet needs a [flowsheet] section"


def _of_search(name: str, said: parts.TypeManners) -> Iterator[tuple[Place, str]]:
    known = search_params.of_type(name)
    for place, parameter in enumerate(said.search or ()):
        if name != parts.ANY_TYPE and parameter not in known:
            says = written_by_hand.unknown(f"search parameter of {name}", parameter, known)
            yield ("types", name, "search", place), says


def _of_quirks(character: Character) -> Iterator[tuple[Place, str]]:
    offered = {parts.ANY_TYPE, *capability_statement.offered_types(character)}
    for place, quirk in enumerate(character.quirks):
        for name in quirk.types:
            if name not in offered:
                yield ("quirks", place, "types"), written_by_hand.unknown("type with a section here", name, offered)


def _of_staff(character: Character) -> Iterator[tuple[Place, str]]:
    places = [("staff", kind, place) for kind, all_of_it in character.staff.items() for place in range(len(all_of_it))]
    seen: set[tuple[str, str]] = set()
    for at, document in zip(places, character.residents(), strict=True):
        named = (document["resourceType"], str(document.get("id")))
        if not isinstance(document.get("id"), str) or named in seen:
            yield at, "each needs an id of its own"
        seen.add(named)
        for _, issue in r4_form.faults(document)[:1]:
            yield at, f"this is not FHIR R4: {issue.says}"
