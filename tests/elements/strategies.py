"""Generated records of every kind, as the clinic's file writes them, and hospitals' copies of documents."""

import datetime as dt
import string
from copy import deepcopy
from decimal import Decimal

from hypothesis import strategies as st

from fhir_profiles import fhir_json, terminology
from mappings import identity, measures, records

BASE = identity.Base.of("https://clinic.example/fhir")
FOREIGN = "https://hospital.example"

ids = st.text(string.ascii_letters + string.digits + "-.", min_size=1, max_size=12).filter(lambda t: t != "..")
keys = st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=8)
texts = (
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")) | st.just(" "), min_size=1, max_size=20)
    .map(str.strip)
    .filter(bool)
)
_zones = st.sampled_from(["Z", "-06:00", "-05:00", "+00:00", "+13:45", "-12:00", "+14:00"])
_START = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
_MONTHS_LATER = "2027-06-01T12:00:00Z"


@st.composite
def instants(draw, minutes=st.integers(-100_000, 100_000)):
    moment = _START + dt.timedelta(minutes=draw(minutes), seconds=draw(st.integers(0, 59)))
    return spell(moment, draw(_zones), draw(st.sampled_from(["", ".5", ".120", ".123456789"])))


def spell(moment, zone, fraction=""):
    hours, minutes = (0, 0) if zone == "Z" else (int(zone[1:3]), int(zone[4:]))
    shift = dt.timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)
    return f"{moment + shift:%Y-%m-%dT%H:%M:%S}{fraction}{zone}"


@st.composite
def steps(draw, names):
    """Times that do not run backwards, each written in some zone, some of them missing."""
    moment, found = _START, {}
    for name in names:
        moment += dt.timedelta(minutes=draw(st.integers(1, 60)))
        if draw(st.booleans()):
            found[name] = spell(moment, draw(_zones))
    return found


@st.composite
def numbers(draw, *, positive=False):
    digits = draw(st.integers(1 if positive else -(10**21), 10**21))
    scale = draw(st.integers(0, 22))
    return Decimal(digits).scaleb(-scale) if scale else draw(st.sampled_from([digits, Decimal(digits)]))


def quantities(units, *, positive=False):
    return st.fixed_dictionaries({"value": numbers(positive=positive), "unit_ucum": st.sampled_from(sorted(units))})


dates = st.dates(dt.date(1930, 1, 1), dt.date(2025, 12, 31)).flatmap(
    lambda day: st.sampled_from([day.isoformat(), f"{day:%Y-%m}", f"{day:%Y}"])
)


def coding(system, code, display):
    return {"system": system, "code": code} | ({"display": display} if display else {})


codings = st.builds(
    coding,
    st.sampled_from([terminology.SNOMED, terminology.RXNORM, f"{FOREIGN}/codes", "urn:oid:1.2.3"]),
    st.text(string.ascii_letters + string.digits, min_size=1, max_size=8),
    st.none() | texts,
)
coded = st.fixed_dictionaries(
    {"codings": st.lists(codings, min_size=1, max_size=3, unique_by=lambda c: (c["system"], c["code"]))},
    optional={"text": texts},
) | st.fixed_dictionaries({"text": texts})
staff = ids.map("staff-role/{}".format)


def record(kind, required, optional):
    common = {"kind": st.just(kind), "id": ids.map("R-{}".format), "updated_at": st.just(_MONTHS_LATER)}
    also = {"test": st.booleans(), "created_at": instants(), "recorded_by": ids}
    return st.fixed_dictionaries(common | required, optional=also | optional)


_names = st.fixed_dictionaries(
    {"family": texts},
    optional={
        "use": st.sampled_from(["usual", "official", "old"]),
        "text": texts,
        "given": st.lists(texts, min_size=1, max_size=3),
        "prefix": st.lists(texts, min_size=1, max_size=2),
        "suffix": st.lists(texts, min_size=1, max_size=2),
        "period": st.fixed_dictionaries({"start": dates}),
    },
)
_old_identifiers = st.fixed_dictionaries(
    {
        "system": st.just("https://clinic.example/old"),
        "value": texts,
        "type": st.sampled_from(["PI", "other"]),
        "active": st.booleans(),
    },
    optional={"assigner": texts},
)


def distinct(items):
    return st.lists(items, max_size=3, unique_by=fhir_json.sorted_json)


