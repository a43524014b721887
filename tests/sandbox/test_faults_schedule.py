"""Schedules: which request meets which fault, drawn with a seed; files with slips of the pen; the presets."""

import pytest

from integration import errors
from integration.sandbox import fault_kinds, fault_schedule, request_kinds
from integration.sandbox.exchange import Request
from integration.sandbox.fault_schedule import FaultSchedule

JSON = {"content-type": "application/fhir+json"}
READ = Request("GET", "Patient/1")
CREATE = Request("POST", "Patient", headers=JSON, body=b'{"resourceType":"Patient"}')
BATCH = Request("POST", "", headers=JSON, body=b'{"resourceType":"Bundle","type":"batch"}')


def struck(schedule, request, times, step=1.0):
    return [schedule.choose(request, 100.0 + n * step) is not None for n in range(times)]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (READ, {"read", "data"}),
        (CREATE, {"create", "write", "data"}),
        (BATCH, {"batch", "bundle", "write", "data"}),
        (
            Request("POST", "", body=b'{"resourceType":"Bundle","type":"transaction"}'),
            {"transaction", "bundle", "write", "data"},
        ),
        (Request("POST", "Patient", headers={"if-none-exist": "a=b"}), {"create", "write", "conditional", "data"}),
        (Request("PUT", "Patient", "identifier=x"), {"update", "write", "conditional", "data"}),
        (Request("PUT", "Patient/1"), {"update", "write", "data"}),
        (Request("DELETE", "Patient/1"), {"delete", "write", "data"}),
        (Request("POST", "Patient/_search"), {"search", "data"}),
        (Request("GET", "Patient", "name=x"), {"search", "data"}),
        (Request("GET", "", "_getpages=abc&_getpagesoffset=20"), {"search", "page", "data"}),
        (Request("GET", "Patient/1/_history"), {"history", "data"}),
        (Request("GET", "Patient/1/_history/2"), {"vread", "data"}),
        (Request("POST", "Patient/$match"), {"operation", "data"}),
        (Request("GET", "Patient/$export"), {"operation", "export", "data"}),
        (Request("GET", "metadata"), {"metadata"}),
        (Request("POST", "auth/token"), {"token"}),
        (Request("POST", "", body=b"\xff{"), {"bundle", "write", "data"}),
    ],
)
def test_a_request_is_known_by_its_kinds(request_, words):
    assert request_kinds.kinds_of(request_) == words | {"any"}
    assert words <= request_kinds.KINDS.keys()


def test_count_and_skip_are_kept():
    assert struck(FaultSchedule.of("busy", count=2, skip=1), READ, 5) == [False, True, True, False, False]


def test_kind_and_path_are_kept():
    schedule = FaultSchedule.of("busy", on=("create",), path="Pat*")

    assert schedule.choose(READ, 1.0) is None
    assert schedule.choose(Request("POST", "Observation"), 1.0) is None
    assert schedule.choose(CREATE, 1.0).name == "busy"


def test_times_count_from_the_first_request_and_come_again():
    schedule = FaultSchedule.of("busy", **{"from": 2.0, "until": 4.0, "every": 10.0})

    hits = [n for n, hit in enumerate(struck(schedule, READ, 24)) if hit]

    assert hits == [2, 3, 12, 13, 22, 23]


def test_the_same_seed_gives_the_same_faults_and_another_seed_others():
    first, again, other = (struck(FaultSchedule.of("busy", seed, share=0.3), READ, 200) for seed in (1, 1, 2))

    assert first == again
    assert first != other
    assert 30 < sum(first) < 90


def test_another_fault_in_the_file_changes_nothing_for_the_first():
    text = '[[fault]]\nkind = "busy"\nshare = 0.3\n'
    one = fault_schedule.read(text, "x.toml", 5)
    two = fault_schedule.read(text + '[[fault]]\nkind = "too-many"\nshare = 0.5\n', "x.toml", 5)

    names = [getattr(two.choose(READ, n), "name", None) for n in range(100)]

    assert [one.choose(READ, n) is not None for n in range(100)] == [name == "busy" for name in names]


def test_what_needs_a_socket_strikes_only_on_one():
    schedule = FaultSchedule.of("body-cut")

    assert schedule.choose(READ, 1.0, socket=False) is None
    assert schedule.choose(READ, 1.0, socket=True).settings == {"keep": 0.5}


def test_it_is_counted_what_struck():
    schedule = FaultSchedule.of("busy", count=3)
    struck(schedule, READ, 10)

    assert schedule.struck == {"busy": 3}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('[[fault]]\nkind = "bussy"\n', 2, 'no fault "bussy"; did you mean "busy"?'),
        ('[[fault]]\nkind = "busy"\nshare = 1.5\n', 3, "less than or equal to 1"),
        ('[[fault]]\nkind = "busy"\non = ["reed"]\n', 3, 'no kind of request "reed"; did you mean "read"'),
        ('[[fault]]\nkind = "busy"\nshair = 1\n', 3, 'no key "shair"; did you mean "share"?'),
        (
            '[[fault]]\nkind = "busy"\n\nwith = { retry = "1" }\n',
            4,
            'no setting of busy "retry"; did you mean "retry_after"?',
        ),
        ('[[fault]]\nkind = "busy"\nwith = { retry_after = 1 }\n', 3, "must be written like '1'"),
        ("[[fault]]\nshare = 1\n", 1, "this key is missing"),
        ('[[folt]]\nkind = "busy"\n', 1, 'no key "folt"; did you mean "fault"?'),
    ],
)
def test_a_slip_of_the_pen_is_told_with_its_line(text, line, says):
    with pytest.raises(errors.ConfigError) as caught:
        fault_schedule.read(text, "my.toml")

    assert f"my.toml, line {line}: " in str(caught.value)
    assert says in str(caught.value)


def test_a_schedule_is_found_by_preset_fault_or_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[[fault]]\nkind = "busy"\n')

    assert fault_schedule.presets() == ["flaky", "hiccups", "hostile", "none", "outage"]
    assert fault_schedule.load("none").kinds == ()
    assert fault_schedule.load("redirect").kinds[0].name == "redirect"
    assert fault_schedule.load(path).kinds[0].name == "busy"
    with pytest.raises(errors.UsageError, match='no preset or fault "flakey"; did you mean "flaky"'):
        fault_schedule.load("flakey")
    with pytest.raises(errors.ConfigError, match=r"IF-SBX-05.*cannot be read"):
        fault_schedule.load(tmp_path / "none.toml")


@pytest.mark.parametrize("name", fault_schedule.presets())
def test_presets_hold_no_fault_that_needs_a_person_and_nothing_is_much_later(name):
    schedule = fault_schedule.load(name)

    assert [kind.name for kind in schedule.kinds if kind.stops] == []
    for entry in schedule.entries:
        kind = fault_kinds.kind(entry.kind)
        if kind.stage is fault_kinds.Stage.INSIDE:
            assert entry.kind in ("late-commit", "gateway-late")
            assert fault_schedule.settings_of(kind, entry.settings)["seconds"] <= 0.5


@pytest.mark.parametrize("name", fault_schedule.presets())
def test_presets_give_few_answers_that_are_no_fhir(name):
    """Three in a row make a client stop: there are never three in a preset."""
    odd = {"html-instead", "truncated", "bad-utf8", "byte-order-mark", "deep", "not-a-number"}
    counts = [entry.count for entry in fault_schedule.load(name).entries if entry.kind in odd]

    assert None not in counts
    assert sum(counts) <= 2
