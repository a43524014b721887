"""The addresses of a FHIR server: which interaction a method and a path ask for, and whether it is offered."""

import urllib.parse
from typing import Final

from fhir_profiles import fhir_json
from integration.sandbox import bundles, exchange, export, operations, reading, scopes, writing
from integration.sandbox.answers import Answer
from integration.sandbox.manners import Interaction
from integration.sandbox.refusing import Reason, RefusedError, refused
from integration.sandbox.turn import Call, Turn, require_type

_ANY: Final = tuple(Interaction)


def allow(turn: Turn, resource_type: str, interaction: str) -> None:
    """Refuse an interaction that the hospital does not offer, or not to this client."""
    manners = turn.house.manners
    if not manners.takes(resource_type, interaction):
        if resource_type:
            require_type(resource_type)
            if not any(manners.takes(resource_type, one) for one in _ANY):
                raise refused(Reason.UNKNOWN_TYPE, "this server does not take this type of resource")
        raise refused(Reason.NOT_TAKEN, f"this server does not offer {interaction} here")
    if resource_type:
        require_type(resource_type)
    if turn.scopes is not None:
        scopes.require(turn.scopes, resource_type, interaction)


def route(turn: Turn, call: Call) -> Answer:
    """Answer one request, or one entry of a batch."""
    path = urllib.parse.unquote(call.path) if "%" in call.path else call.path
    steps = path.split("/")
    if not steps[0]:
        return _whole_server(turn, call)
    if "" in steps:
        raise _unknown()
    if steps[0][0] in "$_.m":
        return _of_server(turn, call, steps)
    if len(steps) == 1:
        return _of_type(turn, call, steps[0])
    if len(steps) == 2:
        return _of_one(turn, call, steps[0], steps[1])
    return _deeper(turn, call, steps)


def _whole_server(turn: Turn, call: Call) -> Answer:
    if call.method == "POST":
        if turn.in_bundle:
            raise refused(Reason.BAD_BUNDLE, "a Bundle in a Bundle is not taken")
        return bundles.handle(turn, call, route, allow)
    if call.method in {"GET", "HEAD"} and reading.is_page(call.query):
        return reading.page(turn, call)
    raise refused(Reason.NOT_TAKEN, "this server does not search all types at once")


def _of_server(turn: Turn, call: Call, steps: list[str]) -> Answer:
    """What concerns the whole server."""
    path, reads = "/".join(steps), call.method in {"GET", "HEAD"}
    house = turn.house
    if path == "metadata" and reads:
        return Answer(200, body=fhir_json.encode(house.manners.capability(house.base_url)))
    if path == ".well-known/smart-configuration" and reads:
        found = house.manners.smart_configuration(house.base_url)
        if found is not None:
            return Answer(200, body=fhir_json.encode(found), headers={"Content-Type": "application/json"})
        raise refused(Reason.NOT_FOUND, "there are no tokens to get here")
    if path == "_history" and reads:
        allow(turn, "", Interaction.HISTORY_SYSTEM)
        return reading.history(turn, call)
    if steps[0].startswith("$export"):
        return export.handle(turn, call, steps, allow)
    raise _unknown()


def _of_type(turn: Turn, call: Call, resource_type: str) -> Answer:
    match call.method:
        case "GET" | "HEAD":
            allow(turn, resource_type, Interaction.SEARCH)
            return reading.searched(turn, call, resource_type, exchange.params(call.query))
        case "POST":
            allow(turn, resource_type, Interaction.CREATE)
            writing.require_json(call)
            return writing.one(turn, call, writing.plan_create(turn, call, resource_type))
        case "PUT":
            allow(turn, resource_type, Interaction.UPDATE)
            writing.require_json(call)
            return writing.one(turn, call, writing.plan_conditional_update(turn, call, resource_type))
        case "DELETE":
            allow(turn, resource_type, Interaction.DELETE)
            return writing.one(turn, call, writing.plan_conditional_delete(turn, call, resource_type))
        case _:
            raise _no_method(resource_type)


def _of_one(turn: Turn, call: Call, resource_type: str, resource_id: str) -> Answer:
    if resource_id[0] in "_$":
        return _special(turn, call, resource_type, resource_id)
    match call.method:
        case "GET" | "HEAD":
            allow(turn, resource_type, Interaction.READ)
            return reading.read(turn, call, resource_type, resource_id)
        case "PUT":
            allow(turn, resource_type, Interaction.UPDATE)
            writing.require_json(call)
            return writing.one(turn, call, writing.plan_update(turn, call, resource_type, resource_id))
        case "DELETE":
            allow(turn, resource_type, Interaction.DELETE)
            return writing.one(turn, call, writing.plan_delete(turn, call, resource_type, resource_id))
        case _:
            raise _no_method(resource_type)


def _special(turn: Turn, call: Call, resource_type: str, name: str) -> Answer:
    """`_search`, `_history` and the operations of a type."""
    reads = call.method in {"GET", "HEAD"}
    if name == "_search" and (reads or call.method == "POST"):
        allow(turn, resource_type, Interaction.SEARCH)
        return reading.searched(turn, call, resource_type, _asked(call))
    if name == "_history" and reads:
        allow(turn, resource_type, Interaction.HISTORY_TYPE)
        return reading.history(turn, call, resource_type)
    if name == "$match" and call.method == "POST":
        allow(turn, resource_type, Interaction.MATCH)
        writing.require_json(call)
        return operations.match(turn, call, resource_type)
    if name == "$export":
        return export.handle(turn, call, [resource_type, name], allow)
    require_type(resource_type)
    raise _unknown()


def _deeper(turn: Turn, call: Call, steps: list[str]) -> Answer:
    resource_type, resource_id, name = steps[:3]
    reads = call.method in {"GET", "HEAD"}
    if name == "_history" and reads and len(steps) == 3:
        allow(turn, resource_type, Interaction.HISTORY)
        return reading.history(turn, call, resource_type, resource_id)
    if name == "_history" and reads and len(steps) == 4:
        allow(turn, resource_type, Interaction.VREAD)
        return reading.vread(turn, call, resource_type, resource_id, steps[3])
    if name == "$everything" and len(steps) == 3 and (reads or call.method == "POST"):
        allow(turn, resource_type, Interaction.EVERYTHING)
        return operations.everything(turn, call, resource_type, resource_id)
    if name == "$export" and len(steps) == 3:
        return export.handle(turn, call, steps, allow)
    require_type(resource_type)
    raise _unknown()


def _asked(call: Call) -> exchange.Params:
    asked = exchange.params(call.query)
    if call.method == "POST" and call.body:
        if exchange.media(call.headers, "content-type") != exchange.FORM:
            raise refused(Reason.WRONG_MEDIA, "a search by POST is sent as a form")
        try:
            asked += exchange.params(call.body.decode())
        except UnicodeDecodeError:
            raise refused(Reason.MALFORMED, "the form is not UTF-8") from None
    return asked


def _unknown() -> RefusedError:
    return refused(Reason.UNKNOWN_PATH, "this server has nothing at this address")


def _no_method(resource_type: str) -> RefusedError:
    require_type(resource_type)
    return refused(Reason.NOT_TAKEN, "this server does not offer this method here")
