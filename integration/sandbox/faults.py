"""The faults that a hospital's server, its proxies and the network put in our way, each a rule for the faulty proxy.

A rule may act before a request is forwarded (the hospital never hears of it) or after the hospital has answered (it has
committed, whatever the client is told). Which requests it hits is said by its `When`; chance is seeded, never global.
"""

import http
import json
import random
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

Document = dict[str, Any]

ID = re.compile(r"^[A-Za-z0-9\-.]{1,64}$")
NUMBER: Final = "\ue000number:"  # a private-use mark: no record's text begins with it


def exactly(body: bytes) -> Any:
    """Reads JSON so that `as_text` writes each number with the digits it came with."""
    return json.loads(body, parse_float=lambda digits: NUMBER + digits)


def as_text(document: Any) -> bytes:
    """Writes what `exactly` has read."""
    text = json.dumps(document, ensure_ascii=False)
    return re.sub(f'"{NUMBER}([^"]*)"', r"\1", text).encode()


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came: the path is relative to the FHIR base, header names are in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    taken_out: tuple[tuple[str, int, Document], ...] = ()  # entries of a batch: by which rule, from where, its answer

    @property
    def is_write(self) -> bool:
        """True for what may change the hospital: everything but reading, and searching by POST."""
        return self.method in {"POST", "PUT", "PATCH", "DELETE"} and not self.path.endswith("/_search")

    @property
    def document(self) -> Document | None:
        """The body as JSON, None when there is none or it is something else (a form, for one)."""
        if not self.body or "json" not in self.headers.get("content-type", ""):
            return None
        document = exactly(self.body)
        return document if isinstance(document, dict) else None

    @property
    def bundle(self) -> str | None:
        """`transaction` or `batch`, None for any other request."""
        document = self.document if self.method == "POST" and self.path in {"", "/"} else None
        return str(document["type"]) if document and document.get("resourceType") == "Bundle" else None

    @property
    def template(self) -> str:
        """The path without ids and search values: it can be printed, and kept, without telling on a patient."""
        steps = [step for step in self.path.split("/") if step]
        known = [s if n == 0 or s.startswith(("_", "$", ".")) else "{id}" for n, s in enumerate(steps)]
        names = sorted({pair.split("=")[0] for pair in self.query.split("&") if pair})
        return "/" + "/".join(known) + ("?" + "&".join(names) if names else "")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer on its way to the client; `keep` cuts the line after that share of the body."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    keep: float = 1.0

    @property
    def committed(self) -> bool:
        """True when the hospital says that it has done what it was asked."""
        return http.HTTPStatus.OK <= self.status < http.HTTPStatus.MULTIPLE_CHOICES


@dataclass(frozen=True, slots=True)
class Cut:
    """The line goes dead: not one byte of an answer."""


def outcome(status: int, says: str, *, code: str = "processing", where: str | None = None) -> Reply:
    """A refusal with an OperationOutcome, as FHIR servers give it."""
    body = as_text(outcome_document(says, code=code, where=where))
    return Reply(status, (("Content-Type", "application/fhir+json"),), body)


def outcome_document(says: str, *, code: str = "processing", where: str | None = None) -> Document:
    """An OperationOutcome with one error."""
    issue: Document = {"severity": "error", "code": code, "diagnostics": says}
    if where is not None:
        issue["expression"] = [where]
    return {"resourceType": "OperationOutcome", "issue": [issue]}


@dataclass(slots=True)
class When:
    """Which requests a rule hits: of the matching ones, after the first `skip`, this `share`, at most `count`."""

    share: float = 1.0
    count: int | None = None
    skip: int = 0
    matching: Callable[[Asked], bool] = field(default=lambda asked: asked.is_write)
    _seen: int = 0
    _hits: int = 0
    _dice: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311  no secret is drawn
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def seed(self, seed: str) -> None:
        """Starts the chance of this rule anew."""
        self._dice = random.Random(seed)  # noqa: S311

    def hits(self, asked: Asked) -> bool:
        """Decides on one request, and counts it."""
        if not self.matching(asked):
            return False
        with self._lock:
            self._seen += 1
            spared = self._dice.random() >= self.share
            if spared or self._seen <= self.skip or (self.count is not None and self._hits >= self.count):
                return False
            self._hits += 1
            return True

    def begin_again(self, skip: int, count: int | None) -> None:
        """Counts `skip` and `count` from now on."""
        with self._lock:
            self.skip = self._seen + skip
            self.count = None if count is None else self._hits + count

    @property
    def times(self) -> int:
        """How often the rule has hit."""
        return self._hits


