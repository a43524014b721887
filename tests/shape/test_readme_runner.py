"""`make readme` finds out when the README shows something that does not happen."""

from pathlib import Path

from tests.shape import readme

RIGHT = """
```console
$ echo one; echo two 2 three
one
two … three
$ cd /; false  # exit 1
$ pwd \\
    -P
/
```
```sh
exit 9
```
"""


def test_a_readme_that_tells_the_truth_passes(tmp_path: Path) -> None:
    assert readme.run(RIGHT, tmp_path) == []


def test_a_line_that_does_not_come_out_is_named(tmp_path: Path) -> None:
    found = readme.run("```console\n$ echo one\ntwo\n```\n", tmp_path)

    assert found == ["`echo one` did not show: two"]


def test_lines_in_the_wrong_order_are_found(tmp_path: Path) -> None:
    found = readme.run("```console\n$ echo two; echo one\none\ntwo\n```\n", tmp_path)

    assert found == ["`echo two; echo one` did not show: two"]


def test_an_exit_code_that_was_not_promised_is_named(tmp_path: Path) -> None:
    found = readme.run("```console\n$ (exit 5)\n```\n", tmp_path)

    assert found == ["`(exit 5)` ended with 5, the README says 0"]


def test_blocks_of_other_languages_are_not_run() -> None:
    assert len(readme.commands(RIGHT)) == 3
