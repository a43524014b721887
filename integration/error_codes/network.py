"""IF-NET: addresses, connections, certificates."""

from typing import Final

from integration.errors import Explanation, Who

CODES: Final = (
    Explanation(
        "IF-NET-01",
        "The hospital's address may not be used",
        "The address is not https (http is taken only for this machine), or it holds a user name, a query, or parts "
        "that cannot be read. Nothing was sent.",
        "Give the FHIR base address as hospital IT wrote it, for example https://ehr.example.org/fhir/R4.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-NET-02",
        "No connection could be made",
        "The server refused the connection, did not take it within 5 seconds, or is not reachable from this machine. "
        "Not one byte was sent; nothing is charged to any record, and it is tried again later.",
        "Check the network and the firewall between this machine and the hospital; ask hospital IT whether the server "
        "runs and whether this machine's address is let through.",
        Who.HOSPITAL_IT,
    ),
    Explanation(
        "IF-NET-03",
        "The server's name is not known",
        "The name service of this machine does not know the host name in the hospital's address, or knows it under an "
        "address that is never a hospital's. Nothing was sent.",
        "Check the spelling with `infusion-fhir hospital show`, and whether this machine needs the hospital's VPN or "
        "name server.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-NET-04",
        "The answer was lost or cut",
        "The connection broke, or the deadline passed, after some of the request had been handed over; or the answer "
        "is shorter than announced. What became of a write is not known, so the hospital is asked before anything is "
        "sent again.",
        "Nothing, if it happens now and then: it is looked up by itself. If often, ask hospital IT about proxies and "
        "time-outs on the way, or raise the deadline (`hospital set --deadline … --wait …`).",
        Who.HOSPITAL_IT,
    ),
    Explanation(
        "IF-NET-05",
        "The server's certificate has expired or is not valid yet",
        "The hospital's server showed a certificate outside its time of validity. Nothing was sent, and nothing will "
        "be until the hospital is resumed: the check is never switched off.",
        "Ask hospital IT to renew the certificate; check this machine's clock; then `infusion-fhir hospital resume`.",
        Who.HOSPITAL_IT,
    ),
    Explanation(
        "IF-NET-06",
        "The server's certificate is for another name",
        "The certificate does not name the host in the hospital's address. Nothing was sent.",
        "Check that the address is the one hospital IT gave (a name, not a number); else ask them for a certificate "
        "that names it; then `infusion-fhir hospital resume`.",
        Who.HOSPITAL_IT,
    ),
    Explanation(
        "IF-NET-07",
        "The server's certificate comes from an unknown authority",
        "The certificate is signed by an authority that this machine does not trust, often the hospital's own. Nothing "
        "was sent.",
        "Get the authority's certificate (PEM) from hospital IT by a way you trust and set it with "
        "`infusion-fhir hospital set NAME --ca-bundle FILE`; then `infusion-fhir hospital resume`.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-NET-08",
        "No secure connection could be agreed on",
        "The server offers only TLS older than 1.2, or the port does not speak TLS at all. Nothing was sent.",
        "Check the port in the address; ask hospital IT to offer TLS 1.2 or newer; then `hospital resume`.",
        Who.HOSPITAL_IT,
    ),
    Explanation(
        "IF-NET-09",
        "The server sent us on to another address",
        "The answer was a redirect. It is never followed: credentials and patients' data go to the configured address "
        "only.",
        "Ask hospital IT for the final address of the FHIR server and set it with `infusion-fhir hospital set --url`; "
        "a sign-in page in front of it must let this machine pass.",
        Who.HOSPITAL_IT,
    ),
    Explanation(
        "IF-NET-10",
        "A request could not be written",
        "Its address or a header holds characters that may not be sent. Nothing was sent.",
        "Run `infusion-fhir hospital show` and check the address; if it is right, report this with the code.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-NET-11",
        "The answer is too large",
        "The answer is over 20 MB unpacked, a page has over 2,000 entries, or it is packed in a way that was not asked "
        "for. Reading stopped there.",
        "Set a smaller `--bundle-size`; ask hospital IT or the EHR vendor why an answer is that large.",
        Who.EHR_VENDOR,
    ),
    Explanation(
        "IF-NET-12",
        "A page link leads away from the hospital's address",
        "The server's link to the next page names another server or lies outside the base address. It was not "
        "followed: a link could carry our credentials to somebody else.",
        "Ask hospital IT to set the server's own public address. If it is known to name itself wrongly behind a "
        "proxy: `infusion-fhir hospital set NAME --rewrite-links`.",
        Who.HOSPITAL_IT,
    ),
    Explanation(
        "IF-NET-13",
        "The deadline passed before anything was sent",
        "This machine slept, was stopped or was too busy between deciding to send and sending. Not one byte was sent; "
        "it is tried again.",
        "Nothing, if it happens now and then. If often, the machine is overloaded, or the deadline is too short.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-NET-14",
        "The trusted certificates cannot be read",
        "The file given with --ca-bundle, or the system's own certificates, is missing or holds no certificate in PEM "
        "form.",
        "Give a file with BEGIN CERTIFICATE lines; on Debian `apt-get install ca-certificates` brings the system's.",
        Who.OPERATOR,
    ),
)
