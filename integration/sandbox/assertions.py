"""A client's signed assertion (JWT, RFC 7523), verified as SMART Backend Services want it: RS384 and ES384 only."""

import base64
import binascii
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from fhir_profiles import fhir_json

_MOST: Final = 8_192
_HALF: Final = 48  # bytes of one of the two numbers of an ES384 signature
_MIN_RSA_BITS: Final = 2_048
_MAX_RSA_BITS: Final = 8_192


class AssertionFault(Exception):  # noqa: N818  a fault of the assertion, told to the client
    """Why an assertion is not believed."""


def claimed(assertion: str) -> dict[str, Any]:
    """What an assertion says, not yet verified: only to know whose keys to verify it with."""
    return _json(_parts(assertion)[1])


def verified(assertion: str, keys: tuple[Mapping[str, Any], ...]) -> dict[str, Any]:
    """What an assertion says, once its signature is that of one of these keys."""
    head, body, signature, signed = _taken_apart(assertion)
    header = _json(head)
    algorithm = header.get("alg")
    if algorithm not in ("RS384", "ES384"):
        raise AssertionFault("the assertion is signed neither by RS384 nor by ES384")
    if "crit" in header:
        raise AssertionFault("the assertion's header asks for what is not understood")
    kid = header.get("kid")
    key = next((one for one in keys if isinstance(kid, str) and one.get("kid") == kid), None)
    if key is None:
        raise AssertionFault("the assertion names no registered key")
    try:
        _verify(str(algorithm), key, signature, signed)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, KeyError, TypeError):
        raise AssertionFault("the assertion's signature is not that of the registered key") from None
    return _json(body)


def seconds(claims: Mapping[str, Any], name: str) -> float | None:
    """A time among the claims; None where there is none that makes sense."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 <= value < 10**12:
        return None
    return float(value)


def _verify(algorithm: str, key: Mapping[str, Any], signature: bytes, signed: bytes) -> None:
    if algorithm == "RS384":
        if key["kty"] != "RSA":
            raise ValueError
        public = rsa.RSAPublicNumbers(_number(key["e"]), _number(key["n"])).public_key()
        if not _MIN_RSA_BITS <= public.key_size <= _MAX_RSA_BITS:
            raise ValueError
        public.verify(signature, signed, padding.PKCS1v15(), hashes.SHA384())
        return
    if key["kty"] != "EC" or key["crv"] != "P-384" or len(signature) != 2 * _HALF:
        raise ValueError
    numbers = ec.EllipticCurvePublicNumbers(_number(key["x"]), _number(key["y"]), ec.SECP384R1())
    halves = (int.from_bytes(signature[:_HALF]), int.from_bytes(signature[_HALF:]))
    numbers.public_key().verify(utils.encode_dss_signature(*halves), signed, ec.ECDSA(hashes.SHA384()))


def _taken_apart(assertion: str) -> tuple[bytes, bytes, bytes, bytes]:
    head, body, signature = _parts(assertion)
    return head, body, signature, assertion.rpartition(".")[0].encode()


def _parts(assertion: str) -> tuple[bytes, bytes, bytes]:
    parts = assertion.split(".")
    if len(parts) != 3 or len(assertion) > _MOST or not assertion.isascii():
        raise AssertionFault("the assertion is no signed JWT of a decent size")
    head, body, signature = map(_decoded, parts)
    return head, body, signature


def _decoded(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise AssertionFault("the assertion is not base64url") from None


def _number(text: str) -> int:
    return int.from_bytes(_decoded(text))


def _json(data: bytes) -> dict[str, Any]:
    try:
        found = fhir_json.loads(data)
    except fhir_json.JsonError:
        raise AssertionFault("the assertion's content is not JSON") from None
    if not isinstance(found, dict):
        raise AssertionFault("the assertion's content is no object")
    return found
