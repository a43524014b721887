"""Creating, updating and deleting one resource: first a plan (what would be done), then the deed.

A transaction makes all its plans before the first deed; a single request makes one plan and carries it out.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from fhir_profiles.fhir_json import Document
from integration.sandbox import answers, conditions, exchange, references
from integration.sandbox.answers import Answer
from integration.sandbox.manners import Race
from integration.sandbox.refusing import Reason, Refusal, RefusedError, refused
from integration.sandbox.turn import Call, Turn
from integration.sandbox.versions import Version

ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_OF_JSON: Final = frozenset({exchange.FHIR_JSON, "application/json", "text/json", ""})

_RETURNS: Final = frozenset({"representation", "minimal", "OperationOutcome"})


class Deed(StrEnum):
    """What is to be done."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    FOUND = "found"  # a conditional create whose resource is there
    NOTHING = "nothing"  # a delete of what is not there


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done to which resource; `newest` is its version so far."""

    deed: Deed
    type: str
    id: str
    newest: Version | None = None
    others: tuple[str, ...] = ()  # further ones that a conditional delete takes along

    @property
    def reference(self) -> str:
        """The resource as a relative reference."""
        return f"{self.type}/{self.id}"


def require_json(call: Call) -> None:
    """Refuse a body that is said to be anything but JSON."""
    if exchange.media(call.headers, "content-type") not in _OF_JSON:
        raise refused(Reason.WRONG_MEDIA, "this server takes JSON only")


def plan_create(turn: Turn, call: Call, resource_type: str) -> Plan:
    """Plan a POST."""
    _require_same_type(call.document(turn), resource_type)
    condition = call.headers.get("if-none-exist")
    if condition is not None and turn.house.manners.conditions.if_none_exist:
        found = conditions.the_one(turn, resource_type, condition, Race.CONDITIONAL_CREATE)
        if found is not None:
            return Plan(Deed.FOUND, resource_type, found.id, found)
    return Plan(Deed.CREATE, resource_type, turn.new_id(resource_type))


def plan_update(turn: Turn, call: Call, resource_type: str, resource_id: str) -> Plan:
    """Plan a PUT to an id."""
    document = call.document(turn)
    _require_same_type(document, resource_type)
    said = document.get("id")
    if said is None:
        raise refused(Reason.MISSING_ID, "an update needs the id in the resource too", f"{resource_type}.id")
    if said != resource_id:
        raise refused(Reason.WRONG_ID, "the id in the resource is not the one in the address", f"{resource_type}.id")
    if not ID.fullmatch(resource_id):
        raise refused(Reason.WRONG_ID, "this cannot be an id", f"{resource_type}.id")
    return _plan_put(turn, call, resource_type, resource_id, call.headers.get("if-match"))


def plan_conditional_update(turn: Turn, call: Call, resource_type: str) -> Plan:
    """Plan a PUT whose address is a search."""
    if not turn.house.manners.conditions.conditional_update:
        raise refused(Reason.NOT_TAKEN, "this server takes no conditional updates")
    document = call.document(turn)
    _require_same_type(document, resource_type)
    found = conditions.the_one(turn, resource_type, call.query, Race.CONDITIONAL_UPDATE)
    habits = turn.house.manners.conditions
    said = document.get("id") if habits.search_id else None
    if_match = call.headers.get("if-match") if habits.if_match_on_search else None
    if found is None and said is None:
        conditions.require_match(turn, if_match, None)
        return Plan(Deed.CREATE, resource_type, turn.new_id(resource_type))
    if found is not None and said not in (None, found.id):
        raise refused(Reason.WRONG_ID, "the id in the resource is not the one that was found", f"{resource_type}.id")
    if found is None and not (isinstance(said, str) and ID.fullmatch(said)):
        raise refused(Reason.WRONG_ID, "this cannot be an id", f"{resource_type}.id")
    plan = _plan_put(turn, call, resource_type, found.id if found is not None else str(said), if_match)
    turn.house.met.add(plan.reference)
    return plan


def plan_delete(turn: Turn, call: Call, resource_type: str, resource_id: str) -> Plan:
    """Plan a DELETE of one resource."""
    newest = turn.house.store.read(resource_type, resource_id)
    if newest is not None and not newest.deleted and turn.house.manners.conditions.if_match_on_delete:
        conditions.require_match(turn, call.headers.get("if-match"), newest)
    if newest is not None:
        conditions.settle_overlap(turn, newest)
    if newest is None or newest.deleted:
        return Plan(Deed.NOTHING, resource_type, resource_id, newest)
    return Plan(Deed.DELETE, resource_type, resource_id, newest)


def plan_conditional_delete(turn: Turn, call: Call, resource_type: str) -> Plan:
    """Plan a DELETE whose address is a search."""
    habit = turn.house.manners.conditions.conditional_delete
    if habit == "no":
        raise refused(Reason.NOT_TAKEN, "this server takes no conditional deletes")
    found = conditions.matches(turn, resource_type, call.query)
    if not found:
        return Plan(Deed.NOTHING, resource_type, "")
    if len(found) > 1 and habit == "single":
        raise refused(Reason.MULTIPLE, f"{len(found)} resources answer to the condition")
    return Plan(Deed.DELETE, resource_type, found[0].id, found[0], tuple(one.id for one in found[1:]))


def carry_out(turn: Turn, call: Call, plan: Plan) -> Answer:
    """Do what was planned; the answer tells of it."""
    answering = turn.house.manners.answering
    if plan.deed is Deed.NOTHING:
        told = answers.of_outcome(200, "nothing to delete", warning=answering.told_of_deletes or not plan.id)
        return replace(told, deletes=True, headers=_left(turn, call, plan))
    if plan.deed is Deed.FOUND and plan.newest is not None:
        return _told(turn, call, plan.newest, 200)
    if plan.deed is Deed.DELETE:
        gone = [turn.delete(plan.type, one) for one in (plan.id, *plan.others)]
        told = answers.of_outcome(200, "deleted", gone[0])
        spare = turn.house.manners.bundles.entries == "spare"
        return replace(told, deletes=True, has_location=turn.in_bundle and spare, headers=_left(turn, call, plan))
    return _stored(turn, call, plan)


def one(turn: Turn, call: Call, plan: Plan) -> Answer:
    """Carry out a plan that stands alone: references are looked at once it is done, and it is undone if they fail."""
    mark = turn.house.store.mark()
    try:
        answer = carry_out(turn, call, plan)
        references.require_whole(turn, mark)
    except RefusedError:
        turn.undo_to(mark)
        raise
    return answer


def _plan_put(turn: Turn, call: Call, resource_type: str, resource_id: str, if_match: str | None) -> Plan:
    newest = turn.house.store.read(resource_type, resource_id)
    conditions.require_absent(turn, call.headers.get("if-none-match"), newest)
    conditions.require_match(turn, if_match, newest)
    if newest is None and not turn.house.manners.conditions.update_create:
        raise refused(Reason.CLIENT_ID, "nothing has this id, and this server gives all ids itself")
    if newest is not None:
        conditions.settle_overlap(turn, newest)
    return Plan(Deed.UPDATE, resource_type, resource_id, newest)


def _stored(turn: Turn, call: Call, plan: Plan) -> Answer:
    sent = call.document(turn)
    judged = turn.house.manners.judge(plan.type, _named(references.as_kept(turn, sent), plan), turn.house.store)
    if isinstance(judged, Refusal):
        raise RefusedError(judged)
    newest = plan.newest
    always = turn.house.manners.keeping.identical_makes_version
    if newest is not None and not always and turn.house.store.is_same(newest, judged):
        return _told(turn, call, newest, 200)
    method = "POST" if plan.deed is Deed.CREATE else "PUT"
    version = turn.put(plan.type, plan.id, judged, method, sent)
    _require_answering(turn, call, plan)
    return _told(turn, call, version, 201 if newest is None or newest.deleted else 200)


def _left(turn: Turn, call: Call, plan: Plan) -> dict[str, str]:
    """The version that a delete has found there, where the hospital's Content-Location names versions."""
    if not turn.house.manners.answering.content_location or "/" not in call.path:
        return {}
    place = plan.reference if plan.newest is None else answers.place(plan.newest)
    return {"Content-Location": f"{turn.house.base_url}/{place}"}


