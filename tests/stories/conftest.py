from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stories.clinic import Clinic


@pytest.fixture
def clinic(tmp_path: Path) -> Callable[..., Clinic]:
    """Make a clinic with a home of its own: `clinic()`, `clinic("other")`."""

    def make(name: str = "clinic", *init: str) -> Clinic:
        return Clinic(tmp_path / name, *init)

    return make
