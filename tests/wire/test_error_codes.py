"""Each code of ours has what happened, what to do next and who must act; none is unexplained, none unused."""

import re
from pathlib import Path

import integration
from integration.error_codes import auth, hospital, network
from integration.errors import Who

EVERY = (*network.CODES, *auth.CODES, *hospital.CODES)
CODE = re.compile(r"IF-(?:NET|AUTH|HOS)-\d\d")


def test_every_code_says_what_happened_what_next_and_who_must_act():
    for explanation in EVERY:
        assert CODE.fullmatch(explanation.code)
        assert explanation.title
        assert explanation.happened.endswith(".")
        assert explanation.next_step.endswith(".")
        assert explanation.who in Who


def test_codes_are_explained_once():
    assert len({e.code for e in EVERY}) == len(EVERY)


def test_every_code_that_is_raised_is_explained_and_every_explained_one_is_raised():
    folder = Path(integration.__file__).parent
    files = [file for file in folder.rglob("*.py") if "error_codes" not in file.parts]
    raised = {code for file in files for code in CODE.findall(file.read_text())}

    assert raised == {e.code for e in EVERY}
