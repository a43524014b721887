"""The engine of two-way maps: each element is declared once, and the declaration runs in both directions.

A map is a list of rules of four kinds: `fixed` (the same in every document), `both` (one field of the record, one
element, two ways), `each` (a list, item by item, with a key) and `out_only` (derived; never read back). When a map is
built its rules become closures in FHIR's element order. Building fails unless every field of the record has exactly
one two-way rule, or is named as carried elsewhere or not yet.
"""

import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, get_args

import pydantic

from fhir_profiles import fhir_json
from mappings import places, rules
from mappings.codec import Codec, every
from mappings.fields import heads, put
from mappings.places import Document
from mappings.scope import Scope, Unfit, Unmappable
from mappings.writing import Build

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the printed mapping table."""

    ours: str
    element: str
    how: str
    direction: str


class Part:
    """A map of a thing inside a record, as a phase inside a plan, onto an object inside a document."""

    def __init__(
        self,
        model: type[pydantic.BaseModel],
        element_type: str,
        declared: Iterable[rules.Rule],
        *,
        not_yet_carried: Mapping[str, str] | None = None,
        elsewhere: Iterable[str] = (),
    ) -> None:
        self.model = model
        self.element_type = element_type
        self.rules = tuple(declared)
        self.not_yet_carried = dict(not_yet_carried or {})
        self.elsewhere = tuple(elsewhere)
        _refuse_gaps(self)
        self._builds = _in_order(element_type, self.rules)
        self._two_way = tuple(rule for rule in self.rules if rule.ours and rule.read is not None)

    def build(self, thing: Any, scope: Scope, document: Document) -> Document:
        """Write the thing into a document; what cannot be expressed raises `Unfit`."""
        values = thing.__dict__
        for source, build in self._builds:
            value = values.get(source, thing)  # a rule without a field of its own is given the whole thing
            if value is not None:
                build(value, scope, document)
        return document

    def read(self, document: Document, scope: Scope) -> Fields:
        """Read the carried fields; what cannot be understood raises `Unfit`."""
        if "modifierExtension" in document:
            raise Unfit("carries a modifierExtension, which changes its meaning", "let a person look at it")
        fields: Fields = {}
        for rule in self._two_way:
            found = rule.read(document, scope) if rule.read is not None else None
            if found is not None:
                for name, value in zip(rule.ours, found if len(rule.ours) > 1 else (found,), strict=True):
                    if value is not None:
                        put(fields, name, value)
        return fields

    def merge(self, fresh: Document, copy: Document, scope: Scope) -> None:
        """Bring a hospital's copy to what our fresh document says, element by element, keeping what they added."""
        changed = [rule.merge(fresh, copy, scope) for rule in self.rules if not rule.follows]
        if any(changed):
            for rule in self.rules:
                if rule.follows:
                    rule.merge(fresh, copy, scope)

    def carried(self, thing: Any, written: Fields) -> Fields:
        """Give the part of a record, as `written` in the clinic's file, that its document carries."""
        fields: Fields = {}
        for rule in self._two_way:
            for name, value in rule.carries(thing, written):
                put(fields, name, value)
        return fields

    def rows(self, prefix: str = "") -> list[Row]:
        """Give the mapping table of this part, nested parts after the rule that holds them."""
        found: list[Row] = []
        for rule in self.rules:
            ours = ", ".join(prefix + name for name in rule.ours) or "-"
            found.append(Row(ours, rule.element, rule.how if rule.why is None else f"{rule.how}: {rule.why}", rule.way))
            if rule.part is not None:
                nested: list[Row] = rule.part.rows(prefix + rule.ours[0] + ("." if rule.path.slice else "[]."))
                found.extend(Row(r.ours, f"{rule.element}.{r.element}", r.how, r.direction) for r in nested)
        return found

    def item(self, key: str | None = None, mine: Callable[[Any, Scope], bool] = every) -> Codec:
        """Make this part the codec of a list's items, matched by the field `key`, else by all that they say."""
        key_rule = next((rule for rule in self.rules if rule.ours == (key,)), None)

        def write(thing: Any, scope: Scope) -> Document:
            return self.build(thing, scope, {})

        def key_of(element: Any, scope: Scope) -> Any:
            if key_rule is None or key_rule.read is None:
                return places.glimpse(self.read, element, scope)
            return key_rule.read(element, scope)

        return Codec(
            how=f"each by {key}" if key else "each",
            write=write,
            read=self.read,
            mine=lambda element, scope: isinstance(element, dict) and mine(element, scope),
            key=key_of,
            onto=self.merge,
            part=self,
        )


