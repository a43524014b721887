"""The project's own Python files, read once for the tests about their shape."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("integration", "mappings", "fhir_profiles")


@dataclass(frozen=True, slots=True)
class Source:
    """One file."""

    path: str
    tree: ast.Module

    def docstrings(self) -> set[int]:
        """The ids of the constants that are docstrings, also those below an attribute."""
        bare = [node.value for node in ast.walk(self.tree) if isinstance(node, ast.Expr)]
        return {id(value) for value in bare if isinstance(value, ast.Constant)}

    def strings(self) -> Iterator[tuple[int, str]]:
        """Every quoted text that is no docstring, with its line."""
        docstrings = self.docstrings()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                yield node.lineno, node.value

    def calls(self) -> Iterator[tuple[int, str]]:
        """Every call, as it is written: `time.time`, `print`, with its line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield node.lineno, ast.unparse(node.func)

    def names(self) -> Iterator[tuple[int, str]]:
        """Every dotted name, called or only handed on, with its line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute):
                yield node.lineno, ast.unparse(node)

    def imports(self) -> Iterator[tuple[int, str]]:
        """Every imported module or name with its module, with its line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, name.name) for name in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((node.lineno, f"{node.module}.{name.name}") for name in node.names)


def of(*folders: str) -> list[Source]:
    """Reads every Python file below these folders of the project."""
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return [Source(str(path.relative_to(ROOT)), ast.parse(path.read_text())) for path in paths]
