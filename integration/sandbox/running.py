"""A pretend hospital at work: the pure machine, a clock, a schedule of faults, and one lock around them.

Whoever serves (sockets, a transport in process) hands requests in and sends out what comes back; whoever looks on (the
page, the admin API, tests) asks here, and never touches the machine while it works.
"""

import random
import re
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from fhir_profiles.fhir_json import Document
from integration import errors
from integration.sandbox import exchange, fault_strikes, refusing, request_kinds, staff_acts
from integration.sandbox.character import Character
from integration.sandbox.clocks import Clock
from integration.sandbox.doors import Schedules
from integration.sandbox.exchange import Notify, Request, Response
from integration.sandbox.fault_schedule import Fault, FaultSchedule
from integration.sandbox.fault_strikes import Answer
from integration.sandbox.journal import JournalEntry
from integration.sandbox.machine import SandboxHospital
from integration.sandbox.versions import Version

Done = TypeVar("Done")

NO_TLS: Final = "IF-SBX-27"
OTHER_ADDRESS: Final = "IF-SBX-28"
_NO_ANSWER: Final = Response(0)
_NO_FAULTS: Final = FaultSchedule()
_PAGED: Final = "changed-while-paging"
_OFF: Final = "subscription-off"
_REFUSED_ENTRY: Final = re.compile(rb'"status":\s*"[45]')


@dataclass(frozen=True, slots=True)
class Seen:
    """A journal entry, with what the client was told where it was refused."""

    entry: JournalEntry
    told: tuple[str, ...] = ()


