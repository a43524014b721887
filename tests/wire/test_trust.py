"""Credentials and patients' data go to the configured address over a trusted connection, and nowhere else."""

import datetime as dt
import ssl
import warnings

import httpcore
import pytest

from integration import errors
from integration.hospital import transport
from integration.hospital.auth import Auth
from integration.hospital.client import FaultKind, Request
from integration.hospital.deadline import Deadline, Exchange, TimedBackend
from integration.hospital.url_guard import parse_base
from tests.wire.conftest import boot
from tests.wire.server import answering, fhir, head

WRITE = Request("POST", "Patient", b'{"resourceType":"Patient"}')
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


class Token:
    def read(self):
        return "s3cret"


def tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def taking(_seen):
    return fhir({"resourceType": "Patient", "id": "1"}, 201)


def test_a_trusted_server_is_talked_to_over_tls_on_a_kept_connection(serve, connect, authority, bundle):
    wire = serve(answering(taking), tls=tls(authority.issue_cert("127.0.0.1")))
    client = connect(wire.url, ca_bundle=bundle, auth=Auth(Token()))
    answers = [client.send(WRITE) for _ in range(3)]

    assert [a.status for a in answers] == [201, 201, 201]
    assert wire.connections == 1
    assert {s.headers["authorization"] for s in wire.requests} == {"Bearer s3cret"}


def test_large_requests_and_answers_go_through_tls_whole(serve, connect, authority, bundle):
    wire = serve(answering(lambda seen: (200, seen.body, {})), tls=tls(authority.issue_cert("127.0.0.1")))
    large = bytes(range(256)) * 20_000
    answer = connect(wire.url, ca_bundle=bundle).send(Request("POST", "", large))

    assert answer.body == large


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("expired", "IF-NET-05"),
        ("other name", "IF-NET-06"),
        ("unknown authority", "IF-NET-07"),
        ("old TLS", "IF-NET-08"),
    ],
)
def test_a_certificate_that_does_not_hold_is_named_and_nothing_is_sent(serve, connect, authority, bundle, fault, code):
    names = ["ehr.example.org"] if fault == "other name" else ["127.0.0.1"]
    ends = {"not_before": LONG_AGO, "not_after": LONG_AGO + dt.timedelta(days=1)} if fault == "expired" else {}
    context = tls(authority.issue_cert(*names, **ends))
    if fault == "old TLS":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.maximum_version = ssl.TLSVersion.TLSv1_1
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
    wire = serve(answering(taking), tls=context)
    client = connect(wire.url, ca_bundle=None if fault == "unknown authority" else bundle, auth=Auth(Token()))
    outcome = client.send(WRITE)
    wire.finish()

    assert outcome.kind is FaultKind.TLS
    assert outcome.code == code
    assert wire.requests == []
    assert wire.connections == 1  # not tried again: a person must act


def test_a_port_without_tls_is_no_trusted_connection(serve, connect, bundle):
    def plain(connection):
        connection._more()
        connection.raw(head(400, length=0))

    wire = serve(plain)
    outcome = connect(wire.url.replace("http:", "https:"), ca_bundle=bundle).send(WRITE)

    assert outcome.kind is FaultKind.TLS
    assert outcome.code == "IF-NET-08"


def test_a_connection_closed_in_the_tls_handshake_was_not_sent(serve, connect, bundle):
    wire = serve(lambda connection: connection._more())
    client = connect(wire.url.replace("http:", "https:"), ca_bundle=bundle)

    assert client.send(WRITE).kind is FaultKind.NOT_SENT
    assert wire.connections == 2


def test_a_first_write_that_fails_over_tls_counts_as_handed_over(serve, authority, bundle):
    wire = serve(lambda connection: connection.reset(), tls=tls(authority.issue_cert("127.0.0.1")))
    backend = TimedBackend(parse_base(wire.url))
    exchange = Exchange(Deadline(boot, boot() + 5))
    with backend.during(exchange):
        stream = backend.connect_tcp("127.0.0.1", wire.port).start_tls(transport.trust(bundle), "127.0.0.1")
        wire.finish()
        with pytest.raises(httpcore.WriteError):
            stream.write(b"POST")
        stream.close()

    assert exchange.written  # a record may have been half out: only the look-up can tell


def test_a_connection_to_any_other_server_is_not_made(serve):
    wire, other = serve(answering(taking)), serve(answering(taking))
    backend = TimedBackend(parse_base(wire.url))
    with backend.during(Exchange(Deadline(boot, boot() + 5))), pytest.raises(httpcore.ConnectError):
        backend.connect_tcp("127.0.0.1", other.port)

    assert other.connections == 0


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
@pytest.mark.parametrize("where", ["elsewhere", "same server", "nonsense", "none"])
def test_a_redirect_is_never_followed_and_no_credentials_go_with_it(serve, connect, status, where):
    attacker = serve(answering(taking))
    wire = serve(
        answering(
            lambda _: (
                status,
                b"",
                {
                    "elsewhere": {"Location": f"{attacker.url}/Patient"},
                    "same server": {"Location": "/login?next=x"},
                    "nonsense": {"Location": "http://[::/:0:x"},
                    "none": {},
                }[where],
            )
        )
    )
    outcome = connect(wire.url, auth=Auth(Token())).send(WRITE)

    assert outcome.kind is FaultKind.REDIRECT
    assert outcome.code == "IF-NET-09"
    assert str(attacker.port) not in outcome.says
    assert attacker.connections == 0
    assert len(wire.requests) == 1


def test_proxies_and_credentials_of_the_environment_are_not_used(serve, connect, monkeypatch, tmp_path):
    attacker, wire = serve(answering(taking)), serve(answering(taking))
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    netrc.chmod(0o600)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, attacker.url)
    monkeypatch.setenv("NETRC", str(netrc))
    connect(wire.url).send(WRITE)

    assert attacker.connections == 0
    assert "authorization" not in wire.requests[0].headers


def test_certificates_and_key_logs_of_the_environment_are_not_used(
    serve, connect, authority, bundle, monkeypatch, tmp_path
):
    keys = tmp_path / "keys"
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    wire = serve(answering(taking), tls=tls(authority.issue_cert("127.0.0.1")))

    assert connect(wire.url).send(WRITE).code == "IF-NET-07"
    assert connect(wire.url, ca_bundle=bundle).send(WRITE).status == 201
    assert not keys.exists()


def test_cookies_are_not_kept(serve, connect):
    wire = serve(answering(lambda _: (200, b"", {"Set_Cookie": "session=1; Path=/"})))
    client = connect(wire.url)
    client.send(WRITE)
    client.send(WRITE)

    assert "cookie" not in wire.requests[1].headers


def test_verification_cannot_be_off():
    context = transport.trust(None)

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_certificate_file_that_cannot_be_read_is_named(tmp_path, content):
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(errors.ConfigError) as caught:
        transport.trust(file)

    assert caught.value.code == "IF-NET-14"
    assert caught.value.where == str(file)
