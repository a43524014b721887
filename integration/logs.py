"""The log: one JSON object a line on standard error, and in it only what may be there.

Keys are taken from a list; every other key is dropped, whatever somebody passes. Values of these keys are ours: names
of hospitals, codes, numbers, uuids. Never a document, a name, an MRN, a URL or a query.
"""

import logging
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, Final

ALLOWED: Final = frozenset({
    "attempt", "bytes", "code", "command", "count", "error", "event", "exit", "hospital", "level", "ms", "places",
    "request_id", "route", "state", "status", "timestamp", "tries", "type",
})  # fmt: skip
"""The keys that a log line may have."""

_TALKATIVE: Final = ("httpx", "httpcore", "sqlalchemy", "alembic", "uvicorn", "asyncio", "psycopg")


def quiet() -> None:
    """Let no library log what it likes; at the start of every program."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
        logging.getLogger(name).propagate = False
        logging.getLogger(name).handlers = [logging.NullHandler()]


def configure(level: int = logging.WARNING) -> None:
    """Set the log up, once, at the start of a program that keeps one."""
    import structlog  # noqa: PLC0415 - it takes long to load, and commands that keep no log need only `quiet`

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_values,
            only_allowed,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def without_values(_: Any, __: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Replace an exception by its class and the places it came through: its text may quote a record."""
    given = line.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given
    if isinstance(error, BaseException):
        line["error"] = type(error).__name__
        line["places"] = places(error.__traceback__)
    return line


def only_allowed(_: Any, __: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Drop every key that is not on the list."""
    return {key: value for key, value in line.items() if key in ALLOWED}


def places(trace: TracebackType | None) -> list[str]:
    """Where an error came through, as `file:line in function`; no values, no source lines."""
    return [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(trace)]
