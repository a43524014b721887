"""How we prove to a hospital who we are: nothing, user name and password, or a token.

Secrets come from a file that only its owner can read, or from the environment; never from a command line. They are
read when the hospital is opened, and once more when it answers 401: a secret that was changed is then used.
"""

import base64
import stat
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from integration import errors
from integration.hospital.settings import Settings

_LONGEST_SECRET = 8192


class Secret(Protocol):
    """Where a password or token is read."""

    def read(self) -> str:
        """The secret as it is now; raises ConfigError (IF-AUTH-…) when it cannot be used."""


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A secret in a file of its own, readable by its owner only."""

    path: Path

    def read(self) -> str:
        """Read it; a file that others could read is refused."""
        try:
            with self.path.open("rb") as file:
                mode = stat.S_IMODE(self.path.stat().st_mode)
                if mode & (stat.S_IRWXG | stat.S_IRWXO):
                    says = f"others may read or change it (its mode is {mode:04o}): chmod 600"
                    raise errors.ConfigError("IF-AUTH-02", says, where=str(self.path))
                content = file.read(_LONGEST_SECRET + 1)
        except OSError as wrong:
            raise errors.ConfigError("IF-AUTH-01", type(wrong).__name__, where=str(self.path)) from None
        return _usable(content, str(self.path))


@dataclass(frozen=True, slots=True)
class SecretVariable:
    """A secret in an environment variable."""

    name: str
    environ: Mapping[str, str] = field(repr=False)

    def read(self) -> str:
        """Read it as it is now."""
        if self.name not in self.environ:
            raise errors.ConfigError("IF-AUTH-01", "the environment variable is not set", where=self.name)
        return _usable(self.environ[self.name].encode(errors="surrogateescape"), self.name)


class Auth:
    """The credentials for one hospital; several threads may share it."""

    def __init__(self, secret: Secret | None = None, username: str | None = None) -> None:
        self._secret = secret
        self._username = username
        self._lock = threading.Lock()
        self._value = None if secret is None else secret.read()

    def header(self) -> str | None:
        """What goes into `Authorization`, or None."""
        value = self._value
        if value is None:
            return None
        if self._username is None:
            return f"Bearer {value}"
        return "Basic " + base64.b64encode(f"{self._username}:{value}".encode()).decode()

    def refresh(self, used: str | None) -> bool:
        """After a 401 to `used`: read the secret again; True when there is another one to try."""
        with self._lock:
            if self._secret is None:
                return False
            if self.header() == used:
                try:
                    self._value = self._secret.read()
                except errors.ConfigError:
                    return False  # being replaced just now, or gone: the 401 stands
            return self.header() != used


def open_auth(settings: Settings, environ: Mapping[str, str]) -> Auth:
    """The credentials that a hospital's settings ask for; a secret that cannot be read raises IF-AUTH-…."""
    if settings.auth == "none":
        return Auth()
    secret: Secret
    if settings.secret_file is not None:
        secret = SecretFile(settings.secret_file)
    elif settings.secret_env is not None:
        secret = SecretVariable(settings.secret_env, environ)
    else:
        raise errors.ConfigError("IF-AUTH-04", f"auth {settings.auth} needs --secret-file or --secret-env")
    if settings.auth == "bearer":
        return Auth(secret)
    if not settings.username:
        raise errors.ConfigError("IF-AUTH-04", "auth basic needs a user name")
    return Auth(secret, settings.username)


def _usable(content: bytes, where: str) -> str:
    """A secret as text: one line, nothing that cannot stand in a header; never quoted in a message."""
    try:
        text = content.decode().strip("\r\n")
    except UnicodeDecodeError:
        raise errors.ConfigError("IF-AUTH-03", "it is not UTF-8 text", where=where) from None
    if not text or len(content) > _LONGEST_SECRET or not text.isprintable():
        raise errors.ConfigError("IF-AUTH-03", "it is empty, too long, or more than one line of text", where=where)
    return text
