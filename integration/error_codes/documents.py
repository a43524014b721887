"""Codes of making documents: IF-MAP (what has no FHIR form yet) and IF-CHK (what the check refuses)."""

from integration.errors import Explanation, Who

_STAYS = "The record is stored; its documents stay as they were, and what refers to them waits."


def _refused(code: str, title: str, happened: str) -> Explanation:
    fix = "Correct the element named in the clinic's system and export the record again; if the record is right, "
    return Explanation(code, title, f"{happened} {_STAYS}", fix + "report it as a fault of infusion-fhir.", Who.CLINIC)


CODES: tuple[Explanation, ...] = (
    Explanation(
        "IF-MAP-01",
        "No FHIR form for this",
        f"A code, unit or status of the record has no form in FHIR that infusion-fhir knows. {_STAYS}",
        "Write it as the message says and export the record again.",
        Who.CLINIC,
    ),
    Explanation(
        "IF-MAP-02",
        "Waits for another record",
        "The record needs one that was never imported: a session needs its plan, and everything its patient. It is "
        "stored and waits.",
        "Import the record named; nothing else is to do.",
        Who.CLINIC,
    ),
    Explanation(
        "IF-MAP-03",
        "Two records give one document",
        f"Something inside the record has an id that another record already uses, such as a side effect's. {_STAYS}",
        "Give each side effect an id of its own in the whole clinic, and export the record again.",
        Who.CLINIC,
    ),
    Explanation(
        "IF-MAP-04",
        "A record has changed its patient",
        "The record now names another patient than before. What was made of it for the first one is taken back there: "
        "hospitals are told that it was entered in error. Nothing is made of it for the other one under the same id.",
        "Record it anew for the right patient, with an id of its own, and this one as entered in error.",
        Who.CLINIC,
    ),
    _refused("IF-CHK-01", "Not the shape of FHIR R4", "An element of the document is unknown, missing or misformed."),
    _refused("IF-CHK-02", "A code that R4 does not allow", "An element takes codes of one list, and this is none."),
    _refused(
        "IF-CHK-03", "A reference to the wrong type", "A reference points to a type that R4 does not allow there."
    ),
    _refused("IF-CHK-04", "A rule of R4 is broken", "Elements of the document contradict each other."),
    _refused("IF-CHK-05", "Not a date or time", "A date or time of the document is not in the calendar."),
    _refused("IF-CHK-06", "An id that cannot be used", "An id or identifier is missing, too long, or has other signs."),
    _refused("IF-CHK-07", "A type that is not made", "The document is of a type that infusion-fhir does not make."),
)
