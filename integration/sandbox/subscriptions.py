"""Rest-hooks: a Subscription is activated, and each commit that answers to its criteria calls the subscriber."""

import heapq
from typing import Any, Final

from fhir_profiles.fhir_json import Document
from integration.sandbox import dates, exchange, resource_types, search, search_index
from integration.sandbox.exchange import Notify
from integration.sandbox.refusing import RefusedError
from integration.sandbox.turn import Turn
from integration.sandbox.versions import Version

TYPE: Final = "Subscription"


class Hooks:
    """What is still to be called or activated, by the time when it is due."""

    def __init__(self) -> None:
        self._calls: list[tuple[float, int, Notify]] = []
        self._waking: list[tuple[float, str]] = []
        self._number = 0

    def next_due(self) -> float | None:
        """When the next call or activation is due."""
        times = [found[0][0] for found in (self._calls, self._waking) if found]
        return min(times, default=None)

    def after(self, turn: Turn) -> None:
        """Note what the commits of a request lead to."""
        due = turn.now + turn.house.manners.answering.hook_seconds
        for version in turn.committed:
            if version.type == TYPE and version.document is not None:
                if version.document.get("status") == "requested":
                    heapq.heappush(self._waking, (due, version.id))
            elif version.document is not None:
                self._call(turn, version, due)

    def calls(self, now: float) -> list[Notify]:
        """The calls that are due."""
        due: list[Notify] = []
        while self._calls and self._calls[0][0] <= now:
            due.append(heapq.heappop(self._calls)[2])
        return due

    def is_waking(self, now: float) -> bool:
        """Whether a Subscription is to be activated now."""
        return bool(self._waking) and self._waking[0][0] <= now

    def wake(self, turn: Turn) -> None:
        """Activate each Subscription whose time has come, or say what is wrong with it."""
        while self.is_waking(turn.now):
            resource_id = heapq.heappop(self._waking)[1]
            document = turn.house.store.live(TYPE, resource_id)
            if document is not None and document.get("status") == "requested":
                fault = _fault(turn, document)
                new = document | ({"status": "error", "error": fault} if fault else {"status": "active"})
                turn.put(TYPE, resource_id, new, "PUT", new)

    def failed(self, turn: Turn, resource_id: str, says: str) -> None:
        """Switch a Subscription to `error`: its subscriber could not be called."""
        document = turn.house.store.live(TYPE, resource_id)
        if document is not None and document.get("status") == "active":
            new = document | {"status": "error", "error": says}
            turn.put(TYPE, resource_id, new, "PUT", new)

    def _call(self, turn: Turn, version: Version, due: float) -> None:
        for subscription in turn.house.store.of_type(TYPE):
            document = subscription.document or {}
            if document.get("status") == "active" and _wants(turn, document, version):
                self._number += 1
                call = _notify(document, subscription.id, version)
                heapq.heappush(self._calls, (due, self._number, call))


def _wants(turn: Turn, subscription: Document, version: Version) -> bool:
    if _is_over(subscription, turn.now) or version.document is None:
        return False
    resource_type, _, query = str(subscription.get("criteria")).partition("?")
    if resource_type != version.type:
        return False
    row = search_index.row_of(version, version.document, turn.house.base_url)
    try:
        return search.answers(turn, row, exchange.params(query))
    except RefusedError:
        return False


def _is_over(subscription: Document, now: float) -> bool:
    end = subscription.get("end")
    moment = dates.stretch(end) if isinstance(end, str) else None
    return moment is not None and moment[0] <= now * 1e9


def _fault(turn: Turn, subscription: Document) -> str:
    """What keeps a Subscription from working; empty: nothing."""
    channel = _channel(subscription)
    if channel.get("type") != "rest-hook":
        return "only rest-hooks are offered here"
    if not isinstance(channel.get("endpoint"), str):
        return "the rest-hook has no endpoint"
    resource_type, _, query = str(subscription.get("criteria")).partition("?")
    if resource_type not in resource_types.ALL:
        return "the criteria name no type of resource"
    try:
        search.read(turn, resource_type, exchange.params(query))
    except RefusedError:
        return "the criteria are no search that is offered here"
    return ""


def _notify(subscription: Document, resource_id: str, version: Version) -> Notify:
    """With a payload the resource is PUT to the endpoint, without one it is only called."""
    channel = _channel(subscription)
    listed = channel.get("header")
    written = [one for one in (listed if isinstance(listed, list) else []) if isinstance(one, str)]
    pairs = (one.partition(":") for one in written)
    headers = tuple((name.strip(), value.strip()) for name, colon, value in pairs if colon)
    url = str(channel.get("endpoint")).rstrip("/")
    if not channel.get("payload"):
        return Notify(str(channel.get("endpoint")), headers, b"", subscription=resource_id)
    typed = (("Content-Type", exchange.FHIR_JSON), *headers)
    return Notify(f"{url}/{version.reference}", typed, version.body, "PUT", resource_id)


def _channel(subscription: Document) -> dict[str, Any]:
    channel = subscription.get("channel")
    return channel if isinstance(channel, dict) else {}
