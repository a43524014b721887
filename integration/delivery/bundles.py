"""Requests to a hospital: transaction, batch or single, spliced from the stored bytes of the documents."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from fhir_profiles import fhir_json
from integration.delivery.effects import Planned, Referent
from integration.hospital.messages import Request
from integration.store.rows import Key, Write
from mappings.identity import Base

_JSON = ("content-type", "application/fhir+json")
_MINIMAL = ("prefer", "return=minimal")


@dataclass(frozen=True, slots=True)
class Part:
    """One document on its way: the bytes that are wanted there, and what it refers to."""

    entry: Planned
    identifier: str
    body: bytes
    needs: tuple[Key, ...]


def build(bundle: str, parts: Sequence[Part], referents: Mapping[Key, Referent], base: Base) -> Request:
    """The request that carries these documents, in their order."""
    if bundle == "single":
        return _single(parts[0], _resolved(parts[0], referents, {}))
    names = {part.entry.key: base.full_url(*part.entry.key) for part in parts}
    along = {key: f'"reference":"{name}"'.encode() for key, name in names.items()} if bundle == "transaction" else {}
    entries = [_entry(part, _resolved(part, referents, along), names[part.entry.key]) for part in parts]
    body = b'{"resourceType":"Bundle","type":"%s","entry":[%s]}' % (bundle.encode(), b",".join(entries))
    return Request("POST", "", body, (_JSON, _MINIMAL))


def _single(part: Part, body: bytes) -> Request:
    entry = part.entry
    headers = [_JSON, _MINIMAL]
    if entry.write is Write.CREATE:
        headers.append(("if-none-exist", _token(part.identifier)))
    if entry.write is Write.UPDATE and entry.version_before is not None:
        headers.append(("if-match", f'W/"{entry.version_before}"'))
    return Request(_method(entry.write), _url(part), body, tuple(headers))


def _entry(part: Part, body: bytes, full_url: str) -> bytes:
    entry = part.entry
    request: dict[str, str] = {"method": _method(entry.write), "url": _url(part)}
    if entry.write is Write.CREATE:
        request["ifNoneExist"] = _token(part.identifier)
    if entry.write is Write.UPDATE and entry.version_before is not None:
        request["ifMatch"] = f'W/"{entry.version_before}"'
    return b'{"fullUrl":"%s","resource":%s,"request":%s}' % (full_url.encode(), body, fhir_json.encode_made(request))


def _method(write: Write) -> str:
    return "POST" if write in (Write.CREATE, Write.POST) else "PUT"


def _url(part: Part) -> str:
    kind, identity = part.entry.key
    match part.entry.write:
        case Write.PUT:
            return f"{kind}/{identity}"
        case Write.UPDATE:
            return f"{kind}/{part.entry.remote_id}"
        case Write.CONDITIONAL_PUT:
            return f"{kind}?{_token(part.identifier)}"
        case _:
            return kind


def _token(identifier: str) -> str:
    return f"identifier={quote(identifier, safe='')}"


def _resolved(part: Part, referents: Mapping[Key, Referent], along: Mapping[Key, bytes]) -> bytes:
    """The document's bytes with each literal reference pointing to what stands at this hospital, or goes along.

    A reference stands in the stored bytes as `"reference":"Type/our-id"`; inside a JSON string a quote is escaped, so
    these bytes can be nothing else.
    """
    body = _own_id(part)
    for key in part.needs:
        there = referents.get(key)
        if there is not None and there.held:
            if there.remote_id != key[1]:
                body = body.replace(_literal(*key), _literal(key[0], there.remote_id))
        elif key in along:
            body = body.replace(_literal(*key), along[key])
        else:  # dismissed: nothing will ever stand there, so the reference becomes a logical one
            body = body.replace(_literal(*key) + b",", b"")
    return body


@functools.lru_cache(maxsize=1024)
def _literal(kind: str, identity: str | None) -> bytes:
    """How a literal reference stands in a document's bytes; those to a session come many times over."""
    return f'"reference":"{kind}/{identity}"'.encode()


def _own_id(part: Part) -> bytes:
    """Our id for a PUT of ours, theirs for an update, none where the hospital or a condition chooses."""
    entry = part.entry
    if entry.write is Write.PUT:
        return part.body
    ours = f'"id":"{entry.key[1]}"'.encode()
    if entry.write is Write.UPDATE:
        return part.body.replace(ours, f'"id":"{entry.remote_id}"'.encode(), 1)
    return part.body.replace(ours + b",", b"", 1)