class ResourceMap(Part):
    """The map of one kind of record onto one type of FHIR resource, in both directions."""

    def __init__(
        self,
        model: type[pydantic.BaseModel],
        declared: Iterable[rules.Rule],
        *,
        resource: str,
        identity: str,
        not_yet_carried: Mapping[str, str] | None = None,
        partly: Mapping[str, str] | None = None,
        elsewhere: Iterable[str] = (),
    ) -> None:
        self.partly = dict(partly or {})
        self.resource = resource
        self.identity = identity
        super().__init__(model, resource, declared, not_yet_carried=not_yet_carried, elsewhere=elsewhere)

    def to_fhir(self, record: Any, scope: Scope, *, onto: Document | None = None) -> Document:
        """Write a record as a document in canonical order; `onto` keeps what a hospital added to its copy."""
        document: Document = {
            "resourceType": self.resource,
            "id": scope.base.logical_id(self.identity, record.id),
        }
        try:
            self.build(record, scope, document)
        except Unfit:
            raise self._unmappable(record, scope) from None
        return document if onto is None else self.onto(document, onto, scope)

    def onto(self, fresh: Document, copy: Document, scope: Scope) -> Document:
        """Write our fresh document onto a hospital's copy, which itself stays as it is."""
        found: Document = fhir_json.loads(fhir_json.encode(copy))
        self.merge(fresh, found, scope)
        return found

    def from_fhir(self, document: Document, scope: Scope) -> Fields:
        """Read the carried fields of a record, as its clinic's file would write them, each checked by its model."""
        try:
            fields = self.read(document, scope)
        except places.MISSHAPEN as fault:
            says, fix = "is not in FHIR's shape", "let a person look at it"
            if isinstance(fault, Unfit):
                says, fix = fault.says, fault.fix
            raise Unmappable(scope.kind, scope.id, self._faulty(document, scope), says, fix) from None
        for name, value in fields.items():
            try:
                _adapter(self.model, name).validate_python(value)
            except pydantic.ValidationError:
                element = next(rule.element for rule in self._two_way if heads(rule.ours, name))
                element, says = f"{self.resource}.{element}", f"does not hold what the field {name} takes"
                raise Unmappable(scope.kind, scope.id, element, says, "let a person look") from None
        return fields

    def _unmappable(self, record: Any, scope: Scope) -> Unmappable:
        """Say which rule failed: the rules are run again one by one, since the fast path does not keep count."""
        for rule in self.rules:
            try:
                value = record.__dict__.get(rule.source, record)
                if value is not None:
                    rule.build(value, scope, {})
            except Unfit as unfit:
                return Unmappable(scope.kind, scope.id, f"{self.resource}.{rule.element}", unfit.says, unfit.fix)
        raise AssertionError("a rule failed once and not again: a codec is no pure function")

    def _faulty(self, document: Document, scope: Scope) -> str:
        for rule in self._two_way:
            try:
                if rule.read is not None:
                    rule.read(document, scope)
            except places.MISSHAPEN:
                return f"{self.resource}.{rule.element}"
        return self.resource


def _in_order(element_type: str, declared: tuple[rules.Rule, ...]) -> tuple[tuple[str, Build], ...]:
    """Put the closures into FHIR's element order; an element that R4 does not have fails here."""
    ranked = sorted(declared, key=lambda rule: rule.path.rank(element_type, rule.keys))
    return tuple((rule.source, rule.build) for rule in ranked)


def _refuse_gaps(part: Part) -> None:
    """Fail unless each field has exactly one two-way rule, or is carried elsewhere or not yet."""
    places: dict[str, int] = {}
    two_way = (name for rule in part.rules if rule.read is not None for name in rule.ours)
    for name in (*two_way, *part.not_yet_carried, *part.elsewhere):
        places[name] = places.get(name, 0) + 1
    expected = set(_leaves(part.model, places))
    wrong = [name for name in sorted(expected) if places.get(name, 0) != 1]
    unknown = sorted(places.keys() - expected)
    if wrong or unknown:
        raise ValueError(f"map of {part.model.__name__}: not exactly one rule for {wrong}; no such fields: {unknown}")


def _leaves(model: type[pydantic.BaseModel], places: Mapping[str, int], prefix: str = "") -> Iterator[str]:
    """Name the fields that need a rule: those of a nested model one by one where a rule names one of them."""
    for name, field in model.model_fields.items():
        path = prefix + name
        nested = _model_in(field.annotation)
        if nested is not None and any(place.startswith(f"{path}.") for place in places):
            yield from _leaves(nested, places, f"{path}.")
        else:
            yield path


def _model_in(annotation: Any) -> type[pydantic.BaseModel] | None:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation if issubclass(annotation, pydantic.BaseModel) else None
    return next((found for found in map(_model_in, get_args(annotation)) if found is not None), None)


@cache
def _adapter(model: type[pydantic.BaseModel], name: str) -> pydantic.TypeAdapter[Any]:
    field = model.model_fields[name]
    annotation: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    return pydantic.TypeAdapter(annotation)
