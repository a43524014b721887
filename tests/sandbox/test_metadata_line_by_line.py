"""Each line of `/metadata` about conditions, versions, searches and operations is tried, at every character."""

import pytest

from integration.sandbox import character_file, search_params
from tests.sandbox.asking import Asked

NAMES = character_file.names()
VALUES = {"date": "2026-01-01", "quantity": "1", "number": "1", "uri": "urn:x"}
NOTHING = {"resourceType": "Parameters"}
OPERATIONS = {
    "match": ("POST", "{0}/$match", NOTHING),
    "everything": ("GET", "{0}/nobody/$everything", None),
    "export": ("GET", "{0}/$export", None),
}
GROUP = {"resourceType": "Group", "type": "person", "actual": True}


@pytest.fixture(params=NAMES)
def asked(request):
    return Asked(character_file.load(request.param).model_copy(update={"rate": None}).named(request.param))


def declared(asked):
    return {one["type"]: one for one in asked("GET", "metadata").json["rest"][0]["resource"]}


def hidden(asked):
    return {one for quirk in asked.hospital.character.quirks for one in quirk.hides}


def test_each_search_parameter_of_each_type_is_taken(asked):
    for kind, said in declared(asked).items():
        for one in said.get("searchParam", []):
            found = asked("GET", f"{kind}?{one['name']}={VALUES.get(one['type'], 'Patient/x')}")
            assert (found.status, one["name"] in found.link("self")) == (200, True), (kind, one)


def test_no_other_search_parameter_is_taken(asked):
    for kind, said in declared(asked).items():
        names = {one["name"] for one in said.get("searchParam", [])}
        interactions = {one["code"] for one in said.get("interaction", [])}
        for one in search_params.of_type(kind).values() if "search-type" in interactions else ():
            if one.name not in names:
                found = asked("GET", f"{kind}?{one.name}={VALUES.get(one.kind.value, 'x')}", prefer="handling=strict")
                assert found.status == 400 or one.name not in found.link("self"), (kind, one.name)


def test_what_is_included_is_as_declared(asked):
    for kind, said in declared(asked).items():
        if not said.get("searchParam"):
            assert "searchInclude" not in said
            continue
        for one in said.get("searchInclude", []):
            assert asked("GET", f"{kind}?_include={one}").status == 200, (kind, one)
        for name, listed in (("_include", "searchInclude"), ("_revinclude", "searchRevInclude")):
            found = asked("GET", f"{kind}?{name}=*")
            taken = found.status == 200 and name in found.link("self")
            assert taken is ("*" in said.get(listed, [])), (kind, name)


def test_each_operation_is_offered_where_it_is_declared_and_nowhere_else(asked):
    rest = asked("GET", "metadata").json["rest"][0]
    for kind, said in declared(asked).items():
        named = {one["name"] for one in said.get("operation", [])}
        for name, (method, target, document) in OPERATIONS.items():
            address = target.format("Group/nobody" if (kind, name) == ("Group", "export") else kind)
            found = asked(method, address, document, prefer="respond-async")
            says = "" if found.status == 202 else found.json["issue"][0]["diagnostics"]
            turned_away = "nothing at this address" in says or "not offer" in says or found.status in (403, 405)
            assert turned_away or (found.status == 400 and name not in named) or name in named, (kind, name, says)
            assert not (turned_away and name in named), (kind, name, says)
    exports = {one["name"] for one in rest.get("operation", [])}
    assert (asked("GET", "$export", prefer="respond-async").status == 202) is ("export" in exports)


def test_the_history_of_all_is_told_where_it_is_declared(asked):
    codes = {one["code"] for one in asked("GET", "metadata").json["rest"][0].get("interaction", [])}

    assert (asked("GET", "_history").status == 200) is ("history-system" in codes)
    assert "search-system" not in codes
    assert asked("GET", "?_type=Patient").status >= 400


def test_conditional_reads_updates_and_deletes_are_done_as_declared(asked):
    said = declared(asked).get("Group")
    if said is None:
        values = [(one["conditionalRead"], one["conditionalDelete"]) for one in declared(asked).values()]
        assert set(values) == {("not-supported", "not-supported")}
        assert not any(one["conditionalUpdate"] for one in declared(asked).values())
        return
    first = asked("POST", "Group", GROUP | {"identifier": [{"value": "g1"}]})
    place = f"Group/{first.json['id']}"
    tag, written = first.headers["ETag"], first.headers["Last-Modified"]
    reads = [asked("GET", place, if_none_match=tag).status, asked("GET", place, if_modified_since=written).status]
    changed = asked("PUT", "Group?identifier=g1", GROUP | {"identifier": [{"value": "g1"}], "active": True})
    asked("POST", "Group", GROUP | {"identifier": [{"value": "g2"}]})
    asked("POST", "Group", GROUP | {"identifier": [{"value": "g2"}]})
    several, one = asked("DELETE", "Group?identifier=g2").status, asked("DELETE", "Group?identifier=g1").status

    assert said["conditionalRead"] == "full-support"
    assert reads == [304, 304]
    assert (said["conditionalUpdate"], changed.status, changed.json["id"]) == (True, 200, first.json["id"])
    assert said["conditionalDelete"] == "single"
    assert (several, one < 300, asked("GET", place).status) == (412, True, 410)


def test_conditions_that_are_not_declared_are_overlooked_where_patients_are_read(asked):
    said = declared(asked)["Patient"]
    asked.hospital.put({"resourceType": "Patient", "id": "una"}, asked.now)
    found = asked("GET", "Patient/una")
    again = asked("GET", "Patient/una", if_none_match=found.headers.get("ETag", 'W/"1"'))

    assert (again.status == 304) is (said["conditionalRead"] == "full-support")
    assert (asked("DELETE", "Patient?_id=una").status < 300) is (said["conditionalDelete"] == "single")


def test_versions_are_as_declared(asked):
    for kind in ("Patient", "Observation", "CarePlan"):
        said = declared(asked)[kind]
        asked.hospital.put({"resourceType": kind, "id": "one"}, asked.now)
        found, old = asked("GET", f"{kind}/one"), asked("GET", f"{kind}/one/_history/1")

        assert ("versionId" in found.json["meta"]) is (said["versioning"] != "no-version")
        assert (old.status == 200) is said["readHistory"]
        if said["versioning"] == "versioned-update":
            assert asked("PUT", f"{kind}/one", {"resourceType": kind, "id": "one"}).status in (412, 428)
