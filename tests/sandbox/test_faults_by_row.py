"""Every row of the catalogue of faults that a hospital can provoke, and the names under which it can be had."""

import pytest

from integration import errors
from integration.sandbox import (
    fault_kinds,
    fault_strikes,
    faulted_answers,
    faulted_hooks,
    faulted_requests,
    request_kinds,
    staff_acts,
)
from integration.sandbox.fault_kinds import Stage

BY_ROW = {
    1: ["connection-refused", "connection-reset"],
    2: ["name-not-found", "name-slow"],
    3: ["tls-expired", "tls-too-old", "tls-unknown-issuer", "tls-wrong-name"],
    4: ["answer-late", "slow-bytes"],
    5: ["cut-before", "reset-mid-request"],
    6: ["answer-late", "answer-lost", "body-cut"],
    7: ["gateway-late", "late-commit"],
    8: ["body-cut", "half-closed", "length-too-long", "length-too-short", "truncated"],
    9: ["html-instead"],
    10: ["empty-201", "no-location", "nothing-but-201"],
    11: ["no-content", "ok-for-created"],
    12: ["batch-entries-busy", "too-many"],
    13: ["too-many-until", "too-many-until-past"],
    14: ["retry-after-absurd", "retry-after-missing"],
    15: [
        "bad-gateway",
        "busy",
        "busy-but-done",
        "error-500",
        "error-but-done",
        "gateway-late",
        "gateway-timeout",
        "gateway-timeout-but-done",
    ],
    16: ["token-expired", "token-expired-in-batch"],
    17: ["token-refused"],
    18: ["scope-missing"],
    19: ["not-found"],
    20: ["deleted-meanwhile", "gone"],
    21: ["conflict", "edited-meanwhile", "precondition-failed"],
    22: ["multiple-matches"],
    23: ["refused-400", "refused-422"],
    24: ["batch-entries-busy", "batch-entry-refused"],
    25: ["transaction-refused"],
    26: ["entries-extra", "entries-missing", "entries-reordered"],
    27: ["status-missing", "status-odd"],
    28: ["ignores-if-none-exist"],
    29: ["ignores-if-match", "version-forgotten"],
    30: ["redirect"],
    31: ["clock-skew"],
    32: ["next-in-circles", "next-to-itself"],
    33: ["next-elsewhere", "next-odd-port", "next-relative"],
    34: ["next-expired"],
    35: ["duplicates-in-search"],
    36: ["changed-while-paging", "edited-meanwhile"],
    37: ["greater-means-from", "late-commit", "times-in-seconds"],
    38: ["version-forgotten", "versions-missing", "versions-odd", "versions-reused"],
    39: ["huge"],
    40: ["gzip-bomb"],
    41: [
        "bad-utf8",
        "byte-order-mark",
        "duplicate-key",
        "half-character",
        "long-number",
        "not-a-number",
        "nul-character",
    ],
    42: ["deep"],
    43: ["zeros-dropped"],
    44: ["capability-changed", "unknown-parts", "unknown-status"],
    52: ["hook-storm", "hooks-reordered", "hooks-twice"],
    53: ["hook-forged", "hook-without-secret"],
    54: ["hooks-missed", "subscription-off"],
    58: ["busy", "connection-refused"],
    59: ["patient-merged"],
    60: ["other-patient", "other-resource"],
}

ALL = sorted(fault_kinds.KINDS.values(), key=lambda kind: kind.name)


def test_each_row_that_concerns_a_server_has_its_names():
    found: dict[int, list[str]] = {}
    for kind in ALL:
        for row in kind.rows:
            found.setdefault(row, []).append(kind.name)

    assert dict(sorted(found.items())) == BY_ROW


def test_the_other_rows_are_no_servers_and_it_is_said_why():
    assert sorted({*BY_ROW, *fault_kinds.NOT_A_SERVERS}) == list(range(1, 63))
    assert not BY_ROW.keys() & fault_kinds.NOT_A_SERVERS.keys()


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_each_kind_is_made_in_one_place(kind):
    places = {
        Stage.BEFORE: faulted_requests.STRIKES,
        Stage.AFTER: faulted_answers.STRIKES,
        Stage.HOOK: faulted_hooks.STRIKES,
        Stage.INSIDE: staff_acts._ACTS.keys() | fault_strikes.LATE,
        Stage.LINE: fault_strikes.OF_THE_LINE,
    }
    homes = [stage for stage, made in places.items() if kind.name in made]

    assert homes == [kind.stage] or kind.name in fault_strikes.OF_THE_ANSWER
    assert len(kind.says.split()) >= 3
    assert kind.on in request_kinds.KINDS
    assert kind.socket is (kind.stage is Stage.LINE)


def test_an_unknown_fault_gives_the_nearest_names():
    with pytest.raises(errors.UsageError) as caught:
        fault_kinds.kind("html-insted")

    assert 'did you mean "html-instead"' in str(caught.value)


def test_what_needs_a_person_is_marked():
    stops = {kind.name for kind in ALL if kind.stops}

    assert {"redirect", "other-patient", "token-refused", "scope-missing", "tls-expired", "huge"} <= stops
    assert not {"busy", "answer-lost", "late-commit"} & stops
