"""What the judge found, as text and as JSON."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from integration.audit.hospital_verify import Found, Rest, Verdict

_SHOWN: Final = 20
_LISTS: Final = ("missing", "twice", "different", "unexpected")
_LESS: Final = {
    "added": "added by the hospital (not different)",
    "unacknowledged": "there as it was sent, though no answer ever said so",
    "not_found_by_search": "there, but not found by the hospital's search (yet)",
}


def counts(verdict: Verdict) -> dict[str, int]:
    """The numbers alone."""
    names = (*_LISTS, *_LESS, "outstanding", "dismissed")
    of_lists = {name: len(getattr(verdict, name)) for name in names}
    return {"expected": verdict.expected, "held": verdict.held, **of_lists}


def summary(verdict: Verdict) -> str:
    """One line: n of n held, 0 lost, 0 twice."""
    return (
        f"{verdict.held} of {verdict.expected} held by the hospital, {len(verdict.missing)} lost, "
        f"{len(verdict.twice)} twice, {len(verdict.different)} different, {len(verdict.unexpected)} unexpected"
    )


def text(verdict: Verdict) -> Iterator[str]:
    """Everything that a person has to know."""
    yield f"{verdict.hospital}: {summary(verdict)}"
    for name in _LISTS:
        yield from _listed(name, getattr(verdict, name))
    for name, title in _LESS.items():
        yield from _listed(title, getattr(verdict, name))
    if verdict.outstanding:
        yield f"outstanding: {len(verdict.outstanding)} (infusion-fhir queue list --hospital {verdict.hospital})"
        yield from _cut([_still(row) for row in verdict.outstanding])
    if verdict.dismissed:
        yield f"dismissed, so not sent any more: {len(verdict.dismissed)}"
        yield from _cut([f"  {number} {why}" for why, number in Counter(map(_why, verdict.dismissed)).most_common()])
    for unknown in verdict.cannot_know:
        yield f"cannot be known: {unknown}"


def facts(verdict: Verdict) -> dict[str, Any]:
    """The same for programs."""
    lists = (*_LISTS, *_LESS)
    return {
        "hospital": verdict.hospital,
        "counts": counts(verdict),
        "summary": summary(verdict),
        **{name: [_found(one) for one in getattr(verdict, name)] for name in lists},
        "outstanding": [_rest(row) for row in verdict.outstanding],
        "dismissed": [_rest(row) for row in verdict.dismissed],
        "cannot_know": list(verdict.cannot_know),
        "requests": verdict.requests,
    }


def _found(one: Found) -> dict[str, Any]:
    return {
        "type": one.type,
        "id": one.id,
        "identifier": one.identifier,
        "remote_ids": list(one.remote_ids),
        "elements": list(one.elements),
    }


def _rest(row: Rest) -> dict[str, Any]:
    named = {"type": row.type, "id": row.id, "state": row.state.value}
    return {**named, "reason": row.reason, "detail": row.detail}


def _why(row: Rest) -> str:
    return f"{row.type}: {row.reason}{f' ({row.detail})' if row.detail else ''}"


def _listed(title: str, found: Sequence[Found]) -> Iterator[str]:
    if found:
        yield f"{title}: {len(found)}"
        yield from _cut([_line(one) for one in found])


def _cut(lines: Sequence[str]) -> Iterator[str]:
    yield from lines[:_SHOWN]
    if len(lines) > _SHOWN:
        yield f"  … and {len(lines) - _SHOWN} more (all of them with --json)"


def _line(one: Found) -> str:
    there = f", there: {', '.join(one.remote_ids)}" if one.remote_ids else ""
    what = f": {', '.join(one.elements)}" if one.elements else ""
    return f"  {one.type} {one.identifier.rpartition('|')[2]}{there}{what}"


def _still(row: Rest) -> str:
    return f"  {row.type}/{row.id}: {row.state}{f' ({row.reason})' if row.reason else ''}"
