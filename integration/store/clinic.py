"""Whose database this is: one clinic, its name and its identifier base."""

import uuid
from dataclasses import dataclass, replace

from sqlalchemy import Connection, insert, select, update

from integration.errors import StoreError
from integration.store import driver_errors, tables
from mappings import identity

C = tables.clinic
_ONE = 1


@dataclass(frozen=True, slots=True)
class Clinic:
    """The one clinic of a database; `installation` tells its database from every other clinic's."""

    installation: str
    name: str
    identifier_base: str

    @property
    def base(self) -> identity.Base:
        """The identifier base, ready for making identifiers."""
        return identity.Base(self.identifier_base)


def create(conn: Connection, name: str, base: str, now: float, *, installation: str | None = None) -> Clinic:
    """Make an empty database this clinic's."""
    if find(conn) is not None:
        raise StoreError(driver_errors.NOT_EMPTY, "this database already belongs to a clinic")
    made = Clinic(installation or str(uuid.uuid4()), name, usable_base(base))
    conn.execute(
        insert(C).values(
            one=_ONE,
            installation=made.installation,
            name=made.name,
            identifier_base=made.identifier_base,
            created_at=now,
        )
    )
    return made


def find(conn: Connection) -> Clinic | None:
    """The clinic of this database, or None before `init`."""
    row = conn.execute(select(C.c.installation, C.c.name, C.c.identifier_base).where(C.c.one == _ONE)).one_or_none()
    return None if row is None else Clinic(row.installation, row.name, row.identifier_base)


def get(conn: Connection) -> Clinic:
    """The clinic of this database."""
    found = find(conn)
    if found is None:
        raise StoreError(driver_errors.NO_DATABASE, "the database belongs to no clinic yet")
    return found


def require(conn: Connection, installation: str) -> Clinic:
    """The clinic, if it is the one that the home folder was made for; another clinic's database is refused."""
    found = get(conn)
    if found.installation != installation:
        raise StoreError(driver_errors.OTHER_CLINIC, "this is the database of another clinic, or of another home")
    return found


def change_base(conn: Connection, base: str) -> Clinic:
    """Set another identifier base; refused once a record is stored, because its identifiers are made from it."""
    if conn.scalar(select(tables.record_head.c.id).limit(1)) is not None:
        raise StoreError(driver_errors.BASE_FROZEN, "records are stored; their identifiers hang on the identifier base")
    changed = replace(get(conn), identifier_base=usable_base(base))
    conn.execute(update(C).where(C.c.one == _ONE).values(identifier_base=changed.identifier_base))
    return changed


def usable_base(text: str) -> str:
    """The identifier base as it will be kept, or an error that says what is wrong with it."""
    try:
        return identity.Base.of(text).url
    except ValueError as error:
        raise StoreError(driver_errors.BASE_UNUSABLE, str(error)) from None
