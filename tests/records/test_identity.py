"""Ids for the world outside the clinic are made from the clinic's own base."""

import uuid

import pytest

from mappings import identity

LAKESIDE = identity.Base.of("https://records.lakeside.example/fhir")
OTHER = identity.Base.of("https://other-clinic.example")
URN = identity.Base.of("urn:uuid:6f1c2a52-0f7b-4c57-9d4e-0d2a3b0f4b11")


def test_an_identifier_system_is_the_base_and_the_kind() -> None:
    assert LAKESIDE.system("staff_role") == "https://records.lakeside.example/fhir/staff-role"


def test_a_uuid_base_gives_uuid_systems() -> None:
    expected = uuid.uuid5(uuid.UUID("6f1c2a52-0f7b-4c57-9d4e-0d2a3b0f4b11"), "follow-up")

    assert URN.system("follow_up") == f"urn:uuid:{expected}"


def test_the_logical_id_is_made_from_base_kind_and_record_id() -> None:
    namespace = uuid.uuid5(uuid.NAMESPACE_URL, "https://records.lakeside.example/fhir")

    assert LAKESIDE.logical_id("session", "S-0001") == str(uuid.uuid5(namespace, "session/S-0001"))
    assert LAKESIDE.logical_id("staff_role", "1") == LAKESIDE.logical_id("staff-role", "1")


def test_two_clinics_never_share_an_id() -> None:
    ids = {base.logical_id("session", "S-0001") for base in (LAKESIDE, OTHER, URN)}
    systems = {base.system("session") for base in (LAKESIDE, OTHER, URN)}

    assert len(ids) == len(systems) == 3


def test_the_full_url_differs_between_documents_of_one_record_and_from_their_id() -> None:
    logical_id = LAKESIDE.logical_id("session", "S-0001")
    urls = {LAKESIDE.full_url(kind, logical_id) for kind in ("Procedure", "Encounter")}

    assert len(urls) == 2
    assert all(url.startswith("urn:uuid:") and logical_id not in url for url in urls)


@pytest.mark.parametrize("base", [LAKESIDE, OTHER, URN])
def test_a_system_of_ours_tells_its_kind_and_a_foreign_one_nothing(base: identity.Base) -> None:
    assert {kind: base.kind_of(base.system(kind)) for kind in identity.KINDS} == {kind: kind for kind in identity.KINDS}
    assert base.kind_of("https://hospital.example/mrn") is None
    assert base.kind_of(base.url) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "records.example",
        "ftp://records.example",
        "https://records.example/",
        "https://records.example/fhir?x=1",
        "https://records.example/fhir?",
        "https://records.example#top",
        "https://user@records.example",
        "https://records.example/a b",
        "https://",
        "https://rec\u00f6rds.example",
        "urn:uuid:1",
        "urn:uuid:6F1C2A52-0F7B-4C57-9D4E-0D2A3B0F4B11",
        "urn:oid:2.999",
        "https://records.example/" + "a" * 200,
    ],
)
def test_a_base_that_cannot_last_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="identifier base"):
        identity.Base.of(text)
