"""Codes of the sandbox: characters and fault schedules that people write by hand (IF-SBX)."""

from integration.errors import Explanation, Who

CODES: tuple[Explanation, ...] = (
    Explanation(
        "IF-SBX-01",
        "A sandbox file is no TOML",
        "The character or the fault schedule cannot be read as TOML; the message names the line and the column.",
        "Correct that place. The files that come with the sandbox are examples.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-SBX-02",
        "A sandbox file says what is not understood",
        "A key, a type, an interaction or a value of a character or a fault schedule is none that there is. Each line "
        "is named with what is allowed there; nothing was started.",
        "Correct the lines named; the nearest words are given for slips of the pen.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-SBX-03",
        "No such character",
        "No pretend hospital has this name, and no file of a character is there.",
        "`infusion-fhir sandbox list` shows the characters; a file of one's own ends in .toml.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-SBX-04",
        "No such fault",
        "No fault has this name.",
        "`infusion-fhir sandbox list` shows the faults with what each does.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-SBX-05",
        "No such fault schedule",
        "No preset and no single fault has this name, or the schedule's file cannot be read.",
        "Use none, flaky, outage or hostile, the name of one fault, or a file that ends in .toml.",
        Who.OPERATOR,
    ),
)
