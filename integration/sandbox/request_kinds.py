"""What a request is, in one word: `read`, `create`, `batch` …, so that a fault can be meant for some requests only."""

import re
import urllib.parse
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from fhir_profiles import fhir_json
from integration.sandbox.exchange import Request

KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "any": "every request",
        "data": "every request but for /metadata and tokens",
        "metadata": "/metadata and .well-known/smart-configuration",
        "token": "the token endpoint",
        "read": "one resource by its id",
        "vread": "one version of a resource",
        "history": "versions of a resource, a type or all",
        "search": "a search, by GET or POST, its further pages too",
        "page": "a further page of a search",
        "operation": "an operation such as $match",
        "export": "bulk export, its status and files",
        "write": "whatever may change the hospital",
        "create": "POST of one resource",
        "update": "PUT of one resource",
        "patch": "PATCH of one resource",
        "delete": "DELETE of one resource",
        "conditional": "a write with If-None-Exist or with a search in its address",
        "bundle": "a batch or a transaction",
        "batch": "a batch",
        "transaction": "a transaction",
        "hook": "the hospital's own calls to a subscriber",
    }
)
"""The words, with what each means."""

_TYPE = re.compile(r"[A-Z][A-Za-z]+")
_PAGE = re.compile(r"(?:^|&)_?(?:get)?pages?[A-Za-z]*=")
_OF_METHOD: Final = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


def kinds_of(request: Request) -> frozenset[str]:
    """Give every word that fits a request."""
    steps = [urllib.parse.unquote(step) for step in request.path.split("/") if step]
    if steps[:1] == ["metadata"] or steps[:1] == [".well-known"]:
        return frozenset({"any", "metadata"})
    if steps[-1:] == ["token"]:
        return frozenset({"any", "token"})
    return frozenset({"any", "data"}) | _data(request, steps)


def _data(request: Request, steps: list[str]) -> frozenset[str]:
    if any("export" in step.lower() for step in steps):
        return frozenset({"export", "operation"})
    if any(step.startswith("$") for step in steps):
        return frozenset({"operation"})
    if request.method in ("GET", "HEAD"):
        return _reading(request, steps)
    if steps[-1:] == ["_search"]:
        return frozenset({"search"})
    if not steps and request.method == "POST":
        return _bundle(request)
    one = _OF_METHOD.get(request.method)
    if one is None:
        return frozenset()
    conditional = "if-none-exist" in request.headers or (one != "create" and len(steps) == 1)
    return frozenset({"write", one, *(["conditional"] if conditional else [])})


def _reading(request: Request, steps: list[str]) -> frozenset[str]:
    if _PAGE.search(request.query) or steps[:1] == ["_page"]:
        return frozenset({"search", "page"})
    if "_history" in steps:
        return frozenset({"vread"} if steps[-1] != "_history" else {"history"})
    if len(steps) == 2 and _TYPE.fullmatch(steps[0]) and not steps[1].startswith("_"):
        return frozenset({"read"})
    return frozenset({"search"})


def _bundle(request: Request) -> frozenset[str]:
    return frozenset({"write", "bundle", *([kind] if (kind := bundle_kind(request)) else [])})


def bundle_kind(request: Request) -> str | None:
    """Give `batch` or `transaction` for such a Bundle, None for anything else."""
    document = document_of(request.body)
    kind = document.get("type") if document is not None and document.get("resourceType") == "Bundle" else None
    return kind if kind in ("batch", "transaction") else None


def document_of(body: bytes) -> dict[str, Any] | None:
    """Read a body as a JSON object; None for anything else."""
    try:
        document = fhir_json.loads(body)
    except (fhir_json.JsonError, TypeError):
        return None
    return document if isinstance(document, dict) else None
