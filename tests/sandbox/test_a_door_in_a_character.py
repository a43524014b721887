"""`[access]` in a character's file: tokens, passwords, and clients of SMART Backend Services with their public keys."""

import re
import time

import httpx
import pytest

from integration import errors
from integration.sandbox import character_file
from tests.sandbox.test_who_may_come_in import elliptic, public, signed

ABOUT = '[about]\ntitle = "Small"\nsays = "Takes Patients."\n[types.Patient]\ninteractions = ["read", "create"]\n'
DOOR = '[access]\ntokens = ["always"]\npasswords = { clinic = "secret" }\ntoken_seconds = 60\n'
CLIENT = '[[access.clients]]\nid = "clinic"\nscopes = ["system/Patient.cr"]\nkeys = [{ %s }]\n'


def client():
    return CLIENT % ", ".join(f'{name} = "{text}"' for name, text in public(elliptic(), "k1").items())


def refusal(text):
    with pytest.raises(errors.ConfigError) as caught:
        character_file.read(ABOUT + text, "small.toml", "small")
    return str(caught.value)


class Now:
    """A moment, for the times in an assertion."""

    def __init__(self):
        self.now = time.time()


@pytest.fixture
def there(hospital, tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(ABOUT + DOOR + client())
    return hospital(path, socket=True, clock=time.time)


def test_nobody_comes_in_unknown(there):
    known = [{"auth": ("clinic", "secret")}, {"headers": {"Authorization": "Bearer always"}}]
    unknown = [{}, {"auth": ("clinic", "wrong")}, {"headers": {"Authorization": "Bearer never"}}]

    assert [there.client.get("Patient/p1", **how).status_code for how in known] == [404, 404]
    assert [there.client.get("Patient/p1", **how).status_code for how in unknown] == [401, 401, 401]


def test_the_hospital_says_how_to_come_in_and_a_client_does(there):
    told = there.client.get(".well-known/smart-configuration").json()
    service = there.client.get("metadata").json()["rest"][0]["security"]["service"]
    form = {
        "grant_type": "client_credentials",
        "scope": "system/*.cruds system/Patient.cr",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": signed(Now(), aud=told["token_endpoint"]),
    }

    given = httpx.post(told["token_endpoint"], data=form)
    again = httpx.post(told["token_endpoint"], data=form)
    head = {"Authorization": f"Bearer {given.json()['access_token']}"}

    assert [one["coding"][0]["code"] for one in service] == ["SMART-on-FHIR", "Basic"]
    assert (given.status_code, given.json()["scope"], given.json()["expires_in"]) == (200, "system/Patient.cr", 60)
    assert there.client.post("Patient", json={"resourceType": "Patient"}, headers=head).status_code == 201
    assert (again.status_code, again.json()["error"]) == (401, "invalid_client")
    there.admin("POST", "tokens/revoke")
    assert there.client.get("Patient/p1", headers=head).status_code == 401


@pytest.mark.parametrize(
    ("slip", "says"),
    [
        ('[access]\ntoken = ["x"]\n', r'there is no key "token"; did you mean "tokens"'),
        (client().replace("kid", "key"), r"it needs kty \(RSA or EC\) and kid"),
        (client().replace("crv", 'd = "AAAA", crv'), r"this is a private key"),
        (client().replace("Patient.cr", "Patient.rw"), r'"system/Patient.rw" is no system scope'),
        ("[access]\ntoken_seconds = 301\n", r"token_seconds"),
    ],
)
def test_a_slip_in_it_is_told_with_its_line(slip, says):
    said = refusal(slip)

    assert re.search(says, said), said
    assert re.search(r"small\.toml, line \d+: ", said)
    assert "AAAA" not in said
