"""From a hospital's answer to what it means for each entry of the request (outcomes.py has the table)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import replace

from fhir_profiles import fhir_json
from integration.delivery import effects, outcomes
from integration.delivery.effects import Attempt, Planned
from integration.delivery.manners import Manners
from integration.delivery.outcomes import Rule
from integration.hospital.messages import Answer, Fault, FaultKind
from integration.hospital.retry_after import seconds as retry_after_seconds
from integration.store.rows import Write

_LOCATION = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/([A-Za-z0-9\-.]{1,64}))?/?$")
_ETAG = re.compile(r'^(?:W/)?"?([^"]+)"?$')
_STATUS = re.compile(r"^\s*(\d{3})(?:\s|$)")
_NO_BUNDLES = frozenset({405, 501})  # 404 too, unless an OperationOutcome says that an entry is meant


class Judged(msgspec.Struct, frozen=True):
    """What one entry's answer means, and where the resource is."""

    entry: Planned
    rule: Rule
    status: str | None = None
    remote_id: str | None = None
    remote_version: str | None = None
    issue: str | None = None  # codes and expressions of the OperationOutcome, never its free text


class Verdict(msgspec.Struct, frozen=True):
    """What an answer means for the attempt and its entries."""

    entries: tuple[Judged, ...]
    status: int | None
    down: bool = False
    retry_after: float | None = None
    stop: effects.StopAll | None = None
    odd: bool = False
    split: bool = False  # refused as a whole: nobody is charged, the parts are sent on their own
    kept: bytes | None = None

    @property
    def taken_whole(self) -> bool:
        """Whether the hospital took every entry, under the id that it has with us."""
        return all(j.rule.outcome is outcomes.Outcome.ACCEPTED and j.remote_id == j.entry.key[1] for j in self.entries)


@dataclass(frozen=True, slots=True)
class Settle:
    """Write the outcomes of an attempt down. Answer: its rows as they are now, or None when the lane is not ours."""

    attempt: Attempt
    verdict: Verdict


def judge(attempt: Attempt, answer: Answer | Fault, manners: Manners) -> Verdict:
    """Judge each entry of an answer by itself; what does not fit the request proves nothing."""
    if isinstance(answer, Fault):
        return _fault(attempt, answer)
    retry_after = retry_after_seconds(answer.headers)
    if attempt.bundle == "single":
        return _single(attempt, answer, manners, retry_after)
    if answer.status in (200, 201):
        return _bundle(attempt, answer, manners)
    return _whole(attempt, answer, manners, retry_after)


def _fault(attempt: Attempt, fault: Fault) -> Verdict:
    if fault.kind is FaultKind.NOT_SENT:
        return Verdict(_all(attempt, outcomes.NO_CONNECTION), None, down=True)
    if fault.kind in (FaultKind.TLS, FaultKind.BAD_URL):
        return Verdict(_all(attempt, outcomes.UNTRUSTED), None, stop=effects.StopAll("hospital", fault.says))
    if fault.kind is FaultKind.REDIRECT:
        rule = outcomes.judge(302, Write.PUT)
        return Verdict(_all(attempt, rule), None, stop=effects.StopAll("hospital", fault.says))
    return Verdict(_all(attempt, outcomes.CUT), None)


def _single(attempt: Attempt, answer: Answer, manners: Manners, retry_after: float | None) -> Verdict:
    entry = attempt.entries[0]
    busy = manners.busy_means_not_done and retry_after is not None
    rule = outcomes.judge(answer.status, entry.write, busy=busy)
    body = _resource(answer)
    judged = Judged(entry, rule, str(answer.status), issue=_issue(body))
    if 200 <= answer.status < 300:
        if body is None and answer.body.strip():
            return Verdict((replace(judged, rule=outcomes.CUT),), answer.status, odd=True)
        judged = _located(judged, answer.headers.get("location"), answer.headers.get("etag"), body)
        return _checked(Verdict((judged,), answer.status))
    return _consequences(Verdict((judged,), answer.status, retry_after=retry_after, kept=answer.body[:20000]))


def _whole(attempt: Attempt, answer: Answer, manners: Manners, retry_after: float | None) -> Verdict:
    """The hospital refused, or did not do, the bundle as a whole."""
    busy = manners.busy_means_not_done and retry_after is not None
    kept = answer.body[:20000]
    if answer.status in _NO_BUNDLES or (answer.status == 404 and _resource(answer) is None):
        refused = outcomes.judge(400, Write.PUT)
        stop = effects.StopAll(
            "hospital", f"it takes no {attempt.bundle} bundles ({answer.status}): set --bundle single"
        )
        return Verdict(_all(attempt, refused, str(answer.status)), answer.status, stop=stop, split=True, kept=kept)
    rule = outcomes.judge(answer.status, Write.PUT, busy=busy)
    if rule.outcome in (outcomes.Outcome.REFUSED, outcomes.Outcome.CONFLICT):
        refused = outcomes.judge(400, Write.PUT)
        return Verdict(_all(attempt, refused, str(answer.status)), answer.status, split=True, kept=kept)
    if rule.scope is outcomes.Scope.TYPE:
        rule = replace(rule, scope=outcomes.Scope.HOSPITAL)
    return _consequences(
        Verdict(_all(attempt, rule, str(answer.status)), answer.status, retry_after=retry_after, kept=kept)
    )


