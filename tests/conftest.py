"""What all tests share: golden files, and programs that some of them drive."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
)
"""How Chromium is started."""

pytest_plugins = ["pytester"]

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
"""Processes that tests start keep their bytecode, as where kplan is installed: each would compile it anew."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests come first, so that no worker ends on a long one."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Slow tests and those with random examples are not measured: tracing takes longer than they do, and what
    they run again others have run. (In a worker, `no_cover` of pytest-cov pauses one of two tracers.)"""
    is_again = item.get_closest_marker("slow") or hasattr(getattr(item, "obj", None), "hypothesis")
    if not (is_again and item.config.pluginmanager.hasplugin("_cov")):
        return (yield)
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a whole output with its file in tests/golden; `--update-golden` writes it anew."""

    def check(name: str, text: str) -> None:
        path = ROOT / "tests" / "golden" / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"no golden file {name}: pytest --update-golden writes it"
        assert text == path.read_text(encoding="utf-8")

    return check


def program(*names: str, package: str) -> str:
    """The path of a program; without it the test is skipped, and fails where CI=true."""
    for name in names:
        if found := shutil.which(name):
            return found
    missing = f"{names[0]} is not installed (Debian, Ubuntu: apt-get install {package})"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(scope="session")
def chromium() -> str:
    return program("chromium", "chromium-browser", "google-chrome", package="chromium")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Any]:
    """One for all tests of a worker: two would not run beside each other."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing = "playwright is not installed (pip install playwright)"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        yield found
        found.close()


@pytest.fixture(scope="session")
def soffice() -> str:
    return program("soffice", package="libreoffice-calc")


@pytest.fixture(scope="session")
def pdftoppm() -> str:
    return program("pdftoppm", package="poppler-utils")
