"""Faults in what a search gives: pages that lead in circles, elsewhere or nowhere, entries that stand there twice.

A search whose answer has no further page is given one where the fault is about the link itself.
"""

import random
from collections.abc import Callable, Mapping
from typing import Any, Final

from fhir_profiles import fhir_json
from integration.sandbox import request_kinds
from integration.sandbox.exchange import Request, Response
from integration.sandbox.fault_schedule import Fault
from integration.sandbox.response_parts import changed, document_in

Alters = Callable[[Fault, Request, Response, random.Random, float], Response]


def _with_next(link: Callable[[Fault, Request, str, str | None], str | None]) -> Alters:
    """Give the answer another next link, made from this page's own link and the true next one."""

    def alter(fault: Fault, request: Request, response: Response, _: random.Random, __: float) -> Response:
        document = document_in(response)
        if document is None or document.get("type") != "searchset":
            return response
        own = _url(document, "self")
        there = link(fault, request, own or request.path, _url(document, "next"))
        if there is None:
            return response
        links = [one for one in _links(document) if one.get("relation") != "next"]
        return changed(response, document | {"link": [*links, {"relation": "next", "url": there}]})

    return alter


def _links(document: fhir_json.Document) -> list[fhir_json.Document]:
    links = document.get("link")
    return [one for one in links if isinstance(one, dict)] if isinstance(links, list) else []


def _url(document: fhir_json.Document, relation: str) -> str | None:
    return next((str(one["url"]) for one in _links(document) if one.get("relation") == relation and "url" in one), None)


def _itself(_: Fault, __: Request, own: str, ___: str | None) -> str | None:
    return own


def _circle(_: Fault, request: Request, own: str, true: str | None) -> str | None:
    """The first page leads on as it should; every later one leads back to where it came from."""
    return own if "page" in request_kinds.kinds_of(request) or true is None else None


def _elsewhere(fault: Fault, _: Request, own: str, true: str | None) -> str | None:
    return _at(true or own, fault.text("to"))


def _odd_port(_: Fault, __: Request, own: str, true: str | None) -> str | None:
    link = true or own
    host = link.partition("://")[2].partition("/")[0].partition(":")[0]
    return _at(link, f"{host}:443:443")


def _relative(_: Fault, __: Request, ___: str, true: str | None) -> str | None:
    if true is None or "://" not in true:
        return None
    return "/" + true.partition("://")[2].partition("/")[2]


def _at(link: str, host: str) -> str:
    return f"https://{host}/{link.partition('://')[2].partition('/')[2] or link}"


def _doubled(_: Fault, __: Request, response: Response, rng: random.Random, ___: float) -> Response:
    document = document_in(response)
    entries: Any = document.get("entry") if document is not None else None
    if document is None or document.get("type") != "searchset" or not entries:
        return response
    return changed(response, document | {"entry": [*entries, entries[rng.randrange(len(entries))]]})


STRIKES: Final[Mapping[str, Alters]] = {
    "next-to-itself": _with_next(_itself),
    "next-in-circles": _with_next(_circle),
    "next-elsewhere": _with_next(_elsewhere),
    "next-odd-port": _with_next(_odd_port),
    "next-relative": _with_next(_relative),
    "duplicates-in-search": _doubled,
}
"""What each fault in a search does, by its name."""
