"""A pretend hospital as a pure machine: request, time and dice go in; an answer and the hospital's own calls come out.

    hospital = machine.SandboxHospital(open_manners.Open(), "http://127.0.0.1:8080/fhir", seed=1)
    response, effects = hospital.handle(Request("GET", "Patient/1"), now, rng)

No socket, no clock, no chance of its own: the same requests at the same times with the same dice give the same history,
byte for byte.
"""

import heapq
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from fhir_profiles.fhir_json import Document
from integration.sandbox import answers, exchange, journal, references, refusing, routes
from integration.sandbox.exchange import Effect, Request, Response
from integration.sandbox.journal import JournalEntry
from integration.sandbox.manners import Manners
from integration.sandbox.refusing import Reason, RefusedError, refused
from integration.sandbox.smart import Gate
from integration.sandbox.subscriptions import Hooks
from integration.sandbox.turn import Call, House, Turn
from integration.sandbox.versions import Store, Version

STAFF: Final = "STAFF"
"""The journal's method of what the hospital does with its own hands."""

_BROKEN: Final = "this server has failed at this request; nothing was done"
_SILENT: Final = frozenset({204, 304})


@dataclass(frozen=True, slots=True, order=True)
class _Late:
    """A request that the hospital works on only later."""

    at: float
    number: int
    request: Request
    began: float
    fault: str


