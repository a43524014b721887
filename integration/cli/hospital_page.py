"""One page about a hospital for its IT: where we connect to, what we ask for and send, with which codes, and how."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fhir_profiles import terminology
from integration.hospital import capability, url_guard
from integration.hospital.capability import Capability
from integration.hospital.settings import Settings, shortest_wait
from integration.store.hospitals import Hospital
from mappings import identity, measures, registry, vital_signs
from mappings.records import units

_FIRST_WRITE: Final = {
    0: "not sent",
    1: "PUT [type]/[our id]",
    2: "POST with If-None-Exist (our identifier)",
    3: "PUT [type]?identifier=… (races: only where nothing else works)",
    4: "POST [type]/_search by our identifier, then POST",
}
_NEEDED: Final = {
    0: (),
    1: ("read", "update"),
    2: ("read", "create", "search-type", "update"),
    3: ("read", "update", "search-type"),
    4: ("read", "search-type", "create", "update"),
}
_SYSTEMS: Final = ("patient", "plan", "session", "administration", "observation", "side-effect")
_NAMES: Final = {
    terminology.LOINC: "LOINC",
    terminology.SNOMED: "SNOMED CT",
    terminology.RXNORM: "RxNorm",
    terminology.ICD10CM: "ICD-10-CM",
}


def facts(there: Hospital, base: identity.Base, *, countable: bool = True) -> dict[str, Any]:
    """Everything on the page, for programs; `countable`: no version was seen there that is no number."""
    settings = Settings.model_validate(there.settings)
    declared = Capability.from_json(there.capability)
    address = url_guard.parse_base(there.url)
    bundle, bundle_source = capability.bundle_kind(declared, settings)
    return {
        "hospital": there.name,
        "state": there.state.value,
        "reason": there.reason,
        "stopped_types": dict(there.stopped_types),
        "connection": {
            "url": address.url,
            "host": address.host,
            "port": address.port,
            "tls": address.scheme == "https",
            "credentials": settings.auth,
            "username": settings.username,
            "secret": _secret(settings),
            "certificate_authority": None if settings.ca_bundle is None else str(settings.ca_bundle),
            "direction": "from us to the hospital only",
        },
        "declares": {"fhir": declared.fhir_version, "software": declared.software},
        "types": [_type(name, declared, settings) for name in [*_sorted_types(), *_linked_types(settings)]],
        "not_sent": _not_sent(declared, settings),
        "bundle": {"kind": bundle, "source": bundle_source, "size": settings.bundle_size},
        "in_flight": settings.in_flight,
        "rewrite_links": settings.rewrite_links,
        "waits": _waits(settings),
        "patients": settings.patients,
        "projection": _projection(settings),
        "updates": settings.updates,
        "if_match": settings.if_match,
        "lost_unseen": lost_unseen(settings, countable=countable),
        "busy_means_not_done": settings.busy_means_not_done,
        "identifier_systems": {kind: base.system(kind) for kind in _SYSTEMS},
        "codes": _codes(),
        "units": _units(),
    }


def text(page: Mapping[str, Any]) -> Iterator[str]:
    """The page as a person reads it."""
    yield from short(page)
    waits = page["waits"]
    yield ""
    yield "Waits"
    yield f"  a request: {waits['deadline']} s at most; a lost answer is looked up at once, and after {waits['wait']} s"
    yield (
        f"  we count on: committed within {waits['commit_delay']} s, found by search within {waits['index_lag']} s more"
        f" (so the wait must be longer than {waits['shortest']} s)"
    )
    yield f"  If-Match is {_IF_MATCH[page['if_match']]}; a 503 to a write {_BUSY[page['busy_means_not_done']]}"
    yield ""
    yield "Our identifiers"
    yield from (f"  {kind:<16}{system}" for kind, system in page["identifier_systems"].items())
    yield ""
    yield "Codes to expect"
    for system, codes in page["codes"].items():
        yield f"  {system}"
        yield from (f"    {one['code']:<22}{one['display']}" for one in codes)
    yield f"  units (UCUM): {', '.join(page['units'])}"


def short(page: Mapping[str, Any]) -> Iterator[str]:
    """The first half of the page: where we connect to, and what we do there."""
    connection = page["connection"]
    yield f"{page['hospital']}: {page['state']}" + (f" ({page['reason']})" if page["reason"] else "")
    yield from (f"  {kind} is stopped: {why}" for kind, why in page["stopped_types"].items())
    yield ""
    yield "Connection"
    yield f"  {connection['url']}   host {connection['host']}, port {connection['port']}, {_tls(connection)}"
    yield f"  credentials: {_credentials(connection)}; {connection['direction']}; JSON ({'application/fhir+json'})"
    declares = page["declares"]
    yield f"  its server: FHIR {declares['fhir']} {declares['software']}".rstrip()
    yield ""
    yield "What we ask permission for, and how a resource is first written (later always: PUT [type]/[id], If-Match)"
    for one in page["types"]:
        yield f"  {one['type']:<25}{', '.join(one['interactions']) or '-':<36}{_how(one)}"
    yield from (f"  not sent: {one}" for one in page["not_sent"])
    bundle = page["bundle"]
    yield f"  bundles: {bundle['kind']} ({bundle['source']}), at most {bundle['size']} entries"
    yield f"  at most {page['in_flight']} requests at the same time"
    if page["rewrite_links"]:
        yield "  page links that name another server are asked at this address"
    yield f"  patients: {_PATIENTS[page['patients']]}"
    sent = page["projection"]
    if sent["name"] == "vitals":
        yield f"  {_VITALS}"
        yield f"    codes: {', '.join(sent['codes'])}; status: {', '.join(sent['statuses'])}"
    if page["updates"] == "never":
        yield "  corrections of what is there are never sent: a person makes them there"
    elif page["lost_unseen"]:
        yield f"  {page['lost_unseen']}"


_PATIENTS: Final = {
    "link": "linked to the hospital's own; we read a Patient by id and never write one",
    "create": "created there by us (for sandboxes and a clinic's own server)",
}
_VITALS: Final = "vital signs one by one, for visits and staff that are linked; nothing else of ours"
_BUSY: Final = {True: "with Retry-After means: not begun (documented by the hospital)", False: "may have been done"}


def lost_unseen(settings: Settings, *, countable: bool = True) -> str:
    """What the operator has to know where nothing guards an update; empty where something does."""
    if settings.if_match == "honoured" or settings.updates == "never":
        return ""
    if settings.if_match == "none":
        return f"there are no versions there: {_LOST} (decide whether updates are sent: --updates never)"
    if not countable:
        return f"If-Match is ignored and versions cannot be counted: {_LOST} (or stop updates: --updates never)"
    return ""


_LOST: Final = "what somebody else writes between our reading and our update is lost unseen"
_IF_MATCH: Final = {
    "honoured": "honoured",
    "ignored": "ignored: a copy is read right before it is updated, and held where versions show another writer",
    "none": "none, for want of versions: a copy is read right before it is updated",
}


def _secret(settings: Settings) -> str | None:
    """Where the password or token is read from, never the secret itself."""
    if settings.secret_file is not None:
        return f"file {settings.secret_file}"
    return None if settings.secret_env is None else f"variable {settings.secret_env}"


def _credentials(connection: Mapping[str, Any]) -> str:
    user = f" as {connection['username']}" if connection["username"] else ""
    secret = f" with the secret of {connection['secret']}" if connection["secret"] else ""
    return f"{connection['credentials']}{user}{secret}"


def _tls(connection: Mapping[str, Any]) -> str:
    if not connection["tls"]:
        return "no TLS (this machine only)"
    authority = connection["certificate_authority"]
    return "TLS, verified" + (f" with {authority}" if authority else "")


def _how(one: Mapping[str, Any]) -> str:
    return f"{_FIRST_WRITE[one['rung']]} (rung {one['rung']}, {one['source']})" if one["rung"] else ""


def _sorted_types() -> list[str]:
    order = ("Patient", "CarePlan", "Procedure", "MedicationAdministration", "Observation")
    return sorted(registry.MADE, key=lambda name: (order.index(name) if name in order else len(order), name))


def _linked_types(settings: Settings) -> list[str]:
    """What we only read there, to see that a link leads to the right one."""
    return sorted(vital_signs.LINKED.values()) if settings.projection == "vitals" else []


def _type(name: str, declared: Capability, settings: Settings) -> dict[str, Any]:
    if (name == "Patient" and settings.patients == "link") or name in _linked_types(settings):
        return {"type": name, "rung": 0, "source": "set", "interactions": ["read"], "searchable": False}
    if settings.projection == "vitals" and name != vital_signs.RESOURCE:
        return {"type": name, "rung": 0, "source": "set", "interactions": [], "searchable": False}
    rung, source = capability.rung(declared, settings, name)
    searchable = name in declared.types and declared.types[name].is_searchable
    return {
        "type": name,
        "rung": rung,
        "source": source,
        "interactions": list(_NEEDED[rung]),
        "searchable": searchable,
    }


def _not_sent(declared: Capability, settings: Settings) -> list[str]:
    """What does not go there, with the reason."""
    found = []
    for name in _sorted_types():
        if name == "Patient" and settings.patients == "link":
            found.append("Patient: ours are linked to the hospital's")
            continue
        rung, source = capability.rung(declared, settings, name)
        if settings.projection == "vitals" and name != vital_signs.RESOURCE:
            found.append(f"{name}: set: vital signs alone go there")
        elif not rung:
            found.append(f"{name}: {source}")
    found.append("any patient who is not enrolled here by name")
    return found


def _projection(settings: Settings) -> dict[str, Any]:
    if settings.projection == "full":
        return {"name": "full"}
    codes, statuses = settings.codes or vital_signs.USUAL_CODES, settings.statuses or vital_signs.ALL_STATUSES
    return {"name": settings.projection, "codes": list(codes), "statuses": list(statuses)}


def _waits(settings: Settings) -> dict[str, str]:
    return {
        "deadline": f"{settings.deadline:g}",
        "wait": f"{settings.wait:g}",
        "commit_delay": f"{settings.commit_delay:g}",
        "index_lag": f"{settings.index_lag:g}",
        "shortest": f"{shortest_wait(settings):g}",
    }


def _units() -> list[str]:
    """Every unit that may stand in a document: of what is measured, of doses and rates, of how often and how long."""
    measured = (*measures.MEASURES.values(), *measures.COMPONENTS.values())
    given = units.DOSES | units.RATES | units.DURATIONS
    return sorted(given.union(*(measure.units for measure in measured)))


def _codes() -> dict[str, list[dict[str, str]]]:
    """Every code that may stand in a document, by system; where no standard code exists, ours."""
    keys = {c: measure.key for measure in measures.MEASURES.values() for c in measure.concepts}
    found = {name: terminology.vouched().get(system, []) for system, name in _NAMES.items()}
    found["ours, where no standard code exists"] = [c for c in keys if c.system.startswith(terminology.LOCAL_BASE)]
    return {
        name: [
            {"code": c.code, "display": c.display or keys[c]}
            for c in sorted(some, key=lambda c: c.code)
            if c.display or c in keys  # one without a word is known, and no map writes it
        ]
        for name, some in found.items()
    }
