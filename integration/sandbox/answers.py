"""What one interaction comes to, and how it is said: as a response, or as an entry of the answer to a Bundle."""

import http
from dataclasses import dataclass, field

from fhir_profiles import fhir_json
from fhir_profiles.fhir_json import Document
from integration.sandbox import exchange, refusing
from integration.sandbox.exchange import Response
from integration.sandbox.refusing import Refusal
from integration.sandbox.turn import Turn
from integration.sandbox.versions import Version


@dataclass(frozen=True, slots=True)
class Answer:
    """The status, the version that it is about, and a body: a resource, or an OperationOutcome."""

    status: int
    version: Version | None = None
    body: bytes = b""
    is_outcome: bool = False
    has_location: bool = False
    headers: dict[str, str] = field(default_factory=dict)


def response(turn: Turn, answer: Answer) -> Response:
    """Say it as an HTTP response."""
    headers = {"Content-Type": exchange.CONTENT} if answer.body else {}
    version = answer.version
    if version is not None:
        manners = turn.house.manners
        etag = manners.etag(version.number, in_bundle=False)
        if etag:
            headers["ETag"] = etag
        headers["Last-Modified"] = exchange.http_date(version.at)
        if answer.has_location:
            place = manners.location(turn.house.base_url, version.type, version.id, version.number, in_bundle=False)
            if place:
                headers["Location"] = place
    return Response(answer.status, headers | answer.headers, answer.body)


def entry(turn: Turn, answer: Answer) -> bytes:
    """Say it as an entry of a Bundle's answer."""
    said: Document = {"status": f"{answer.status} {phrase(answer.status)}"}
    version = answer.version
    if version is not None:
        manners = turn.house.manners
        if answer.has_location:
            place = manners.location(turn.house.base_url, version.type, version.id, version.number, in_bundle=True)
            if place:
                said["location"] = place
        etag = manners.etag(version.number, in_bundle=True)
        if etag:
            said["etag"] = etag
        said["lastModified"] = version.last_updated
    resource = answer.body if not answer.is_outcome else b""
    outcome = answer.body if answer.is_outcome else _outcome(turn, answer)
    written = fhir_json.encode(said)
    if outcome:
        written = b'%s,"outcome":%s}' % (written[:-1], outcome)
    url = b'"fullUrl":"%s/%s",' % (turn.house.base, version.reference.encode()) if version and resource else b""
    return b'{%s%s"response":%s}' % (url, b'"resource":%s,' % resource if resource else b"", written)


def refused(turn: Turn, refusal: Refusal) -> Answer:
    """A refusal in the hospital's own words."""
    worded = turn.house.manners.word(refusal)
    body = refusing.body(worded.document())
    return Answer(worded.status, body=body, is_outcome=True, headers=dict(worded.headers))


def of_outcome(status: int, says: str, version: Version | None = None, *, warning: bool = False) -> Answer:
    """Something done of which only an OperationOutcome tells."""
    document = refusing.done(says, "warning", "not-found") if warning else refusing.done(says)
    return Answer(status, version, fhir_json.encode(document), is_outcome=True)


def phrase(status: int) -> str:
    """The words of a status."""
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _outcome(turn: Turn, answer: Answer) -> bytes:
    if not turn.house.manners.bundles.outcomes or answer.version is None:
        return b""
    return fhir_json.encode(refusing.done("done"))
