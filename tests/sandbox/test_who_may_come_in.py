"""SMART Backend Services as a client meets them: keys, assertions, scopes, expiry and replays; and simpler doors."""

import base64
import functools
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from hypothesis import given, settings
from hypothesis import strategies as st

from fhir_profiles import fhir_json
from integration.sandbox import scopes, smart
from integration.sandbox.exchange import Request
from integration.sandbox.manners import Access, Client
from integration.sandbox.open_manners import Open
from tests.sandbox.asking import BASE, FORM, Asked, Said, bundle, entry, patient, pulse

TOKEN = f"{BASE}/auth/token"


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, length):
    return base64url(value.to_bytes(length, "big"))


@functools.cache
def elliptic(name="k1"):
    return ec.generate_private_key(ec.SECP384R1())


@functools.cache
def rsa_key(size=2048):
    return rsa.generate_private_key(65537, size)


def public(key, kid):
    found = key.public_key().public_numbers()
    if isinstance(key, rsa.RSAPrivateKey):
        return {"kty": "RSA", "kid": kid, "alg": "RS384", "n": number(found.n, 256), "e": number(found.e, 3)}
    return {"kty": "EC", "crv": "P-384", "kid": kid, "x": number(found.x, 48), "y": number(found.y, 48)}


def signed(ask, key=None, header=None, **claims):
    key = key or elliptic()
    kind = "RS384" if isinstance(key, rsa.RSAPrivateKey) else "ES384"
    head = {"alg": kind, "kid": "rsa" if kind == "RS384" else "k1", "typ": "JWT", **(header or {})}
    said = {"iss": "clinic", "sub": "clinic", "aud": TOKEN, "exp": int(ask.now) + 200, "jti": f"j{ask.now}"} | claims
    said = {name: value for name, value in said.items() if value is not None}
    text = ".".join(base64url(fhir_json.encode(part)) for part in (head, said))
    if kind == "RS384":
        return f"{text}.{base64url(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA384()))}"
    pair = utils.decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA384())))
    return f"{text}.{base64url(b''.join(one.to_bytes(48, 'big') for one in pair))}"


def token(ask, assertion, scope="system/*.cruds", **more):
    form = {"grant_type": "client_credentials", "scope": scope, "client_assertion_type": smart.ASSERTION_TYPE}
    body = urlencode(form | {"client_assertion": assertion} | more).encode()
    return Said(*ask.hospital.handle(Request("POST", "auth/token", "", FORM, body), ask.now, ask.rng))


def behind_a_door(*allowed):
    client = Client("clinic", (public(elliptic(), "k1"), public(rsa_key(), "rsa")), allowed or ("system/*.cruds",))
    return Asked(Open(access=Access(clients=(client,), token_seconds=120)))


@pytest.fixture
def ask():
    return behind_a_door()


def bearer(said):
    return f"Bearer {said.json['access_token']}"


@pytest.mark.parametrize("key", [elliptic, rsa_key])
def test_a_client_with_a_registered_key_gets_a_token_and_comes_in(ask, key):
    said = token(ask, signed(ask, key()))

    assert (said.status, said.json["token_type"], said.json["expires_in"]) == (200, "bearer", 120)
    assert said.headers["Cache-Control"] == "no-store"
    assert ask("GET", "Patient", authorization=bearer(said)).status == 200


def test_nobody_comes_in_without_a_token_but_to_what_is_open_to_all(ask):
    assert ask("GET", "Patient").issue == "login"
    assert ask("GET", "Patient").headers["WWW-Authenticate"] == "Bearer"
    assert ask("GET", "Patient", authorization="Bearer made-up").status == 401
    assert ask("GET", "Patient", authorization="Bearer").status == 401
    assert ask("POST", "", bundle("batch", entry("GET", "Patient"))).status == 401
    assert ask("GET", "metadata").status == 200
    assert ask("GET", ".well-known/smart-configuration").json["token_endpoint"] == TOKEN


def test_a_hospital_without_doors_has_no_token_endpoint():
    assert Asked()("GET", ".well-known/smart-configuration").status == 404
    assert token(Asked(), "x").status == 404


