"""IF-SBX: pretend hospitals; the files that people write for them, and talking to one that runs."""

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
        "`infusion-fhir sandbox list --faults` shows every fault with what it does.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-SBX-05",
        "No such fault schedule",
        "No preset and no single fault has this name, or the schedule's file cannot be read.",
        "Use none, flaky, outage or hostile, the name of one fault, or a file that ends in .toml.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-SBX-20",
        "The fault needs a real socket",
        "The fault happens on a connection (slow bytes, cut bodies, wrong lengths), and the pretend hospital was asked "
        "for in process, where there are no connections.",
        "Ask for it with socket=True, or use `infusion-fhir sandbox run --faults …`.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-SBX-21",
        "The pretend hospital's patients cannot be used",
        "What was given with --patients is neither a number nor a file of FHIR resources (a Bundle, or one a line, "
        "each with an id) or of a clinic's own records of patients. Nothing was started.",
        "Give a number, a file of FHIR resources with ids, or the clinic's export, such as "
        "`infusion-fhir sample -o clinic/` writes.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-SBX-22",
        "It is not clear which pretend hospital is meant",
        "None runs under this user on this machine, or several do and none of them was named.",
        "Start one with `infusion-fhir sandbox run`, or name one with --port; `infusion-fhir sandbox list` shows those "
        "that run.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-SBX-23",
        "The pretend hospital does not answer",
        "Its file is there, but nothing answers at its address: it was killed, is stopped, or a fault keeps it away "
        "for the moment.",
        "Try again; if it stays so, start it anew with `infusion-fhir sandbox run`.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-SBX-24",
        "The pretend hospital refused",
        "Its admin API has refused what was asked; the message says why. Nothing was changed.",
        "Check type and id with `infusion-fhir sandbox journal`, and the names of faults with "
        "`infusion-fhir sandbox list --faults`.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-SBX-25",
        "The file with the sandbox's token cannot be used",
        "The file that a running pretend hospital leaves for its user (address and token) cannot be written or read, "
        "or others may read it.",
        "Check that the folder named belongs to you and that the disk has room; delete the file and start the pretend "
        "hospital anew.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-SBX-26",
        "It is not clear what is to be edited",
        "`sandbox edit` needs one resource (TYPE/ID) and one thing to do with it, and a patch that is a JSON object.",
        "For example: `infusion-fhir sandbox edit Observation/8f2c --set status=entered-in-error`.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-SBX-27",
        "Faults of certificates cannot be switched on while it runs",
        "The pretend hospital was started without TLS, and whether it speaks TLS is settled when it starts.",
        "Start it with the fault, for example `infusion-fhir sandbox run --faults tls-expired`.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-SBX-28",
        "The address of a running pretend hospital cannot be changed",
        "The path of the FHIR base stands in `[server]` of the character file, and is settled when it starts.",
        "Leave `path` as it is, or stop the pretend hospital and run the new file.",
        Who.OPERATOR,
    ),
)
