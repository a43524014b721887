"""Codes of commands that cannot be followed as they were given: IF-USE."""

from typing import Final

from integration.errors import Explanation, Who


def _use(code: str, title: str, happened: str, next_step: str, who: Who = Who.OPERATOR) -> Explanation:
    return Explanation(code, title, happened, next_step, who)


CODES: Final = (
    _use(
        "IF-USE-01",
        "No such hospital",
        "No hospital has this name.",
        "`infusion-fhir hospital list` shows the names; `hospital add` adds one.",
    ),
    _use(
        "IF-USE-02",
        "The hospital is there already",
        "A hospital of this name was added before. Nothing was changed.",
        "Use `infusion-fhir hospital set NAME` to change it, or give the new one another name.",
    ),
    _use(
        "IF-USE-03",
        "Nothing to retry",
        "This row is not parked, held or dismissed: it is sent by itself, or is there already.",
        "`infusion-fhir push` sends what is due; `infusion-fhir status` shows what is not.",
    ),
    _use(
        "IF-USE-04",
        "Not enrolled or linked",
        "The patient whom this row is about is not enrolled at the hospital, or not linked to one of its patients; "
        "retrying cannot change that.",
        "`infusion-fhir enrol` or `infusion-fhir link` first; what waits then goes by itself.",
        Who.CLINIC,
    ),
    _use(
        "IF-USE-05",
        "A reason is needed",
        "What a person decides about a row is kept for auditors, with the reason. Nothing was changed.",
        'Give the command again with --reason "…"; write no patient\'s name in it.',
        Who.CLINIC,
    ),
    _use(
        "IF-USE-06",
        "No such row",
        "The hospital has no row for this resource: its patient is not enrolled there, or the id is another.",
        "`infusion-fhir queue list` shows the rows that wait; `infusion-fhir history` shows all of a session.",
    ),
    _use(
        "IF-USE-11",
        "A file cannot be written",
        "The file named for the output cannot be written there. Nothing else was changed.",
        "Name another file, in a folder that exists and that this user may write to.",
    ),
    _use(
        "IF-USE-12",
        "No such kind of record",
        "There is no kind of record of this name, or records of it are not taken yet.",
        "`infusion-fhir schema` lists the kinds.",
    ),
    _use("IF-USE-13", "No such code", "No message has this code.", "`infusion-fhir explain` lists every code."),
    _use(
        "IF-USE-14",
        "Not stored",
        "No record of this kind and id was ever imported.",
        "Check the id: it is the clinic's own, as in its export (capitals count). Import the record if it is missing.",
        Who.CLINIC,
    ),
    _use(
        "IF-USE-15",
        "The proof cannot be read",
        "The public key or the kept checkpoints that were named cannot be read, or are of another form.",
        "The public key is audit-key.pub of the home; a checkpoint is what `audit verify --json` prints.",
    ),
    _use(
        "IF-USE-16",
        "The port is taken",
        "Another program listens on this port, or this user may not use it.",
        "Give another --port, or leave it out: a free one is taken and printed.",
    ),
    _use(
        "IF-USE-98",
        "The command was not understood",
        "The command, an option or a value is not one that infusion-fhir takes. Nothing was done.",
        "Add --help to the command: it shows what may be given, with an example.",
    ),
    _use(
        "IF-USE-99",
        "A fault of infusion-fhir",
        "The program itself failed. What was finished is kept; a file in the home (faults.log) has the places in the "
        "program, and nothing of any record.",
        "Run the command again. If it fails again, send faults.log and the command to whoever looks after "
        "infusion-fhir.",
    ),
)
