"""IF-HOS: what a hospital's server answers."""

from typing import Final

from integration.errors import Explanation, Who

CODES: Final = (
    Explanation(
        "IF-HOS-01",
        "A web page came back instead of FHIR",
        "The answer was HTML: the address is a web site's, or a sign-in page, proxy or firewall stands in front of the "
        "FHIR server.",
        "Check the address; ask hospital IT for the FHIR base address and to let this machine pass without signing in.",
        Who.HOSPITAL_IT,
    ),
    Explanation(
        "IF-HOS-02",
        "The answer is no FHIR JSON",
        "It is XML, cut, malformed, or JSON without a resource in it.",
        "Check that the address is the FHIR base; ask the EHR vendor whether the server speaks application/fhir+json.",
        Who.EHR_VENDOR,
    ),
    Explanation(
        "IF-HOS-03",
        "The server does not say what it can do",
        "/metadata gave another resource than a CapabilityStatement.",
        "Check the address: it must be the FHIR base, not one resource's address.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-HOS-04",
        "The server speaks another version of FHIR",
        "Its CapabilityStatement names a version that is not R4 (4.0.x).",
        "Ask hospital IT for the R4 address: vendors often have one per version.",
        Who.HOSPITAL_IT,
    ),
    Explanation(
        "IF-HOS-05",
        "There is no FHIR server at this address",
        "It answered 404 or 410 to what every FHIR server has.",
        "Check the path of the address (often it ends in /fhir, /r4 or /fhir/R4).",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-HOS-06",
        "The hospital's server is in trouble",
        "It answered with an error of its own (5xx). Nothing is charged to any record.",
        "Try again later; if it lasts, tell hospital IT the time and the status.",
        Who.HOSPITAL_IT,
    ),
    Explanation(
        "IF-HOS-07",
        "The hospital's server asks us to wait",
        "It answered 429 or 503: it is busy or limits how much may be asked.",
        "Try again later; if it lasts, lower `--in-flight` or ask hospital IT for a higher limit.",
        Who.HOSPITAL_IT,
    ),
    Explanation(
        "IF-HOS-08",
        "The pages of a search do not end",
        "The server's page links lead in a circle, or there are more than 10,000 pages. Reading stopped; nothing was "
        "concluded from what had been read.",
        "Report it to the EHR vendor with the name and version that `infusion-fhir hospital show` prints.",
        Who.EHR_VENDOR,
    ),
    Explanation(
        "IF-HOS-09",
        "Page links expire too soon",
        "The link to a next page was not valid any more, also when the search was started again.",
        "Run the command again at a quieter time; ask hospital IT how long page links live.",
        Who.HOSPITAL_IT,
    ),
    Explanation(
        "IF-HOS-10",
        "The hospital refused to be asked",
        "It answered a question (a search or a read) with a refusal, for example because it takes no search by POST or "
        "does not know the search parameter.",
        "Compare `infusion-fhir hospital show` with what hospital IT allows; identifier searches go by POST to "
        "_search, so that no identifier stands in an address.",
        Who.EHR_VENDOR,
    ),
    Explanation(
        "IF-HOS-11",
        "A search was answered with something else",
        "The answer is FHIR, but no searchset, or its resources have no id.",
        "Report it to the EHR vendor with the name and version that `infusion-fhir hospital show` prints.",
        Who.EHR_VENDOR,
    ),
)
