"""https only except on this machine; addresses are compared as parts; nothing outside a hospital's base."""

import pytest

from integration import errors
from integration.hospital import url_guard

BASE = url_guard.parse_base("https://trusted.example/fhir/R4")


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://ehr.example.org/fhir/R4/", "https://ehr.example.org/fhir/R4"),
        ("https://EHR.Example.org:443/fhir", "https://ehr.example.org/fhir"),
        ("https://ehr.example.org", "https://ehr.example.org"),
        ("https://10.1.2.3:8443/fhir", "https://10.1.2.3:8443/fhir"),
        ("https://[2001:db8::1]/fhir", "https://[2001:db8::1]/fhir"),
        ("https://xn--klinik-bcher-zhb.example/fhir", "https://xn--klinik-bcher-zhb.example/fhir"),
        ("http://localhost:8080/fhir", "http://localhost:8080/fhir"),
        ("http://127.0.0.1:8080/fhir", "http://127.0.0.1:8080/fhir"),
        ("http://127.9.9.9/fhir", "http://127.9.9.9/fhir"),
        ("http://[::1]:8080/fhir", "http://[::1]:8080/fhir"),
    ],
)
def test_a_hospitals_address_is_taken_and_cleaned(url, clean):
    assert url_guard.parse_base(url).url == clean


@pytest.mark.parametrize(
    "url",
    [
        "", "ehr.example.org", "//ehr.example.org/fhir", "ftp://ehr.example.org", "file:///etc/passwd", "https://",
        "https:///fhir", "http://ehr.example.org/fhir", "http://localhost.attacker.com/", "http://127.0.0.1.nip.io/",
        "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://0.0.0.0/",
        "http://[::]/", "http://[::ffff:10.0.0.1]/", "https://user:pass@ehr.example.org/fhir",
        "https://ehr.example.org@attacker.com/fhir", "https://ehr.example.org/fhir?x=1", "https://ehr.example.org/#a",
        "https://ehr.example.org/fhir?", "https://ehr.example.org/a/../b", "https://ehr.example.org/a/%2e%2e/b",
        "https://ehr.example.org//fhir", "https://ehr.example.org/a%2fb", "https://ehr.example.org:0/",
        "https://ehr.example.org:99999/", "https://ehr.example.org:443:443/", "https://ehr example.org/",
        "https://ehr.example.org\\@attacker.com/", "https://ehr.example.org\n/fhir", "https://klinik-bücher.example/",
        "https://169.254.169.254/latest", "https://[fe80::1]/", "https://[fe80::1%25eth0]/", "https://224.0.0.1/",
        "https://[::ffff:169.254.169.254]/", "https://[fd00:ec2::254]/", "https://[::1/", "https://ehr_1.example/",
        "https://-ehr.example/", "https://ehr.example./",
    ],
)  # fmt: skip
def test_an_address_that_may_not_be_used_is_refused(url):
    with pytest.raises(errors.UsageError) as caught:
        url_guard.parse_base(url)

    assert caught.value.code == "IF-NET-01"


@pytest.mark.parametrize(
    "path", ["", "metadata", "Patient/1", "Patient?identifier=a%7Cb", "?_getpages=1", "Patient/_search"]
)
def test_a_path_below_the_base_is_joined(path):
    assert url_guard.join(BASE, path) == BASE.url + ("/" if path and path[0] != "?" else "") + path


@pytest.mark.parametrize(
    "path",
    [
        "/Patient", "//attacker.com/x", "https://attacker.com/", "../admin", "Patient/../../admin", "Patient/%2e%2e/x",
        "Patient/..%2f..%2fadmin", "Patient//1", "./x", "Patient/1#x", "Patient/a b", "Patient\n/1", "Patient\\1",
        "javascript:alert(1)", "Patient/é",
    ],
)  # fmt: skip
def test_a_path_outside_the_base_is_refused_and_not_quoted(path):
    with pytest.raises(url_guard.OutsideError) as caught:
        url_guard.join(BASE, path)

    assert path not in str(caught.value)


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ("https://trusted.example/fhir/R4?_getpages=1", "?_getpages=1"),
        ("https://trusted.example/fhir/R4/?_getpages=1", "?_getpages=1"),
        ("https://trusted.example:443/fhir/R4/Patient?page=2", "Patient?page=2"),
        ("https://TRUSTED.example/fhir/R4/Patient?page=2", "Patient?page=2"),
        ("Patient?page=2", "Patient?page=2"),
        ("/fhir/R4/Patient?page=2", "Patient?page=2"),
        ("?_getpages=1", "?_getpages=1"),
    ],
)
def test_a_page_link_below_the_base_is_followed(link, path):
    assert url_guard.relative(BASE, link) == path


@pytest.mark.parametrize(
    "link",
    [
        "https://trusted.example.attacker.com/fhir/R4/Patient", "https://attacker.com/fhir/R4/Patient",
        "https://trusted.example@attacker.com/fhir/R4/Patient", "https://attacker.com\\@trusted.example/fhir/R4/P",
        "http://trusted.example/fhir/R4/Patient", "https://trusted.example:8443/fhir/R4/Patient",
        "https://trusted.example:443:443/fhir/R4/Patient", "https://trusted.example/fhir/R4x/Patient",
        "https://trusted.example/fhir/Patient", "https://trusted.example/fhir/R4/../admin", "//attacker.com/fhir/R4/x",
        "https://trusted.example/fhir/R4/%2e%2e/%2e%2e/admin", "javascript:alert(1)", "http://[::/x", "https://[x]/",
        "/admin", "../admin", "https://trusted.example/fhir/R4/Patient\r\nHost: attacker.com",
    ],
)  # fmt: skip
def test_a_page_link_outside_the_base_is_refused_and_not_quoted(link):
    with pytest.raises(url_guard.OutsideError) as caught:
        url_guard.relative(BASE, link)

    assert "attacker" not in str(caught.value)


def test_a_link_of_a_misnamed_server_is_asked_of_the_configured_one_only():
    link = "http://internal:8080/fhir/R4/Patient?page=2"

    assert url_guard.relative(BASE, link, any_server=True) == "Patient?page=2"
    with pytest.raises(url_guard.OutsideError):
        url_guard.relative(BASE, "http://internal:8080/admin", any_server=True)
