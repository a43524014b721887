"""Small modules and functions, and a line about each module where its folder is explained."""

import ast
import fnmatch
import re
from pathlib import Path

import pytest

from tests.shape import sources

MODULE = 300
TEST_MODULE = 480  # one subject with all its cases may be longer than the code: tests are read one function at a time
FUNCTION = 60
_NAMED = re.compile(r"`([\w*/]+\.py)`")


def _lines(path: str) -> int:
    return len((sources.ROOT / path).read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize(("folders", "most"), [(sources.PACKAGES, MODULE), (("tests",), TEST_MODULE)])
def test_no_module_is_long(folders: tuple[str, ...], most: int) -> None:
    long = {source.path: _lines(source.path) for source in sources.of(*folders) if _lines(source.path) > most}

    assert long == {}


def test_no_function_is_long() -> None:
    long = [
        f"{source.path}:{node.lineno} {node.name}"
        for source in sources.of(*sources.PACKAGES, "tests")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno + 1 > FUNCTION
    ]

    assert long == []


def _folders() -> list[str]:
    """Every folder of the packages that has modules; migrations are found by their numbers."""
    found = {Path(source.path).parent for source in sources.of(*sources.PACKAGES)}
    return sorted(str(folder) for folder in found if "migrations" not in folder.parts)


@pytest.mark.parametrize("folder", _folders())
def test_each_module_stands_in_its_folders_readme(folder: str) -> None:
    named = _NAMED.findall((sources.ROOT / folder / "README.md").read_text(encoding="utf-8"))
    modules = [path.name for path in (sources.ROOT / folder).glob("*.py") if path.name != "__init__.py"]
    without = [name for name in sorted(modules) if not any(fnmatch.fnmatch(name, one) for one in named)]

    assert without == []


@pytest.mark.parametrize("folder", _folders())
def test_a_readme_names_no_module_that_is_gone(folder: str) -> None:
    text = (sources.ROOT / folder / "README.md").read_text(encoding="utf-8")
    modules = [path.name for path in (sources.ROOT / folder).rglob("*.py")]
    elsewhere = {path.name for path in sources.ROOT.joinpath("tests").rglob("*.py")}
    gone = [one for one in _NAMED.findall(text) if "/" not in one and not fnmatch.filter([*modules, *elsewhere], one)]

    assert gone == []
