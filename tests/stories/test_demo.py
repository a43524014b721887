"""The demo tells the whole story by itself, and ends with the judge's count."""

import re

import pytest

from integration.cli import main


@pytest.mark.slow
def test_the_demo_ends_with_everything_held_once(tmp_path, capfd):
    code = main.main(["demo", "--patients", "4", "--home", str(tmp_path / "demo")])

    out = capfd.readouterr().out
    assert code == 0, out[-3000:]
    assert re.search(r"^\$ infusion-fhir queue retry --hospital general --code IF-DEL-01$", out, re.MULTILINE)
    assert re.search(r"^general: [1-9]\d* clean \(", out, re.MULTILINE)
    counted = re.search(r"^(\d+) of (\d+) held by the hospital, 0 lost, 0 twice", out, re.MULTILINE)
    assert counted is not None
    assert counted[1] == counted[2] != "0"


def test_a_home_that_holds_something_is_left_alone(tmp_path, capfd):
    home = tmp_path / "demo"
    home.mkdir()
    (home / "mine.txt").write_text("mine")

    assert main.main(["demo", "--home", str(home)]) == 3
    assert "IF-CFG-07" in capfd.readouterr().err
    assert [path.name for path in home.iterdir()] == ["mine.txt"]
