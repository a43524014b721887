"""What a hospital takes, refuses, ignores and rewrites: a document judged by the rules of its character's file.

Everything that is wrong is told at once, as hospitals' validators do; the first error decides the status.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fhir_profiles import fhir_json, terminology
from fhir_profiles.fhir_json import Document
from integration.sandbox import character_parts as parts
from integration.sandbox import element_paths, r4_form, readings, rewrites
from integration.sandbox.character_sections import Sections
from integration.sandbox.refusing import Issue, Reason, Refusal
from integration.sandbox.versions import Store

BUILT_IN: Final = frozenset(
    {"form", "code", "date", "reference-form", "reference-type", "required", "refused", "foreign-reference"}
    | {"client-id", "stranger"}
)
"""The names under `[errors]` that are used without any rule naming them."""

_INSTEAD: Final = {"reference-form": "reference-type"}
"""The error that words another one where a character has no words for that."""

_OF_PARSERS: Final = frozenset({"form", "code", "date"})
"""The errors that a parser makes, before any rule is looked at."""

_CONTENT: Final = 422
_SOURCE_LENGTH: Final = 16
_OF_A_VERSION: Final = frozenset({"source", "versionId", "lastUpdated"})


@dataclass(frozen=True, slots=True)
class RuledOut(Refusal):
    """A refusal by a rule of the character: it is worded already."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A document before a rule."""

    character: Sections
    type: str
    document: Document
    store: Store

    @property
    def before(self) -> Document | None:
        """What stands in the hospital under the same id."""
        identity = self.document.get("id")
        return self.store.live(self.type, identity) if isinstance(identity, str) else None


def judge_content(character: Sections, resource_type: str, document: Document, store: Store) -> Document | Refusal:
    """Judge a document: give it as this hospital keeps it, or the refusal with every reason there is."""
    kept, faults = _read(character, document)
    case = _Case(character, resource_type, kept, store)
    said = character.of_type(resource_type)
    faults = [*faults, *_demands(case, said), *_broken(case, (*character.rules, *said.rules))]
    if faults:
        return _refusal(character, faults)
    return _as_kept(case, said)


def _read(character: Sections, document: Document) -> tuple[Document, list[r4_form.Fault]]:
    form = character.content.form
    if form == "lenient":
        return r4_form.leniently(document)
    return document, r4_form.faults(document) if form == "strict" else []


def _refusal(character: Sections, faults: list[r4_form.Fault]) -> RuledOut:
    status, issues = 0, []
    for name, usual in faults:
        error = character.errors.get(name) or character.errors.get(_INSTEAD.get(name, ""), parts.Error())
        status = status or error.status or _CONTENT
        issues.append(character.issue(error, usual))
    headers = character.errors.get(faults[0][0], parts.Error()).headers
    reason = Reason.UNREADABLE if faults[0][0] in _OF_PARSERS else Reason.CONTENT
    return RuledOut(reason, status, tuple(issues), tuple(headers.items()))


def _demands(case: _Case, said: parts.TypeManners) -> Iterator[r4_form.Fault]:
    """What the short lists of a type demand, and what holds for ids and references of all types."""
    for path in said.required:
        if not element_paths.values(case.document, path):
            yield "required", Issue("required", f"{path} is required here", f"{case.type}.{path}")
    for path in said.refused:
        if element_paths.values(case.document, path):
            yield "refused", Issue("not-supported", f"{path} is not taken here", f"{case.type}.{path}")
    identity = str(case.document.get("id", ""))
    if case.character.ids.clients == "not digits alone" and identity.isdigit() and case.before is None:
        yield "client-id", Issue("value", "an id of a client's own has at least one letter", f"{case.type}.id")
    if case.character.content.foreign_references == "refused":
        for path in _foreign(case.document, case.type):
            yield "foreign-reference", Issue("value", "a reference to another server is not taken", path)


def _foreign(value: Any, at: str) -> Iterator[str]:
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from _foreign(item, f"{at}[{place}]")
    elif isinstance(value, dict):
        literal = value.get("reference")
        if isinstance(literal, str) and "://" in literal:
            yield at
        for key, child in value.items():
            yield from _foreign(child, f"{at}.{key}")


def _broken(case: _Case, rules: tuple[parts.Rule, ...]) -> Iterator[r4_form.Fault]:
    is_update = case.before is not None
    for rule in rules:
        if rule.on != "both" and (rule.on == "update") is not is_update:
            continue
        if not _holds(case.document, rule.when) or (rule.unless and _holds(case.document, rule.unless)):
            continue
        found = element_paths.values(case.document, rule.element)
        for name, check in _CHECKS.items():
            wanted = getattr(rule, name)
            if wanted not in (False, None) and not check(case, rule, found):
                yield rule.error, Issue(_ISSUE_CODES.get(name, "business-rule"), rule.says, _place(case.type, rule))
                break


def _place(resource_type: str, rule: parts.Rule) -> str:
    return f"{resource_type}.{rule.element.partition('|')[0]}"


def _holds(document: Document, conditions: Mapping[str, tuple[str, ...]]) -> bool:
    return all(
        any(str(found) in wanted for found in element_paths.values(document, path))
        for path, wanted in conditions.items()
    )


def _required(_: _Case, __: parts.Rule, found: list[Any]) -> bool:
    return bool(found)


def _absent(_: _Case, __: parts.Rule, found: list[Any]) -> bool:
    return not found


