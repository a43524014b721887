"""Asking a hospital's server itself, past everything of ours, on a connection of its own."""

import datetime as dt
import http.client
import json
import urllib.parse
from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]


def get(base: str, path: str) -> tuple[int, Any]:
    """One GET; `path` is relative to the base, or a whole link that the server gave."""
    url = urllib.parse.urlsplit(base)
    link = urllib.parse.urlsplit(path)
    target = path if not link.scheme else urllib.parse.urlunsplit(("", "", link.path, link.query, ""))
    connection = http.client.HTTPConnection("127.0.0.1", url.port, timeout=120)
    try:
        where = target if link.scheme else f"{url.path}/{target}"
        connection.request("GET", where, headers={"Accept": "application/fhir+json", "Cache-Control": "no-cache"})
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None
    finally:
        connection.close()


def found(base: str, path: str) -> Document:
    """What must be there."""
    status, document = get(base, path)
    assert status == 200, (status, path, document)
    return dict(document)


def pages(base: str, path: str) -> Iterator[Document]:
    """Every entry of a search or history, page after page."""
    link: str | None = path
    while link is not None:
        page = found(base, link)
        yield from page.get("entry", [])
        link = next((one["url"] for one in page.get("link", []) if one["relation"] == "next"), None)


def versions(base: str, keys: Iterator[tuple[str, str]] | set[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Which version of each of these resources the server holds."""
    return {key: found(base, "/".join(key))["meta"]["versionId"] for key in sorted(keys)}


def moment(text: str) -> dt.datetime:
    """A FHIR instant."""
    return dt.datetime.fromisoformat(text)


def just_after(at: dt.datetime) -> str:
    """One millisecond later, in UTC, as a search value."""
    later = (at + dt.timedelta(milliseconds=1)).astimezone(dt.UTC)
    return urllib.parse.quote(later.isoformat(timespec="milliseconds").replace("+00:00", "Z"))
