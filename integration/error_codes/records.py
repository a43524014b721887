"""Codes of what is wrong with the form of a record: IF-REC. Conduct is never refused."""

from integration.errors import Explanation, Who

_KEPT_OUT = "The record was not imported; the other lines were."
_AGAIN = "then export the record again; --fix-file writes the refused lines to a file that can be corrected."


def _refused(code: str, title: str, happened: str, next_step: str) -> Explanation:
    return Explanation(code, title, f"{happened} {_KEPT_OUT}", f"{next_step}, {_AGAIN}", Who.CLINIC)


CODES: tuple[Explanation, ...] = (
    _refused("IF-REC-01", "Not a record", "The line is JSON, but no object.", "Write one record a line, as an object"),
    _refused(
        "IF-REC-02",
        "Unknown kind of record",
        "The field kind names no kind of record that infusion-fhir knows.",
        "Use one of the kinds that `infusion-fhir schema` lists",
    ),
    _refused("IF-REC-03", "A field is missing", "A field that this kind needs is not there.", "Give the field named"),
    _refused(
        "IF-REC-04",
        "Unknown field",
        "The record has a field that its kind does not know; leaving it out silently would lose it.",
        "Correct the name (`infusion-fhir schema KIND` lists them), or leave the field out",
    ),
    _refused(
        "IF-REC-05",
        "A value of the wrong form",
        "A value is not of the form that its field takes: a text for a number, a list for one value, a bad id.",
        "Write the value in the form that the message names",
    ),
    _refused(
        "IF-REC-06",
        "Unknown word",
        "A field takes one of a few words, and this is none of them.",
        "Use one of the words that the message lists",
    ),
    _refused(
        "IF-REC-07",
        "Wrong unit",
        "A value has a unit that its field or measure does not take. infusion-fhir converts nothing.",
        "Write the unit that the message names, with the value that belongs to it",
    ),
    _refused(
        "IF-REC-08",
        "Not a time or date",
        "A time has no offset or seconds, so it does not say when something was; or a date is none.",
        "Write times as 2026-03-02T09:30:00-06:00 and dates as 2026-03-02, 2026-03 or 2026",
    ),
    _refused(
        "IF-REC-09",
        "End before start",
        "An interval ends before it starts, and no hospital could store it.",
        "Correct one of the two times",
    ),
    _refused(
        "IF-REC-10",
        "Value or absence",
        "A measurement has neither a value nor the reason why there is none, or has both.",
        "Give exactly one of value, components and absent",
    ),
    _refused(
        "IF-REC-11",
        "The id tells who the patient is",
        "A record's id equals an MRN, a name or the birth date of its patient, and ids go to hospitals. (If it was "
        "stored before its patient was known, it is never sent, and taken out again when its line comes.)",
        "Give the record an id that means nothing, and use it wherever the record is named",
    ),
    _refused(
        "IF-REC-12",
        "A key does not fit",
        "A key inside the record is used twice, or names nothing in the record.",
        "Give each thing in a record its own key, and refer to it by that key",
    ),
    _refused(
        "IF-REC-13",
        "Two fields contradict each other",
        "Two fields of the record cannot both be right.",
        "Correct the field named",
    ),
)
