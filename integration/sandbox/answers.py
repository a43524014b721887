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
    deletes: bool = False
    headers: dict[str, str] = field(default_factory=dict)


def response(turn: Turn, answer: Answer) -> Response:
    """Say it as an HTTP response."""
    headers = {"Content-Type": exchange.CONTENT} if answer.body else {}
    version, manners = answer.version, turn.house.manners
    if version is not None and (manners.answering.told_of_deletes or not answer.deletes):
        etag = manners.etag(version.number, in_bundle=False)
        if etag:
            headers["ETag"] = etag
        headers["Last-Modified"] = exchange.http_date(version.at)
        if answer.has_location:
            where = manners.location(turn.house.base_url, version.type, version.id, version.number, in_bundle=False)
            if where:
                headers["Location"] = where
        if manners.answering.content_location:
            headers["Content-Location"] = f"{turn.house.base_url}/{place(version)}"
    return Response(answer.status, headers | answer.headers, answer.body)


def place(version: Version) -> str:
    """Where a version is, below the FHIR base."""
    return f"{version.reference}/_history/{version.number}"


def entry(turn: Turn, answer: Answer, *, shown_before: bool = False) -> bytes:
    """Say it as an entry of a Bundle's answer; a version that was shown before must not have its full URL again."""
    spare = turn.house.manners.bundles.entries == "spare"
    status = 204 if spare and answer.deletes else answer.status
    said: Document = {"status": f"{status} {phrase(status)}"}
    version = answer.version
    if version is not None and (answer.has_location or not spare):
        said |= _told(turn, answer, version)
    resource = answer.body if not answer.is_outcome else b""
    outcome = answer.body if answer.is_outcome else _outcome(turn, answer)
    written = fhir_json.encode(said)
    if outcome:
        written = b'%s,"outcome":%s}' % (written[:-1], outcome)
    named = version if resource and not spare and not shown_before else None
    url = b'"fullUrl":"%s/%s",' % (turn.house.base, named.reference.encode()) if named else b""
    return b'{%s%s"response":%s}' % (url, b'"resource":%s,' % resource if resource else b"", written)


def _told(turn: Turn, answer: Answer, version: Version) -> Document:
    """What an entry tells of the version that it is about."""
    manners, told = turn.house.manners, Document()
    if answer.has_location:
        where = manners.location(turn.house.base_url, version.type, version.id, version.number, in_bundle=True)
        if where:
            told["location"] = where
    etag = manners.etag(version.number, in_bundle=True)
    if etag:
        told["etag"] = etag
    if manners.bundles.entries == "whole" or answer.status == 201:
        told["lastModified"] = version.last_updated
    return told


def refused(turn: Turn, refusal: Refusal, code: str = "") -> Answer:
    """A refusal in the hospital's own words; with a code, every issue has that one."""
    worded = turn.house.manners.word(refusal)
    if code:
        worded = worded.with_code(code)
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
    bundles = turn.house.manners.bundles
    if not bundles.outcomes or answer.version is None or (bundles.entries == "spare" and not answer.has_location):
        return b""
    return fhir_json.encode(refusing.done("done"))
