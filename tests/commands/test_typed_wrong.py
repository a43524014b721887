"""A command that was typed wrong is told so in words that name what is missing, and what to type."""

import pytest

from tests.commands.command import Clinic, run


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("hospital", "show"), "'name'"),
        (("link", "--hospital", "mercy"), "--file"),
        (("enrol", "--all"), "--hospital"),
        (("import",), "PATH"),
        (("unmap", "documents.ndjson"), "--output"),
    ],
)
def test_a_missing_argument_or_option_is_named(words, named):
    said = run(*words)

    assert said.code == 2
    assert said.err.startswith("IF-USE-98 Missing ")
    assert named in said.err.splitlines()[0]
    assert "confirmed" not in said.err


def test_a_missing_option_is_named_to_programs_too():
    said = run("link", "--hospital", "mercy", "--json")

    assert (said.code, said.json["error"]["code"]) == (2, "IF-USE-98")
    assert "--file" in said.json["error"]["says"]


@pytest.mark.parametrize("group", ["hospital", "queue", "db", "audit", "sandbox"])
def test_a_group_without_a_command_prints_its_help(group):
    said = run(group)

    assert said.code == 2
    assert f"Usage: infusion-fhir {group}" in said.out
    assert said.err == ""


def test_a_value_that_is_not_taken_is_named_with_its_option():
    said = run("hospital", "set", "mercy", "--rung", "7")

    assert said.code == 2
    assert "--rung" in said.err.splitlines()[0]


def test_a_link_file_that_is_not_there_is_told_as_an_import_tells_it(clinic: Clinic):
    linked = clinic.run("link", "--hospital", "mercy", "--file", clinic.folder / "nope.csv", "--json")
    imported = clinic.run("import", clinic.folder / "nope.csv", "--json")

    assert linked.code == imported.code == 2
    assert linked.json["error"] == imported.json["error"] | {"says": "there is no such file"}
    assert linked.json["error"]["code"] == "IF-IMP-01"


def test_a_link_file_that_cannot_be_read_is_told_as_an_import_tells_it(clinic: Clinic):
    said = clinic.run("link", "--hospital", "mercy", "--file", clinic.folder, "--json").json["error"]

    assert (said["code"], said["says"]) == ("IF-IMP-06", "the file cannot be read: Is a directory")


def test_a_link_file_in_another_encoding_is_told_in_words(clinic: Clinic):
    (clinic.folder / "links.csv").write_bytes("P-1,Müller".encode("latin-1"))
    said = clinic.run("link", "--hospital", "mercy", "--file", clinic.folder / "links.csv", "--json").json["error"]

    assert (said["code"], said["says"]) == ("IF-LNK-03", "the file is not written in UTF-8")


@pytest.mark.parametrize("command", ["map", "unmap"])
def test_outside_a_home_map_and_unmap_name_the_option_that_they_need(tmp_path, command):
    said = run(command, tmp_path / "some.ndjson", "-o", tmp_path / "other.ndjson", "--home", tmp_path / "nowhere")

    assert said.code == 3
    assert said.err.startswith("IF-CFG-01")
    assert "--identifier-base" in said.err