class SandboxHospital:
    """The hospital; `journal` tells all that arrived and what became of it, `store` holds what is there."""

    def __init__(self, character: Manners, base_url: str, seed: int, opened: float = 0.0) -> None:
        self.character = character
        self.base_url = base_url.rstrip("/")
        self._seed = seed
        self.reset(opened)

    def reset(self, now: float = 0.0) -> None:
        """Begin anew: only those whom the hospital had from the beginning are there, and the journal is empty."""
        self.journal: list[JournalEntry] = []
        self._rng = random.Random(self._seed)  # noqa: S311  for what happens by itself; no secret is drawn
        self._house = House(self.character, self.base_url)
        self._gate = Gate(self.character.access, self.base_url)
        self._hooks = Hooks()
        self._late: list[_Late] = []
        self._recent: deque[float] = deque()
        turn = self._turn(now)
        for document in self.character.residents():
            turn.put(document["resourceType"], document["id"], document, "PUT", document)
        self._house.index.reveal(float("inf"))

    @property
    def store(self) -> Store:
        """All that is, and was, stored."""
        return self._house.store

    def handle(
        self, request: Request, now: float, rng: random.Random, *, began: float | None = None, fault: str = ""
    ) -> tuple[Response, list[Effect]]:
        """Answer a request.

        `began` is when it arrived, if that was before `now`: what others committed in between overlapped with it.
        `fault` is only noted in the journal.
        """
        effects = self.advance(now)
        return self._worked(request, now, rng, now if began is None else began, fault), [*effects, *self._called(now)]

    def later(self, request: Request, now: float, at: float, *, fault: str = "") -> None:
        """Take a request now and work on it only at a later time; nobody waits for the answer."""
        heapq.heappush(self._late, _Late(at, len(self.journal) + len(self._late), request, now, fault))

    def advance(self, now: float) -> list[Effect]:
        """Let everything happen that is due: late requests, what becomes findable, Subscriptions, calls."""
        while self._late and self._late[0].at <= now:
            late = heapq.heappop(self._late)
            self._house.index.reveal(late.at)
            self._worked(late.request, late.at, self._rng, late.began, late.fault)
        self._house.index.reveal(now)
        if self._hooks.is_waking(now):
            self._own("Subscription", now, self._hooks.wake)
        return self._called(now)

    def next_due(self) -> float | None:
        """When `advance` has something to do next; None: never, unless something comes in."""
        late = self._late[0].at if self._late else None
        times = [late, self._house.index.next_reveal(), self._hooks.next_due()]
        return min((at for at in times if at is not None), default=None)

    def refuse(self, request: Request, now: float, status: int, fault: str) -> None:
        """Note in the journal a request that a fault has answered in the hospital's stead."""
        self._note(now, request.method, request.path, status, fault=fault)

    def hook_answered(self, subscription: str, now: float, *, accepted: bool) -> None:
        """Hear what came of a call: a subscriber that does not answer gets no more calls."""
        if not accepted:
            self._own("Subscription", now, lambda turn: self._hooks.failed(turn, subscription, "no answer"))

    def live_by(self, character: Manners) -> None:
        """Judge and answer as another character would from now on; what is there stays."""
        self.character = self._house.manners = character

    def revoke_tokens(self) -> None:
        """Let every token given so far end at once."""
        self._gate.revoke()

    def put(self, document: Document, now: float) -> Version:
        """Store a resource as the hospital's staff would, by its own id."""
        turn = self._own(
            f"{document['resourceType']}/{document['id']}",
            now,
            lambda turn: turn.put(document["resourceType"], document["id"], document, "PUT", document),
        )
        return turn.committed[-1]

    def edit(self, resource_type: str, resource_id: str, change: Callable[[Document], Document], now: float) -> Version:
        """Change a resource as the hospital's staff would; what is not there raises LookupError."""
        return self.put(change(self._there(resource_type, resource_id)), now)

    def delete(self, resource_type: str, resource_id: str, now: float) -> Version:
        """Delete a resource as the hospital's staff would."""
        self._there(resource_type, resource_id)
        place = f"{resource_type}/{resource_id}"
        return self._own(place, now, lambda turn: turn.delete(resource_type, resource_id)).committed[-1]

    def merge(self, from_id: str, into_id: str, now: float) -> Sequence[Version]:
        """Merge two Patients: the first is replaced by the second, and all that referred to it refers to that one."""
        gone, kept = self._there("Patient", from_id), self._there("Patient", into_id)
        into = {"reference": f"Patient/{kept['id']}"}
        links = [*gone.get("link", []), {"other": into, "type": "replaced-by"}]

        def moved(reference: str) -> str:
            found = references.target(reference, self.base_url)
            return into["reference"] if found == ("Patient", from_id) else reference

        def work(turn: Turn) -> None:
            for version in list(self.store.everything()):
                document = version.document or {}
                new = references.rewritten(document, moved)
                if version.reference == f"Patient/{from_id}":
                    new = gone | {"active": False, "link": links}
                if new is not document:
                    turn.put(version.type, version.id, new, "PUT", new)

        return self._own(f"Patient/{from_id}", now, work).committed

    def _there(self, resource_type: str, resource_id: str) -> Document:
        document = self.store.live(resource_type, resource_id)
        if document is None:
            raise LookupError("no such resource is there")
        return document

    def _turn(self, now: float, began: float | None = None, rng: random.Random | None = None) -> Turn:
        return Turn(self._house, now, now if began is None else began, self._rng if rng is None else rng)

    def _own(self, place: str, now: float, work: Callable[[Turn], object]) -> Turn:
        """Something that the hospital does by itself; hooks are called for it too."""
        turn = self._turn(now)
        work(turn)
        self._hooks.after(turn)
        if turn.committed:
            self._note(now, STAFF, place, 0, turn)
        return turn

    def _worked(self, request: Request, now: float, rng: random.Random, began: float, fault: str) -> Response:
        turn = self._turn(now, began, rng)
        response = self._answered(turn, request)
        if turn.committed:
            self._hooks.after(turn)
        self._note(now, request.method, request.path, response.status, turn, fault)
        return response

    def _answered(self, turn: Turn, request: Request) -> Response:
        try:
            response = self._tried(turn, request)
        except Exception:  # noqa: BLE001  the entry point: whatever goes wrong is the hospital's own 500
            turn.undo_to(turn.first_order)
            response = self._broken(turn)
        response.headers["Date"] = exchange.http_date(turn.now)
        if request.method == "HEAD" or response.status in _SILENT:
            return Response(response.status, response.headers)
        return response

    def _tried(self, turn: Turn, request: Request) -> Response:
        try:
            self._require_patience(turn.now)
            call = Call.of(request)
            if self._gate.is_token_request(call.path):
                return self._gate.token(request, turn.now, turn.rng)
            turn.scopes = self._gate.scopes_of(call.path, call.headers, turn.now)
            query = exchange.params(call.query) if "_format" in call.query else []
            exchange.require_json_answer(call.headers, query)
            return answers.response(turn, routes.route(turn, call))
        except RefusedError as wrong:
            turn.undo_to(turn.first_order)
            return answers.response(turn, answers.refused(turn, wrong.refusal))

    def _broken(self, turn: Turn) -> Response:
        refusal = refusing.refusal(Reason.BROKEN, _BROKEN)
        try:
            return answers.response(turn, answers.refused(turn, refusal))
        except Exception:  # noqa: BLE001  the character has no words for it either
            return Response(500, {"Content-Type": exchange.CONTENT}, refusing.body(refusal.document()))

    def _require_patience(self, now: float) -> None:
        """Refuse what comes too fast."""
        rate = self.character.rate
        if rate is None:
            return
        while self._recent and self._recent[0] <= now - rate.seconds:
            self._recent.popleft()
        if len(self._recent) >= rate.requests:
            wait = max(1, -int(-(self._recent[0] + rate.seconds - now) // 1))
            headers = (("Retry-After", str(wait)),) if rate.retry_after else ()
            raise refused(Reason.BUSY, "too many requests", "", headers)
        self._recent.append(now)

    def _called(self, now: float) -> list[Effect]:
        return list(self._hooks.calls(now))

    def _note(self, at: float, method: str, path: str, status: int, turn: Turn | None = None, fault: str = "") -> None:
        done = tuple(map(journal.committed, turn.committed)) if turn is not None else ()
        received = tuple(turn.received) if turn is not None else ()
        self.journal.append(JournalEntry(len(self.journal) + 1, at, method, path, status, done, received, fault))
