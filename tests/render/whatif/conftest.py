"""The pages of the example scenarios, and what they say in a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kplan.engine.results import Results
from kplan.engine.uncertainty.found import Draws
from kplan.places import folder
from kplan.regress.run import run
from kplan.render.html import render
from kplan.scenario.load import has_variants


@pytest.fixture(scope="session")
def example() -> Callable[[str], Results]:
    """The results of an example scenario by the name of its file, all variants together."""

    @cache
    def found(name: str) -> Results:
        path = folder("scenarios") / f"{name}.kplan.yaml"
        return run(path, variants=("all",) if has_variants(path) else (), draws=Draws(n=0))

    return found


class Opened:
    """A page in the browser, and all that it said and asked for."""

    def __init__(self, browser: Any, file: Path, link: str = "", **options: Any) -> None:
        self.said: list[str] = []
        self.asked: list[str] = []
        self.tab = browser.new_page(**options)
        self.tab.on("console", lambda message: self.said.append(message.text))
        self.tab.on("pageerror", lambda error: self.said.append(str(error)))
        self.tab.on("request", lambda request: self.asked.append(request.url))
        self.tab.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))
        self.tab.goto(file.as_uri() + link)

    @property
    def check(self) -> str:
        """What the badge says."""
        return str(self.tab.locator("#whatif-check").text_content())

    @property
    def verdict(self) -> str:
        """The live verdict."""
        return str(self.tab.locator(".wi-verdict").text_content())

    @property
    def yaml(self) -> str:
        """What `Copy as YAML` shows."""
        self.tab.get_by_role("button", name="Copy as YAML").click()
        return str(self.tab.locator("#whatif pre").text_content())

    def totals(self) -> list[float]:
        """The ranking's totals as the program has them, in the order of the designs."""
        return list(self.tab.evaluate("kplan.totals()"))


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """`opened(results, link)`: its page, in a tab that is closed afterwards; `opened(html)` likewise."""
    tabs: list[Opened] = []

    def made(page: Results | str, link: str = "", **options: Any) -> Opened:
        file = tmp_path / f"page-{len(tabs)}.html"
        file.write_bytes(page.encode() if isinstance(page, str) else render(page))
        tabs.append(Opened(browser, file, link, **options))
        return tabs[-1]

    yield made
    for each in tabs:
        each.tab.close()