patients = record(
    "patient",
    {
        "identifiers": st.builds(
            lambda value, others: [
                {"system": "https://clinic.example/mrn", "value": value, "type": "MR", "active": True}, *others,
            ],
            texts,
            st.lists(_old_identifiers, max_size=2, unique_by=lambda i: i["value"]),
        ),
        "names": st.lists(_names, min_size=1, max_size=2, unique_by=fhir_json.sorted_json),
        "birth_date": dates,
        "admin_gender": st.sampled_from(["male", "female", "other", "unknown"]),
        "active": st.booleans(),
    },
    {
        "telecom": distinct(
            st.fixed_dictionaries(
                {"system": st.sampled_from(["phone", "email"]), "value": texts},
                optional={"use": st.sampled_from(["home", "mobile"]), "rank": st.integers(1, 9)},
            )
        ),
        "address": distinct(
            st.fixed_dictionaries(
                {"line": st.lists(texts, min_size=1, max_size=2)},
                optional={"city": texts, "postal_code": texts, "country": texts, "use": st.just("home")},
            )
        ),
        "language": st.sampled_from(["en", "sv", "de-CH"]),
        "emergency_contact": st.fixed_dictionaries(
            {}, optional={"name": _names, "phone": texts, "relationship": texts}
        ).filter(bool),
        "escort_name": texts,
        "deceased": st.booleans() | instants(),
        "entered_in_error": coded,
    },
)  # fmt: skip

_PHASES = ["not_started", "scheduled", "in_progress", "on_hold", "completed", "cancelled", "stopped", "unknown"]
_frequencies = st.builds(
    lambda freq, more, period, unit: {"freq": freq, "period": period, "unit": unit}
    | ({"freq_max": freq + more} if more else {}),
    st.integers(1, 9), st.integers(0, 3), numbers(positive=True), st.sampled_from(["d", "wk", "mo"]),
)  # fmt: skip
_windows = st.builds(lambda low, more: {"min_days": low, "max_days": low + more}, st.integers(1, 30), st.integers(0, 9))
_bounds = (
    st.just({})
    | st.fixed_dictionaries({"window": _windows})
    | st.fixed_dictionaries({"max_duration": quantities({"d", "wk", "mo"}, positive=True)})
)
_phases = st.builds(
    lambda phase, bounds: phase | bounds,
    st.fixed_dictionaries(
        {
            "key": keys,
            "kind": st.sampled_from(["induction", "maintenance", "taper", "reassessment"]),
            "status": st.sampled_from(_PHASES),
        },
        optional={
            "title": texts,
            "planned_count": st.integers(1, 20),
            "per": _frequencies,
            "appointment_min": st.integers(1, 300),
        },
    ),
    _bounds,
)
_supportive = st.fixed_dictionaries(
    {
        "key": keys.map("s{}".format),
        "kind": st.sampled_from(["PT", "CBT", "psychotherapy", "exercise", "sleep", "medication_adjustment", "other"]),
        "status": st.sampled_from(_PHASES),
    },
    optional={"frequency": _frequencies, "provider": ids},
)
_mgkg, _mg = quantities({"mg/kg"}, positive=True), quantities({"mg"})
_goals = st.just([{"key": "a-goal", "metric": "pain-nrs", "kind": "percent_reduction", "percent": 50, "baseline": "B"}])


@st.composite
def plans(draw):
    phases = draw(st.lists(_phases.map(lambda p: p | {"key": "p" + p["key"]}), min_size=1, max_size=3,
                           unique_by=lambda p: p["key"]))  # fmt: skip
    start = draw(dates)
    raw = draw(
        record(
            "plan",
            {
                "patient": ids, "indication": ids, "assessment": ids, "title": texts,
                "status": st.sampled_from(["draft", "active", "on_hold", "revoked", "completed", "unknown"]),
                "period": st.just({"start": start}) | st.just({"start": start, "end": "2026-11"}),
                "goals": _goals,
                "revisions": st.just([{"rev": 1, "at": draw(instants()), "by": draw(ids), "reason": {"text": "first"},
                                       "dose_change": "none"}]),
                "regimen": st.lists(
                    st.fixed_dictionaries({"phase": st.sampled_from([p["key"] for p in phases]), "drug": coded,
                                           "dose": _mgkg, "max_total": _mg}),
                    min_size=1, max_size=3, unique_by=lambda r: r["phase"],
                ),
            },
            {
                "description": texts, "status_reason": coded,
                "supportive": st.lists(_supportive, max_size=3, unique_by=lambda s: s["key"]),
                "monitoring": st.fixed_dictionaries({"vitals_every_min": st.integers(1, 60)},
                                                    optional={"protocol": st.just("urn:protocol:1")}),
                "preparation_advice": st.lists(texts, max_size=3, unique=True),
            },
        )
    )  # fmt: skip
    return raw | {"phases": phases}


