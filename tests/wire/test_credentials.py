"""Secrets: where they come from, that only their owner may read them, and that a changed one is used after a 401."""

import base64

import pytest

from integration import errors
from integration.hospital.auth import Auth, SecretFile, SecretVariable, open_auth
from integration.hospital.client import Request, open_client
from integration.hospital.settings import Settings
from tests.wire.conftest import boot
from tests.wire.server import answering, fhir

READ = Request("GET", "metadata")


@pytest.fixture
def secret(tmp_path):
    file = tmp_path / "secret"
    file.write_text("first\n")
    file.chmod(0o600)
    return file


def guarded(*accepted):
    """A server that takes these Authorization headers."""
    return answering(
        lambda seen: (
            fhir({"resourceType": "CapabilityStatement"})
            if seen.headers.get("authorization") in accepted
            else fhir({"resourceType": "OperationOutcome"}, 401)
        )
    )


def test_no_auth_sends_no_credentials(serve, connect):
    wire = serve(guarded(None))

    assert connect(wire.url).send(READ).status == 200
    assert "authorization" not in wire.requests[0].headers


def test_basic_sends_user_name_and_password_in_utf8(serve, connect):
    wire = serve(guarded("Basic " + base64.b64encode("klinik:geheím:x".encode()).decode()))
    auth = Auth(SecretVariable("PASSWORD", {"PASSWORD": "geheím:x"}), "klinik")

    assert connect(wire.url, auth=auth).send(READ).status == 200


def test_a_secret_that_was_changed_is_used_after_a_401(serve, connect, secret):
    wire = serve(guarded("Bearer second"))
    client = connect(wire.url, auth=Auth(SecretFile(secret)))
    secret.write_text("second")

    assert client.send(READ).status == 200
    assert [s.headers["authorization"] for s in wire.requests] == ["Bearer first", "Bearer second"]
    assert client.send(READ).status == 200
    assert len(wire.requests) == 3


def test_a_401_with_the_same_secret_stands(serve, connect, secret):
    wire = serve(guarded())

    assert connect(wire.url, auth=Auth(SecretFile(secret))).send(READ).status == 401
    assert len(wire.requests) == 1


def test_a_second_401_stands(serve, connect, secret):
    wire = serve(guarded())
    client = connect(wire.url, auth=Auth(SecretFile(secret)))
    secret.write_text("second")

    assert client.send(READ).status == 401
    assert len(wire.requests) == 2


def test_a_401_stands_while_the_new_secret_cannot_be_read(serve, connect, secret):
    wire = serve(guarded())
    client = connect(wire.url, auth=Auth(SecretFile(secret)))
    secret.unlink()

    assert client.send(READ).status == 401


def test_a_secret_that_another_thread_has_read_again_is_used_without_reading(secret):
    auth = Auth(SecretFile(secret))
    old = auth.header()
    secret.write_text("second")

    assert auth.refresh(old)
    secret.unlink()
    assert auth.refresh(old)
    assert not auth.refresh(auth.header())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o610])
def test_a_secret_file_that_others_may_read_is_refused(secret, mode):
    secret.chmod(mode)
    with pytest.raises(errors.ConfigError) as caught:
        SecretFile(secret).read()

    assert caught.value.code == "IF-AUTH-02"
    assert "first" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\n", b"two\nlines", b"tab\there", b"\xff\xfe", b"x" * 9000, b"a\x00b"])
def test_a_secret_that_cannot_stand_in_a_header_is_refused_and_not_quoted(secret, content):
    secret.write_bytes(content)
    with pytest.raises(errors.ConfigError) as caught:
        SecretFile(secret).read()

    assert caught.value.code == "IF-AUTH-03"
    assert "lines" not in str(caught.value).replace("more than one line", "")


@pytest.mark.parametrize("source", [SecretVariable("NOT_SET", {})])
def test_a_secret_that_is_not_there_is_named(source, tmp_path):
    for missing in (source, SecretFile(tmp_path / "none")):
        with pytest.raises(errors.ConfigError) as caught:
            missing.read()
        assert caught.value.code == "IF-AUTH-01"


def test_settings_open_the_credentials_that_they_name(secret):
    environ = {"TOKEN": "from the environment"}
    basic = Settings(auth="basic", username="u", secret_file=secret)

    assert open_auth(Settings(), environ).header() is None
    assert open_auth(Settings(auth="bearer", secret_env="TOKEN"), environ).header() == "Bearer from the environment"
    assert open_auth(basic, environ).header() == "Basic " + base64.b64encode(b"u:first").decode()


@pytest.mark.parametrize("settings", [Settings(auth="bearer"), Settings(auth="basic", secret_env="TOKEN")])
def test_incomplete_credentials_are_refused(settings):
    with pytest.raises(errors.ConfigError) as caught:
        open_auth(settings, {"TOKEN": "x"})

    assert caught.value.code == "IF-AUTH-04"


def test_a_client_is_opened_from_settings(serve, secret):
    wire = serve(guarded("Bearer first"))
    settings = Settings(auth="bearer", secret_file=secret, deadline=2, rewrite_links=True)
    with open_client("mercy", wire.url, settings, boot, environ={}) as client:
        assert client.send(READ).status == 200
        assert client.rewrite_links


def test_no_secret_is_shown_by_repr(secret):
    shown = repr([SecretFile(secret), SecretVariable("V", {"V": "hunter2"}), Auth(SecretFile(secret))])

    assert "hunter2" not in shown
    assert "first" not in shown
