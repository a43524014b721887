"""The two keys of an installation: the one that opens its database, and the one that signs its audit chain.

Both are 32 random bytes, written as 64 hexadecimal digits in a file that only its owner can read, by default outside
the folder of the data: whoever copies the data has not copied the key.
"""

import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from integration import errors

BYTES: Final = 32
MISSING: Final = "IF-CFG-04"
READABLE: Final = "IF-CFG-05"
MALFORMED: Final = "IF-CFG-06"
UNWRITABLE: Final = "IF-CFG-09"


def folder(environ: Mapping[str, str]) -> Path:
    """Where keys are kept unless another place is named."""
    configured = environ.get("XDG_CONFIG_HOME")
    return (Path(configured) if configured else Path.home() / ".config") / "infusion-fhir"


def make(path: Path, key: bytes | None = None) -> bytes:
    """Write a new key into a new file, readable by its owner only."""
    made = secrets.token_bytes(BYTES) if key is None else key
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
            file.write(made.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        says = f"the key cannot be written: {error.strerror}"
        raise errors.ConfigError(UNWRITABLE, says, where=str(path)) from None
    return made


def read_file(path: Path) -> bytes:
    """Read a key; a file that others could read is refused."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            content = file.read(4 * BYTES)
    except OSError as error:
        says = f"the key cannot be read: {error.strerror}"
        raise errors.ConfigError(MISSING, says, where=str(path)) from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise errors.ConfigError(READABLE, f"others may read or change the key (mode {mode:04o})", where=str(path))
    return _usable(content, str(path))


def read_variable(name: str, environ: Mapping[str, str]) -> bytes:
    """Read a key from the environment."""
    if name not in environ:
        raise errors.ConfigError(MISSING, "the environment variable is not set", where=name)
    return _usable(environ[name].encode(errors="surrogateescape"), name)


def read(file: Path | None, variable: str | None, environ: Mapping[str, str], *, what: str) -> bytes:
    """Read a key from the one place that is named."""
    if (file is None) == (variable is None):
        says = f"{what} must be named in exactly one way: as a file or as an environment variable"
        raise errors.ConfigError(MISSING, says)
    return read_file(file) if file is not None else read_variable(str(variable), environ)


def _usable(content: bytes, where: str) -> bytes:
    try:
        key = bytes.fromhex(content.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != BYTES:
        raise errors.ConfigError(MALFORMED, "it is not 64 hexadecimal digits", where=where)
    return key
