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
    Explanation(
        "IF-AUD-04",
        "Something stored is not what was sealed",
        "A record, a document, a request, what became of it, or what a hospital is said to hold was changed behind the "
        "program's back: it is not what the events said when it was written. The events tell the digest of what stood "
        "there, not the text.",
        "Keep the database as it is, take the true text from the last backup (`infusion-fhir restore` into an empty "
        "home), and find out who could write to the database.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-AUD-05",
        "Something that the events speak of is not there",
        "A record, a document, a request or its text was deleted behind the program's back: what infusion-fhir itself "
        "takes out (a record that is refused afterwards) stands in an event.",
        "Keep the database as it is, take what is missing from the last backup (`infusion-fhir restore` into an empty "
        "home), and find out who could write to the database.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-AUD-06",
        "Something is stored of which no event speaks",
        "A record, a document or a request was put into the database without the event that goes with it, or an event "
        "says a second time what was said before. infusion-fhir writes both in one transaction.",
        "Trust nothing that is named here, keep the database as it is, and find out who could write to it.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-AUD-07",
        "What is made from the records is not what they give",
        "Findings, links between records or the mark of test data were edited, taken out or put in; the records "
        "themselves are what was sealed. All of it is made from them, so nothing is lost.",
        "Find out who could write to the database, and take the last backup (`infusion-fhir restore` into an empty "
        "home); what a record gives is also made anew with its next version.",
        Who.OPERATOR,
    ),
)
