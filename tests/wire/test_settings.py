"""Settings that the delivery protocol cannot stand are refused, with what to say instead."""

import pytest
from pydantic import ValidationError

from integration.hospital.settings import Settings, problems


def test_the_defaults_and_those_of_the_demo_and_of_hapi_may_be_used():
    demo = Settings(deadline=1, wait=4, commit_delay=1, index_lag=0.5)
    hapi = Settings(deadline=5, wait=12, commit_delay=4, index_lag=1)

    assert problems(Settings()) == problems(demo) == problems(hapi) == []


@pytest.mark.parametrize("wait", [1.0, 5.0])
def test_n3_a_wait_no_longer_than_the_deadline_is_refused(wait):
    assert "longer than deadline" in problems(Settings(deadline=5, wait=wait, commit_delay=0, index_lag=0))[0]


@pytest.mark.parametrize(("wait", "refused"), [(9.0, True), (9.001, False), (8.0, True), (10.0, False)])
def test_n1_the_wait_must_outlast_deadline_commit_delay_index_lag_and_clock_error(wait, refused):
    found = problems(Settings(deadline=5, wait=wait, commit_delay=2, index_lag=1))

    assert bool(found) is refused
    assert not refused or "--wait 10" in found[0]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"auth": "basic", "secret_env": "P"}, "needs a user name"),
        ({"auth": "basic", "username": "a:b", "secret_env": "P"}, "no colon"),
        ({"auth": "bearer"}, "exactly one place"),
        ({"auth": "bearer", "secret_env": "P", "secret_file": "/x"}, "exactly one place"),
        ({"auth": "bearer", "secret_env": "P", "username": "u"}, "takes no user name"),
        ({"secret_env": "P"}, "auth is none"),
    ],
)
def test_incomplete_or_contradictory_credentials_are_named(given, says):
    assert any(says in problem for problem in problems(Settings(**given)))


@pytest.mark.parametrize(
    "given",
    [{"deadline": 0}, {"wait": float("nan")}, {"wait": float("inf")}, {"bundle_size": 0}, {"in_flight": 9}, {"rung": 5},
     {"bundle": "bulk"}, {"patients": "all"}, {"auth": "smart"}, {"index_lag": -1}, {"nonsense": 1}],
)  # fmt: skip
def test_values_that_mean_nothing_are_refused(given):
    with pytest.raises(ValidationError):
        Settings(**given)


def test_settings_are_kept_as_json():
    settings = Settings(auth="basic", username="u", secret_file="/run/secrets/x", rung=4, bundle="single")

    assert Settings.model_validate(settings.model_dump(mode="json")) == settings
