"""What all tables share: one metadata, the lengths of keys and digests, and how a body is read."""

from typing import Any

from sqlalchemy import MetaData, String

metadata = MetaData()

KEY = String(255)
DIGEST = String(64)


def as_bytes(body: Any) -> bytes:
    """The bytes of a body. SQLite keeps whatever type someone forced into a column: a verifier has to read that."""
    return body if isinstance(body, bytes) else str(body).encode()
