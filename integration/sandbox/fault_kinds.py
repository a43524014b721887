"""Every fault that a pretend hospital can have, by name, with its row in the project's catalogue of faults.

A kind says in words what happens, where it strikes (before the hospital hears of a request, inside, or on the answer's
way back), what can be set, whether it needs a real socket, and whether the right thing for a client to do is to stop
and call a person: such kinds are for single use and stand in no preset.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from integration import errors
from integration.sandbox import written_by_hand

UNKNOWN_KIND: Final = "IF-SBX-04"

Setting = int | float | str | bool


class Stage(StrEnum):
    """Where a fault strikes."""

    BEFORE = "before"  # the hospital never hears of the request, or hears another one
    INSIDE = "inside"  # something happens in the hospital at that moment
    AFTER = "after"  # the hospital has done it; the answer suffers on its way
    HOOK = "hook"  # the hospital's own calls to a subscriber suffer
    LINE = "line"  # the connection itself: only on a real socket


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault."""

    name: str
    rows: tuple[int, ...]
    says: str
    stage: Stage
    on: str  # the request kind that it strikes when nothing else is said
    settings: Mapping[str, Setting] = field(default_factory=dict)
    stops: bool = False  # right outcome: Stop, a person must act

    @property
    def socket(self) -> bool:
        """Whether it can be had on a real socket only."""
        return self.stage is Stage.LINE


def _kind(name: str, row: int | tuple[int, ...], stage: Stage, on: str, says: str, **settings: Setting) -> Kind:
    stops = settings.pop("stops", False) is True
    rows = row if isinstance(row, tuple) else (row,)
    return Kind(name, rows, says, stage, on, MappingProxyType(settings), stops)


_B, _I, _A, _H, _L = Stage.BEFORE, Stage.INSIDE, Stage.AFTER, Stage.HOOK, Stage.LINE

_LINE_KINDS: Final = (
    _kind("connection-refused", (1, 58), _L, "any", "nobody listens: no connection is made"),
    _kind("connection-reset", 1, _L, "any", "the connection is made and reset before one byte is read"),
    _kind("name-not-found", 2, _L, "any", "the hospital's name leads nowhere (in process; else use a .invalid name)"),
    _kind("name-slow", 2, _L, "any", "the hospital's name is found only after a while", seconds=5.0),
    _kind("tls-expired", 3, _L, "any", "the certificate is out of date", stops=True),
    _kind("tls-wrong-name", 3, _L, "any", "the certificate is of another host", stops=True),
    _kind("tls-unknown-issuer", 3, _L, "any", "nobody known has signed the certificate", stops=True),
    _kind("tls-too-old", 3, _L, "any", "only TLS 1.0 is spoken", stops=True),
    _kind("slow-bytes", 4, _L, "any", "the answer comes byte by byte", seconds=4.0),
    _kind("reset-mid-request", 5, _L, "write", "the connection is reset while the request is being sent", keep=0.5),
    _kind("body-cut", (6, 8), _L, "any", "done; the connection breaks in the middle of the answer", keep=0.5),
    _kind("length-too-long", 8, _L, "any", "Content-Length promises more than comes", extra=64),
    _kind("length-too-short", 8, _L, "any", "Content-Length promises less than comes", missing=8),
    _kind("half-closed", 8, _L, "any", "the hospital closes its side in mid-answer and leaves the line open", keep=0.5),
)

_LOST_KINDS: Final = (
    _kind("cut-before", 5, _B, "write", "the connection breaks; the hospital has not heard of the request"),
    _kind("answer-lost", 6, _A, "write", "done; the connection breaks before one byte of the answer"),
    _kind("answer-late", (4, 6), _A, "any", "done at once; the answer comes only after a while", seconds=5.0),
    _kind("late-commit", (7, 37), _I, "write", "the connection breaks; the hospital does it later", seconds=0.4),
    _kind("gateway-late", (7, 15), _I, "write", "504 from a proxy; the hospital does it later", seconds=0.4),
)

