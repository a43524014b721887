"""The front of a pretend hospital: which address leads where, the same on a socket and in process.

Below the FHIR base the hospital itself answers; `/` is the page for people, `/sandbox/` the hospital's own hands; any
other address gets the hospital's refusal.
"""

import urllib.parse
from dataclasses import replace
from typing import Final

from integration.sandbox import admin, exchange, page, refusing
from integration.sandbox.exchange import Request, Response
from integration.sandbox.fault_schedule import Fault
from integration.sandbox.fault_strikes import Answer
from integration.sandbox.running import RunningHospital
from integration.sandbox.wire import Head, NonsenseError

SIGN: Final = {"Server": "infusion-fhir sandbox (TEST)"}
HOSTS: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_CODES: Final = {
    500: "exception",
    413: "too-long",
    415: "not-supported",
    421: "security",
    431: "too-long",
    414: "too-long",
}


class Front:
    """Takes every request to its place."""

    def __init__(self, hospital: RunningHospital, token: str) -> None:
        self.hospital = hospital
        self._base = urllib.parse.urlsplit(hospital.base_url).path.rstrip("/")
        self._admin = admin.Admin(hospital, token)
        self._page = page.Page(hospital)

    @property
    def body_cap(self) -> int:
        """So many bytes a body may have."""
        return self.hospital.character.answering.body_cap

    def answer(self, head: Head, body: bytes, *, socket: bool) -> Answer:
        """Answer one request; whatever it is, there is an answer or a broken line, and never an exception."""
        try:
            answer = self._answered(head, body, socket=socket)
        except Exception:  # noqa: BLE001  the entry point: no request stops a hospital
            answer = Answer(refused(500, "this sandbox has failed at this request"))
        if answer.response is None:
            return answer
        return replace(answer, response=replace(answer.response, headers={**SIGN, **answer.response.headers}))

    def _answered(self, head: Head, body: bytes, *, socket: bool) -> Answer:
        path, query = _apart(head.target)
        if path == "/sandbox" or path.startswith("/sandbox/"):
            asked = Request(head.method, path.removeprefix("/sandbox").strip("/"), query, head.headers, body)
            return Answer(self._at_home(head) or self._admin.answer(asked))
        inside = self._inside(path)
        if path in page.PATHS and head.method in ("GET", "HEAD") and not (inside and self._base):
            return Answer(self._at_home(head) or self._page.answer(path, head.headers))
        if inside is None:
            return self.hospital.turned_away(Request(head.method, path, query, head.headers, body))
        return self.hospital.exchange(Request(head.method, inside, query, head.headers, body), socket=socket)

    def at_head(self, head: Head) -> tuple[Request, Fault] | None:
        """Give the fault that a request meets of which only the head is there, and the request so far."""
        path, query = _apart(head.target)
        inside = self._inside(path)
        if inside is None:
            return None
        request = Request(head.method, inside, query, head.headers)
        fault = self.hospital.at_head(request)
        return None if fault is None else (request, fault)

    def nonsense(self, wrong: NonsenseError) -> Response:
        """Refuse what is no request at all, in FHIR's own form."""
        said = refused(wrong.status, wrong.says)
        return replace(said, headers={**SIGN, **said.headers})

    def _inside(self, path: str) -> str | None:
        """The address below the FHIR base, without a leading slash; None for one that is not below it."""
        if path == self._base:
            return ""
        return path.removeprefix(f"{self._base}/") if path.startswith(f"{self._base}/") else None

    def _at_home(self, head: Head) -> Response | None:
        """Refuse the page and the admin API to whoever came by a name that is not this machine's own."""
        host = head.headers.get("host", "").rpartition(":")[0] or head.headers.get("host", "")
        return None if host.strip("[]") in HOSTS else refused(421, "the sandbox's own pages are for this machine only")


def refused(status: int, says: str) -> Response:
    """An OperationOutcome of the server itself, before any hospital has heard of the request."""
    issue = refusing.Issue(_CODES.get(status, "invalid"), says)
    return Response(status, {"Content-Type": exchange.CONTENT}, refusing.body(refusing.outcome([issue])))


def _apart(target: str) -> tuple[str, str]:
    """The path and the query of a request's target, be it an absolute address or not."""
    if "://" in target.partition("?")[0]:
        target = "/" + target.partition("://")[2].partition("/")[2]
    path, _, query = target.partition("#")[0].partition("?")
    return path, query
