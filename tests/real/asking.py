"""Asking a hospital's server itself, past everything of ours, on a connection of its own."""

import datetime as dt
import http.client
import json
import urllib.parse
from collections.abc import Iterator
from typing import Any

from mappings import identity

Document = dict[str, Any]
Key = tuple[str, str]

OF_TYPE = {
    "Patient": ("patient",),
    "CarePlan": ("plan",),
    "Procedure": ("session",),
    "MedicationAdministration": ("administration",),
    "Observation": ("observation", "side-effect"),
}


def get(base: str, path: str) -> tuple[int, Any]:
    """One GET; `path` is relative to the base, or a whole link that the server gave."""
    url, link = urllib.parse.urlsplit(base), urllib.parse.urlsplit(path)
    target = f"{link.path}?{link.query}" if link.scheme else f"{url.path}/{path}"
    connection = http.client.HTTPConnection("127.0.0.1", url.port, timeout=120)
    try:
        connection.request("GET", target, headers={"Accept": "application/fhir+json", "Cache-Control": "no-cache"})
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


def holdings(base: str, clinic: str) -> dict[Key, Document]:
    """Every resource there that carries an identifier of this clinic (its identifier base), by type and remote id."""
    where = identity.Base.of(clinic)
    held: dict[Key, Document] = {}
    for kind, ours in OF_TYPE.items():
        asked = urllib.parse.quote(",".join(f"{where.system(one)}|" for one in ours))
        for entry in pages(base, f"{kind}?identifier={asked}&_count=200"):
            document = entry["resource"]
            if any(where.kind_of(one["system"]) for one in identifiers(document)):
                held[kind, document["id"]] = document
    return held


def identifiers(document: Document) -> list[Document]:
    """The identifiers of a resource, one or many."""
    listed = document.get("identifier", [])
    return listed if isinstance(listed, list) else [listed]


def versions(held: dict[Key, Document]) -> dict[Key, str]:
    """Which version of each there is."""
    return {key: document["meta"]["versionId"] for key, document in held.items()}


def last_updated(held: dict[Key, Document]) -> dt.datetime:
    """When anything of it was last written."""
    return max(dt.datetime.fromisoformat(document["meta"]["lastUpdated"]) for document in held.values())


def written_since(base: str, at: dt.datetime) -> list[Document]:
    """What the hospital's own history tells of writes later than a moment (by a millisecond)."""
    later = (at + dt.timedelta(milliseconds=1)).astimezone(dt.UTC)
    since = urllib.parse.quote(later.isoformat(timespec="milliseconds").replace("+00:00", "Z"))
    return list(pages(base, f"_history?_since={since}&_count=100"))


def one(base: str, kind: str, identifier: tuple[str, str]) -> Document:
    """The one resource with this identifier."""
    asked = urllib.parse.quote("|".join(identifier))
    (entry,) = pages(base, f"{kind}?identifier={asked}")
    return dict(entry["resource"])