class RunningHospital:
    """One hospital that any number of threads may talk to."""

    def __init__(
        self,
        character: Character,
        base_url: str,
        *,
        clock: Clock,
        seed: int = 0,
        faults: FaultSchedule = _NO_FAULTS,
        on_socket: bool = False,
    ) -> None:
        self.character = character
        self.base_url = base_url
        self.clock = clock
        self.seed = seed
        self._on_socket = on_socket
        self._lock = threading.Lock()
        self._latest = clock.now()
        self._machine = SandboxHospital(character, base_url, seed, self._latest)
        self._begin(faults)

    def _begin(self, faults: FaultSchedule) -> None:
        self._take(faults)
        self._rng = random.Random(f"{self.seed}/hospital")  # noqa: S311  pretended chance, no secret
        self._dice = random.Random(f"{self.seed}/faults")  # noqa: S311
        self._told: dict[int, tuple[str, ...]] = {}
        self._calls: deque[Notify] = deque()
        self._paged: str | None = None

    def _take(self, faults: FaultSchedule) -> None:
        self.faults = Schedules(faults)
        self._watches_pages = any(kind.name == _PAGED for kind in faults.kinds)

    def _now(self) -> float:
        """The time, which never goes back inside a hospital, whatever the machine's clock does."""
        self._latest = max(self._latest, self.clock.now())
        return self._latest

    def exchange(self, request: Request, *, socket: bool) -> Answer:
        """Work on one request; gives what the client gets, when, and what happens to the line."""
        arrived = self.clock.now()
        with self._lock:
            now = self._now()
            fault = self.faults.at_request(request, now, socket=socket)
            answer = self._plain(request, now, arrived) if fault is None else self._struck(fault, request, now, arrived)
        return answer if answer.response is None else replace(answer, response=_dated(answer.response, now))

    def turned_away(self, request: Request) -> Answer:
        """Refuse, and note, a request to an address that is not below the FHIR base; no fault strikes there."""
        refusal = self.character.stranger()
        body = refusing.body(refusal.document())
        response = Response(refusal.status, {"Content-Type": exchange.CONTENT}, body)
        with self._lock:
            now = self._now()
            self._machine.refuse(request, now, response.status, "")
            self._noted(request, response)
        return Answer(_dated(response, now))

    def cut_off(self, request: Request, fault: Fault) -> None:
        """Note a request that never came in whole."""
        with self._lock:
            self._machine.refuse(request, self._now(), 0, fault.name)

    def at_door(self) -> Fault | None:
        """Give the fault that the next connection meets."""
        with self._lock:
            return self.faults.at_door(self._now())

    def at_head(self, request: Request) -> Fault | None:
        """Give the fault that a request meets of which only the head is there."""
        with self._lock:
            return self.faults.at_head(request, self._now())

    def _plain(self, request: Request, now: float, began: float) -> Answer:
        response, calls = self._machine.handle(request, now, self._rng, began=began)
        self._noted(request, response)
        self._goes_out(calls, now)
        return Answer(response)

    def _struck(self, fault: Fault, request: Request, now: float, began: float) -> Answer:
        strike = fault_strikes.begin(fault, request, self._dice, now)
        if strike.act is not None:
            staff_acts.act(self._machine, strike.act, request, self._paged, now)
        response = _NO_ANSWER
        if strike.late is not None:
            self._machine.later(strike.request, now, now + strike.late, fault=fault.name)
        elif strike.heard:
            response, calls = self._machine.handle(strike.request, now, self._rng, began=began, fault=fault.name)
            self._noted(request, response)
            self._goes_out(calls, now)
        answer = fault_strikes.finish(strike, response, self._dice, now)
        if not strike.heard:
            said = answer.response or _NO_ANSWER
            self._machine.refuse(request, now, said.status, fault.name)
            self._noted(request, said)
        return answer

    def _noted(self, request: Request, response: Response) -> None:
        """Keep what the client was told where it was refused, and one resource of a search that has more pages."""
        if response.status >= 400 or (not request.path and _REFUSED_ENTRY.search(response.body)):
            self._told[len(self._machine.journal)] = tuple(_told(response))
        elif self._watches_pages and b'"next"' in response.body:
            self._paged = _first(response)

    def _goes_out(self, calls: Sequence[Notify], now: float) -> None:
        fault = self.faults.at_hook(now) if calls else None
        if fault is not None and fault.name == _OFF:
            for call in calls:
                self._machine.edit("Subscription", call.subscription, lambda found: found | {"status": "off"}, now)
        self._calls.extend(fault_strikes.hooks(fault, calls, self._dice))

    def take_calls(self) -> list[Notify]:
        """Give the hospital's own calls that wait to be sent."""
        with self._lock:
            calls = list(self._calls)
            self._calls.clear()
        return calls

    def answered(self, call: Notify, *, accepted: bool) -> None:
        """Hear what came of a call."""
        with self._lock:
            self._machine.hook_answered(call.subscription, self._now(), accepted=accepted)

    def advance(self) -> float | None:
        """Let everything happen that is due; gives the seconds until there is more to do, None: nothing waits."""
        with self._lock:
            now = self._now()
            self._goes_out(self._machine.advance(now), now)
            due = self._machine.next_due()
            return None if due is None else max(0.0, due - now)

    def has_more_to_do(self) -> bool:
        """Tell whether calls wait to be sent, or something is due later by itself."""
        with self._lock:
            return bool(self._calls) or self._machine.next_due() is not None

    def arrived(self) -> int:
        """Count the entries of the journal."""
        with self._lock:
            return len(self._machine.journal)

    def journal(self, after: int = 0) -> list[Seen]:
        """Give what arrived after an entry's number, oldest first."""
        with self._lock:
            return [Seen(entry, self._told.get(entry.number, ())) for entry in self._machine.journal[after:]]

    def counts(self) -> dict[str, int]:
        """Count what is there, by type."""
        with self._lock:
            store = self._machine.store
            counted = {name: sum(1 for _ in store.of_type(name)) for name in store.types()}
        return {name: number for name, number in counted.items() if number}

    def documents(self, resource_type: str) -> list[Document]:
        """Give all that is there of a type, in the order of its making."""
        with self._lock:
            return [one.document for one in self._machine.store.of_type(resource_type) if one.document is not None]

    def versions(self, resource_type: str, resource_id: str) -> list[Version]:
        """Give every version of a resource, oldest first; tombstones too."""
        with self._lock:
            return self._machine.store.versions(resource_type, resource_id)

    def look(self, resource_type: str, resource_id: str, number: int | None = None) -> Document | None:
        """Give a resource at one version, or as it stands now; None where there is nothing."""
        found = [one for one in self.versions(resource_type, resource_id) if number in (None, one.number)]
        return found[-1].document if found else None

    def put(self, document: Document) -> Version:
        """Store a resource as the hospital's staff would."""
        return self._by_hand(lambda machine, now: machine.put(document, now))

    def edit(self, resource_type: str, resource_id: str, change: Callable[[Document], Document]) -> Version:
        """Change a resource as the hospital's staff would; what is not there raises LookupError."""
        return self._by_hand(lambda machine, now: machine.edit(resource_type, resource_id, change, now))

    def delete(self, resource_type: str, resource_id: str) -> Version:
        """Delete a resource as the hospital's staff would; what is not there raises LookupError."""
        return self._by_hand(lambda machine, now: machine.delete(resource_type, resource_id, now))

    def merge(self, from_id: str, into_id: str) -> Sequence[Version]:
        """Merge two Patients as the hospital's staff would; one that is not there raises LookupError."""
        return self._by_hand(lambda machine, now: machine.merge(from_id, into_id, now))

    def revoke_tokens(self) -> None:
        """Let every token end at once."""
        with self._lock:
            self._machine.revoke_tokens()

    def live_by(self, character: Character) -> None:
        """Go on with the rules of another character file: name, address, door, people and what is there stay."""
        if character.server.path.strip("/") != self.character.server.path.strip("/"):
            raise errors.UsageError(OTHER_ADDRESS, f'path is "{self.character.server.path}" while it runs')
        before = self.character
        kept = {"staff": before.staff, "access_form": before.access_form}
        same = character.model_copy(update=kept).named(before.name).with_access(before.access)
        with self._lock:
            self.character = same
            self._machine.live_by(same)

    def set_faults(self, faults: FaultSchedule) -> None:
        """Meet other faults from now on; what has struck so far is forgotten."""
        if self._on_socket and Schedules(faults).speaks_tls and not self.base_url.startswith("https"):
            raise errors.UsageError(NO_TLS, "it was started without TLS, and so has no certificate that could be wrong")
        with self._lock:
            self._take(faults)

    def reset(self) -> None:
        """Begin anew: only what was there at the beginning is there, the journal is empty, the dice lie as at first."""
        with self._lock:
            self._machine.reset(self._now())
            whole = self.faults.whole
            self._begin(FaultSchedule(whole.entries, whole.seed, about=whole.about))

    def _by_hand(self, work: Callable[[SandboxHospital, float], Done]) -> Done:
        with self._lock:
            now = self._now()
            done = work(self._machine, now)
            self._goes_out(self._machine.advance(now), now)
            return done


