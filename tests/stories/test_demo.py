"""The demo tells the whole story by itself, at three hospitals, and ends with the judge's count."""

import re
import signal
import socket
from collections.abc import Iterator

import pytest

from integration.cli import main
from tests.commands import command


def held(out: str) -> Iterator[tuple[str, int, int, str]]:
    """Hospital, number reckoned, number held and all that is wrong, from the last table."""
    for name, _, expected, found, wrong in re.findall(
        r"^  (city|mercy|county) +(\S+) +(\d+) +(\d+) +(\d+ +\d+ +\d+ +\d+)$", out, re.MULTILINE
    ):
        yield name, int(expected), int(found), " ".join(wrong.split())


@pytest.mark.slow
def test_each_of_the_three_hospitals_ends_with_as_many_as_was_reckoned_each_once(tmp_path, capfd):
    code = main.main(["demo", "--patients", "3", "--home", str(tmp_path / "demo")])

    out = capfd.readouterr().out
    assert code == 0, out[-3000:]
    counts = list(held(out))
    assert [name for name, *_ in counts] == ["city", "mercy", "county"]
    assert all(expected == found > 0 and wrong == "0 0 0 0" for _, expected, found, wrong in counts)
    for name, expected, _, _ in counts:
        line = f"{name}: {expected} of {expected} held by the hospital, 0 lost, 0 twice, 0 different, 0 unexpected"
        assert line in out.splitlines()
    assert re.search(r"^ +\d+  the hospital refuses it: No flowsheet row is mapped to this code\.$", out, re.MULTILINE)
    assert re.search(r"^mercy  \d+ parked  IF-DEL-01", out, re.MULTILINE)
    assert re.search(r"^ +1 +1 +1   the connection breaks; the hospital has not heard", out, re.MULTILINE)
    assert "outstanding: nothing" in out
    assert list((tmp_path / "demo-sandboxes").iterdir()) == []


def test_a_home_that_holds_something_is_left_alone(tmp_path, capfd):
    home = tmp_path / "demo"
    home.mkdir()
    (home / "mine.txt").write_text("mine")

    assert main.main(["demo", "--home", str(home)]) == 3
    assert "IF-CFG-07" in capfd.readouterr().err
    assert [path.name for path in home.iterdir()] == ["mine.txt"]


def test_ctrl_c_ends_the_hospitals_too(tmp_path):
    process = command.start(["demo", "--patients", "2", "--home", tmp_path / "demo"], tmp_path)
    assert process.stdout is not None
    said = (re.search(r"its page: http://127\.0\.0\.1:(\d+)/", line) for line in process.stdout)
    port = next(int(found[1]) for found in said if found)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "everything that was finished is kept" in err
    assert list((tmp_path / "demo-sandboxes").iterdir()) == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=10)
