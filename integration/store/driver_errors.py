"""What a database driver reports, put into the words and codes of this product.

The drivers' own texts can quote rows (PostgreSQL's "Failing row contains …"), so none of them is passed on.
"""

from collections.abc import Callable

from sqlalchemy.engine import ExceptionContext

from integration.errors import StoreError

NO_DATABASE = "IF-STO-01"
WRONG_KEY = "IF-STO-02"
NOT_OURS = "IF-STO-03"
OTHER_CLINIC = "IF-STO-04"
OLDER_SCHEMA = "IF-STO-05"
NEWER_SCHEMA = "IF-STO-06"
LOCKED = "IF-STO-07"
FULL = "IF-STO-08"
UNREACHABLE = "IF-STO-09"
CONTENDED = "IF-STO-10"
REFUSED = "IF-STO-11"
OLD_ENGINE = "IF-STO-12"
UNSAFE_SERVER = "IF-STO-13"
NO_TLS = "IF-STO-14"
NOT_EMPTY = "IF-STO-15"
BASE_FROZEN = "IF-STO-16"
BASE_UNUSABLE = "IF-STO-17"
BACKUP_UNWRITABLE = "IF-STO-18"
BACKUP_UNREADABLE = "IF-STO-19"
DAMAGED = "IF-STO-20"
READ_ONLY = "IF-STO-21"

_BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 5, 6, 8, 10, 11, 13, 14, 26
_SQLITE = {
    _BUSY: (LOCKED, "the database is locked by another program"),
    _LOCKED: (LOCKED, "the database is locked by another connection of this program"),
    _READONLY: (READ_ONLY, "the database may not be written here"),
    _IOERR: (FULL, "the disk refused to read or write the database"),
    _CORRUPT: (DAMAGED, "the database file is damaged"),
    _FULL: (FULL, "the disk is full, or the database has reached its largest allowed size"),
    _CANTOPEN: (READ_ONLY, "the database file, or one beside it, cannot be opened"),
    _NOTADB: (WRONG_KEY, "the key does not open this database"),
}
_POSTGRES = {
    "40001": (CONTENDED, "two programs changed the same rows at the same moment"),
    "40P01": (CONTENDED, "two programs waited for each other's rows"),
    "55P03": (LOCKED, "another program holds the rows that are needed"),
    "53100": (FULL, "the disk of the database server is full"),
    "53200": (FULL, "the database server has no memory left"),
    "25006": (READ_ONLY, "the database server takes no changes now"),
    "42501": (READ_ONLY, "this database user may not do that"),
    "XX001": (DAMAGED, "a table of the database is damaged"),
    "XX002": (DAMAGED, "an index of the database is damaged"),
}
_POSTGRES_CLASSES = {
    "08": (UNREACHABLE, "the connection to the database server was lost"),
    "28": (UNREACHABLE, "the database server refused this user or password"),
    "3D": (UNREACHABLE, "the database server has no database of that name"),
    "53": (UNREACHABLE, "the database server takes no more connections"),
    "57": (UNREACHABLE, "the database server ended the connection or the statement"),
}


def translate(context: ExceptionContext) -> BaseException | None:
    """Give our own error for what the driver raised; None leaves an error alone that no driver made."""
    if context.sqlalchemy_exception is None:
        return None
    error = context.original_exception
    if _name_of_table_missing(error):
        return StoreError(NOT_OURS, "a table of infusion-fhir is missing in this database")
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        return of_sqlite(int(code))
    return _of_postgres(getattr(error, "sqlstate", None), lost=context.is_disconnect)


def of_sqlite(code: int) -> StoreError:
    """Give our own error for a result code of SQLite (the extended ones count by their last byte)."""
    known = _SQLITE.get(code & 0xFF)
    return StoreError(*known) if known else StoreError(REFUSED, f"the database refused (SQLite {code})")


def _of_postgres(state: str | None, *, lost: bool) -> StoreError:
    if state in _POSTGRES:
        return StoreError(*_POSTGRES[state])
    if state is not None and state[:2] in _POSTGRES_CLASSES:
        return StoreError(*_POSTGRES_CLASSES[state[:2]])
    if lost or state is None:
        return StoreError(UNREACHABLE, "the database server cannot be reached, or the connection to it was lost")
    return StoreError(REFUSED, f"the database refused (SQLSTATE {state})")


def _name_of_table_missing(error: BaseException) -> bool:
    if getattr(error, "sqlstate", None) == "42P01":
        return True
    return hasattr(error, "sqlite_errorcode") and str(error).startswith("no such table")


def without_driver_text(error: StoreError) -> StoreError:
    """Take the driver's own error off ours, so that no traceback shows what it quoted."""
    error.__cause__ = None
    error.__suppress_context__ = True
    return error


def is_contended(error: StoreError) -> bool:
    """Tell whether the whole transaction may simply be tried again."""
    return error.code == CONTENDED


Translator = Callable[[ExceptionContext], BaseException | None]