_STATUS_KINDS: Final = (
    _kind("error-500", 15, _B, "any", "500 with an OperationOutcome, nothing done"),
    _kind("bad-gateway", 15, _B, "any", "502, a proxy's HTML page, nothing done"),
    _kind("busy", (15, 58), _B, "any", "503 with Retry-After, nothing done", retry_after="1"),
    _kind("gateway-timeout", 15, _B, "any", "504 from a proxy, nothing done"),
    _kind("busy-but-done", 15, _A, "write", "503 with Retry-After from a proxy, and yet it is done", retry_after="1"),
    _kind("error-but-done", 15, _A, "write", "500, and yet it is done"),
    _kind("gateway-timeout-but-done", 15, _A, "write", "504 from a proxy, and yet it is done"),
    _kind("too-many", 12, _B, "any", "429 with Retry-After in seconds", retry_after="1"),
    _kind("too-many-until", 13, _B, "any", "429 with a date; `skew`: the Date header's error", seconds=2, skew=0),
    _kind("too-many-until-past", 13, _B, "any", "429 with a date that is past", seconds=-3600, skew=0),
    _kind("retry-after-absurd", 14, _B, "any", "429 or 503 with Retry-After 9999999999, -5, abc or worse"),
    _kind("retry-after-missing", 14, _B, "any", "429 or 503 without Retry-After", status=429),
    _kind("token-expired", 16, _B, "any", "401: the token is no longer good", stops=True),
    _kind("token-expired-in-batch", 16, _B, "batch", "401 for the later half of a batch", stops=True),
    _kind(
        "token-refused", 17, _B, "token", "400 or 401 invalid_client from the token endpoint", status=400, stops=True
    ),
    _kind("scope-missing", 18, _B, "write", "403: no scope for this type", stops=True),
    _kind("not-found", 19, _B, "update", "404 for what is there"),
    _kind("gone", 20, _B, "update", "410: deleted, it says"),
    _kind("conflict", 21, _B, "write", "409, nothing done"),
    _kind("precondition-failed", 21, _B, "update", "412, nothing done"),
    _kind("multiple-matches", 22, _B, "conditional", "412: several resources match the condition"),
    _kind("refused-400", 23, _B, "write", "400 with an OperationOutcome"),
    _kind("refused-422", 23, _B, "write", "422 with an OperationOutcome"),
    _kind("batch-entry-refused", 24, _B, "batch", "422 for one entry of a batch, the others are done"),
    _kind("batch-entries-busy", (12, 24), _B, "batch", "429 for some entries inside a 200", share_of_entries=0.5),
    _kind("transaction-refused", 25, _B, "transaction", "422 for a transaction: nothing of it is done"),
    _kind("redirect", 30, _B, "any", "a redirect to another host", status=307, to="ehr.elsewhere.invalid", stops=True),
)

_ANSWER_KINDS: Final = (
    _kind("truncated", 8, _A, "any", "the JSON ends in the middle, the length is right", keep=0.6),
    _kind("html-instead", 9, _A, "any", "200 with an HTML page: a proxy's login, a captive portal"),
    _kind("no-location", 10, _A, "create", "201 without Location and ETag"),
    _kind("empty-201", 10, _A, "create", "201 with no body; Location and ETag are there"),
    _kind("nothing-but-201", 10, _A, "create", "201 with neither body nor Location nor ETag"),
    _kind("no-content", 11, _A, "write", "204 instead of the answer"),
    _kind("ok-for-created", 11, _A, "create", "200 where 201 is right"),
    _kind("entries-missing", 26, _A, "bundle", "the answer to a Bundle lacks its last entries", entries=1),
    _kind("entries-extra", 26, _A, "bundle", "the answer to a Bundle has an entry twice"),
    _kind("entries-reordered", 26, _A, "bundle", "the answer to a Bundle has its entries in another order"),
    _kind("status-odd", 27, _A, "bundle", 'statuses such as "201", "200 OK " or "201 Created" with odd spaces'),
    _kind("status-missing", 27, _A, "bundle", "entries without a status"),
    _kind("version-forgotten", (29, 38), _A, "write", "the answer names no version"),
    _kind("versions-odd", 38, _A, "any", "version ids are no numbers"),
    _kind("versions-reused", 38, _A, "any", "every version has the same id"),
    _kind("versions-missing", 38, _A, "any", "there are no version ids and no ETags"),
    _kind("clock-skew", 31, _A, "any", "the hospital's clock is wrong by so many seconds", seconds=600),
    _kind("next-to-itself", 32, _A, "search", "the next page is this page"),
    _kind("next-in-circles", 32, _A, "search", "the second page leads back to the first"),
    _kind("next-elsewhere", 33, _A, "search", "the next page is elsewhere", to="ehr.elsewhere.invalid", stops=True),
    _kind("next-odd-port", 33, _A, "search", "the next page is at :443:443", stops=True),
    _kind("next-relative", 33, _A, "search", "the next page is a relative link"),
    _kind("next-expired", 34, _B, "page", "410: the page link has expired"),
    _kind("duplicates-in-search", 35, _A, "search", "an entry stands there twice"),
    _kind("times-in-seconds", 37, _A, "any", "lastUpdated without fractions of seconds"),
    _kind("huge", 39, _A, "read", "an answer of many megabytes", megabytes=24, stops=True),
    _kind("gzip-bomb", 40, _A, "any", "a small gzip body that unpacks to very much", megabytes=64),
    _kind("bad-utf8", 41, _A, "any", "a byte that is no UTF-8"),
    _kind("byte-order-mark", 41, _A, "any", "a byte order mark before the JSON"),
    _kind("half-character", 41, _A, "any", "half a character (a lone surrogate) in the JSON"),
    _kind("nul-character", 41, _A, "any", "a NUL byte in the JSON"),
    _kind("duplicate-key", 41, _A, "any", "a key stands twice in the JSON"),
    _kind("not-a-number", 41, _A, "any", "NaN in the JSON"),
    _kind("long-number", 41, _A, "any", "a number of 5,000 digits in the JSON"),
    _kind("deep", 42, _A, "any", "JSON nested far deeper than any document", levels=3000),
    _kind("zeros-dropped", 43, _A, "any", "decimals lose their last zeros: 1.10 becomes 1.1"),
    _kind("unknown-parts", 44, _A, "read", "an unknown extension, element and modifierExtension in the answer"),
    _kind("unknown-status", 44, _A, "read", "a status code that FHIR does not know"),
    _kind("other-patient", 60, _A, "read", "the answer is about another patient", stops=True),
    _kind("other-resource", 60, _A, "read", "the answer has another id than was asked for", stops=True),
    _kind("capability-changed", 44, _A, "metadata", "a type is suddenly declared without create and update",
          type="Observation"),
)  # fmt: skip

