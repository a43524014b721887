"""Each setting of a hospital can be changed, and the page for its IT shows what is in force."""

from pathlib import Path

import pytest
import trustme

from tests.stories.clinic import export

WAITS = ("waits",)
SETTINGS = {
    "deadline": (("--deadline", "0.5"), (*WAITS, "deadline"), "0.5"),
    "wait": (("--wait", "300.25"), (*WAITS, "wait"), "300.25"),
    "commit-delay": (("--commit-delay", "0.75"), (*WAITS, "commit_delay"), "0.75"),
    "index-lag": (("--index-lag", "0"), (*WAITS, "index_lag"), "0"),
    "bundle-size": (("--bundle-size", "20"), ("bundle", "size"), 20),
    "in-flight": (("--in-flight", "4"), ("in_flight",), 4),
    "patients": (("--patients", "create"), ("patients",), "create"),
    "rung": (("--rung", "3"), ("types", 1, "rung"), 3),
    "bundle": (("--bundle", "batch"), ("bundle", "kind"), "batch"),
    "if-match": (("--if-match", "ignored"), ("if_match",), "ignored"),
    "busy": (("--busy-means-not-done",), ("busy_means_not_done",), True),
    "rewrite-links": (("--rewrite-links",), ("rewrite_links",), True),
    "updates": (("--updates", "never"), ("updates",), "never"),
    "projection": (("--projection", "vitals"), ("projection", "name"), "vitals"),
    "codes": (("--projection", "vitals", "--codes", "8867-4,85354-9"), ("projection", "codes"), ["8867-4", "85354-9"]),
    "statuses": (("--projection", "vitals", "--statuses", "final"), ("projection", "statuses"), ["final"]),
    "auth": (("--auth", "bearer", "--secret-env", "MERCY"), ("connection", "credentials"), "bearer"),
    "secret-env": (("--auth", "bearer", "--secret-env", "MERCY"), ("connection", "secret"), "variable MERCY"),
    "username": (
        ("--auth", "basic", "--username", "bridge", "--secret-env", "MERCY"), ("connection", "username"), "bridge",
    ),
}  # fmt: skip


@pytest.fixture
def mercy(clinic, sekmet_server):
    """A clinic with a hospital, and nobody enrolled there."""
    made = clinic()
    made.connects(sekmet_server.url)
    return made


@pytest.mark.parametrize("name", SETTINGS)
def test_a_changed_setting_is_accepted_shown_and_in_the_audit_trail(mercy, monkeypatch, name):
    words, where, shown = SETTINGS[name]
    monkeypatch.setenv("MERCY", "a-secret")
    changed = mercy.ok("hospital", "set", "mercy", *words, "--json").json["changed"]
    again = mercy.ok("hospital", "set", "mercy", *words, "--json").json["changed"]

    assert changed
    assert again == []
    assert at(mercy.ok("hospital", "show", "mercy", "--json").json, where) == shown
    assert "unbroken" in mercy.ok("audit", "verify").out


def test_files_of_a_secret_and_of_an_authority_are_shown_by_name(mercy, tmp_path):
    secret, authority = tmp_path / "token", tmp_path / "ca.pem"
    secret.write_text("a-secret")
    secret.chmod(0o600)
    trustme.CA().cert_pem.write_to_path(authority)
    mercy.ok("hospital", "set", "mercy", "--auth", "bearer", "--secret-file", str(secret))
    mercy.ok("hospital", "set", "mercy", "--ca-bundle", str(authority))
    connection = mercy.ok("hospital", "show", "mercy", "--json").json["connection"]

    assert (connection["secret"], Path(connection["certificate_authority"])) == (f"file {secret}", authority)
    assert "a-secret" not in mercy.ok("hospital", "show", "mercy").out


def test_a_new_address_is_tried_taken_and_shown(mercy, sekmet_server):
    other = sekmet_server.url.replace("127.0.0.1", "localhost")
    changed = mercy.ok("hospital", "set", "mercy", "--url", other, "--metadata", "--json").json["changed"]

    assert [one["setting"] for one in changed] == ["url"]
    assert mercy.ok("hospital", "show", "mercy", "--json").json["connection"]["url"] == other


def test_the_page_says_in_words_what_was_set(mercy, monkeypatch):
    monkeypatch.setenv("MERCY", "a-secret")
    secret = ("--auth", "basic", "--username", "bridge", "--secret-env", "MERCY")
    mercy.ok("hospital", "set", "mercy", "--in-flight", "3", "--rewrite-links", *secret)
    page = mercy.ok("hospital", "show", "mercy").out

    assert "at most 3 requests at the same time" in page
    assert "page links that name another server are asked at this address" in page
    assert "basic as bridge with the secret of variable MERCY" in page


def test_a_push_says_that_a_hospital_is_paused_why_and_how_to_go_on(mercy):
    mercy.ok("hospital", "set", "mercy", "--patients", "create")
    mercy.takes(export(1))
    mercy.ok("hospital", "pause", "mercy", "--reason", "their upgrade")
    nothing_remains = mercy.run("push")
    mercy.ok("enrol", "--hospital", "mercy", "--all", "--yes")
    rows_remain = mercy.run("push", "--json")

    assert nothing_remains.code == 0
    assert "paused: nothing is sent to mercy (their upgrade)" in nothing_remains.err
    assert "go on with: infusion-fhir hospital resume mercy" in nothing_remains.err
    assert rows_remain.code == 5
    assert rows_remain.json["hospitals"][0]["paused"] == "their upgrade"

    mercy.ok("hospital", "resume", "mercy")
    assert mercy.ok("push", "--json").json["hospitals"][0]["paused"] is None


def at(page, where):
    """What stands at a place of the page."""
    for step in where:
        page = page[step]
    return page
