"""Who may come in: SMART Backend Services (token endpoint, registered keys, scopes, expiry, replays), Basic, tokens."""

import base64
import binascii
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fhir_profiles import fhir_json
from integration.sandbox import assertions, exchange, scopes
from integration.sandbox.assertions import AssertionFault
from integration.sandbox.exchange import Request, Response
from integration.sandbox.manners import Access, Client
from integration.sandbox.refusing import Reason, RefusedError, refused

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST: Final = 300.0
"""So many seconds ahead an assertion may expire at most."""

SKEW: Final = 60.0
_OPEN: Final = frozenset({"metadata", ".well-known/smart-configuration"})


class _OAuthError(Exception):
    """A refusal of the token endpoint, in OAuth's own form."""

    def __init__(self, error: str, says: str) -> None:
        super().__init__(error)
        self.error = error
        self.says = says


@dataclass(frozen=True, slots=True)
class Grant:
    """A token that was given: to whom, for what, until when."""

    client: str
    scopes: tuple[str, ...]
    ends: float


class Gate:
    """The hospital's door."""

    def __init__(self, access: Access | None, base_url: str) -> None:
        self._access = access
        self._token_url = f"{base_url}/{access.token_path}" if access else ""
        self._grants: dict[str, Grant] = {}
        self._seen: dict[tuple[str, str], float] = {}  # assertions by client and jti, until they expire

    def is_token_request(self, path: str) -> bool:
        """Whether an address is that of the token endpoint."""
        return self._access is not None and path == self._access.token_path

    def scopes_of(self, path: str, headers: Mapping[str, str], now: float) -> tuple[str, ...] | None:
        """What a request may do, None for everything; who is not known is refused."""
        access = self._access
        if access is None or path in _OPEN:
            return None
        scheme, _, credential = headers.get("authorization", "").partition(" ")
        credential = credential.strip()
        if scheme.lower() == "bearer":
            if credential in access.tokens:
                return None
            grant = self._grants.get(credential)
            if grant is not None and grant.ends > now:
                return grant.scopes
        if scheme.lower() == "basic" and _password(credential) in access.passwords:
            return None
        raise _stranger(access)

    def revoke(self) -> None:
        """Let every token given so far end at once."""
        self._grants.clear()

    def token(self, request: Request, now: float, rng: random.Random) -> Response:
        """Answer at the token endpoint."""
        try:
            if request.method.upper() != "POST":
                raise _OAuthError("invalid_request", "the token endpoint takes POST only")  # noqa: TRY301
            grant = self._granted(request, now)
        except _OAuthError as wrong:
            status = 401 if wrong.error == "invalid_client" else 400
            return _said(status, {"error": wrong.error, "error_description": wrong.says})
        self._grants = {token: one for token, one in self._grants.items() if one.ends > now}
        token = f"{rng.getrandbits(256):064x}"
        self._grants[token] = grant
        answer = {"access_token": token, "token_type": "bearer", "expires_in": int(grant.ends - now)}
        return _said(200, answer | {"scope": " ".join(grant.scopes)})

    def _granted(self, request: Request, now: float) -> Grant:
        if self._access is None or exchange.media(request.headers, "content-type") != exchange.FORM:
            raise _OAuthError("invalid_request", "a token is asked for with a form")
        try:
            form = dict(exchange.params(request.body.decode()))
        except (UnicodeDecodeError, RefusedError):
            raise _OAuthError("invalid_request", "the form cannot be read") from None
        if form.get("grant_type") != "client_credentials":
            raise _OAuthError("unsupported_grant_type", "only client_credentials is supported")
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise _OAuthError("invalid_request", "the client assertion's type is not the JWT bearer's")
        try:
            client = self._client(form.get("client_assertion", ""), now)
        except AssertionFault as fault:
            raise _OAuthError("invalid_client", str(fault)) from None
        asked = tuple(form.get("scope", "").split())
        given = scopes.granted(asked, client.scopes)
        if not given:
            raise _OAuthError("invalid_scope", "none of the scopes can be granted to this client")
        return Grant(client.id, given, now + min(self._access.token_seconds, LONGEST))

    def _client(self, assertion: str, now: float) -> Client:
        """The client whose assertion this is; each is believed once."""
        clients = self._access.clients if self._access else ()
        issuer = assertions.claimed(assertion).get("iss")
        client = next((one for one in clients if one.id == issuer), None)
        if client is None:
            raise AssertionFault("the assertion's issuer is not registered here")
        claims = assertions.verified(assertion, client.keys)
        if claims.get("iss") != client.id or claims.get("sub") != client.id:
            raise AssertionFault("issuer and subject of the assertion are not the client")
        audience = claims.get("aud")
        if self._token_url not in (audience if isinstance(audience, list) else [audience]):
            raise AssertionFault("the assertion is meant for another server")
        ends = _expiry(claims, now)
        jti = claims.get("jti")
        if not isinstance(jti, str) or not jti:
            raise AssertionFault("the assertion has no jti")
        self._seen = {one: until for one, until in self._seen.items() if until + SKEW > now}
        if (client.id, jti) in self._seen:
            raise AssertionFault("this assertion has been used before")
        self._seen[client.id, jti] = ends
        return client


def _expiry(claims: Mapping[str, Any], now: float) -> float:
    ends = assertions.seconds(claims, "exp")
    if ends is None or ends + SKEW <= now:
        raise AssertionFault("the assertion has expired, or does not say when it will")
    if ends > now + LONGEST + SKEW:
        raise AssertionFault("the assertion lasts longer than five minutes")
    for name in ("nbf", "iat"):
        begins = assertions.seconds(claims, name)
        if begins is not None and begins > now + SKEW:
            raise AssertionFault("the assertion is not valid yet")
    return ends


def _stranger(access: Access) -> RefusedError:
    schemes = [("WWW-Authenticate", "Bearer")] if access.clients or access.tokens else []
    if access.passwords and not schemes:
        schemes = [("WWW-Authenticate", 'Basic realm="sandbox"')]
    return refused(Reason.UNAUTHORIZED, "who asks is not known here, or no longer", "", tuple(schemes))


def _password(credential: str) -> tuple[str, str] | None:
    try:
        user, colon, password = base64.b64decode(credential, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (user, password) if colon else None


def _said(status: int, document: dict[str, Any]) -> Response:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache"}
    return Response(status, headers, fhir_json.encode(document))
