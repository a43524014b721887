"""Which addresses may be talked to: https only except on this machine, and never outside a hospital's own base.

Addresses are compared as parsed parts, never as text: `https://trusted.example.attacker.com` begins with
`https://trusted.example` and is somebody else.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from integration import errors

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\U0010ffff\\\"<>^`{|}]")
_PORTS: Final = {"https": 443, "http": 80}
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_CLOUD_METADATA: Final = ipaddress.ip_address("fd00:ec2::254")  # the one that is not link-local


@dataclass(frozen=True, slots=True)
class Base:
    """A hospital's FHIR base address, taken apart."""

    scheme: str
    host: str
    port: int
    path: str  # "" or "/fhir/R4", never with a slash at its end

    @property
    def url(self) -> str:
        """The address as it is sent to: without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}{'' if self.port == _PORTS[self.scheme] else f':{self.port}'}{self.path}"

    @property
    def is_loopback(self) -> bool:
        """Whether the hospital runs on this machine (a sandbox, the demo)."""
        return is_loopback(self.host)


class OutsideError(ValueError):
    """A path or link does not lie below the hospital's base address; the message never quotes it."""


def parse_base(url: str) -> Base:
    """Take a hospital's address apart, or say why it may not be used (IF-NET-01)."""
    try:
        parts = _split(url)
        host, port = _host(parts), _port(parts)
    except OutsideError as wrong:
        raise _refused(str(wrong)) from None
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise _refused("the address may have no ? and no #: give the base address only")
    if parts.scheme != "https" and not is_loopback(host):
        raise _refused("the address must begin with https:// (http:// only on this machine)")
    if _is_blocked(_as_address(host)):
        raise _refused("link-local, multicast and unspecified addresses are never a hospital")
    path = parts.path.rstrip("/")
    if _climbs(path):
        raise _refused("the address may hold no empty, . or .. parts")
    return Base(parts.scheme, host, port, path)


def join(base: Base, path: str) -> str:
    """The full address of a relative path ("Patient/1", "Patient?…", or "" for the base itself)."""
    if path.startswith("/") or "#" in path or _UNSAFE.search(path):
        raise OutsideError("the path is not one below the hospital's base address")
    steps = path.split("?", 1)[0]
    if ":" in steps.split("/", 1)[0] or (steps and _climbs("/" + steps)):
        raise OutsideError("the path is not one below the hospital's base address")
    if not steps:
        return base.url + path
    return f"{base.url}/{path}"


def relative(base: Base, link: str, *, any_server: bool = False) -> str:
    """A link from the hospital's answer as a path below its base; anything else raises `OutsideError`.

    `any_server`: the hospital is known to write its links with another name of its own (behind a proxy); the path
    is then asked of the hospital's configured address, never of the server that the link names.
    """
    parts = _resolved(base, link)
    if not any_server and (parts.scheme, _host(parts), _port(parts)) != (base.scheme, base.host, base.port):
        raise OutsideError("the link leads to another server")
    path = base.path if parts.path.rstrip("/") == base.path else parts.path
    if _climbs(path) or (path != base.path and not path.startswith(base.path + "/")):
        raise OutsideError("the link leads outside the hospital's base address")
    return path[len(base.path) + 1 :] + (f"?{parts.query}" if parts.query else "")


def is_same_origin(base: Base, link: str) -> bool:
    """Whether a link, relative or not, stays on the hospital's own server."""
    try:
        parts = _resolved(base, link)
        return (parts.scheme, _host(parts), _port(parts)) == (base.scheme, base.host, base.port)
    except OutsideError:
        return False


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: `localhost` or a loopback address, written as such."""
    address = _as_address(host)
    return host == "localhost" if address is None else address.is_loopback


def may_connect(host: str, address: str) -> bool:
    """Whether a resolved address may be connected to: `localhost` must be this machine, and no cloud metadata."""
    found = _as_address(address.split("%", 1)[0])
    if found is None or _is_blocked(found):
        return False
    return found.is_loopback or host != "localhost"


def _resolved(base: Base, link: str) -> SplitResult:
    """A link of the hospital's, which may be relative, as a whole address."""
    if _UNSAFE.search(link):
        raise OutsideError("the link holds characters that have no place in one")
    try:
        return _split(urljoin(base.url + "/", link))
    except OutsideError:
        raise
    except ValueError:
        raise OutsideError("the link cannot be read") from None


def _split(url: str) -> SplitResult:
    if _UNSAFE.search(url):
        raise OutsideError("the address holds characters that have no place in one")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise OutsideError("the address cannot be read") from None
    if parts.scheme not in _PORTS:
        raise OutsideError("the address must begin with https://")
    if "@" in parts.netloc:
        raise OutsideError("the address may hold no user name or password")
    return parts


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    address = _as_address(host)
    if address is not None and "%" not in host:
        return str(address)
    if not _HOST.fullmatch(host) or host.rsplit(".", 1)[-1].isdigit() or host.startswith("0x"):
        raise OutsideError("the host name cannot be read (write names with other letters in their xn-- form)")
    return host


def _port(parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError:
        raise OutsideError("the port cannot be read") from None
    if port == 0:
        raise OutsideError("the port cannot be 0")
    return _PORTS[parts.scheme] if port is None else port


def _climbs(path: str) -> bool:
    """Whether a path has an empty, `.` or `..` part, also when written with percent signs."""
    return any(unquote(step) in ("", ".", "..") or "/" in unquote(step) for step in path.split("/")[1:])


def _as_address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_blocked(address: Address | None) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    if address is None:
        return False
    return address.is_link_local or address.is_multicast or address.is_unspecified or address == _CLOUD_METADATA


def _refused(says: str) -> errors.UsageError:
    return errors.UsageError("IF-NET-01", says)
