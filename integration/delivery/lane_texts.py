"""What was sent and what is held, as meanings, to compare with a hospital's copy."""

from typing import Any

from fhir_profiles import fhir_json, meaning
from fhir_profiles.fhir_json import Document
from integration.delivery.manners import Manners
from integration.delivery.settling import Hit, Texts
from integration.store import attempts, ledger, links, renderings
from integration.store.database import Connection
from integration.store.rows import Row


class LaneTexts:
    """Reads documents of one hospital's rows and brings them to their meaning."""

    def __init__(self, conn: Connection, hospital: str, manners: Manners) -> None:
        self._conn = conn
        self._hospital = hospital
        self._base = manners.base

    def hit(self, document: Document) -> Hit:
        """A copy that was found at the hospital."""
        meta = document.get("meta")
        version = meta.get("versionId") if isinstance(meta, dict) else None
        return Hit(str(document["id"]), version, meaning.meaning(document, self.identify))

    def of_open(self, row: Row) -> Texts:
        """The texts to judge an open attempt by: what it sent, byte for byte, and what went before."""
        if row.open is None:
            raise ValueError("nothing is open for this row")
        sent = self._sent(row.open.attempt, row.open.position)
        return Texts(meaning.meaning(sent, self.identify), self.have(row), self.older(row))

    def wanted(self, row: Row) -> Any:
        """What the row wants now."""
        return self._of_digest(row.want)

    def have(self, row: Row) -> Any | None:
        """What the row is known to have."""
        return None if row.have is None else self._of_digest(row.have)

    def older(self, row: Row) -> list[tuple[str, Any]]:
        """Everything that was ever sent for this row, newest first."""
        digests = attempts.ever_sent(self._conn, self._hospital, row.key)
        bodies = renderings.bodies(self._conn, digests)
        return [(d, self._meaning(bodies[d])) for d in digests if d in bodies]

    def _sent(self, attempt: int, position: int) -> Document:
        body = fhir_json.loads(attempts.body_of(self._conn, attempt))
        sent: Document = body["entry"][position]["resource"] if body.get("resourceType") == "Bundle" else body
        return sent

    def _of_digest(self, digest: str) -> Any:
        return self._meaning(renderings.bodies(self._conn, [digest])[digest])

    def _meaning(self, body: bytes) -> Any:
        return meaning.meaning(fhir_json.loads(body), self.identify)

    def identify(self, resource_type: str, identity: str) -> str | None:
        """What has this id at the hospital; or, for ours that is linked, what stands for it there."""
        link = links.find(self._conn, self._hospital, (resource_type, identity))
        if link is not None and resource_type != "Patient":
            return f"{resource_type}/{link.remote_id}"
        return ledger.identifier_of_remote(self._conn, self._hospital, resource_type, identity)
