"""The other records that a map may ask for, read from the store and kept while a batch is worked on."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, and_, select

from fhir_profiles import fhir_json
from integration.store import record_heads, tables
from integration.store.columns import as_bytes
from integration.store.record_heads import Key
from mappings import records

H = tables.record_head
R = tables.record
L = tables.record_link
_CURRENT = and_(R.c.kind == H.c.kind, R.c.id == H.c.id, R.c.version == H.c.version)
_AT_VISIT = select(L.c.target_id, L.c.id).order_by(L.c.target_id, L.c.id)
_BODY_OF_HEAD = select(H.c.kind, H.c.id, R.c.body).join(R, _CURRENT)


def body_to_record(body: bytes) -> records.Record:
    """Read a record as the store keeps it."""
    return records.parse(fhir_json.loads(body))


class StoreKnown:
    """`mappings.known.Known` on the store; remembers a bounded number of records, so it serves one transaction."""

    def __init__(self, conn: Connection, remember: int = 1500) -> None:
        self._conn = conn
        self._remember = remember
        self._records: OrderedDict[Key, records.Record | None] = OrderedDict()
        self._observations: dict[str, list[Key]] = {}

    def get(self, kind: str, id: str) -> records.Record | None:  # noqa: A002 - the protocol's word
        """The current version of a record, or None when the clinic never sent it."""
        key = (kind, id)
        if key not in self._records:
            self.load([key])
        self._records.move_to_end(key)
        return self._records[key]

    def load(self, keys: Iterable[Key]) -> dict[Key, records.Record]:
        """Read many records at once; those that are not stored are left out."""
        wanted = set(keys)
        known = {key: self._records[key] for key in wanted if key in self._records}
        found: dict[Key, records.Record] = {}
        for kind, pieces in record_heads.by_kind(key for key in wanted if key not in known).items():
            for ids in pieces:
                query = _BODY_OF_HEAD.where(H.c.kind == kind, H.c.id.in_(ids))
                for row in self._conn.execute(query):
                    found[row.kind, row.id] = body_to_record(as_bytes(row.body))
        for key in wanted:
            self._keep(key, found.get(key, known.get(key)))
        return found | {key: record for key, record in known.items() if record is not None}

    def observations_of(self, visit: str) -> Sequence[records.Record]:
        """The observations taken at a visit, which is written as in the records: `session/S-1`."""
        if visit not in self._observations:
            self.expect([visit])
        keys = self._observations[visit]
        found = self.load(keys)
        return [found[key] for key in keys if key in found]

    def expect(self, visits: Iterable[str]) -> None:
        """Find out at once which observations were taken at many visits; they are read when they are asked for."""
        by_id = {records.kind_and_id(visit): visit for visit in visits}
        for visit in by_id.values():
            self._observations[visit] = []
        for kind, pieces in record_heads.by_kind(by_id).items():
            for ids in pieces:
                at_visit = (L.c.kind == "observation") & (L.c.target_kind == kind) & L.c.target_id.in_(ids)
                for target, record_id in self._conn.execute(_AT_VISIT.where(at_visit)):
                    self._observations[by_id[kind, target]].append(("observation", record_id))

    def _keep(self, key: Key, record: records.Record | None) -> None:
        self._records[key] = record
        self._records.move_to_end(key)
        while len(self._records) > self._remember:
            self._records.popitem(last=False)