_effects = st.fixed_dictionaries(
    {"id": ids, "effect": coded, "onset": instants(st.integers(0, 60)),
     "severity": st.sampled_from(["mild", "moderate", "severe"])},
    optional={
        "resolved": instants(st.integers(61, 300)),
        "outcome": st.sampled_from(sorted(terminology.EVENT_OUTCOME)),
        "causality": st.sampled_from(sorted(terminology.CAUSALITY)),
        "action": st.sampled_from(["none", "rate_reduced", "paused", "stopped", "medicated", "escalated"]),
        "serious": st.booleans(),
        "seriousness": st.lists(st.sampled_from(sorted(terminology.SERIOUSNESS)), max_size=3, unique=True),
        "reported_by": staff | ids.map("patient/{}".format),
    },
)  # fmt: skip
_segments = st.fixed_dictionaries(
    {"no": st.integers(1, 9), "start": st.just("2026-03-02T10:00:00Z")},
    optional={"rate": quantities({"mg/kg/h"}), "end_reason": st.sampled_from(["pause", "stop", "complete"])},
)
_orders = st.fixed_dictionaries(
    {"phase": keys, "drug": coded, "dose": _mgkg, "max_total": _mg}, optional={"route": coded}
)
STATUSES = (
    "scheduled", "checked_in", "preparing", "infusing", "paused", "recovering", "completed", "stopped", "aborted",
    "cancelled", "no_show", "entered_in_error",
)  # fmt: skip


@st.composite
def sessions(draw):
    raw = draw(
        record(
            "session",
            {
                "plan": st.just("R-plan"), "phase": keys, "sequence_no": st.integers(1, 30),
                "status": st.sampled_from(STATUSES),
                "scheduled": st.just({"start": "2026-03-02T09:00:00Z", "end": "2026-03-02T10:30:00Z"}),
            },
            {
                "planned_total": st.integers(1, 30),
                "actual": steps(["checked_in", "prep_start", "infusion_start", "infusion_end", "recovery_end",
                                 "discharged"]),
                "location": ids, "chair": ids, "pump": ids,
                "staff": distinct(st.fixed_dictionaries({
                    "role": st.sampled_from(["prescriber", "anesthesia", "infusion_nurse", "monitor", "other"]),
                    "staff_role": ids})),
                "dosing_weight": ids, "order": _orders, "ordered_total": _mg, "given_total": _mg,
                "segments": st.lists(_segments, max_size=3, unique_by=lambda s: s["no"]),
                "lot": texts, "witness": ids, "stop_reason": coded, "not_done_reason": coded,
                "side_effects": st.lists(_effects, max_size=2, unique_by=lambda e: e["id"]),
                "outcome": st.fixed_dictionaries({"result": st.sampled_from(["successful", "partial", "unsuccessful"])},
                                                 optional={"note": texts}),
                "next_step": st.sampled_from(["continue", "adjust", "hold", "end"]),
            },
        )
    )  # fmt: skip
    if raw["status"] in ("recovering", "completed", "stopped"):
        raw.setdefault("actual", {}).setdefault("infusion_start", "2026-03-02T10:00:00Z")
        raw["actual"].pop("prep_start", None)
        for name in ("infusion_end", "recovery_end"):
            raw["actual"].pop(name, None)
    return raw


def values_of(measure):
    if measure.value is measures.ValueKind.QUANTITY:
        return quantities(measure.units)
    if measure.value is measures.ValueKind.BOOLEAN:
        return st.booleans()
    return coded if measure.value is measures.ValueKind.CODED else texts


_absents = st.sampled_from(sorted(terminology.DATA_ABSENT_REASON))


@st.composite
def said(draw, measure):
    """A value, components, or the reason why there is none."""
    if draw(st.integers(0, 5)) == 0:
        return {"absent": draw(_absents)}
    if measure.value is not measures.ValueKind.COMPONENTS:
        return {"value": draw(values_of(measure))}
    chosen = list(measure.required) or [measure.components[0]]
    chosen += [key for key in measure.components if key not in chosen and draw(st.booleans())]
    components = []
    for key in chosen:
        value = {"value": draw(values_of(measures.COMPONENTS[key]))}
        components.append({"measure": key} | draw(st.just(value) | st.fixed_dictionaries({"absent": _absents})))
    return {"components": components}


