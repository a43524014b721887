"""Scenarios of one resource: made, changed, read, deleted, with and without conditions."""

from tests.likeness.scenario import (
    CONTENT,
    REFUSED,
    SOURCE,
    Aspect,
    delete,
    found,
    get,
    identifier,
    named,
    patient,
    post,
    pulse,
    put,
    scenario,
    unlike,
)

P = "Patient/p-<u>"
HERE = put(P, patient("p"))
CHANGED = put(P, patient("p", active=True))
NOW = get(P)
HOW_MANY = found(f"Patient?{named('p')}")

CREATES = (
    scenario("a create gives an id, an ETag and a Location", post("Patient", patient()), get("Patient/<new:1>")),
    scenario("a create with an id gets another one", post("Patient", patient("p")), get("Patient/<new:1>"), NOW),
    scenario("a PUT to an id that is not there makes it", HERE, NOW),
    scenario(
        "a PUT to an id of digits alone", put("Patient/987654321", {"resourceType": "Patient", "id": "987654321"})
    ),
    scenario("a PUT without an id in the resource", put(P, patient() | {"active": True}), NOW),
    scenario("a PUT with another id in the resource", put(P, patient("q")), NOW),
    scenario("a PUT of another type than the address says", put(P, pulse("p")), NOW),
    scenario("a create of another type than the address says", post("Patient", pulse())),
    scenario("a create of an unknown type", post("Banana", {"resourceType": "Banana"})),
    scenario("a body that is no resource", post("Patient", '{"active":true}')),
    scenario("a body that is no JSON", post("Patient", "{")),
    scenario("no body", post("Patient", "")),
    scenario("a body in XML that is no XML", post("Patient", "<x", Content_Type="application/fhir+xml")),
    scenario("a body of plain text", post("Patient", "hello", Content_Type="text/plain")),
    scenario("an id that cannot be one", put("Patient/a_b-<u>", {"resourceType": "Patient", "id": "a_b-<u>"})),
    scenario(
        "a PUT to a new id where the hospital gives all ids",
        HERE,
        NOW,
        post("Patient", patient()),
        put("Patient/<new:1>", patient() | {"id": "<new:1>", "active": True}),
        put("Patient?" + named("q"), patient("q") | {"id": "<new:1>"}),
        client_ids=False,
    ),
    scenario(
        "a conditional update where the hospital gives all ids",
        put("Patient?" + named("p"), patient()),
        put("Patient?" + named("p"), patient(active=True)),
        HOW_MANY,
        client_ids=False,
    ),
)

UPDATES = (
    scenario("a changed PUT makes a version", HERE, CHANGED, NOW),
    scenario("an identical PUT makes no version", HERE, HERE, NOW, differs=unlike(SOURCE, step_2=CONTENT)),
    scenario(
        "a PUT that only reorders makes no version",
        HERE,
        put(P, dict(reversed(patient("p").items()))),
        NOW,
        differs=unlike(SOURCE, step_2=CONTENT),
    ),
    scenario("a version by its number", HERE, CHANGED, get(f"{P}/_history/1"), get(f"{P}/_history/2")),
    scenario("a version that never was", HERE, get(f"{P}/_history/7"), get("Patient/q-<u>/_history/1")),
    scenario(
        "the history of a resource",
        HERE,
        CHANGED,
        delete(P),
        CHANGED,
        get(f"{P}/_history"),
        differs=unlike(
            "HAPI writes the version into request.url, 200 for a delete, and no lastModified; R4 has it otherwise, and "
            "who reads histories as R4 has them should be able to practise here.",
            step_5=CONTENT,
        ),
    ),
    scenario("the history of what never was", get("Patient/q-<u>/_history")),
    scenario("an If-Match that holds", HERE, put(P, patient("p", active=True), If_Match='W/"1"'), NOW),
    scenario("an If-Match that is stale", HERE, CHANGED, put(P, patient("p"), If_Match='W/"1"'), NOW),
    scenario("an If-Match on what is not there", put(P, patient("p"), If_Match='W/"1"'), NOW),
    scenario(
        "an If-Match of a star",
        HERE,
        put(P, patient("p", active=True), If_Match="*"),
        NOW,
        differs=unlike(
            "HAPI breaks down over a version that is no number (500, HAPI-2223): a bug that is not worth rehearsing.",
            step_2=REFUSED,
            step_3=frozenset({Aspect.HEADERS, Aspect.CONTENT}),
        ),
    ),
    scenario(
        "an If-None-Match of a star on what is there", HERE, put(P, patient("p", active=True), If_None_Match="*"), NOW
    ),
    scenario("an If-None-Match of a star on what is not there", put(P, patient("p"), If_None_Match="*"), NOW),
    scenario("an update of what was deleted", HERE, delete(P), CHANGED, NOW),
    scenario("the same again after it was deleted", HERE, delete(P), HERE, NOW),
    scenario("a PUT asked to answer with little", put(P, patient("p"), Prefer="return=minimal")),
    scenario("a PUT asked to answer with an outcome", put(P, patient("p"), Prefer="return=OperationOutcome")),
    scenario("a PUT of a version of its own", put(P, patient("p", meta={"versionId": "9"})), NOW),
)

