"""What a hospital does not take: a code it does not know, conditions, bundles; and what it says of itself.

A single request is refused as such, a transaction as a whole, a batch entry by entry while the others go through.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from integration.sandbox import faults
from integration.sandbox.faults import Asked, Document, Forwarded, Reply, Returned, Rule, When

IN_BUNDLE = {"if-none-exist": "ifNoneExist", "if-match": "ifMatch"}


@dataclass(frozen=True, slots=True)
class Part:
    """One thing asked for: a single request, or an entry of a Bundle."""

    method: str
    url: str
    if_none_exist: str | None
    resource: Any


def parts_of(asked: Asked) -> list[Part]:
    """Takes a request apart."""
    document = asked.document
    if asked.bundle is None:
        url = asked.path.lstrip("/") + (f"?{asked.query}" if asked.query else "")
        return [Part(asked.method, url, asked.headers.get("if-none-exist"), document)]
    entries = document.get("entry", []) if document else []
    requests = [(entry.get("request", {}), entry.get("resource")) for entry in entries]
    return [Part(str(r.get("method")), str(r.get("url")), r.get("ifNoneExist"), what) for r, what in requests]


def codes_in(value: Any) -> Iterator[tuple[str | None, str]]:
    """Gives every (system, code) of a document, wherever it stands."""
    if isinstance(value, dict):
        if isinstance(value.get("code"), str):
            yield value.get("system"), value["code"]
        for inner in value.values():
            yield from codes_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from codes_in(inner)


@dataclass(slots=True)
class Refusal(Rule):
    """A hospital that objects to some of what it is asked, until `mend`."""

    when: When = field(default_factory=When)
    status: int = 422
    tells_where: bool = False
    _mended: bool = False

    def objects_to(self, part: Part) -> str | None:
        """Says why this part is refused; None when it is welcome."""
        raise NotImplementedError

    def mend(self) -> None:
        """The hospital has learnt: nothing is refused any more."""
        self._mended = True

    def before(self, asked: Asked) -> Forwarded:
        """Refuses, or sends on what is welcome."""
        if self._mended or not asked.is_write:
            return asked
        whys = {place: why for place, part in enumerate(parts_of(asked)) if (why := self.objects_to(part))}
        if not whys or not self.when.hits(asked):
            return asked
        kind, place = asked.bundle, min(whys)
        if kind == "batch":
            return self._without(asked, whys)
        where = f"Bundle.entry[{place}]" if kind and self.tells_where else None
        return faults.outcome(self.status, whys[place], where=where)

    def after(self, asked: Asked, reply: Reply) -> Returned:
        """Puts the refusals back where their entries stood."""
        mine = [(place, entry) for rule, place, entry in asked.taken_out if rule == self.name]
        if not mine or not reply.committed:
            return reply
        answer = faults.exactly(reply.body)
        for place, entry in mine:
            answer.setdefault("entry", []).insert(place, entry)
        return replace(reply, body=faults.as_text(answer))

    def _without(self, asked: Asked, whys: dict[int, str]) -> Asked:
        document = asked.document or {}
        entries = [entry for place, entry in enumerate(document["entry"]) if place not in whys]
        out = tuple((self.name, place, self._entry(why)) for place, why in sorted(whys.items()))
        body = faults.as_text(document | {"entry": entries})
        return replace(asked, body=body, taken_out=asked.taken_out + out)

    def _entry(self, why: str) -> Document:
        return {"response": {"status": str(self.status), "outcome": faults.outcome_document(why)}}


@dataclass(slots=True)
class RefuseCode(Refusal):
    """A code that this hospital does not know: whatever carries it is refused with 422 until `mend`."""

    code: str = ""
    system: str | None = None

    def objects_to(self, part: Part) -> str | None:
        """Looks for the code."""
        found = any(c == self.code and self.system in {None, s} for s, c in codes_in(part.resource))
        return f"unknown code {self.code}" if found else None


@dataclass(slots=True)
class RefuseConditionalCreate(Refusal):
    """A hospital without `If-None-Exist`; one that passes over it in silence is `Ignores("if-none-exist")`."""

    status: int = 412

    def objects_to(self, part: Part) -> str | None:
        """Looks for the condition."""
        return "If-None-Exist is not supported" if part.if_none_exist else None


@dataclass(slots=True)
class RefuseConditionalUpdate(Refusal):
    """A hospital without `PUT [type]?identifier=`."""

    status: int = 412

    def objects_to(self, part: Part) -> str | None:
        """Looks for the condition."""
        return "conditional update is not supported" if part.method == "PUT" and "?" in part.url else None


@dataclass(slots=True)
class RefuseBundles(Rule):
    """A hospital that takes no transactions, or no batches, or neither."""

    kinds: tuple[str, ...] = ("transaction", "batch")
    status: int = 400

    def before(self, asked: Asked) -> Forwarded:
        """Refuses."""
        kind = asked.bundle
        if kind not in self.kinds or not self.when.hits(asked):
            return asked
        return faults.outcome(self.status, f"{kind} is not supported", code="not-supported")


@dataclass(slots=True)
class Ignores(Rule):
    """A hospital that passes over a condition in silence: `if-none-exist` or `if-match`."""

    header: str = "if-none-exist"

    def before(self, asked: Asked) -> Forwarded:
        """Takes the condition off."""
        if not asked.is_write or not self.when.hits(asked):
            return asked
        headers = {name: value for name, value in asked.headers.items() if name != self.header}
        document = asked.document
        if asked.bundle is None or document is None:
            return replace(asked, headers=headers)
        for entry in document.get("entry", []):
            entry.get("request", {}).pop(IN_BUNDLE[self.header], None)
        return replace(asked, headers=headers, body=faults.as_text(document))


@dataclass(slots=True)
class RewriteMetadata(Rule):
    """What the hospital says of itself, changed by a function of its CapabilityStatement."""

    change: Callable[[Document], Document] = dict

    def after(self, asked: Asked, reply: Reply) -> Returned:
        """Changes it."""
        if asked.path.strip("/") != "metadata" or not reply.committed:
            return reply
        return replace(reply, body=faults.as_text(self.change(faults.exactly(reply.body))))


def declaring(bundles: tuple[str, ...] | None = None, **of_each_type: bool | str) -> Callable[[Document], Document]:
    """A change for `RewriteMetadata`: elements of each type, such as `updateCreate=False`, and the bundles it takes."""

    def change(statement: Document) -> Document:
        rest = statement["rest"][0]
        for kind in rest.get("resource", []):
            kind.update(of_each_type)
        if bundles is not None:
            others = [one for one in rest.get("interaction", []) if one["code"] not in {"transaction", "batch"}]
            rest["interaction"] = others + [{"code": code} for code in bundles]
        return statement

    return change
