"""Writes the generated parts of the README and of mappings/TABLES.md: `python -m tests.shape.readme_tables`.

Tables are printed from the code that runs; a test holds that the committed files are fresh.
"""

import re
from pathlib import Path

from integration.delivery import outcomes
from mappings import table

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"
TABLES = ROOT / "mappings" / "TABLES.md"
HEAD = (
    "# Mapping tables\n\n"
    "Printed from the declarations in `mappings/` by `python -m tests.shape.readme_tables`; do not edit.\n\n"
)


def section(text: str, name: str, content: str) -> str:
    """The text with what stands between the marks of this name replaced."""
    marks = re.compile(rf"(<!-- {name}:begin -->\n).*?(<!-- {name}:end -->)", re.DOTALL)
    if not marks.search(text):
        raise ValueError(f"no marks for {name}")
    return marks.sub(lambda found: f"{found[1]}{content}\n{found[2]}", text)


def fresh() -> dict[Path, str]:
    """Each generated file as it should be."""
    readme = section(README.read_text(encoding="utf-8"), "outcomes", "\n" + outcomes.markdown() + "\n")
    return {README: readme, TABLES: HEAD + table.markdown().strip() + "\n"}


def main() -> None:
    """Write the generated files."""
    for path, text in fresh().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
