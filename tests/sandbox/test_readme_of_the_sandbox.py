"""The page about the sandbox is true: its tests pass, its tables name what there is."""

import re
from pathlib import Path

import pytest

from integration import sandbox
from integration.sandbox.testing import PretendHospital

FOLDER = Path(sandbox.__file__).parent
PAGE = (FOLDER / "README.md").read_text(encoding="utf-8")
EXAMPLE = next(block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "def test_" in block)
NAMES = re.findall(r"^def (test_\w+)", EXAMPLE, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_each_test_on_the_page_passes(hospital, name):
    written = {}
    exec(compile(EXAMPLE, "README.md", "exec"), written)  # noqa: S102  our own page

    written[name](hospital)


def test_the_page_names_what_a_hospital_in_a_test_has():
    part = PAGE.partition("| of what it gives | is |")[2].partition("\n\n")[0]
    named = {word for row in part.splitlines()[2:] for word in re.findall(r"`(\w+)[`(]", row.split("|")[1])}
    has = {name for name in [*vars(PretendHospital), *PretendHospital.__init__.__code__.co_names] if name[0] != "_"}

    assert named - has == set()
    assert len(named) > 15


def test_the_files_that_the_page_names_are_there():
    named = re.findall(r"`([\w*]+\.py)`", PAGE.partition("## What lives where")[2])

    assert [name for name in named if not list(FOLDER.glob(name))] == []
    assert len(named) > 30
