"""Codes of hospitals, enrolments and links, and of the judge that compares a hospital with the ledger."""

from integration.errors import Explanation, Who

CODES: tuple[Explanation, ...] = (
    Explanation(
        "IF-LNK-01",
        "Pretend records go to no real hospital",
        "This home holds records marked `test: true` (sample data), and the hospital is not on this machine. Nothing "
        "was added or imported.",
        "Use a home of its own (`--home`) for sample data, and another for the clinic's real records.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-LNK-02",
        "A patient that is not stored",
        "Only patients whose record is stored can be enrolled; an enrolment is never a standing order.",
        "Check the id in the clinic's export, `infusion-fhir import` it, then enrol again.",
        Who.CLINIC,
    ),
    Explanation(
        "IF-LNK-03",
        "The link file cannot be used",
        "It is CSV with the columns patient and hospital_patient, or kind, id and hospital_id (kind: patient, session, "
        "assessment, follow-up, staff-role or device); or NDJSON with these fields. Each of ours, and each of the "
        "hospital's Patients, stands there once. No line of it was used.",
        "Correct the line and column named and run `infusion-fhir link` again.",
        Who.CLINIC,
    ),
    Explanation(
        "IF-LNK-04",
        "Patients are not linked at this hospital",
        "The hospital's setting is `patients = create`: the clinic's patients are made there, so there is nothing to "
        "link.",
        "If hospital IT wants its own Patients used, `infusion-fhir hospital set NAME --patients link` before anybody "
        "is enrolled.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-LNK-05",
        "The hospital's Patient does not look like ours",
        "Birth date or family name differ, or the hospital's Patient is replaced or not active. What is of this "
        "patient is held.",
        "Compare both by eye, with hospital IT if need be. If it is the same person, `infusion-fhir link … --confirm "
        "PATIENT`; if not, correct the link file.",
        Who.CLINIC,
    ),
    Explanation(
        "IF-LNK-06",
        "The patient is enrolled and not linked",
        "The hospital's setting is `patients = link`, and nobody has said which of its Patients this is, so nothing "
        "of this patient is sent.",
        "Ask hospital IT for the Patient ids and run `infusion-fhir link --hospital NAME --file F`.",
        Who.CLINIC,
    ),
    Explanation(
        "IF-USE-21",
        "That name cannot be a hospital's",
        "A hospital's name is of a-z, 0-9, - and _, begins with a letter or digit, and is at most 63 long.",
        "Choose another name.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-USE-22",
        "These settings of a hospital cannot be",
        "A value is out of range, the credentials do not fit together, or the waits are so short that a request could "
        "still arrive after its last look-up (wait must be longer than deadline + commit delay + index lag + 1 s).",
        "Change the values that the message names; `infusion-fhir hospital show NAME` prints those in force.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-USE-23",
        "How patients or documents go there cannot be changed now",
        "Patients are enrolled at this hospital already; those that were created there are other Patients than those "
        "that would be linked, and documents that went there whole are others than single vital signs.",
        "`infusion-fhir unenrol --hospital NAME --all` first, and ask hospital IT what becomes of what is there.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-USE-24",
        "It is not clear which hospital or which rows are meant",
        "There are several hospitals and none was named, or no row fits what was asked for.",
        "Add `--hospital NAME`; `infusion-fhir queue list` shows the rows, by reason.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-USE-25",
        "Nobody is there to answer",
        "The command asks before it acts, and its input is no terminal (or --json was given).",
        "Read the question; if the answer is yes, run the command again with --yes.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-USE-26",
        "It is not clear which patients are meant",
        "Give either --patient ID, as often as needed, or --all.",
        "Run the command again with one of them.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-USE-27",
        "An option of push cannot be used so",
        "--wait takes a time such as 90s, 10m, 2h or 0; -o goes with --dry-run.",
        "`infusion-fhir push --help` shows an example.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-USE-28",
        "A hospital of the demo did not start",
        "The demo runs three pretend hospitals as programs of their own on this machine; one of them ended, or did not "
        "answer in time.",
        "Read the last words of its log; then run the demo again, when the machine has less to do.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-AUD-21",
        "The hospital could not be read for comparing",
        "Reading one resource by its id was answered with something else than the resource or `not there`. Nothing was "
        "counted.",
        "Run `infusion-fhir hospital verify NAME` again; if it stays, show hospital IT the status.",
        Who.HOSPITAL_IT,
    ),
    Explanation(
        "IF-AUD-22",
        "The hospital gave another resource than asked for",
        "What came back has another type or id. A cache or a proxy between us and the hospital may mix up answers.",
        "Send nothing more (`infusion-fhir hospital pause NAME`) and show hospital IT.",
        Who.HOSPITAL_IT,
    ),
)