def test_a_token_expires_and_can_be_taken_back(ask):
    first, second = (bearer(token(ask, signed(ask, jti=name))) for name in ("a", "b"))
    ask.now += 118

    assert ask("GET", "Patient", authorization=first).status == 200
    assert ask("GET", "Patient", authorization=first).status == 401

    ask = behind_a_door()
    second = bearer(token(ask, signed(ask)))
    ask.hospital.revoke_tokens()

    assert ask("GET", "Patient", authorization=second).status == 401


def test_an_assertion_is_believed_once(ask):
    assertion = signed(ask, jti="once")

    assert token(ask, assertion).status == 200
    assert token(ask, assertion).json["error"] == "invalid_client"

    ask.now += 190

    assert token(ask, assertion).status == 401
    assert token(ask, signed(ask, jti="once")).status == 401

    ask.now += 600

    assert token(ask, signed(ask, jti="once")).status == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "stranger"},
        {"sub": "stranger"},
        {"aud": f"{BASE}/elsewhere"},
        {"aud": None},
        {"jti": None},
        {"jti": ""},
        {"exp": None},
        {"exp": "soon"},
        {"exp": 10**13},
        {"exp": 1},
        {"nbf": 10**11},
        {"iat": 10**11},
    ],
)
def test_an_assertion_that_says_something_wrong_is_not_believed(ask, claims):
    said = token(ask, signed(ask, **claims))

    assert (said.status, said.json["error"]) == (401, "invalid_client")


def test_an_assertion_may_not_last_longer_than_five_minutes(ask):
    assert token(ask, signed(ask, exp=int(ask.now) + 600)).status == 401
    assert token(ask, signed(ask, exp=int(ask.now) + 300, aud=["x", TOKEN])).status == 200


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": ["ES384"]},
        {"alg": "RS384"},
        {"kid": "k2"},
        {"kid": None},
        {"kid": "rsa"},
        {"crit": ["b64"]},
    ],
)
def test_an_assertion_with_a_wrong_header_is_not_believed(ask, header):
    assert token(ask, signed(ask, header=header)).status == 401


def test_an_assertion_signed_by_another_key_or_changed_after_is_not_believed(ask):
    good = signed(ask)
    head, body, signature = good.split(".")
    other = base64url(
        fhir_json.encode({"iss": "clinic", "sub": "clinic", "aud": TOKEN, "exp": int(ask.now) + 9, "jti": "x"})
    )

    for bad in (
        signed(ask, elliptic("another")),
        f"{head}.{other}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}",
        "a.b.c",
        "",
        "é.é.é",
    ):
        assert token(ask, bad).status == 401


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_assertion_type": "saml"}, "invalid_request"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "openid user/Patient.read system/Patient.rs?category=x"}, "invalid_scope"),
    ],
)
def test_a_token_request_that_is_not_understood_is_refused(ask, more, error):
    said = token(ask, signed(ask), **more)

    assert (said.status, said.json["error"]) == (400, error)


def test_the_token_endpoint_takes_a_form_by_post_only(ask):
    assert ask("GET", "auth/token").json["error"] == "invalid_request"
    assert ask("POST", "auth/token", {"a": 1}).json["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("system/Patient.read", "read search"),
        ("system/Patient.r", "read"),
        ("system/Patient.write", "create update delete"),
        ("system/*.cruds", "read search create update delete observation"),
        ("system/Observation.rs", "observation"),
        ("system/Patient.cu system/Observation.r", "create update observation"),
    ],
)
def test_a_token_allows_what_its_scopes_cover_and_no_more(ask, scope, allowed):
    admin = bearer(token(ask, signed(ask)))
    ask("PUT", "Patient/p1", patient(1, id="p1"), authorization=admin)
    ask("PUT", "Observation/o1", pulse(1, id="o1"), authorization=admin)
    mine = bearer(token(ask, signed(ask), scope))
    tried = {
        "read": ask("GET", "Patient/p1", authorization=mine),
        "search": ask("GET", "Patient", authorization=mine),
        "observation": ask("GET", "Observation/o1", authorization=mine),
        "create": ask("POST", "Patient", patient(2), authorization=mine),
        "update": ask("PUT", "Patient/p1", patient(3, id="p1"), authorization=mine),
        "delete": ask("DELETE", "Patient/p1", authorization=mine),
    }

    assert {name for name, said in tried.items() if said.status < 300} == set(allowed.split())
    assert {said.status for said in tried.values()} <= {200, 201, 403}


