"""The file that a PostgreSQL database is backed up to: gzip, a JSON value a line, readable by any tool.

First a line about the whole, then for each table its columns and its rows, at last the number of rows and a checksum.
Bytes are base64. A file that was cut short, or changed, is refused as a whole.
"""

import base64
import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa

from integration.errors import StoreError
from integration.store import driver_errors, schema, tables

FORMAT = "infusion-fhir dump 1"
_PAGE = 500
_GZIP = b"\x1f\x8b"


def write(conn: sa.Connection, file: BinaryIO) -> None:
    """Write everything, as it is at one moment."""
    with gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=6, mtime=0) as packed:
        digest = hashlib.sha256()
        rows = 0
        for line in _lines(conn):
            rows += isinstance(line, list)
            data = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            digest.update(data)
            packed.write(data)
        packed.write(json.dumps({"rows": rows, "sha256": digest.hexdigest()}).encode() + b"\n")


def _lines(conn: sa.Connection) -> Iterator[dict[str, Any] | list[Any]]:
    yield {"format": FORMAT, "revision": schema.revision(conn)}
    for table in tables.metadata.sorted_tables:
        yield {"table": table.name, "columns": [column.name for column in table.columns]}
        binary = [isinstance(column.type, sa.LargeBinary) for column in table.columns]
        for row in conn.execute(sa.select(table).execution_options(yield_per=_PAGE)):
            yield [_packed(value) if is_bytes else value for value, is_bytes in zip(row, binary, strict=True)]


def _packed(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()


def is_dump(path: Path) -> bool:
    """Whether a file looks like one of these."""
    with path.open("rb") as file:
        return file.read(len(_GZIP)) == _GZIP


def read(conn: sa.Connection, path: Path) -> None:
    """Make the tables as they were and fill them, in the transaction of the connection."""
    try:
        with gzip.open(path, "rb") as packed:
            _fill(conn, _checked(packed))
    except (OSError, EOFError, zlib.error, ValueError, KeyError, sa.exc.InvalidRequestError) as error:
        raise driver_errors.without_driver_text(_unreadable(path)) from error
    _continue_numbers(conn)


def _unreadable(path: Path) -> StoreError:
    return StoreError(driver_errors.BACKUP_UNREADABLE, "the file is damaged, or is no copy of ours", where=str(path))


def _checked(packed: Any) -> Iterator[Any]:
    """The lines but the last, which must say that they are all there and unchanged."""
    digest = hashlib.sha256()
    held: bytes | None = None
    rows = 0
    for data in packed:
        if held is not None:
            line = json.loads(held)
            rows += isinstance(line, list)
            digest.update(held)
            yield line
        held = data
    if held is None or json.loads(held) != {"rows": rows, "sha256": digest.hexdigest()}:
        raise ValueError("the last line does not fit the others")


def _fill(conn: sa.Connection, lines: Iterator[Any]) -> None:
    head = next(lines)
    if head["format"] != FORMAT:
        raise ValueError("another format")
    schema.upgrade_on(conn, _known(head["revision"]))
    insert: Callable[[list[Any]], None] | None = None
    page: list[Any] = []
    for line in lines:
        if isinstance(line, dict):
            _flush(insert, page)
            page = []
            insert = _inserting(conn, line["table"], line["columns"])
            continue
        page.append(line)
        if len(page) == _PAGE:
            _flush(insert, page)
            page = []
    _flush(insert, page)


def _known(revision: str) -> str:
    if revision not in schema.REVISIONS:
        raise StoreError(driver_errors.NEWER_SCHEMA, f"the copy has revision {revision}, of a newer release")
    return revision


def _flush(insert: Callable[[list[Any]], None] | None, page: list[Any]) -> None:
    if insert is not None and page:
        insert(page)


def _inserting(conn: sa.Connection, name: str, columns: list[str]) -> Callable[[list[Any]], None]:
    # As the database has them at the dump's revision, not as this release would like them.
    table = sa.Table(name, sa.MetaData(), autoload_with=conn)
    statement = sa.insert(table)
    binary = {column for column in columns if isinstance(table.c[column].type, sa.LargeBinary)}

    def insert(page: list[Any]) -> None:
        rows = [dict(zip(columns, values, strict=True)) for values in page]
        for row in rows:
            for column in binary:
                if row[column] is not None:
                    row[column] = base64.b64decode(row[column], validate=True)
        conn.execute(statement, rows)

    return insert


def _continue_numbers(conn: sa.Connection) -> None:
    """Let the counters of events and attempts go on after the highest number that was brought back."""
    if conn.dialect.name != "postgresql":
        return
    for table, column in (("event", "seq"), ("attempt", "id")):
        counter = sa.func.pg_get_serial_sequence(table, column)
        highest = sa.select(sa.func.max(sa.column(column))).select_from(sa.table(table)).scalar_subquery()
        conn.execute(sa.select(sa.func.setval(counter, sa.func.coalesce(highest, 1), highest.is_not(None))))
