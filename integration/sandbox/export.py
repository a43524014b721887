"""Bulk export: asked for, waited for, fetched as NDJSON, and thrown away."""

import base64
from collections.abc import Callable, Iterator
from typing import Any, Final

from fhir_profiles import fhir_json
from integration import moments
from integration.sandbox import dates, exchange, pages, references, resource_types
from integration.sandbox.answers import Answer
from integration.sandbox.exchange import Params
from integration.sandbox.export_jobs import Job
from integration.sandbox.manners import Interaction
from integration.sandbox.refusing import Reason, refused
from integration.sandbox.turn import Call, Turn
from integration.sandbox.versions import Version

Allow = Callable[[Turn, str, str], None]

_FORMATS: Final = frozenset({"application/fhir+ndjson", "application/ndjson", "ndjson", "application/fhir ndjson"})
_KNOWN: Final = frozenset({"_outputFormat", "_since", "_type"})
_KEPT: Final = 100
_STATUS: Final = "$export-status"
_FILE: Final = "$export-file"
_SUFFIX: Final = ".ndjson"


def handle(turn: Turn, call: Call, steps: list[str], allow: Allow) -> Answer:
    """Answer whatever concerns a bulk export."""
    if steps[0] == _STATUS and len(steps) == 2:
        return _status(turn, call, _job(turn, steps[1]))
    if steps[0] == _FILE and len(steps) == 3 and call.method in {"GET", "HEAD"}:
        return _file(turn, call, _job(turn, steps[1]), steps[2].removesuffix(_SUFFIX))
    level = steps[0] if len(steps) > 1 else ""
    if "/".join(steps) in {"$export", "Patient/$export"} or (level == "Group" and len(steps) == 3):
        allow(turn, level, Interaction.EXPORT)
        return _begun(turn, call, level, steps[1] if level == "Group" else "")
    raise refused(Reason.UNKNOWN_PATH, "this server has nothing at this address")


def _begun(turn: Turn, call: Call, level: str, group: str) -> Answer:
    if call.method not in {"GET", "POST"}:
        raise refused(Reason.NOT_TAKEN, "an export is asked for by GET or POST")
    if exchange.preference(call.headers, "respond-async") is None:
        raise refused(Reason.BAD_PARAMETER, "an export needs the header Prefer: respond-async")
    asked = _asked(turn, call)
    since, types = _understood(turn, call, asked)
    versions = _all_of(turn, level, group)
    files: dict[str, list[bytes]] = {}
    for version in versions:
        later = since is None or version.at * 1e9 >= since
        if later and (not types or version.type in types) and turn.may_see(version.type):
            files.setdefault(version.type, []).append(version.body)
    name = f"{turn.rng.getrandbits(128):032x}"
    ready = turn.now + turn.house.manners.answering.export_seconds
    written = {kind: tuple(lines) for kind, lines in sorted(files.items())}
    url = pages.self_url(turn, call.path, asked)
    turn.house.jobs[name] = Job(name, url, turn.now, ready, written)
    while len(turn.house.jobs) > _KEPT:
        del turn.house.jobs[next(iter(turn.house.jobs))]
    return Answer(202, headers={"Content-Location": f"{turn.house.base_url}/{_STATUS}/{name}"})


def _status(turn: Turn, call: Call, job: Job) -> Answer:
    if call.method == "DELETE":
        del turn.house.jobs[job.name]
        return Answer(202)
    if call.method not in {"GET", "HEAD"}:
        raise refused(Reason.NOT_TAKEN, "the status of an export is read or deleted")
    if turn.now < job.ready:
        left = max(1, round(job.ready - turn.now))
        return Answer(202, headers={"X-Progress": "in progress", "Retry-After": str(left)})
    base = f"{turn.house.base_url}/{_FILE}/{job.name}"
    manifest = {
        "transactionTime": moments.utc(job.taken),
        "request": job.url,
        "requiresAccessToken": turn.house.manners.access is not None,
        "output": [
            {"type": kind, "url": f"{base}/{kind}{_SUFFIX}", "count": len(lines)} for kind, lines in job.files.items()
        ],
        "error": [],
    }
    return Answer(200, body=fhir_json.encode(manifest), headers={"Content-Type": "application/json"})


def _file(turn: Turn, call: Call, job: Job, kind: str) -> Answer:
    if kind not in job.files or turn.now < job.ready:
        raise refused(Reason.NOT_FOUND, "this export has no such file")
    if not turn.may_see(kind):
        raise refused(Reason.FORBIDDEN, "the client's scopes do not cover this")
    lines = b"".join(line + b"\n" for line in job.files[kind])
    if call.headers.get("accept", "").startswith(exchange.FHIR_JSON):
        data = base64.b64encode(lines).decode()
        binary = {"resourceType": "Binary", "contentType": exchange.NDJSON, "data": data}
        return Answer(200, body=fhir_json.encode(binary))
    return Answer(200, body=lines, headers={"Content-Type": exchange.NDJSON})


def _job(turn: Turn, name: str) -> Job:
    found = turn.house.jobs.get(name)
    if found is None:
        raise refused(Reason.NOT_FOUND, "there is no such export, or no longer")
    return found


def _asked(turn: Turn, call: Call) -> Params:
    asked = exchange.params(call.query)
    if call.method == "POST" and call.body:
        listed = call.document(turn).get("parameter")
        for one in listed if isinstance(listed, list) else []:
            if isinstance(one, dict) and isinstance(one.get("name"), str):
                asked += [(one["name"], value) for key, value in one.items() if key != "name" and type(value) is str]
    return asked


def _understood(turn: Turn, call: Call, asked: Params) -> tuple[int | None, set[str]]:
    since: int | None = None
    types: set[str] = set()
    for name, value in asked:
        if name not in _KNOWN and exchange.preference(call.headers, "handling") != "lenient":
            raise refused(Reason.UNKNOWN_PARAMETER, "an export takes _since, _type and _outputFormat")
        if name == "_outputFormat" and value not in _FORMATS:
            raise refused(Reason.BAD_PARAMETER, "an export is written as application/fhir+ndjson")
        if name == "_type":
            types |= set(value.split(","))
        if name == "_since":
            moment = dates.stretch(value)
            if moment is None:
                raise refused(Reason.BAD_PARAMETER, "_since takes an instant")
            since = moment[0]
    if not types <= resource_types.ALL:
        raise refused(Reason.BAD_PARAMETER, "_type names what is no type of resource")
    forbidden = [kind for kind in sorted(types) if not turn.may_see(kind)]
    if forbidden:
        raise refused(Reason.FORBIDDEN, "the client's scopes do not cover all types that are asked for")
    return since, types


def _all_of(turn: Turn, level: str, group: str) -> Iterator[Version]:
    """All that is stored, or what is about Patients, or about those of a group."""
    store = turn.house.store
    if not level:
        yield from store.everything()
        return
    if level == "Patient":
        patients = {("Patient", version.id) for version in store.of_type("Patient")}
    else:
        members = store.live("Group", group)
        if members is None:
            raise refused(Reason.NOT_FOUND, "there is no such Group")
        patients = {one for one in _targets(turn, members) if one[0] == "Patient"}
    for version in store.everything():
        document: Any = version.document
        if (version.type, version.id) in patients or not patients.isdisjoint(_targets(turn, document)):
            yield version


def _targets(turn: Turn, document: Any) -> set[tuple[str, str]]:
    found = (references.target(text, turn.house.base_url) for _, text in references.literals(document, ""))
    return {one for one in found if one is not None}
