"""Codes of rows that wait for a person: IF-DEL. `infusion-fhir queue list` shows them."""

from typing import Final

from integration.errors import Explanation, Who

_RETRY = "then `infusion-fhir queue retry`"

CODES: Final = (
    Explanation(
        "IF-DEL-01",
        "The hospital refused it",
        "The hospital answered that it does not take this document, and said why (`queue show`). Nothing else was "
        "held up by it but what refers to it. It is not sent again by itself.",
        f"Read what the hospital said. If the record is wrong, correct it in the clinic's system and import it: it "
        f"then goes by itself. If the hospital has to change something (a code to map, a rule), {_RETRY}.",
        Who.HOSPITAL_IT,
    ),
    Explanation(
        "IF-DEL-02",
        "It is there more than once",
        "The hospital holds two or more resources with our identifier. Which one counts cannot be told, so nothing is "
        "written to any of them.",
        f"Ask hospital IT to keep one and remove the others, {_RETRY}.",
        Who.HOSPITAL_IT,
    ),
    Explanation(
        "IF-DEL-03",
        "It seems to make the server fail",
        "Three times this document was sent alone, no answer came back, and it was not there afterwards, while the "
        "hospital answered other requests.",
        f"Give hospital IT the times (`queue show`), so that they look into their server's log; when it is mended, "
        f"{_RETRY}.",
        Who.EHR_VENDOR,
    ),
    Explanation(
        "IF-DEL-04",
        "The hospital does not take this",
        "By its own statement the hospital takes no resource of this type, or no changes to one that it holds. What "
        "it holds stays as it is.",
        "Ask hospital IT whether this can be allowed (`hospital show` lists what is needed); else bring the change "
        "there by hand and `infusion-fhir queue dismiss` with the reason.",
        Who.HOSPITAL_IT,
    ),
    Explanation(
        "IF-DEL-05",
        "Somebody at the hospital changed it",
        "The hospital's copy is neither what was sent last nor what it held before: it was edited there. It is not "
        "overwritten.",
        "Compare both (`infusion-fhir queue show`, and the hospital's own history). To write ours over it: "
        "`infusion-fhir queue retry --reason …`. To leave theirs: `infusion-fhir queue dismiss --reason …`.",
        Who.CLINIC,
    ),
    Explanation(
        "IF-DEL-06",
        "It is gone at the hospital",
        "The hospital held this resource and does not any more: somebody removed it there.",
        "Ask hospital IT why. To create it again: `infusion-fhir queue retry --reason …`; else `queue dismiss`.",
        Who.HOSPITAL_IT,
    ),
    Explanation(
        "IF-DEL-07",
        "Somebody wrote in between",
        "The hospital does not guard its versions, and the version that it gave is not the one after ours: another "
        "writer's edit may have been overwritten. It stands in the hospital's history.",
        f"Compare the versions in the hospital's history, repair there what was lost, {_RETRY} with a reason.",
        Who.HOSPITAL_IT,
    ),
    Explanation(
        "IF-DEL-08",
        "It may be there already",
        "The answer to its first write was lost, and this hospital cannot be searched by our identifier: sending it "
        "again could put it there twice.",
        "Look in the hospital's system. If it is not there: `infusion-fhir queue retry --reason …`; if it is: "
        "`queue dismiss --reason …`; a later correction is then held again, and has to be made there by hand.",
        Who.CLINIC,
    ),
    Explanation(
        "IF-DEL-09",
        "The copy there is about another patient",
        "What the hospital holds under our identifier or id names another patient. Sending to this hospital has "
        "stopped.",
        "Do not resume before it is understood: two patients may be mixed up, there or in `infusion-fhir link`. Ask "
        f"hospital IT, correct the link or the copy, {_RETRY} and `hospital resume`.",
        Who.HOSPITAL_IT,
    ),
    Explanation(
        "IF-DEL-10",
        "It conflicts each time",
        "Three times the hospital answered that the document conflicts with what is there, and each time nothing was "
        "found that it could conflict with.",
        "Give hospital IT the times and the answer (`queue show`): their server has something that it does not show. "
        f"When it is mended, {_RETRY}.",
        Who.EHR_VENDOR,
    ),
    Explanation(
        "IF-DEL-11",
        "The hospital holds an older version, and does not take this one",
        "What is there was sent when the hospital took it. What the record says now has a status, a code or no value "
        "that it does not take (`queue show` says which): it was not sent, and the older version still stands there.",
        "Let hospital IT correct or strike it out there by hand, then `infusion-fhir queue dismiss --reason …`.",
        Who.HOSPITAL_IT,
    ),
)
