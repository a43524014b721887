"""Who a record is outside the clinic: identifier systems, logical ids and full URLs, all made from one base.

The base is a URL that the clinic owns, or a `urn:uuid:` that `infusion-fhir init` makes. Two clinics with different
bases can both have a session "S-0001" and never meet at one hospital.
"""

import functools
import hashlib
import re
import uuid
from dataclasses import dataclass
from urllib.parse import urlsplit

KINDS = (
    "patient",
    "plan",
    "session",
    "observation",
    "assessment",
    "condition",
    "clinic",
    "staff-role",
    "location",
    "device",
    "follow-up",
    "side-effect",
    "administration",
    "order",
    "goal",
    "discharge",
    "allergy",
    "medication-statement",
    "consent",
    "document",
)
"""Every kind of thing that has an identifier system of its own, spelled as in that system."""

_URN = "urn:uuid:"
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Base:
    """The clinic's identifier base, from which every identifier system and every id is made."""

    url: str

    @classmethod
    def of(cls, text: str) -> "Base":
        """Take the text of a base, or raise ValueError that says what is wrong with it."""
        if text.startswith(_URN):
            if not _UUID.fullmatch(text):
                raise ValueError("the identifier base starts with urn:uuid: but no lower-case UUID follows")
            return cls(text)
        _refuse_unusable_url(text)
        return cls(text)

    def system(self, kind: str) -> str:
        """Give the identifier system of a kind of record, as it stands in each document."""
        return _system(self.url, kind)

    def logical_id(self, kind: str, record_id: str) -> str:
        """Give the id that every document of this record has at a hospital that lets us choose it."""
        return _logical_id(self.url, kind, record_id)

    def full_url(self, resource_type: str, logical_id: str) -> str:
        """Give the name of one document inside a Bundle; unlike the logical id it is never shared by two documents."""
        return _URN + _named(self.url, f"{resource_type}/{logical_id}")

    def kind_of(self, system: str) -> str | None:
        """Tell which kind of record an identifier system of this base stands for; None for a foreign system."""
        return _kinds(self.url).get(system)


def _refuse_unusable_url(text: str) -> None:
    """Raise ValueError unless the text is a plain absolute http(s) URL without a trailing slash."""
    if re.search(r"[\s<>\"{}|\\^`]", text) or not text.isascii() or len(text) > _LONGEST:
        raise ValueError(f"the identifier base has blanks or signs that a URL may not have, or over {_LONGEST} signs")
    parts = urlsplit(text)
    if parts.scheme not in {"https", "http"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError("the identifier base must start with https://, http:// or urn:uuid: and name a host, no user")
    if "?" in text or "#" in text:
        raise ValueError("the identifier base must have no ? and no #")
    if text.endswith("/"):
        raise ValueError("the identifier base must not end with a slash")


@functools.cache
def _namespace(url: str) -> bytes:
    return uuid.uuid5(uuid.NAMESPACE_URL, url).bytes


@functools.lru_cache(maxsize=1024)
def _system(url: str, kind: str) -> str:
    spelled = kind.replace("_", "-")
    if url.startswith(_URN):
        return _URN + str(uuid.uuid5(uuid.UUID(url.removeprefix(_URN)), spelled))
    return f"{url}/{spelled}"


@functools.lru_cache(maxsize=8192)
def _logical_id(url: str, kind: str, record_id: str) -> str:
    return _named(url, f"{kind.replace('_', '-')}/{record_id}")


def _named(url: str, name: str) -> str:
    """Write `uuid.uuid5` of a name in the base's namespace (RFC 9562 §5.5), in a third of the time."""
    found = hashlib.sha1(_namespace(url) + name.encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(found[16], 16) & 3]
    return f"{found[:8]}-{found[8:12]}-5{found[13:16]}-{variant}{found[17:20]}-{found[20:32]}"


@functools.cache
def _kinds(url: str) -> dict[str, str]:
    return {_system(url, kind): kind for kind in KINDS}