def _require_answering(turn: Turn, call: Call, plan: Plan) -> None:
    """Refuse what a condition has made and does not answer to it, where the hospital looks."""
    condition = call.headers.get("if-none-exist") if call.method == "POST" else call.query
    if not condition or plan.deed is not Deed.CREATE or not turn.house.manners.conditions.must_hold:
        return
    if all(one.id != plan.id for one in conditions.matches(turn, plan.type, condition)):
        raise refused(Reason.UNMET, "the resource does not answer to its own condition")


def _named(document: Document, plan: Plan) -> Document:
    """The document as it is judged: an update has its id, a create has none."""
    if plan.deed is Deed.UPDATE:
        return document if document.get("id") == plan.id else document | {"id": plan.id}
    return {key: value for key, value in document.items() if key != "id"}


def _told(turn: Turn, call: Call, version: Version, status: int) -> Answer:
    """The answer to a write, as full as the hospital makes it and the client prefers it."""
    manners = turn.house.manners
    heeded = manners.answering.prefer and (manners.answering.prefer_in_bundles or not turn.in_bundle)
    asked = exchange.preference(call.headers, "return") if heeded else None
    usual = "minimal" if turn.in_bundle and manners.bundles.entries == "spare" else manners.answering.returns
    wanted = asked if asked in _RETURNS else usual
    tells = turn.in_bundle or call.method == "POST" or manners.answering.location_of_updates
    if wanted == "OperationOutcome":
        told = answers.of_outcome(status, "created" if status == 201 else "stored", version)
        return Answer(status, version, told.body, is_outcome=True, has_location=tells)
    return Answer(status, version, version.body if wanted == "representation" else b"", has_location=tells)


def _require_same_type(document: Document, resource_type: str) -> None:
    if document.get("resourceType") != resource_type:
        raise refused(Reason.WRONG_TYPE, f"the body is no {resource_type}, as the address says", "resourceType")
