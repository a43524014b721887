"""The certificates of a pretend hospital whose faults are about TLS: one that holds, and every one that does not.

Made anew at each start, signed by an authority that lives as long; clients are given its certificate to trust.
"""

import ipaddress
import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOOPBACK: Final = "127.0.0.1"
TOO_OLD: Final = bytes((0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46))
"""What a server says that knows only TLS 1.0, to a client that wants more: a fatal alert, "protocol_version"."""

_BEGIN: Final = datetime(2000, 1, 1, tzinfo=UTC)
_PAST: Final = datetime(2001, 1, 1, tzinfo=UTC)
_FUTURE: Final = datetime(2200, 1, 1, tzinfo=UTC)
_ELSEWHERE: Final = "ehr.elsewhere.invalid"
_SIGNS: Final = x509.KeyUsage(
    digital_signature=True,
    key_cert_sign=True,
    crl_sign=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True, slots=True)
class _Authority:
    key: ec.EllipticCurvePrivateKey
    name: x509.Name


class Certificates:
    """The TLS contexts of one hospital, by the name of the fault; the empty name is the one that holds."""

    def __init__(self) -> None:
        known, unknown = _authority("infusion-fhir sandbox TEST"), _authority("an authority that nobody knows TEST")
        self.authority = _own(known)
        self.contexts = {
            "": _context(known, LOOPBACK),
            "tls-expired": _context(known, LOOPBACK, until=_PAST),
            "tls-wrong-name": _context(known, _ELSEWHERE),
            "tls-unknown-issuer": _context(unknown, LOOPBACK),
        }


def _own(authority: _Authority) -> bytes:
    begun = _begun(authority, authority.name, authority.key.public_key(), _FUTURE)
    signed = begun.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    signed = signed.add_extension(_SIGNS, critical=True)
    return signed.sign(authority.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _context(authority: _Authority, host: str, until: datetime = _FUTURE) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sandbox TEST")])
    name = x509.IPAddress(ipaddress.ip_address(host)) if host == LOOPBACK else x509.DNSName(host)
    begun = _begun(authority, subject, key.public_key(), until)
    signed = begun.add_extension(x509.SubjectAlternativeName([name]), critical=False)
    chain = signed.sign(authority.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return _loaded(chain + _pem(key))


def _begun(
    authority: _Authority, subject: x509.Name, key: ec.EllipticCurvePublicKey, until: datetime
) -> x509.CertificateBuilder:
    signer = authority.key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.name)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_BEGIN)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), critical=False)
    )


def _authority(called: str) -> _Authority:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, called)])
    return _Authority(ec.generate_private_key(ec.SECP256R1()), name)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _loaded(pem: bytes) -> ssl.SSLContext:
    """A context is read from a file only; it is gone before anyone can look."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "both.pem"
        path.write_bytes(pem)
        context.load_cert_chain(path)
    return context
