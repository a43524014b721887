"""Where running pretend hospitals leave their addresses and tokens, so that commands find them."""

from pathlib import Path

from integration import bootstrap


def folder(home: Path | None) -> Path:
    """The folder of the running hospitals' files: beside the home, which must stay empty until it is made."""
    its = bootstrap.home_folder(home)
    return its.with_name(f"{its.name}-sandboxes")