DELETES = (
    scenario("a delete", HERE, delete(P), NOW, HOW_MANY),
    scenario("a delete of what is deleted", HERE, delete(P), delete(P)),
    scenario("a delete of what never was", delete(P)),
    scenario("a delete with a stale If-Match", HERE, CHANGED, delete(P, If_Match='W/"1"'), NOW),
    scenario(
        "a delete of what others refer to",
        HERE,
        put("Observation/o-<u>", pulse("o", subject={"reference": P})),
        delete(P),
        NOW,
        delete("Observation/o-<u>"),
        delete(P),
    ),
    scenario("the version that a delete made", HERE, delete(P), get(f"{P}/_history/1"), get(f"{P}/_history/2")),
    scenario("a conditional delete of one", HERE, delete(f"Patient?{named('p')}"), NOW),
    scenario("a conditional delete of none", delete(f"Patient?{named('p')}")),
    scenario(
        "a conditional delete of two",
        post("Patient", patient()),
        post("Patient", patient()),
        delete(f"Patient?{named('p')}"),
        HOW_MANY,
    ),
)

CONDITIONS = (
    scenario(
        "a conditional create, twice",
        post("Patient", patient(), If_None_Exist=named("p")),
        post("Patient", patient(active=True), If_None_Exist=named("p")),
        HOW_MANY,
    ),
    scenario(
        "a conditional create where two match",
        post("Patient", patient()),
        post("Patient", patient()),
        post("Patient", patient(), If_None_Exist=named("p")),
        HOW_MANY,
    ),
    scenario(
        "a conditional create whose match was deleted",
        HERE,
        delete(P),
        post("Patient", patient(), If_None_Exist=named("p")),
        HOW_MANY,
    ),
    scenario(
        "a conditional create that asks for little",
        HERE,
        post("Patient", patient(), If_None_Exist=named("p"), Prefer="return=minimal"),
    ),
    scenario(
        "a conditional create of what does not answer to it",
        post("Patient", patient() | {"identifier": [identifier("q")]}, If_None_Exist=named("p")),
        found(f"Patient?{named('q')}"),
    ),
    scenario(
        "a conditional update to what no longer answers to it",
        HERE,
        put(f"Patient?{named('p')}", patient() | {"identifier": [identifier("q")]}),
        HOW_MANY,
        found(f"Patient?{named('q')}"),
    ),
    scenario(
        "a conditional create by what nobody knows", post("Patient", patient(), If_None_Exist="banana=1"), HOW_MANY
    ),
    scenario(
        "a conditional update, thrice",
        put(f"Patient?{named('p')}", patient()),
        put(f"Patient?{named('p')}", patient(active=True)),
        put(f"Patient?{named('p')}", patient(active=True)),
        HOW_MANY,
        differs=unlike(SOURCE, step_3=CONTENT),
    ),
    scenario(
        "a conditional update where two match",
        post("Patient", patient()),
        post("Patient", patient()),
        put(f"Patient?{named('p')}", patient()),
        HOW_MANY,
    ),
    scenario("a conditional update with an id of its own", put(f"Patient?{named('p')}", patient("p")), NOW),
    scenario(
        "a conditional update with the id that is found",
        HERE,
        put(f"Patient?{named('p')}", patient("p", active=True)),
        NOW,
    ),
    scenario(
        "a conditional update with another id than is found",
        HERE,
        put(f"Patient?{named('p')}", patient("p") | {"id": "q-<u>"}),
        HOW_MANY,
        differs=unlike(SOURCE, step_2=CONTENT),
    ),
    scenario(
        "a conditional update with an If-Match that is stale",
        HERE,
        CHANGED,
        put(f"Patient?{named('p')}", patient(gender="other"), If_Match='W/"1"'),
        HOW_MANY,
    ),
    scenario(
        "a conditional update after which the condition no longer holds",
        put(f"Patient?{named('p')}", patient() | {"identifier": [identifier("q")]}),
        HOW_MANY,
        found(f"Patient?{named('q')}"),
    ),
)

READS = (
    scenario("a read of what never was", NOW),
    scenario("a read that only wants news", HERE, get(P, If_None_Match='W/"1"'), get(P, If_None_Match='W/"9"')),
    scenario("a read since a time to come", HERE, get(P, If_Modified_Since="Fri, 01 Jan 2100 00:00:00 GMT")),
    scenario("a read of an unknown type", get("Banana/1")),
    scenario("an address that is none", get("Patient/p-<u>/banana")),
    scenario("an operation that nobody knows", get("Patient/$banana")),
    scenario("a method that nobody knows", HERE, post(P, patient("p"))),
    scenario("a search of all types", get("?_id=x")),
    scenario("where tokens are to be had", get(".well-known/smart-configuration")),
)

ALL = (*CREATES, *UPDATES, *DELETES, *CONDITIONS, *READS)
