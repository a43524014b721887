"""The tables in the README and in mappings/TABLES.md are those that the code prints."""

from tests.shape import readme_tables


def test_the_committed_tables_are_what_the_code_prints() -> None:
    stale = [path.name for path, text in readme_tables.fresh().items() if path.read_text(encoding="utf-8") != text]

    assert stale == [], "run: python -m tests.shape.readme_tables"
