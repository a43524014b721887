"""Codes of the audit trail: IF-AUD."""

from integration.errors import Explanation, Who

CODES: tuple[Explanation, ...] = (
    Explanation(
        "IF-AUD-01",
        "The audit trail was changed",
        "An event was edited, put in, taken out or moved, or the end of the trail was cut off; `audit verify` shows "
        "where. Everything before the first place named is as it was.",
        "Keep the database as it is, compare it with the last backup, and find out who could write to it.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-AUD-02",
        "A checkpoint is not signed with this key",
        "A checkpoint of the audit trail was signed with another key, or changed afterwards.",
        "Give `audit verify` the public key of this clinic's home; if it is the right one, treat it as IF-AUD-01.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-AUD-03",
        "The signing key cannot be used",
        "The key that signs checkpoints of the audit trail is missing, or is not 32 bytes.",
        "Give back the key file that `infusion-fhir init` made; older checkpoints are checked with its public half.",
        Who.OPERATOR,
    ),
)
