"""Imports go one way, and each package name is ours."""

import importlib.metadata
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shape import sources


def test_the_import_rules_hold() -> None:
    """They stand in pyproject.toml under importlinter."""
    program = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run(
        [program, "--no-cache", "--no-logo"], cwd=sources.ROOT, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("package", sources.PACKAGES)
def test_each_package_is_the_one_in_this_project(package: str) -> None:
    found = importlib.util.find_spec(package)

    assert found is not None
    assert Path(found.origin or "").parent == sources.ROOT / package


@pytest.mark.parametrize("package", sources.PACKAGES)
def test_no_other_distribution_brings_a_package_of_the_same_name(package: str) -> None:
    bringing = set(importlib.metadata.packages_distributions().get(package, []))

    assert bringing <= {"infusion-fhir"}


def test_no_code_of_ours_takes_hold_of_another_modules_inside() -> None:
    """A name with a leading underscore belongs to its module alone."""
    taken = [
        f"{source.path}:{line} {name}"
        for source in sources.of(*sources.PACKAGES)
        for line, name in source.imports()
        if name.startswith(sources.PACKAGES) and any(part.startswith("_") for part in name.split("."))
    ]

    assert taken == []