Forwarded = Asked | Reply | Cut
Returned = Reply | Cut


@dataclass(slots=True)
class Rule:
    """A fault; this one does nothing."""

    when: When = field(default_factory=When)

    @property
    def name(self) -> str:
        """The name in the journal."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(self).__name__).lower()

    def before(self, asked: Asked) -> Forwarded:
        """What becomes of a request: it, changed or not, goes on to the hospital, or the client is answered here."""
        return asked

    def after(self, asked: Asked, reply: Reply) -> Returned:  # noqa: ARG002  others look at it
        """What becomes of the hospital's answer."""
        return reply

    def free(self) -> None:
        """Lets go of everything that waits in this rule; called when the proxy ends."""


@dataclass(slots=True)
class Busy(Rule):
    """503 (or another status) with Retry-After; `behind`: the request has gone through to the hospital all the same."""

    retry_after: int | None = 1
    status: int = 503
    behind: bool = False

    def before(self, asked: Asked) -> Forwarded:
        """Answers at once, the hospital hears nothing."""
        return asked if self.behind or not self.when.hits(asked) else self._reply()

    def after(self, asked: Asked, reply: Reply) -> Returned:
        """Answers busy although the hospital has done it: what proxies with a short patience do."""
        return self._reply() if self.behind and self.when.hits(asked) else reply

    def _reply(self) -> Reply:
        refusal = outcome(self.status, "busy, try again later", code="transient")
        wait = () if self.retry_after is None else (("Retry-After", str(self.retry_after)),)
        return replace(refusal, headers=refusal.headers + wait)


@dataclass(slots=True)
class CutBefore(Rule):
    """The line is cut before the hospital hears of the request."""

    def before(self, asked: Asked) -> Forwarded:
        """Cuts."""
        return Cut() if self.when.hits(asked) else asked


@dataclass(slots=True)
class CutReply(Rule):
    """The hospital has committed, the answer is lost: whole, or after the share `keep` of its body."""

    keep: float = 0.0

    def after(self, asked: Asked, reply: Reply) -> Returned:
        """Cuts."""
        if not reply.committed or not self.when.hits(asked):
            return reply
        return replace(reply, keep=self.keep) if self.keep > 0 else Cut()


@dataclass(slots=True)
class Delay(Rule):
    """The answer comes late by so many seconds (less, when the proxy ends)."""

    seconds: float = 1.0
    _over: threading.Event = field(default_factory=threading.Event)

    def after(self, asked: Asked, reply: Reply) -> Returned:
        """Waits."""
        if self.when.hits(asked):
            self._over.wait(self.seconds)
        return reply

    def free(self) -> None:
        """Ends all waiting."""
        self._over.set()


@dataclass(slots=True)
class Hold(Rule):
    """The hospital has committed and the client gets nothing until `release`: the moment to kill somebody."""

    armed: bool = True
    _state: threading.Condition = field(default_factory=threading.Condition)
    _held: int = 0
    _round: int = 0

    def after(self, asked: Asked, reply: Reply) -> Returned:
        """Waits for `release`."""
        if not self.armed or not reply.committed or not self.when.hits(asked):
            return reply
        with self._state:
            this = self._round
            self._held += 1
            self._state.notify_all()
            self._state.wait_for(lambda: self._round != this)
        return reply

    def arm(self, *, skip: int = 0, count: int | None = None) -> None:
        """Holds again, from the matching request after the next `skip` on."""
        self.when.begin_again(skip, count)
        self.armed = True

    def wait_until_held(self, timeout: float) -> bool:
        """Waits until at least one answer is being held; False when the time is up."""
        with self._state:
            return self._state.wait_for(lambda: self._held > 0, timeout)

    def release(self) -> None:
        """Lets every held answer go and holds no more until `arm`."""
        with self._state:
            self.armed = False
            self._held = 0
            self._round += 1
            self._state.notify_all()

    def free(self) -> None:
        """Lets go."""
        self.release()