def _dated(response: Response, now: float) -> Response:
    """With the Date header that every server sends, also where a fault has answered in the hospital's stead."""
    if any(name.lower() == "date" for name in response.headers):
        return response
    return replace(response, headers={**response.headers, "Date": exchange.http_date(now)})


def _told(response: Response) -> list[str]:
    """What an answer says about refusals: its own, or those of its entries."""
    document = request_kinds.document_of(response.body) or {}
    if document.get("resourceType") == "OperationOutcome":
        return _diagnostics(document)
    entries = [entry.get("response", {}) for entry in document.get("entry", []) if isinstance(entry, dict)]
    refused = [one for one in entries if str(one.get("status", "")) >= "4"]
    return [says for one in refused for says in _diagnostics(one.get("outcome") or {})[:1] or ["no reason given"]]


def _diagnostics(outcome: Document) -> list[str]:
    issues = outcome.get("issue", [])
    return [str(one.get("diagnostics", "")) for one in issues if one.get("severity") in ("error", "fatal")]


def _first(response: Response) -> str | None:
    document = request_kinds.document_of(response.body) or {}
    resources = [entry.get("resource", {}) for entry in document.get("entry", []) if isinstance(entry, dict)]
    return next((f"{one.get('resourceType')}/{one.get('id')}" for one in resources), None)
