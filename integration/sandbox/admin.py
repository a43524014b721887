"""The hospital's own hands, as an API under `/sandbox/`: look at the journal, edit, merge, delete, reset, set faults.

Every request needs the token that was written down when the hospital was started. Answers are JSON; what is refused is
an OperationOutcome.
"""

import hmac
import urllib.parse
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from fhir_profiles import fhir_json, terminology
from fhir_profiles.fhir_json import Document
from integration import errors, moments
from integration.sandbox import character_file, exchange, fault_schedule, refusing, resource_types, words
from integration.sandbox.exchange import Request, Response
from integration.sandbox.fault_schedule import FaultSchedule
from integration.sandbox.journal import Committed
from integration.sandbox.running import RunningHospital, Seen
from integration.sandbox.versions import Version

BANNER: Final = "TEST: a pretend hospital, no real patients"
_JSON: Final = {"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_MOST_SECONDS: Final = 400 * 86_400


class _RefusedError(Exception):
    def __init__(self, status: int, code: str, says: str) -> None:
        super().__init__(says)
        self.status, self.code, self.says = status, code, says


class Admin:
    """The API of one hospital."""

    def __init__(self, hospital: RunningHospital, token: str) -> None:
        self._hospital = hospital
        self._expected = f"Bearer {token}".encode()

    def answer(self, request: Request) -> Response:
        """Answer one request; its path is relative to `/sandbox/`."""
        given = request.headers.get("authorization", "").encode("latin-1", "replace")
        if not hmac.compare_digest(given, self._expected):
            return _outcome(
                401, "login", "the token of this sandbox is missing or wrong", {"WWW-Authenticate": "Bearer"}
            )
        try:
            status, found = self._routed(request)
        except _RefusedError as wrong:
            return _outcome(wrong.status, wrong.code, wrong.says)
        except errors.InfusionFhirError as wrong:
            return _outcome(400, "invalid", f"{wrong.code} {wrong.says}")
        except LookupError:
            return _outcome(404, "not-found", "there is no such resource here")
        except Exception:  # noqa: BLE001  an entry point: a hand that slips stops no hospital
            return _outcome(500, "exception", "the sandbox failed at this request")
        return Response(status, dict(_JSON), fhir_json.encode(found))

    def _routed(self, request: Request) -> tuple[int, Any]:
        steps = [urllib.parse.unquote(step) for step in request.path.split("/") if step]
        if steps[:1] == ["resource"] and len(steps) == 3:
            return 200, self._resource(request, steps[1], steps[2])
        routes: Mapping[tuple[str, str], Callable[[Request], Any]] = {
            ("GET", ""): lambda _: self.state(),
            ("GET", "journal"): self._journal,
            ("POST", "merge"): self._merge,
            ("POST", "reset"): self._reset,
            ("GET", "faults"): lambda _: self._faults(),
            ("PUT", "faults"): self._set_faults,
            ("PUT", "character"): self._live_by,
            ("POST", "clock"): self._clock,
            ("POST", "tokens/revoke"): self._revoke,
        }
        found = routes.get((request.method, "/".join(steps)))
        if found is None:
            raise _RefusedError(404, "not-found", "this sandbox has nothing at this address; see its README")
        return 200, found(request)

    def state(self) -> Document:
        """Give what is to be known of the hospital at a glance."""
        hospital = self._hospital
        about = hospital.character.about
        return {
            "banner": BANNER,
            "character": hospital.character.name,
            "title": about.title,
            "says": about.says.strip(),
            "url": hospital.base_url,
            "seed": hospital.seed,
            "now": moments.utc(hospital.clock.now()),
            "arrived": hospital.arrived(),
            "counts": hospital.counts(),
            "faults": self._faults(),
        }

    def _journal(self, request: Request) -> list[Document]:
        asked = dict(urllib.parse.parse_qsl(request.query)).get("after", "0")
        if not asked.isascii() or not asked.isdigit() or len(asked) > 9:
            raise _RefusedError(400, "value", "`after` is the number of a journal entry")
        return [self._entry(seen) for seen in self._hospital.journal(int(asked))]

    def _entry(self, seen: Seen) -> Document:
        entry = seen.entry
        return {
            "number": entry.number,
            "at": moments.utc(entry.at),
            "method": entry.method,
            "path": entry.path,
            "status": entry.status,
            "committed": [_committed(one) for one in entry.committed],
            "identifiers": list(entry.identifiers),
            "fault": entry.fault,
            "told": list(seen.told),
            "words": words.said(seen, self._hospital.look),
        }

    def _resource(self, request: Request, resource_type: str, resource_id: str) -> Document:
        hospital = self._hospital
        if resource_type not in resource_types.ALL:
            raise _RefusedError(404, "not-found", "FHIR R4 has no such type of resource")
        if request.method == "PATCH":
            patch = _object(request)
            change = _labelled_patch(patch)
            return _version(hospital.edit(resource_type, resource_id, change))
        if request.method == "PUT":
            document = _object(request)
            if (document.get("resourceType"), document.get("id")) != (resource_type, resource_id):
                raise _RefusedError(400, "value", "type and id in the body must be those in the address")
            return _version(hospital.put(document))
        if request.method == "DELETE":
            return _version(hospital.delete(resource_type, resource_id))
        if request.method != "GET":
            raise _RefusedError(405, "not-supported", "GET, PUT, PATCH and DELETE are for resources")
        return {
            "versions": [_version(one) | {"document": one.document} for one in self._there(resource_type, resource_id)]
        }

    def _there(self, resource_type: str, resource_id: str) -> list[Version]:
        found = self._hospital.versions(resource_type, resource_id)
        if not found:
            raise LookupError
        return found

    def _merge(self, request: Request) -> list[Document]:
        asked = _object(request)
        gone, kept = str(asked.get("from", "")), str(asked.get("into", ""))
        if not gone or not kept or gone == kept:
            raise _RefusedError(400, "value", 'two Patients are merged: {"from": "ID", "into": "ID"}')
        return [_version(one) for one in self._hospital.merge(gone, kept)]

    def _reset(self, _: Request) -> Document:
        self._hospital.reset()
        return self.state()

    def _faults(self) -> Document:
        schedules = self._hospital.faults
        whole = schedules.whole
        kinds = [{"name": kind.name, "says": kind.says, "socket": kind.socket} for kind in whole.kinds]
        return {"about": whole.about, "seed": whole.seed, "kinds": kinds, "struck": schedules.struck}

    def _set_faults(self, request: Request) -> Document:
        asked = _object(request)
        seed = asked.get("seed", self._hospital.seed)
        if not isinstance(seed, int):
            raise _RefusedError(400, "value", "`seed` is a whole number")
        self._hospital.set_faults(_schedule(asked, seed))
        return self._faults()

    def _live_by(self, request: Request) -> Document:
        text = _object(request).get("toml")
        if not isinstance(text, str):
            raise _RefusedError(400, "value", "send a character file as `toml`")
        self._hospital.live_by(character_file.read(text, "the character that was sent", "sent"))
        return self.state()

    def _clock(self, request: Request) -> Document:
        seconds = _object(request).get("seconds")
        if isinstance(seconds, bool) or not isinstance(seconds, (int, Decimal)):
            raise _RefusedError(400, "value", "`seconds` is a number")
        if not 0 <= seconds <= _MOST_SECONDS:
            raise _RefusedError(400, "value", "the clock goes forward only, by at most 400 days")
        self._hospital.clock.move(float(seconds))
        self._hospital.advance()
        return {"now": moments.utc(self._hospital.clock.now())}

    def _revoke(self, _: Request) -> Document:
        self._hospital.revoke_tokens()
        return {"revoked": True}


def merged(document: Any, patch: Any) -> Any:
    """Give a document with a JSON merge patch (RFC 7386) applied: null takes a key away."""
    if not isinstance(patch, dict):
        return patch
    found = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = merged(found.get(key), value)
    return found


def _labelled_patch(patch: Document) -> Callable[[Document], Document]:
    if patch.keys() & {"resourceType", "id"}:
        raise _RefusedError(400, "value", "type and id of a resource cannot be edited")

    def change(document: Document) -> Document:
        changed: Document = merged(document, patch)
        return changed

    return change


def _schedule(asked: Document, seed: int) -> FaultSchedule:
    if isinstance(asked.get("toml"), str):
        return fault_schedule.read(asked["toml"], "the schedule that was sent", seed)
    name = str(asked.get("faults", ""))
    if name.endswith(".toml"):
        raise _RefusedError(400, "value", "name a preset or a fault in `faults`, or send a schedule as `toml`")
    return fault_schedule.load(name, seed)


def _object(request: Request) -> Document:
    try:
        found = fhir_json.loads(request.body)
    except fhir_json.JsonError:
        raise _RefusedError(400, "structure", "the body is not exact JSON") from None
    if not isinstance(found, dict):
        raise _RefusedError(400, "structure", "the body is no JSON object")
    return found


def _committed(one: Committed) -> Document:
    named = {"type": one.type, "id": one.id, "version": one.version, "how": one.how}
    return {**named, "identifiers": list(one.identifiers)}


def _version(version: Version) -> Document:
    named = {"type": version.type, "id": version.id, "version": version.number}
    return {**named, "at": version.last_updated, "deleted": version.deleted}


def _outcome(status: int, code: str, says: str, headers: Mapping[str, str] | None = None) -> Response:
    document = refusing.outcome([refusing.Issue(code, says)])
    tagged = {**document, "meta": {"security": [terminology.TEST_DATA.coding()]}}
    return Response(status, {**_JSON, "Content-Type": exchange.CONTENT, **(headers or {})}, fhir_json.encode(tagged))
