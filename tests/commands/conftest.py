from pathlib import Path
from typing import Any

import pytest

from mappings import sample
from tests.commands.command import Clinic


@pytest.fixture(autouse=True)
def _own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No command sees the settings or keys of whoever runs the tests."""
    for name in ("INFUSION_FHIR_HOME", "INFUSION_FHIR_DATABASE_URL", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    """A clinic with a fresh home."""
    made = Clinic(tmp_path)
    made.ok("init", "--clinic", "Test clinic", "--identifier-base", "https://records.clinic.example/fhir")
    return made


@pytest.fixture(scope="session")
def one_course() -> list[dict[str, Any]]:
    """The records of one pretend patient."""
    return list(sample.courses(1, 1))
