"""IF-AUTH: how we prove to a hospital who we are."""

from typing import Final

from integration.errors import Explanation, Who

CODES: Final = (
    Explanation(
        "IF-AUTH-01",
        "The secret is not there",
        "The file or environment variable that a hospital's settings name for its password or token does not exist or "
        "cannot be read.",
        "Create it, or name another with `infusion-fhir hospital set NAME --secret-file F` (or --secret-env V).",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-AUTH-02",
        "Others could read the secret",
        "The secret's file may be read or changed by other users of this machine, so it is not used.",
        "`chmod 600` the file. If others had access, ask hospital IT for a new secret.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-AUTH-03",
        "The secret cannot be used",
        "It is empty, longer than 8 KB, not text, or more than one line.",
        "Write the password or token alone into the file, on one line.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-AUTH-04",
        "The credentials' settings are incomplete",
        "basic needs a user name and a secret; bearer needs a secret; each from exactly one place.",
        "`infusion-fhir hospital set NAME --auth … --username … --secret-file …`.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-AUTH-05",
        "The hospital does not take our credentials",
        "It answered 401, also after the secret was read again. Sending to this hospital has stopped; what waits is "
        "kept.",
        "Ask hospital IT whether the user or token is still valid, write the new secret into its place, then "
        "`infusion-fhir hospital resume NAME`.",
        Who.HOSPITAL_IT,
    ),
    Explanation(
        "IF-AUTH-06",
        "The hospital does not allow this",
        "It answered 403: it knows us, and does not permit this kind of request. Other resource types go on.",
        "Ask hospital IT for the permission that `infusion-fhir hospital show NAME` lists, then "
        "`infusion-fhir hospital resume NAME`.",
        Who.HOSPITAL_IT,
    ),
)
