"""Faults in what a hospital says of versions and times: none at all, always the same, no numbers, seconds only.

They hold wherever a version shows: `meta.versionId`, ETag, Location, and the entries of Bundles. Where versions are no
numbers, what the client sends back (If-Match, `_history/…`) is understood again.
"""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from fhir_profiles import fhir_json
from integration.sandbox import request_kinds
from integration.sandbox.exchange import Request, Response
from integration.sandbox.fault_schedule import Fault
from integration.sandbox.response_parts import changed, document_in, header, with_headers

Alters = Callable[[Fault, Request, Response, random.Random, float], Response]

_PLACED = re.compile(r"/_history/([A-Za-z0-9\-.]+)")
_FRACTION = re.compile(r"\.\d+(?=Z|[+-]\d\d:\d\d$)")
_ODD_TAG = re.compile(r'((?:W/)?")v\.([A-Za-z0-9\-.]+)\.x(")')
_ODD_PLACE = re.compile(r"(/_history/)v\.([A-Za-z0-9\-.]+)\.x")


def _odd(version: str) -> str | None:
    return f"v.{version}.x"


def _same(_: str) -> str | None:
    return "1"


def _none(_: str) -> str | None:
    return None


def _renamed(rename: Callable[[str], str | None]) -> Alters:
    """Give every version that an answer names another name, or none."""

    def alter(_: Fault, __: Request, response: Response, ___: random.Random, ____: float) -> Response:
        document = document_in(response)
        if document is not None:
            response = changed(response, _in(document, rename))
        tag, place = header(response, "etag"), header(response, "location")
        return with_headers(
            response,
            etag=_tag(tag, rename) if tag else None,
            location=_place(place, rename) if place else None,
        )

    return alter


def _tag(tag: str, rename: Callable[[str], str | None]) -> str | None:
    inner = tag.removeprefix("W/").strip('"')
    named = rename(inner)
    return None if named is None else tag.replace(inner, named)


def _place(place: str, rename: Callable[[str], str | None]) -> str:
    def other(found: re.Match[str]) -> str:
        named = rename(found[1])
        return "" if named is None else f"/_history/{named}"

    return _PLACED.sub(other, place)


def _in(value: Any, rename: Callable[[str], str | None], key: str = "") -> Any:
    if isinstance(value, list):
        return [_in(item, rename) for item in value]
    if isinstance(value, dict):
        inner = {name: _in(child, rename, name) for name, child in value.items()}
        return {name: child for name, child in inner.items() if child is not None or value[name] is None}
    if not isinstance(value, str):
        return value
    if key == "versionId":
        return rename(value)
    if key == "etag":
        return _tag(value, rename)
    return _place(value, rename) if key in ("location", "fullUrl") else value


def _forgotten(_: Fault, __: Request, response: Response, ___: random.Random, ____: float) -> Response:
    return _renamed(_none)(_, __, response, ___, ____)


def _seconds(_: Fault, __: Request, response: Response, ___: random.Random, ____: float) -> Response:
    document = document_in(response)
    return response if document is None else changed(response, _whole(document))


def _whole(value: Any, key: str = "") -> Any:
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {name: _whole(child, name) for name, child in value.items()}
    return _FRACTION.sub("", value) if key in ("lastUpdated", "lastModified") and isinstance(value, str) else value


def _understood(request: Request) -> Request:
    """Turn odd version ids in a request back to the true ones."""
    headers = {
        name: _ODD_TAG.sub(r"\1\2\3", value) if name in ("if-match", "if-none-match") else value
        for name, value in request.headers.items()
    }
    request = replace(request, headers=headers, path=_ODD_PLACE.sub(r"\1\2", request.path))
    document = request_kinds.document_of(request.body) if b"ifMatch" in request.body else None
    if document is None:
        return request
    body = fhir_json.encode(document | {"entry": [_plain(entry) for entry in document.get("entry", [])]})
    return replace(request, body=body)


def _plain(entry: Any) -> Any:
    asked = entry.get("request") if isinstance(entry, dict) else None
    if not isinstance(asked, dict) or not isinstance(asked.get("ifMatch"), str):
        return entry
    return entry | {"request": asked | {"ifMatch": _ODD_TAG.sub(r"\1\2\3", asked["ifMatch"])}}


STRIKES: Final[Mapping[str, Alters]] = {
    "version-forgotten": _forgotten,
    "versions-odd": _renamed(_odd),
    "versions-reused": _renamed(_same),
    "versions-missing": _renamed(_none),
    "times-in-seconds": _seconds,
}
"""What each fault about versions does, by its name."""

UNDERSTOOD: Final[Mapping[str, Callable[[Request], Request]]] = {"versions-odd": _understood}
"""How a request is understood while such a fault lasts."""
