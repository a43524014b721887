"""What the demo says between its commands: headings, what a hospital takes and refuses in words, and the last count."""

import re
import shlex
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from integration.audit.hospital_verify import Verdict
from integration.cli.demo_hospitals import Place
from integration.sandbox import fault_kinds
from integration.sandbox.character import Character
from integration.sandbox.expecting import Expected

WIDTH: Final = 98
_ORDER: Final = ("Patient", "CarePlan", "Procedure", "MedicationAdministration", "Observation")
_LEFT: Final = "…"
_STUCK: Final = "\0"  # a space at which no line ends: an option and its value stay together
_VITALS_ALONE: Final = "vital signs alone go there"
_NO_VITALS: Final = "plans, sessions, medication, scores, side effects (vital signs alone go there)"


def heading(text: str) -> str:
    """A heading that is found again when one scrolls back."""
    return f"\n━━ {text} {'━' * max(2, WIDTH - len(text) - 4)}"


def remark(text: str) -> str:
    """Something said about the commands that follow."""
    return "\n" + textwrap.fill(text, WIDTH, initial_indent="# ", subsequent_indent="# ")


def command(words: Sequence[str], end: str = "") -> str:
    """A command as it would be typed, over several lines where it is long."""
    typed = ""
    for before, word in zip(("", *words), words, strict=False):
        is_value = before.startswith("--") and not word.startswith("-")
        typed += (_STUCK if is_value else " ") + shlex.quote(word).replace(" ", _STUCK)
    whole = f"$ infusion-fhir{typed}{end}"
    lines = textwrap.wrap(whole, WIDTH - 2, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
    return "\n" + " \\\n".join(lines).replace(_STUCK, " ")


def selected(lines: Sequence[str], patterns: Iterable[str]) -> Iterator[str]:
    """The lines that matter here, cut to the width of the page; `…` stands for those left out."""
    wanted = re.compile("|".join(patterns))
    left = False
    for line in lines:
        if wanted.search(line):
            if left:
                yield _LEFT
            yield line if len(line) <= WIDTH else line[: WIDTH - 1] + _LEFT
        left = not wanted.search(line)
    if left:
        yield _LEFT


def introduced(place: Place, like: Character, patients: Sequence[str], told: Expected) -> Iterator[str]:
    """A hospital in words: what it is, what was agreed, and how much of the clinic's data it will hold, and why."""
    yield from _about("It says:", like.about.says)
    yield from _about("We do:", place.agreed)
    whose = f"{patients[0]} to {patients[-1]}" if len(patients) > 1 else patients[0]
    yield f"Reckoned from its rules, for {whose}, before anything is sent:"
    yield f"  {'':<26}{'clinic has':>14}{'it will hold':>14}"
    for name in _ORDER:
        note = "  the hospital's own are linked instead" if name == "Patient" and place.linked else ""
        yield f"  {name:<26}{told.given[name]:>14}{told.taken[name]:>14}{note}"
    yield f"  {'all':<26}{told.given.total():>14}{told.number:>14}"
    yield from _not_taken(told)


def _about(title: str, says: str) -> Iterator[str]:
    indent = f"{title:<9} "
    yield textwrap.fill(" ".join(says.split()), WIDTH, initial_indent=indent, subsequent_indent=" " * len(indent))


def _not_taken(told: Expected) -> Iterator[str]:
    if not told.left_out and not told.refused:
        yield "  nothing is refused"
        return
    yield "  What it will not hold, and why:"
    for why, number in told.refused.most_common():
        yield f"  {number:>6}  the hospital refuses it: {why}"
    for why, number in told.left_out.most_common():
        yield f"  {number:>6}  not sent: {_NO_VITALS if why == _VITALS_ALONE else why}"


def struck(counts: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Which faults struck where, and how often."""
    names = sorted({name for of_one in counts.values() for name, number in of_one.items() if number})
    yield "  " + "".join(f"{place:>8}" for place in counts) + "   what happened"
    for name in names:
        times = "".join(f"{of_one.get(name, 0):>8}" for of_one in counts.values())
        yield f"  {times}   {fault_kinds.KINDS[name].says} ({name})"


def counted(rows: Sequence[tuple[Place, int, Verdict]]) -> Iterator[str]:
    """The last table: what each hospital was reckoned to hold, and what the judge found there."""
    heads = ("expected", "held", "lost", "twice", "different", "unexpected")
    yield f"  {'hospital':<10}{'is like':<14}" + "".join(f"{head:>12}" for head in heads)
    for place, expected, verdict in rows:
        lists = (verdict.missing, verdict.twice, verdict.different, verdict.unexpected)
        numbers = (expected, verdict.held, *map(len, lists))
        yield f"  {place.name:<10}{place.character:<14}" + "".join(f"{number:>12}" for number in numbers)