_HOSPITAL_KINDS: Final = (
    _kind("ignores-if-none-exist", 28, _B, "write", "If-None-Exist is passed over in silence"),
    _kind("ignores-if-match", 29, _B, "write", "If-Match is passed over in silence"),
    _kind("greater-means-from", 37, _B, "search", "_lastUpdated=gt… is taken as ge…"),
    _kind("edited-meanwhile", (21, 36), _I, "update", "the hospital's staff edit the resource just before"),
    _kind("deleted-meanwhile", 20, _I, "update", "the hospital's staff delete the resource just before"),
    _kind("patient-merged", 59, _I, "update", "the hospital merges the patient with another just before"),
    _kind("changed-while-paging", 36, _I, "page", "a resource of the first page is edited before the second"),
    _kind("hooks-missed", 54, _H, "hook", "a rest-hook is not sent"),
    _kind("hooks-twice", 52, _H, "hook", "each rest-hook is sent twice"),
    _kind("hooks-reordered", 52, _H, "hook", "rest-hooks come in another order"),
    _kind("hook-storm", 52, _H, "hook", "one rest-hook becomes very many", times=1000),
    _kind("hook-forged", 53, _H, "hook", "somebody else sends a rest-hook, with another secret"),
    _kind("hook-without-secret", 53, _H, "hook", "a rest-hook comes without the secret that was asked for"),
    _kind("subscription-off", 54, _H, "hook", "the hospital switches the subscription off and sends nothing"),
)

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {one.name: one for one in (*_LINE_KINDS, *_LOST_KINDS, *_STATUS_KINDS, *_ANSWER_KINDS, *_HOSPITAL_KINDS)}
)

NOT_A_SERVERS: Final[Mapping[int, str]] = MappingProxyType(
    {
        **dict.fromkeys((45, 46), "our own process is killed"),
        **dict.fromkeys((47, 48, 49, 51), "our own database or disk fails"),
        **dict.fromkeys((50, 61, 62), "our own workers get in each other's way"),
        **dict.fromkeys((55, 56), "it is about clients of our own API"),
        57: "one of our own records crashes the mapping",
    }
)
"""The rows of the catalogue that no hospital can provoke, and why."""


def kind(name: str) -> Kind:
    """Give the kind of this name; an unknown one raises UsageError with the nearest names."""
    found = KINDS.get(name)
    if found is None:
        raise errors.UsageError(UNKNOWN_KIND, written_by_hand.unknown("fault", name, KINDS))
    return found


def markdown() -> str:
    """Write every kind as a table for people; it stands in the README of the presets."""
    lines = ["| name | what happens | strikes | can be set | row |", "|---|---|---|---|---|"]
    for one in sorted(KINDS.values(), key=lambda kind: (kind.rows[0], kind.name)):
        settings = ", ".join(f"`{name} = {_written(value)}`" for name, value in one.settings.items())
        marks = (" · `socket`" if one.socket else "") + (" · asks for a person" if one.stops else "")
        rows = ", ".join(map(str, one.rows))
        lines.append(f"| `{one.name}` | {one.says}{marks} | {one.on} | {settings} | {rows} |")
    return "\n".join(lines)


def _written(value: Setting) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
