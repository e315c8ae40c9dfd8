"""The page in a real browser: silent, alone, readable in light, dark, on a phone and on paper."""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kplan.engine.results import Results
from kplan.render.html import render
from pages import flagship, many, of_variants

pytestmark = pytest.mark.slow

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
)
OUTSIDE = """() => [...document.querySelectorAll('svg')].flatMap(svg => {
  const box = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].filter(text => {
    const t = text.getBoundingClientRect();
    return box.width && (t.left < box.left - 3 || t.right > box.right + 3 || t.top < box.top - 3 ||
      t.bottom > box.bottom + 3);
  }).map(text => text.textContent);
})"""
"""Texts of charts that stick out of their chart."""
OVERLAPS = """() => [...document.querySelectorAll('svg')].flatMap(svg => {
  const all = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
  return all.flatMap(([name, a], n) => all.slice(n + 1).filter(([, b]) => a.width && b.width &&
    a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 5 && b.top < a.bottom - 5)
    .map(([other]) => name + ' / ' + other));
})"""
"""Texts of a chart that lie over each other."""


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
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


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The flagship's page, a big one, and one with variants."""
    made = tmp_path_factory.mktemp("pages")
    pages: dict[str, Results] = {
        "flagship": flagship(made),
        "big": flagship(made, many(20, 15, 36)),
        "variants": of_variants(made),
    }
    for name, results in pages.items():
        (made / f"{name}.html").write_bytes(render(results))
    return made


@pytest.fixture(params=["flagship", "big", "variants"])
def file(folder: Path, request: pytest.FixtureRequest) -> Path:
    return folder / f"{request.param}.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1240, 390])
def test_the_page_is_silent_alone_and_well_laid_out(
    browser: Any, file: Path, width: int, scheme: str
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate(OVERLAPS) == []
    shown = "narrow" if width < 860 else "wide"
    assert page.locator(f"svg.{shown}").first.is_visible()
    assert not page.locator(f"svg.{'wide' if shown == 'narrow' else 'narrow'}").first.is_visible()
    assert len(_triples(page.screenshot())) > 20
    assert asked == [file.as_uri()]
    assert said == []
    page.close()


def test_dark_mode_follows_the_reader(browser: Any, folder: Path) -> None:
    papers = {}
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)
        page.goto((folder / "flagship.html").as_uri())
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        papers[scheme] = sum(map(int, re.findall(r"\d+", paper)))
        page.close()
    assert papers["light"] > 600
    assert papers["dark"] < 100


def test_head_and_first_column_of_a_long_table_stay_in_sight(browser: Any, folder: Path) -> None:
    """The table scrolls inside its box."""
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto((folder / "big.html").as_uri())
    box = page.locator("#designs .box").first
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    assert box.evaluate("box => box.scrollHeight > box.clientHeight")
    box.evaluate("box => { box.scrollLeft = 200; box.scrollTop = 300 }")
    gaps = box.evaluate("""box => { const edge = box.getBoundingClientRect();
      return [box.querySelector('tbody tr:nth-child(9) th').getBoundingClientRect().left - edge.left,
              box.querySelector('thead th').getBoundingClientRect().top - edge.top] }""")
    assert gaps == pytest.approx([0, 0], abs=1)
    page.close()


def test_the_numbers_open_without_script(browser: Any, folder: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((folder / "flagship.html").as_uri())
    summary = page.locator("#money summary")
    assert not page.locator("#money table").is_visible()
    summary.press("Enter")
    assert page.locator("#money table").is_visible()
    context.close()


def test_the_flagship_prints_on_five_sheets_with_its_numbers(browser: Any, folder: Path) -> None:
    page = browser.new_page(color_scheme="dark")
    page.goto((folder / "flagship.html").as_uri())
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert 1 < len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 5
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator("#money table").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(20, 24, 31)"
    page.close()


def test_print_clips_no_table(browser: Any, file: Path) -> None:
    """186 mm of A4 between the margins are 703 px."""
    page = browser.new_page(viewport={"width": 703, "height": 1000})
    page.goto(file.as_uri())
    page.emulate_media(media="print")
    wide = page.evaluate("[...document.querySelectorAll('table')].map(t => t.getBoundingClientRect().right)")
    assert max(wide) <= 703
    page.close()


def _triples(png: bytes) -> set[bytes]:
    """The different triples of bytes in a screenshot: a blank one has a handful."""
    chunks, at = [], 8
    while at < len(png):
        [size] = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            chunks.append(png[at + 8 : at + 8 + size])
        at += size + 12
    raw = zlib.decompress(b"".join(chunks))
    return {raw[n : n + 3] for n in range(0, len(raw) - 3, 3)}
