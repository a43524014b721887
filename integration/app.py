"""The web service of one installation: is it alive, is it ready, and the histories of sessions; for this machine only.

Everything but the two health pages needs the token, and nothing of a request is looked at before it was checked.
Every error is an OperationOutcome. There are no documentation pages, and no log has an address in it.
"""

import hmac
import uuid
from typing import Any, Final

import fastapi
import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from fhir_profiles import fhir_json
from integration import errors
from integration.audit import history, history_forms, history_text
from integration.installation import Installation
from integration.store import schema

FHIR: Final = "application/fhir+json"
_OPEN: Final = frozenset({"/healthz", "/readyz"})
_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_ISSUES: Final = {
    400: "invalid", 401: "login", 404: "not-found", 405: "not-supported", 406: "not-supported", 421: "security",
    503: "transient",
}  # fmt: skip


def create(installation: Installation, token: str) -> fastapi.FastAPI:
    """Make the service for an open installation."""
    app = fastapi.FastAPI(
        title="infusion-fhir", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False
    )  # fmt: skip
    _health(app, installation)
    _histories(app, installation)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(errors.InfusionFhirError, _known_error)
    app.add_exception_handler(Exception, _fault)
    app.add_middleware(Door, token=token)
    return app


class Door:
    """Checks where a request is meant to go and that it has the token, before anything else sees it."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()
        self._log = structlog.get_logger()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or answer it here."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        refused = self._refused(scope)
        if refused is not None:
            await refused(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refused(self, scope: Scope) -> fastapi.Response | None:
        headers = dict(scope["headers"])
        if headers.get(b"host", b"").decode("latin-1").rpartition(":")[0] not in _HOSTS:
            return outcome(421, "this service answers on this machine's own address only")
        if scope["path"] in _OPEN:
            return None
        if not hmac.compare_digest(headers.get(b"authorization", b""), self._expected):
            return outcome(401, "the token is missing or wrong", **{"WWW-Authenticate": "Bearer"})
        return None


def outcome(status: int, says: str, code: str = "", **headers: str) -> fastapi.Response:
    """An error as an OperationOutcome."""
    issue: dict[str, Any] = {"severity": "error", "code": _ISSUES.get(status, "exception")}
    if code:
        issue["details"] = {"text": code}
    issue["diagnostics"] = says
    body = {"resourceType": "OperationOutcome", "issue": [issue]}
    return _answer(fhir_json.encode(body), FHIR, status, headers)


def _answer(body: bytes, media_type: str, status: int = 200, headers: dict[str, str] | None = None) -> fastapi.Response:
    request_id = str(uuid.uuid4())
    every = {**_HEADERS, "X-Request-Id": request_id, **(headers or {})}
    return fastapi.Response(body, status, every, media_type)


def _health(app: fastapi.FastAPI, installation: Installation) -> None:
    @app.get("/healthz")
    def healthz() -> fastapi.Response:
        return _answer(b'{"status":"alive"}', "application/json")

    @app.get("/readyz")
    def readyz() -> fastapi.Response:
        try:
            schema.require_current(installation.database)
        except errors.InfusionFhirError as error:
            return outcome(503, "the database cannot be used now", error.code)
        return _answer(b'{"status":"ready"}', "application/json")


def _histories(app: fastapi.FastAPI, installation: Installation) -> None:
    @app.get("/sessions/{session}/history")
    def session_history(session: str, request: fastapi.Request) -> fastapi.Response:
        started = installation.clock.boot()
        form = _form(request.headers.get("accept", "*/*"))
        if form is None:
            return outcome(406, "ask for application/fhir+json, application/json or text/plain")
        record_id = history.session_of(installation, session) if _is_uuid(session) else None
        if record_id is None:
            return outcome(404, "no session has this uuid")
        told = history.read(installation, "session", record_id, how=form)
        answer = _told(told, form, installation)
        took = round((installation.clock.boot() - started) * 1000)
        structlog.get_logger().info("read", route="/sessions/{uuid}/history", status=200, ms=took)
        return answer


def _told(told: history.SessionHistory, form: str, installation: Installation) -> fastapi.Response:
    if form == "json":
        return _answer(fhir_json.encode(history_forms.as_json(told)), "application/json")
    if form == "text":
        return _answer(history_text.as_text(told).encode(), "text/plain; charset=utf-8")
    return _answer(fhir_json.encode(history_forms.as_bundle(told, installation.base)), FHIR)


def _form(accept: str) -> str | None:
    """The form that a reader asks for; FHIR where anything will do."""
    asked = [part.split(";")[0].strip().lower() for part in accept.split(",")]
    forms = {FHIR: "fhir", "*/*": "fhir", "application/*": "fhir", "application/json": "json", "text/plain": "text"}
    return next((forms[one] for one in asked if one in forms), None)


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


async def _http_error(_: fastapi.Request, error: Exception) -> fastapi.Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return outcome(status, {404: "there is nothing here", 405: "only GET is taken here"}.get(status, "not done"))


async def _unreadable(_: fastapi.Request, __: Exception) -> fastapi.Response:
    return outcome(400, "the request cannot be read")


async def _known_error(_: fastapi.Request, error: Exception) -> fastapi.Response:
    code = error.code if isinstance(error, errors.InfusionFhirError) else ""
    return outcome(503, "not done; infusion-fhir explain says more about the code", code)


async def _fault(_: fastapi.Request, error: Exception) -> fastapi.Response:
    structlog.get_logger().error("fault", exc_info=error)
    return outcome(500, "a fault of infusion-fhir itself", "IF-USE-99")
