"""What all tables share: one metadata, and the lengths of keys and digests."""

from sqlalchemy import MetaData, String

metadata = MetaData()

KEY = String(255)
DIGEST = String(64)
