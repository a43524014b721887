"""Writing ahead: the attempt is committed before a byte of its request is sent (delivery.md, "Write-ahead").

In one transaction the token, the rows and the enrolment are looked at again, the request is made of what is wanted
now, and all of it is written down. A row that is no longer what drain decided on undoes the whole.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from integration.delivery import bundles, decide, effects, lane_texts, onto, rendering, telling
from integration.delivery.effects import Attempt, Planned, Referent, Refusal
from integration.delivery.manners import Manners
from integration.store import attempts, enrolments, lanes, ledger, renderings
from integration.store.attempts import Entry
from integration.store.database import Connection, Database
from integration.store.lanes import Claim
from integration.store.rows import Key, Open, Row, State


class _RefusedError(Exception):
    """Nothing is written ahead, for this reason; what the transaction has done till then is undone."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class _Left:
    """Rows as they were left when they were written ahead."""

    attempt: int
    rows: Mapping[Key, Row]

    @classmethod
    def of(cls, attempt: int, begin: float, asked: Sequence[Row], entries: Sequence[Entry]) -> "_Left":
        """From the rows that were asked for, and what was written of each."""
        opened = (
            Open(attempt, position, entry.write, entry.want, begin, looks=0, sure=False, free=True, named=None)
            for position, entry in enumerate(entries)
        )
        pairs = zip(asked, opened, strict=True)
        return cls(attempt, {r.key: replace(r, state=State.UNKNOWN, searched=False, open=one) for r, one in pairs})


class WritingAhead:
    """Writes the attempts of one claimed lane, and remembers how it left their rows."""

    def __init__(
        self, database: Database, claim: Claim, manners: Manners, now: Callable[[], float], boot: Callable[[], float]
    ) -> None:
        self.database = database
        self.claim = claim
        self.manners = manners
        self.now = now
        self.boot = boot
        self._needs: Mapping[tuple[Key, str], tuple[Key, ...]] = {}
        self._left: _Left | None = None

    def know(self, needs: Mapping[tuple[Key, str], tuple[Key, ...]]) -> None:
        """What these contents refer to, as just loaded; it never changes, so it need not be read again."""
        self._needs = needs

    def left(self, attempt: int) -> Mapping[Key, Row] | None:
        """The rows of an attempt as they were left, told once; None when it is not the last one."""
        left, self._left = self._left, None
        return left.rows if left is not None and left.attempt == attempt else None

    def write(self, wish: effects.WriteAhead) -> Attempt | Refusal:
        """Commit the attempt before a byte is sent: token, rows and enrolment are looked at again under the lock."""
        try:
            with self.database.write() as conn:
                return self._written_ahead(conn, wish)
        except _RefusedError as refused:
            return refused.why
        except ledger.MovedError:
            return Refusal.CHANGED

    def _written_ahead(self, conn: Connection, wish: effects.WriteAhead) -> Attempt:
        begin, started = self.now(), self.boot()
        if not lanes.renew(conn, self.claim, begin + self.manners.lease):
            raise _RefusedError(Refusal.LOST)
        keys = [row.key for row in wish.rows]
        if attempts.in_flight(conn, self.claim.hospital, keys):
            raise _RefusedError(Refusal.CHANGED)
        ledger.mark_unknown(conn, self.claim.hospital, wish.rows, begin)
        if not enrolments.is_enrolled(conn, self.claim.hospital, self.claim.lane):
            raise _RefusedError(Refusal.CHANGED)
        needs = self._needs_of(conn, wish.rows)
        if needs is None:
            raise _RefusedError(Refusal.CHANGED)
        parts, referents = self._parts(conn, wish, needs)
        along = frozenset(keys) if wish.bundle == "transaction" else frozenset()
        if any(not decide.may_go(part.needs, referents, along) for part in parts):
            raise _RefusedError(Refusal.CHANGED)
        request = bundles.build(wish.bundle, parts, referents, self.manners.base)
        planned = tuple(part.entry for part in parts)
        entries = [Entry(p.key, p.write, p.want) for p in planned]
        number, sent = attempts.begin(conn, self.claim, wish.bundle, request.body or b"", entries, begin)
        telling.disclosed(conn, self.claim, number, wish.bundle, sent, planned, begin)
        self._left = _Left.of(number, begin, wish.rows, entries)
        return Attempt(number, wish.bundle, request, planned, begin, started + self.manners.deadline)

    def _parts(
        self, conn: Connection, wish: effects.WriteAhead, needs: rendering.Needs
    ) -> tuple[list[bundles.Part], dict[Key, Referent]]:
        referents = rendering.referents(
            conn, self.claim.hospital, self.manners, {key for keys in needs.values() for key in keys}
        )
        digests = {row.want for row in wish.rows} | {row.have for row in wish.rows if row.have and wish.copies}
        bodies = renderings.bodies(conn, [d for d in digests if d])
        texts = lane_texts.LaneTexts(conn, self.claim.hospital, self.manners)
        parts = []
        for row in wish.rows:
            key = row.key
            copy = wish.copies.get(key)
            body = bodies[row.want] if copy is None else onto.merged(row, copy, bodies, texts.identify)
            version = row.remote_version if self.manners.if_match != "none" else None
            planned = Planned(key, self.manners.write_of(row), row.want, row.remote_id, version)
            parts.append(bundles.Part(planned, row.identifier, body, needs.get(key, ())))
        return parts, referents

    def _needs_of(self, conn: Connection, asked: Sequence[Row]) -> rendering.Needs | None:
        """What these rows refer to; None when one is not taken as it now is.

        What one and the same content refers to never changes, so it is read once.
        """
        needs = {row.key: self._needs[row.key, row.want] for row in asked if (row.key, row.want) in self._needs}
        others = [row for row in asked if row.key not in needs]
        read = rendering.read_again(conn, self.claim, self.manners, others) if others else {}
        return None if read is None else needs | read