def _bundle(attempt: Attempt, answer: Answer, manners: Manners) -> Verdict:
    """Each entry by itself, if their number and types agree with what was sent; else nothing is proven."""
    body = _resource(answer)
    parts = body.get("entry") if body is not None and body.get("resourceType") == "Bundle" else None
    if not isinstance(parts, list) or len(parts) != len(attempt.entries):
        return Verdict(_all(attempt, outcomes.CUT), answer.status, odd=body is None, kept=answer.body[:20000])
    judged = tuple(_entry(e, p, manners) for e, p in zip(attempt.entries, parts, strict=True))
    if any(j.rule is outcomes.OTHER_PATIENT for j in judged):
        return Verdict(_all(attempt, outcomes.CUT), answer.status, kept=answer.body[:20000])
    kept = None if all(j.rule.outcome is outcomes.Outcome.ACCEPTED for j in judged) else answer.body[:200000]
    return _consequences(Verdict(judged, answer.status, kept=kept))


def _entry(entry: Planned, part: Any, manners: Manners) -> Judged:
    response = part.get("response") if isinstance(part, dict) else None
    response = response if isinstance(response, dict) else {}
    found = _STATUS.match(str(response.get("status", "")))
    status = int(found[1]) if found else None
    resource = part.get("resource") if isinstance(part, dict) else None
    outcome = response.get("outcome") or resource
    rule = outcomes.judge(status, entry.write, busy=manners.busy_means_not_done)
    judged = Judged(entry, rule, None if status is None else str(status), issue=_issue(outcome))
    if status is None or not 200 <= status < 300:
        return judged
    body = resource if isinstance(resource, dict) and resource.get("resourceType") != "OperationOutcome" else None
    return _located(judged, response.get("location"), response.get("etag"), body)


def _located(judged: Judged, location: Any, etag: Any, body: Mapping[str, Any] | None) -> Judged:
    """Take id and version from Location, ETag or the body; none of them: nothing is proven; others': stop."""
    entry = judged.entry
    kind, identity, version = entry.key[0], None, None
    found = _LOCATION.search(location.split("?")[0]) if isinstance(location, str) else None
    if found:
        kind, identity, version = found[1], found[2], found[3]
    tag = _ETAG.match(etag.strip()) if isinstance(etag, str) else None
    version = tag[1] if tag else version
    if body is not None and body.get("resourceType") != "OperationOutcome":
        kind = body.get("resourceType", kind)
        identity = body.get("id", identity)
        meta = body.get("meta")
        version = version or (meta.get("versionId") if isinstance(meta, dict) else None)
    expected = entry.key[1] if entry.write is Write.PUT else entry.remote_id
    if kind != entry.key[0] or (expected is not None and identity not in (None, expected)):
        return replace(judged, rule=outcomes.OTHER_PATIENT)
    identity = identity or expected
    if identity is None:
        return replace(judged, rule=outcomes.CUT)
    return replace(judged, remote_id=identity, remote_version=version)


def _checked(verdict: Verdict) -> Verdict:
    if verdict.entries[0].rule is outcomes.OTHER_PATIENT:
        return replace(verdict, stop=effects.StopAll("hospital", outcomes.OTHER_PATIENT.says))
    return verdict


def _consequences(verdict: Verdict) -> Verdict:
    """What the entries mean beyond themselves: the endpoint waits, a type or the hospital stops."""
    down = any(j.rule.outcome is outcomes.Outcome.ENDPOINT_DOWN or _gateway(j) for j in verdict.entries)
    stops = [j for j in verdict.entries if j.rule.outcome is outcomes.Outcome.STOP]
    if not stops:
        return replace(verdict, down=down)
    worst = next((j for j in stops if j.rule.scope is outcomes.Scope.HOSPITAL), stops[0])
    scope = "hospital" if worst.rule.scope is outcomes.Scope.HOSPITAL else worst.entry.key[0]
    return replace(verdict, down=down, stop=effects.StopAll(scope, f"it answered {worst.status}"))


def _gateway(judged: Judged) -> bool:
    return judged.status is not None and judged.status.startswith("5")


def _all(attempt: Attempt, rule: Rule, status: str | None = None) -> tuple[Judged, ...]:
    return tuple(Judged(entry, rule, status) for entry in attempt.entries)


def _resource(answer: Answer) -> dict[str, Any] | None:
    try:
        body = fhir_json.loads(answer.body)
    except fhir_json.JsonError:
        return None
    return body if isinstance(body, dict) and isinstance(body.get("resourceType"), str) else None


def _issue(body: Any) -> str | None:
    """Codes and expressions of an OperationOutcome; its free text may carry patients' data and is kept apart."""
    issues = body.get("issue") if isinstance(body, dict) else None
    if not isinstance(issues, list):
        return None
    said = [_one_issue(issue) for issue in issues if isinstance(issue, dict)]
    return "; ".join(s for s in said if s)[:500] or None


def _one_issue(issue: Mapping[str, Any]) -> str:
    code = str(issue.get("code", ""))[:40]
    where = issue.get("expression") or issue.get("location") or []
    details = issue.get("details")
    codings = details.get("coding") if isinstance(details, dict) else None
    named = [str(c.get("code", ""))[:40] for c in codings or [] if isinstance(c, dict)]
    places = [str(w)[:80] for w in where if isinstance(w, str)] if isinstance(where, list) else []
    return " ".join([code, *named, *(["at " + ", ".join(places[:3])] if places else [])]).strip()
