"""What an answer to a question (not to a write) means for a command that needs it: an error with its code, or go on."""

from typing import Final

from fhir_profiles.fhir_json import Document
from integration import errors
from integration.hospital.client import Answer, Fault, NotFhir

_CODES: Final = {
    401: "IF-AUTH-05",
    403: "IF-AUTH-06",
    404: "IF-HOS-05",
    410: "IF-HOS-05",
    429: "IF-HOS-07",
    503: "IF-HOS-07",
}
_SERVER_ERRORS: Final = 500


def expect_ok(hospital: str, outcome: Answer | Fault, asked: str) -> Answer:
    """The answer, if it is a 200; anything else raises RemoteError. `asked` is a fixed word, never an address."""
    if isinstance(outcome, Fault):
        raise outcome.error(hospital)
    if outcome.status == 200:
        return outcome
    code = _CODES.get(outcome.status, "IF-HOS-06" if outcome.status >= _SERVER_ERRORS else "IF-HOS-10")
    raise errors.RemoteError(code, f"it answered {outcome.status} to {asked}", where=hospital)


def resource(hospital: str, answer: Answer, asked: str) -> Document:
    """The FHIR resource of an answer; a web page or anything else raises RemoteError."""
    try:
        return answer.json()
    except NotFhir as wrong:
        raise NotFhir(wrong.code, f"{wrong.says} (asked for {asked})", where=hospital) from None