@st.composite
def observations(draw):
    measure = draw(st.sampled_from(list(measures.MEASURES.values())))
    raw = draw(
        record(
            "observation",
            {
                "patient": ids, "measure": st.just(measure.key),
                "effective": instants() | st.builds(lambda start, end: {"start": start, "end": end},
                                                    instants(st.integers(0, 10)), instants(st.integers(11, 20))),
                "status": st.sampled_from(["preliminary", "final", "amended", "corrected", "cancelled",
                                           "entered_in_error", "registered", "unknown"]),
                "issued": instants(),
                "visit": st.sampled_from(["session/R-session", "assessment/A.1", "follow-up/F-1", "session/unknown"]),
            },
            {
                "performer": staff | ids.map("patient/{}".format), "device": ids, "method": coded, "body_site": coded,
                "body_position": coded, "interpretation": coded, "note": st.lists(texts, max_size=3, unique=True),
                "plan": ids,
                "timepoint": st.fixed_dictionaries(
                    {"code": st.sampled_from(["baseline", "pre", "during", "end", "recovery", "discharge",
                                              "follow_up"])},
                    optional={"offset_min": st.integers(-500, 500)}),
            },
        )
    )  # fmt: skip
    return raw | draw(said(measure))


KINDS = {"patient": patients, "plan": plans(), "session": sessions(), "observation": observations()}


@st.composite
def parsed(draw, kind):
    """A record, read from the text that the clinic's file would have."""
    raw = fhir_json.loads(fhir_json.encode(draw(KINDS[kind])))
    try:
        return records.parse(raw)
    except records.RecordError as error:
        if all(problem.code == records.Code.TELLS_WHO for problem in error.problems):
            return draw(st.nothing())
        raise


def their_extension(draw):
    return {"url": f"{FOREIGN}/extension", "valueString": draw(texts)}


@st.composite
def copies(draw, document):
    """A document as a hospital may give it back: reordered, display rewritten, its own things added."""
    copy = _rewritten(draw, fhir_json.loads(fhir_json.encode(document)))
    copy.setdefault("meta", {}).update({"versionId": "7", "lastUpdated": "2026-03-02T10:00:00.000Z"})
    copy["meta"].setdefault("tag", []).append({"system": f"{FOREIGN}/tag", "code": "seen"})
    copy.setdefault("extension", []).insert(0, their_extension(draw))
    copy["identifier"].insert(0, {"use": "official", "system": f"{FOREIGN}/id", "value": "77"})
    if copy["resourceType"] != "Patient":
        note = {"authorString": "hospital", "time": "2026-03-03T10:00:00Z", "text": draw(texts)}
        copy.setdefault("note", []).insert(draw(st.integers(0, len(copy.get("note", [])))), note)
    if copy["resourceType"] == "Observation":
        code = {"coding": [{"system": f"{FOREIGN}/parts", "code": "extra"}]}
        copy.setdefault("component", []).insert(0, {"code": code, "valueString": draw(texts)})
    return _shuffled(draw, copy)


def _rewritten(draw, value):
    """Rewrite displays, drop some, and add an extension to some objects."""
    if isinstance(value, list):
        return [_rewritten(draw, item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {name: _rewritten(draw, part) for name, part in value.items()}
    if "code" in found and "system" in found and "value" not in found:
        found.pop("display", None)
        if draw(st.booleans()):
            found["display"] = draw(texts)
    elif "url" not in found and "resourceType" not in found and draw(st.integers(0, 9)) == 0:
        found.setdefault("extension", []).append(their_extension(draw))
    return found


def _shuffled(draw, value):
    if isinstance(value, dict):
        return {name: _shuffled(draw, value[name]) for name in draw(st.permutations(list(value)))}
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return [_shuffled(draw, item) for item in draw(st.permutations(value))]
    return value


_anything = st.none() | st.booleans() | st.integers(-9, 9) | texts | st.just([]) | st.just({}) | st.just([{}])


@st.composite
def damaged(draw, document):
    """A document in which something somewhere has been replaced by something else."""
    copy = fhir_json.loads(fhir_json.encode(document))
    for _ in range(draw(st.integers(1, 3))):
        place = copy
        while True:
            below = [(k, v) for k, v in _parts(place) if k not in ("resourceType", "id")]
            if not below:
                break
            key, value = draw(st.sampled_from(below))
            if not isinstance(value, dict | list) or not value or draw(st.integers(0, 3)) == 0:
                place[key] = deepcopy(draw(_anything))  # else a drawn list could come to contain itself
                break
            place = value
    return copy


def _parts(place):
    return list(place.items()) if isinstance(place, dict) else list(enumerate(place))