def test_the_entries_of_a_bundle_are_looked_at_one_by_one(ask):
    mine = bearer(token(ask, signed(ask), "system/Patient.cruds"))
    entries = [entry("POST", "Patient", patient()), entry("POST", "Observation", pulse())]

    assert ask("POST", "", bundle("batch", *entries), authorization=mine).statuses == ["201", "403"]
    assert ask("POST", "", bundle("transaction", *entries), authorization=mine).status == 403
    assert ask.count() == 1


def test_a_client_gets_no_scope_that_it_is_not_registered_for():
    ask = behind_a_door("system/Patient.rs", "system/Observation.cruds")

    assert token(ask, signed(ask), "system/*.read system/Observation.rs").json["scope"] == "system/Observation.rs"
    assert token(ask, signed(ask, jti="2"), "system/*.read").status == 400


def test_an_export_and_everything_about_a_patient_hold_only_what_the_scopes_cover(ask):
    admin = bearer(token(ask, signed(ask)))
    ask("PUT", "Patient/p1", patient(1, id="p1"), authorization=admin)
    ask("PUT", "Observation/o1", pulse(1, id="o1"), authorization=admin)
    mine = bearer(token(ask, signed(ask), "system/Patient.rs"))

    assert ask("GET", "Patient/p1/$everything", authorization=mine).ids == ["p1"]
    assert ask("GET", "Patient?_id=p1&_revinclude=Observation:patient", authorization=mine).ids == ["p1"]
    assert ask("GET", "Patient?general-practitioner:Practitioner.name=x", authorization=mine).status == 403
    assert ask("GET", "Observation", authorization=mine).status == 403

    begun = ask("GET", "Patient/$export", prefer="respond-async", authorization=mine)
    ask.now += 5
    output = ask("GET", begun.headers["Content-Location"], authorization=mine).json["output"]

    assert [one["type"] for one in output] == ["Patient"]
    assert ask("GET", "$export?_type=Observation", prefer="respond-async", authorization=mine).status == 403


def test_another_clients_page_link_shows_nothing_that_is_not_allowed(ask):
    admin = bearer(token(ask, signed(ask)))
    for one in range(3):
        ask("PUT", f"Observation/o{one}", pulse(one, id=f"o{one}"), authorization=admin)
    links = [
        ask("GET", f"{target}?_count=1", authorization=admin).link("next") for target in ("Observation", "_history")
    ]
    mine = bearer(token(ask, signed(ask), "system/Patient.rs"))

    assert ask("GET", links[0], authorization=mine).status == 403
    assert ask("GET", links[1], authorization=mine).ids == []


def test_a_password_or_a_fixed_token_can_open_the_door_too():
    ask = Asked(Open(access=Access(passwords=(("clinic", "s:e"),), tokens=("fixed",))))
    basic = base64.b64encode(b"clinic:s:e").decode()

    assert ask("GET", "Patient", authorization=f"Basic {basic}").status == 200
    assert ask("GET", "Patient", authorization="bearer fixed").status == 200
    assert ask("GET", "Patient", authorization="Basic Y2xpbmlj").status == 401
    assert ask("GET", "Patient", authorization="Basic é").status == 401
    assert ask("GET", "Patient", authorization="Digest x").status == 401


@settings(max_examples=150)
@given(
    st.text(max_size=40)
    | st.builds(lambda *parts: ".".join(base64url(one) for one in parts), *[st.binary(max_size=30)] * 3)
)
def test_any_text_as_an_assertion_is_answered(text):
    assert token(DOOR, text).status == 401


DOOR = behind_a_door()


@given(st.text(st.sampled_from("system/*.cruds Patientread?=,"), max_size=30))
def test_any_scope_is_understood_or_not(text):
    found = scopes.understood(text)

    assert found is None or set(found[1]) <= set("cruds")
