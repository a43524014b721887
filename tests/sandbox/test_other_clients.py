"""Clients of other people, unmodified, do what they always do against `open`: read, search, page, create, history."""

import asyncio

import pytest
from fhirclient import client as smart_client
from fhirclient.models import bundle, humanname, observation, patient
from fhirpy import AsyncFHIRClient, SyncFHIRClient
from fhirpy.base.exceptions import MultipleResourcesFound, OperationOutcome, ResourceNotFound

NAMES = ["Ada", "Bea", "Cleo", "Dora", "Emmy"]
CODE = {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]}
MRN = "urn:oid:2.999.1"


@pytest.fixture
def there(hospital):
    return hospital("open", socket=True)


@pytest.fixture
def fhirpy(there):
    return SyncFHIRClient(there.url)


@pytest.fixture
def smart(there):
    return smart_client.FHIRClient({"app_id": "test", "api_base": there.url})


def person(given, **more):
    return {"resourceType": "Patient", "name": [{"family": "Probe", "given": [given]}], **more}


def test_fhirpy_creates_reads_updates_and_deletes(fhirpy, there):
    ada = fhirpy.resource("Patient", **person("Ada", birthDate="1970-01-31"))
    ada.save()
    assert ada.id

    again = fhirpy.reference("Patient", ada.id).to_resource()
    again["gender"] = "female"
    again.save()
    ada.refresh()

    assert ada["gender"] == "female"
    assert ada["meta"]["versionId"] == "2"
    history = fhirpy.execute(f"Patient/{ada.id}/_history", method="get")
    assert [entry["resource"]["meta"]["versionId"] for entry in history["entry"]] == ["2", "1"]
    ada.delete()
    with pytest.raises(ResourceNotFound):
        ada.refresh()
    assert there.read("Patient", ada.id) is None


def test_fhirpy_searches_and_turns_pages(fhirpy):
    for given in NAMES:
        fhirpy.resource("Patient", **person(given, active=given != "Emmy")).save()
    patients = fhirpy.resources("Patient")

    assert [one["name"][0]["given"] for one in patients.search(given="cle")] == [["Cleo"]]
    assert len(patients.limit(2).fetch()) == 2
    assert {one["name"][0]["given"][0] for one in patients.search(family="Probe").limit(2).fetch_all()} == set(NAMES)
    assert patients.search(given="Dora").first()["name"][0]["given"] == ["Dora"]
    with pytest.raises(ResourceNotFound):
        patients.search(family="Nobody").get()
    with pytest.raises(MultipleResourcesFound):
        patients.search(family="Probe").get()


def test_fhirpy_includes_and_updates_on_a_condition(fhirpy):
    asked = person("Ada", identifier=[{"system": MRN, "value": "A-1"}])
    known = fhirpy.resources("Patient").search(identifier=f"{MRN}|A-1")
    first, made = known.update(fhirpy.resource("Patient", **asked))
    second, made_again = known.update(fhirpy.resource("Patient", **asked, gender="female"))
    fhirpy.resource("Observation", status="final", code=CODE, subject=first.to_reference()).save()

    found = fhirpy.resources("Observation").include("Observation", "subject").fetch_raw()

    assert (made, made_again, first.id) == (True, False, second.id)
    assert sorted(entry["resource"]["resourceType"] for entry in found["entry"]) == ["Observation", "Patient"]


def test_fhirpy_sends_a_transaction_and_hears_what_is_refused(fhirpy):
    whole = fhirpy.resource(
        "Bundle",
        type="transaction",
        entry=[
            {"fullUrl": "urn:uuid:1c8b6a4e-51a3-4a0a-9a38-0d3f3c3f0001", "resource": person("Ada"),
             "request": {"method": "POST", "url": "Patient"}},
            {"resource": {"resourceType": "Observation", "status": "final", "code": CODE,
                          "subject": {"reference": "urn:uuid:1c8b6a4e-51a3-4a0a-9a38-0d3f3c3f0001"}},
             "request": {"method": "POST", "url": "Observation"}},
        ],
    )  # fmt: skip
    whole.save()
    filed = fhirpy.resources("Observation").first()

    assert filed["subject"].to_resource()["name"][0]["given"] == ["Ada"]
    with pytest.raises(OperationOutcome, match="status"):
        fhirpy.resource("Observation", code=CODE).save()


def test_fhirpy_works_asynchronously_too(there):
    async def work():
        client = AsyncFHIRClient(there.url)
        for given in NAMES:
            await client.resource("Patient", **person(given)).save()
        return [one["name"][0]["given"][0] async for one in client.resources("Patient").limit(2)]

    assert asyncio.run(work()) == NAMES


def test_fhirclient_creates_reads_searches_and_turns_pages(smart, there):
    assert smart.prepare()
    for given in NAMES:
        one = patient.Patient({"name": [{"family": "Probe", "given": [given]}], "birthDate": "1970-01-31"})
        made = one.create(smart.server)
        assert made["id"]

    ada = next(patient.Patient.where({"given": "Ada"}).perform_resources_iter(smart.server))
    read = patient.Patient.read(ada.id, smart.server)
    few = patient.Patient.where({"family": "Probe", "_count": "2"})

    assert smart.human_name(read.name[0]) == "Ada Probe"
    assert read.birthDate.isostring == "1970-01-31"
    assert [len(page.entry) for page in few.perform_iter(smart.server)] == [2, 2, 1]
    assert [one.name[0].given[0] for one in few.perform_resources_iter(smart.server)] == NAMES


def test_fhirclient_updates_deletes_and_reads_history(smart, there):
    ada = patient.Patient({"name": [{"family": "Probe"}]})
    ada.id = ada.create(smart.server)["id"]
    ada.name = [humanname.HumanName({"family": "Probe", "given": ["Ada"]})]
    ada.update(smart.server)

    told = bundle.Bundle(smart.server.request_json(f"Patient/{ada.id}/_history"))

    assert [entry.resource.meta.versionId for entry in told.entry] == ["2", "1"]
    ada.delete(smart.server)
    assert there.read("Patient", ada.id) is None


def test_fhirclient_reads_what_an_observation_refers_to(smart):
    ada = patient.Patient({"name": [{"family": "Probe", "given": ["Ada"]}]}).create(smart.server)["id"]
    weight = observation.Observation({"status": "final", "code": CODE, "subject": {"reference": f"Patient/{ada}"}})
    weight.create(smart.server)

    asked = observation.Observation.where({"subject": f"Patient/{ada}"}).include("subject")
    found = next(asked.perform_iter(smart.server))

    assert sorted(entry.resource.resource_type for entry in found.entry) == ["Observation", "Patient"]