def _among(_: _Case, rule: parts.Rule, found: list[Any]) -> bool:
    return all(str(one) in (rule.among or ()) for one in found)


def _not_among(_: _Case, rule: parts.Rule, found: list[Any]) -> bool:
    return not any(str(one) in (rule.not_among or ()) for one in found)


def _at_most(_: _Case, rule: parts.Rule, found: list[Any]) -> bool:
    return rule.at_most is None or len(found) <= rule.at_most


def _longest(_: _Case, rule: parts.Rule, found: list[Any]) -> bool:
    return rule.longest is None or all(len(str(one)) <= rule.longest for one in found)


def _timed(_: _Case, __: parts.Rule, found: list[Any]) -> bool:
    return all("T" in str(one) for one in found)


def _refers_to(_: _Case, rule: parts.Rule, found: list[Any]) -> bool:
    return all(element_paths.placed(one)[0] in (rule.refers_to or ()) for one in found)


def _there(case: _Case, rule: parts.Rule, found: list[Any]) -> bool:
    for one in found:
        kind, identity = element_paths.placed(one)
        target = case.store.live(kind, identity) if kind else None
        if target is None or (rule.target and not _holds(target, rule.target)):
            return False
    return True


def _unchanged(case: _Case, rule: parts.Rule, found: list[Any]) -> bool:
    before = case.before
    if before is None:
        return True
    return fhir_json.sorted_json(found) == fhir_json.sorted_json(element_paths.values(before, rule.element))


def _mapped(case: _Case, _: parts.Rule, found: list[Any]) -> bool:
    """Whether one of the LOINC codes has a row in the flowsheet."""
    return _row(case, found) is not None


def _row(case: _Case, codings: list[Any]) -> parts.FlowsheetRow | None:
    codes = [one.get("code") for one in codings if isinstance(one, dict) and one.get("system") == terminology.LOINC]
    rows = [case.character.flowsheet.get(code) for code in codes if isinstance(code, str)]
    return next((row for row in rows if row is not None), None)


def _filed(case: _Case, _: parts.Rule, found: list[Any]) -> bool:
    """Whether the row takes the units; a reading without a row is another rule's matter."""
    row = _row(case, element_paths.values(case.document, "code.coding"))
    if row is None or not row.units:
        return True
    return all(isinstance(one, dict) and one.get("code") in row.units for one in found)


def _unique(case: _Case, rule: parts.Rule, _: list[Any]) -> bool:
    return readings.is_new(case.store, case.type, rule.unique or (), case.document)


_CHECKS: Final[Mapping[str, Callable[[_Case, parts.Rule, list[Any]], bool]]] = {
    "required": _required,
    "absent": _absent,
    "among": _among,
    "not_among": _not_among,
    "at_most": _at_most,
    "longest": _longest,
    "timed": _timed,
    "refers_to": _refers_to,
    "there": _there,
    "unchanged": _unchanged,
    "mapped": _mapped,
    "filed": _filed,
    "unique": _unique,
}

_ISSUE_CODES: Final = {
    "required": "required",
    "absent": "not-supported",
    "among": "code-invalid",
    "not_among": "code-invalid",
    "longest": "too-long",
    "timed": "value",
    "refers_to": "value",
    "there": "not-found",
    "mapped": "not-found",
    "unique": "duplicate",
}


def _as_kept(case: _Case, said: parts.TypeManners) -> Document:
    """The document as the hospital keeps it."""
    content = case.character.content
    kept = case.document
    for path in said.ignored:
        kept = element_paths.without(kept, path)
    if said.utc:
        kept = rewrites.in_utc(kept)
    if said.displays:
        kept = rewrites.with_displays(kept, case.character.display_table)
    if content.drops_zeros:
        kept = rewrites.without_zeros(kept)
    if content.drops_reference_versions:
        kept = rewrites.without_reference_versions(kept)
    before = case.before
    if content.tags_only_added and before is not None:
        kept = _labelled(kept, before)
    return _sourced(kept, before) if content.names_source else kept


def _sourced(document: Document, before: Document | None) -> Document:
    """With a mark at its source; where nothing else is new the source stays as it was."""
    given = document.get("meta")
    meta: Document = given if isinstance(given, dict) else {}
    if before is not None and _unsourced(before) == _unsourced(document):
        return document | {"meta": meta | {"source": before["meta"]["source"]}}
    named = str(meta.get("source", ""))
    mark = fhir_json.digest(fhir_json.sorted_json(document))[:_SOURCE_LENGTH]
    return document | {"meta": meta | {"source": f"{named.partition('#')[0]}#{mark}"}}


def _unsourced(document: Document) -> bytes:
    meta = document.get("meta")
    rest = {key: value for key, value in (meta or {}).items() if key not in _OF_A_VERSION}
    return fhir_json.sorted_json(document | {"meta": rest})


def _labelled(document: Document, before: Document) -> Document:
    """Tags and security labels are added to those that stand there; none is ever taken off. Profiles are replaced."""
    meta = document.get("meta")
    new: Document = dict(meta) if isinstance(meta, dict) else {}
    for key in ("tag", "security"):
        old = element_paths.values(before, f"meta.{key}")
        more = [one for one in element_paths.values(document, f"meta.{key}") if one not in old]
        if old or more:
            new[key] = [*old, *more]
    return document | {"meta": new}
