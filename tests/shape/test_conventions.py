"""The conventions that a linter does not know: where URLs, clocks and prints may stand, and how things are named."""

import re

from tests.shape import sources

URL = re.compile(r"https?://(?!127\.0\.0\.1|localhost|\[::1\])[A-Za-z0-9]")
FOR_THE_READER = re.compile(r"https?://[\w.-]+\.(example|invalid|test)\b")
CLOCKS = re.compile(r"\b(datetime\.now|datetime\.utcnow|datetime\.today|date\.today|time\.time|time\.time_ns)$")
NAMELESS = {"utils", "common", "helpers", "manager", "base", "core", "misc", "handler", "service"}
OF_PACKAGES = set(sources.PACKAGES)


def test_a_quoted_url_stands_in_terminology_alone() -> None:
    """Addresses of loopback and of documentation (`.example`) are no systems and no profiles."""
    stray = [
        f"{source.path}:{line} {text[:60]}"
        for source in sources.of(*sources.PACKAGES)
        for line, text in source.strings()
        if source.path != "fhir_profiles/terminology.py" and URL.search(FOR_THE_READER.sub("", text))
    ]

    assert stray == []


def test_only_the_command_line_prints() -> None:
    printing = [
        f"{source.path}:{line}"
        for source in sources.of(*sources.PACKAGES)
        for line, called in source.calls()
        if called == "print" and not source.path.startswith("integration/cli/")
    ]

    assert printing == []


def test_the_clock_is_read_in_bootstrap_alone() -> None:
    reading = [
        f"{source.path}:{line} {name}"
        for source in sources.of(*sources.PACKAGES)
        for line, name in source.names()
        if CLOCKS.search(name) and source.path != "integration/bootstrap.py"
    ]

    assert reading == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    modules = [source.path.removesuffix(".py").removesuffix("/__init__") for source in sources.of(*sources.PACKAGES)]
    nameless = [path for path in modules if path.rsplit("/", 1)[-1] in NAMELESS]

    assert nameless == []


def test_each_test_folder_is_a_package_and_shadows_none_of_ours() -> None:
    """Without `__init__.py`, or with one of our names, a test folder hides the real package from pytest."""
    folders = {path.parent for path in (sources.ROOT / "tests").rglob("*.py")}
    bare = [str(folder.relative_to(sources.ROOT)) for folder in folders if not (folder / "__init__.py").exists()]
    shadowing = [str(folder.relative_to(sources.ROOT)) for folder in folders if folder.name in OF_PACKAGES]

    assert bare == []
    assert shadowing == []


def test_no_test_patches_our_code_from_outside() -> None:
    patching = [
        f"{source.path}:{line} {name}"
        for source in sources.of("tests")
        for line, name in source.imports()
        if name.startswith(("unittest.mock", "mock"))
    ]

    assert patching == []


def test_no_test_is_skipped_by_itself() -> None:
    marks = ("mark.skip", "mark.skipif", "mark.xfail", "pytest.skip", "pytest.importorskip")
    skipping = [
        f"{source.path}:{line} {name}"
        for source in sources.of("tests")
        for line, name in source.names()
        if name.endswith(marks)
    ]

    assert skipping == []
