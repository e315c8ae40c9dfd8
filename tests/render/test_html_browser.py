"""The page in a real browser: silent, alone, readable in light, dark, on a phone and on paper."""

from __future__ import annotations

import csv
import json
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from decimal import Decimal
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from kplan.capacity.study import study
from kplan.engine.results import Results
from kplan.places import folder as scenarios
from kplan.regress.run import books_of, run
from kplan.render.capacity_page.html import render as render_capacity
from kplan.render.html import render
from large import many
from pages import TRADEOFFS, flagship, of_variants
from support import simulated

pytestmark = pytest.mark.slow

OUTSIDE = """() => [...document.querySelectorAll('svg:not(#whatif svg)')].flatMap(svg => {
  const box = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].filter(text => {
    const t = text.getBoundingClientRect();
    return box.width && (t.left < box.left - 3 || t.right > box.right + 3 || t.top < box.top - 3 ||
      t.bottom > box.bottom + 3);
  }).map(text => text.textContent);
})"""
"""Texts of charts that stick out of their chart; the what-if draws its own."""
OVERLAPS = """() => [...document.querySelectorAll('svg:not(#whatif svg)')].flatMap(svg => {
  const all = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
  return all.flatMap(([name, a], n) => all.slice(n + 1).filter(([, b]) => a.width && b.width &&
    a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 5 && b.top < a.bottom - 5)
    .map(([other]) => name + ' / ' + other));
})"""
"""Texts of a chart that lie over each other."""


HOSTILE = "--> </script><img src=x onerror=alert(1)> '=1+1' {{ 7 * 7 }} and a name that goes on and on"
EXAMPLES = ("knowledge-base", "uncertain-rag", "kairo-three-tiers", "support-checks", "agent-limits")
CHANGING = """
kplan: 1
volume: {queries_per_month: 300_000, start: 2026-11, months: 9, growth_per_month: 2.5%,
         seasonality: [1.2, 1, 1, 0.9, 0.9, 1, 1, 1, 1, 1, 1.3, 1.4]}
stages:
  triage: {input: 700, output: 20}
  answer: {input: 3_800, cached: 50%, output: 350}
  escalate: {after: answer, chance: 5%, like: answer, model: claude-sonnet-5-5}
designs:
  gem: gemini-3.8-flash
  haiku: claude-haiku-4-5
  mixed: {models: {default: gpt-5.4-mini, answer: gemini-3.8-flash}}
baseline: haiku
budget: $3_000/month
contingency: 15%
fixed: {helpdesk: $200/month}
"""
"""A price that changes, seasons, a budget that some months break, and models added to compare with."""
BURSTS = """
name: Drafts in bursts
volume: {queries_per_day: 20_000, growth_per_month: 6%}
months: 2027-01..2027-12
limits: {accounts: {anthropic: Start}}
traffic: {week: azure-code-2024, trace: calls.csv}
latency: {claude-haiku-5-5: 300ms + 150/s, claude-sonnet-5-5: 800ms + 80/s}
stages: {triage: {input: 600, output: 15}, work: {input: 25_800, output: 300}}
designs: {dear: claude-sonnet-5-5, a design whose name goes on and on and on: claude-haiku-5-5}
baseline: dear
"""
"""Limits that are full within the year, for the page on capacity."""
CALLS = "timestamp,input,output\n" + "".join(
    f"2027-01-04T10:{minute:02}:00Z,1000,200\n" for minute in range(40) for _ in range(5)
)
LIMITED = {"limits": "agent-limits", "units": "base-load"}
"""Examples with limits."""
CAPACITY = ("limits", "units", "bursts", "hostile-limits")
PAGES = ("flagship", "big", "variants", "tradeoffs", "hostile", "changing", *EXAMPLES, *CAPACITY)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages of examples, a big one, one with variants, one with quality and times, and one of bad names."""
    made = tmp_path_factory.mktemp("pages")
    text = (scenarios("scenarios") / "knowledge-base.kplan.yaml").read_text(encoding="utf-8")
    for name in ("stratified", "synthesize", "lookup", "vector store", "Knowledge-base assistant"):
        text = re.sub(rf"(?<![\w.]){name}(?=[:,}} \n])", lambda _: json.dumps(HOSTILE), text)
    (made / "hostile.kplan.yaml").write_text(text, encoding="utf-8")
    (made / "changing.kplan.yaml").write_text(CHANGING, encoding="utf-8")
    pages: dict[str, Results] = {
        "flagship": flagship(made),
        "big": flagship(made, many(20, 15, 36)),
        "variants": of_variants(made),
        "tradeoffs": simulated(made, TRADEOFFS),
        "hostile": run(made / "hostile.kplan.yaml"),
        "changing": run(made / "changing.kplan.yaml"),
        **{name: run(scenarios("scenarios") / f"{name}.kplan.yaml") for name in EXAMPLES},
    }
    for name, results in pages.items():
        (made / f"{name}.html").write_bytes(render(results))
    (made / "calls.csv").write_text(CALLS, encoding="utf-8")
    (made / "bursts.kplan.yaml").write_text(BURSTS, encoding="utf-8")
    bad = BURSTS.replace("work:", f"{json.dumps(HOSTILE)}:").replace("dear", json.dumps(HOSTILE))
    (made / "hostile-limits.kplan.yaml").write_text(bad, encoding="utf-8")
    for name, example in LIMITED.items():
        text = (scenarios("scenarios") / f"{example}.kplan.yaml").read_text(encoding="utf-8")
        (made / f"{name}.kplan.yaml").write_text(text, encoding="utf-8")
    for name in CAPACITY:
        (made / f"{name}.html").write_bytes(capacity(run(made / f"{name}.kplan.yaml")))
    return made


def capacity(results: Results) -> bytes:
    """The page of `kplan capacity`."""
    return render_capacity(study(results, books_of({plan.variant: plan.scenario for plan in results.plans})))


@pytest.fixture(params=PAGES)
def file(folder: Path, request: pytest.FixtureRequest) -> Path:
    return folder / f"{request.param}.html"


@pytest.fixture
def opened(browser: Any, folder: Path) -> Iterator[Callable[..., Any]]:
    """`opened("flagship", color_scheme="dark")`: the page in a window of its own, closed after the test."""
    windows: list[Any] = []

    def window(name: str, **context: Any) -> Any:
        windows.append(browser.new_context(**context))
        page = windows[-1].new_page()
        page.goto((folder / f"{name}.html").as_uri())
        return page

    yield window
    for each in windows:
        each.close()


@pytest.mark.parametrize(("width", "scheme"), [(1240, "light"), (1240, "dark"), (390, "light")])
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
    if file.stem != "big" or scheme == "light":  # the same elements many times over
        assert _violations(page) == []
    page.close()


def _violations(page: Any) -> list[list[str]]:
    """What axe-core finds wrong: rule and first place. It is run by the debugger, which no policy stops."""
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    found: list[list[str]] = page.evaluate(
        "axe.run().then(found => found.violations.map(v => [v.id, v.nodes[0].html]))"
    )
    return found


def test_axe_would_find_something(opened: Callable[..., Any]) -> None:
    page = opened("flagship")
    page.evaluate("document.documentElement.removeAttribute('lang')")
    assert [rule for rule, _ in _violations(page)] == ["html-has-lang"]


def test_no_name_becomes_markup(opened: Callable[..., Any]) -> None:
    page = opened("hostile")
    assert page.locator("img").count() == 0
    assert page.evaluate("document.querySelector('h1').textContent.includes('<img src=x')") or HOSTILE in (
        page.locator("body").inner_text()
    )


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


@pytest.mark.parametrize("name", ["flagship", "uncertain-rag", "support-checks"])
def test_everything_reads_without_script(opened: Callable[..., Any], name: str) -> None:
    page = opened(name, java_script_enabled=False)
    assert page.locator("main table").count() > 5
    for n in range(page.locator("main details summary").count()):
        page.locator("main details summary").nth(n).press("Enter")
    for n in range(page.locator("main table").count()):
        assert page.locator("main table").nth(n).is_visible()
    assert "needs JavaScript" in page.locator("#whatif-check").inner_text()
    assert page.locator("button").count() == 0


def test_the_flagship_prints_on_five_sheets_with_its_numbers(opened: Callable[..., Any]) -> None:
    page = opened("knowledge-base", color_scheme="dark")
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert 1 < _sheets(pdf) <= 5
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator("#money table").is_visible()
    assert not page.locator("button").first.is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(20, 24, 31)"


def test_print_stays_light_where_a_reader_chose_dark(opened: Callable[..., Any]) -> None:
    page = opened("flagship")
    page.click(".theme")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def _sheets(pdf: bytes) -> int:
    """Pages of a PDF, as Chromium writes it: one object of this type each."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_what_was_closed_opens_for_print_and_closes_again(opened: Callable[..., Any]) -> None:
    page = opened("flagship")
    page.locator("#money summary").click()
    count = "document.querySelectorAll('main details:not([open])').length"
    closed = page.evaluate(count)
    assert closed > 0
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(count) == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(count) == closed
    assert page.locator("#money table").is_visible()


def test_light_follows_the_reader_until_the_button_is_pressed(opened: Callable[..., Any]) -> None:
    page = opened("flagship", color_scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    stage = "getComputedStyle(document.querySelector('rect.s0')).fill"
    night = page.evaluate(paper), page.evaluate(stage)
    page.click(".theme")
    day = page.evaluate(paper), page.evaluate(stage)
    page.emulate_media(color_scheme="light")
    assert (page.evaluate(paper), page.evaluate(stage)) == day
    page.click(".theme")
    assert (page.evaluate(paper), page.evaluate(stage)) == night
    assert night[0] != day[0]
    assert night[1] != day[1]


def _column(table: Any, head: str) -> list[str]:
    """The cells of a column, as they stand now."""
    cells: list[str] = table.evaluate(
        """(table, head) => {
          const heads = [...table.tHead.rows[0].cells].map(cell => cell.innerText.replace(/[↑↓]/, '').trim());
          return [...table.tBodies[0].rows].map(row => row.cells[heads.indexOf(head)].innerText);
        }""",
        head,
    )
    return cells


def test_a_table_sorts_by_its_unrounded_numbers_and_keeps_its_sum_below(opened: Callable[..., Any]) -> None:
    page = opened("flagship")
    page.locator("#money summary").click()
    table = page.locator("#money table")
    heads = table.locator("th[scope=col]")
    before = _column(table, "Stage")
    button = table.get_by_role("button", name="stratified")
    button.click()
    found = _column(table, "stratified")
    numbers = [float(cell.strip("$").replace(",", "")) for cell in found[:-1] if cell != "–"]
    assert numbers == sorted(numbers)
    assert [heads.nth(n).get_attribute("aria-sort") for n in range(4)] == [None, None, "ascending", None]
    button.press("Enter")
    down = _column(table, "stratified")
    assert [cell for cell in down[:-1] if cell != "–"] == [cell for cell in found[:-1] if cell != "–"][::-1]
    assert heads.nth(2).get_attribute("aria-sort") == "descending"
    assert _column(table, "Stage")[-1] == "Total" == before[-1]
    assert sorted(_column(table, "Stage")) == sorted(before)


def test_cells_without_a_number_stay_last_either_way(opened: Callable[..., Any]) -> None:
    page = opened("flagship")
    page.locator("#money summary").click()
    table = page.locator("#money table")
    for _ in range(2):
        table.get_by_role("button", name="all-sonnet").click()
        found = _column(table, "all-sonnet")
        assert found[-2] == "–"
        assert "–" not in found[:-2]


def test_groups_of_a_table_are_sorted_each_by_itself(opened: Callable[..., Any]) -> None:
    page = opened("flagship")
    heads = "[...document.querySelectorAll('.stages tr.head')].map(row => row.cells[0].innerText)"
    before = page.evaluate(heads)
    page.locator(".stages").get_by_role("button", name="US$ per 1,000").click()
    assert page.evaluate(heads) == before
    bodies = page.evaluate(
        "[...document.querySelectorAll('.stages tbody')].map(body => [...body.rows].slice(1)"
        ".map(row => Number(row.cells[4].dataset.v)))"
    )
    assert all(body == sorted(body) for body in bodies)
    assert len(bodies) == len(before)


def _downloaded(page: Any, table: str) -> tuple[str, list[list[str]]]:
    """The name of the file and its lines."""
    with page.expect_download() as download:
        page.locator(f"{table} >> xpath=../following-sibling::button[1]").first.click()
    text = Path(download.value.path()).read_bytes().decode("utf-8-sig")
    assert text.endswith("\r\n")
    return download.value.suggested_filename, list(csv.reader(StringIO(text)))


def test_a_table_downloads_with_unrounded_numbers(opened: Callable[..., Any], tmp_path: Path) -> None:
    results = flagship(tmp_path)
    page = opened("flagship")
    name, (heads, *lines) = _downloaded(page, "#designs table.many")
    assert name == "what-each-design-costs-in-us.csv"
    assert heads[:2] == ["Design", "Per query"]
    assert heads[-1] == "Over budget"
    assert "Saving against all-sonnet US$" in heads
    for design, line in zip(results.designs, lines, strict=True):
        found = dict(zip(heads, line, strict=True))
        assert float(found["Per query"]) == float(design.cost_per_query_usd)
        assert float(found["12 months"]) == float(design.total_usd)
        assert float(found["2026-12"]) == float(design.months[0].cost_usd)
        if design.saving is not None and design.saving.share is not None:
            assert float(found["Saving against all-sonnet US$"]) == float(design.saving.usd)
            assert float(found["Saving against all-sonnet %"]) == float(design.saving.share * 100)


def test_lines_of_a_grouped_table_name_their_group(opened: Callable[..., Any], tmp_path: Path) -> None:
    results = flagship(tmp_path)
    _, (heads, *lines) = _downloaded(opened("flagship"), ".stages")
    assert heads == ["Design", "Stage", "Model", "Visits", "Chance", "US$ per 1,000", "Share"]
    told = [(d, s) for d in results.designs for s in d.stages]
    assert len(lines) == len(told)
    for (design, stage), line in zip(told, lines, strict=True):
        assert line[0].lstrip("'") == ("+ " if design.added else "") + design.design
        assert float(line[5]) == float(stage.cost_per_query_usd * 1000)
        assert line[4] == ("" if stage.chance is None else f"{stage.chance:f}".rstrip("0"))


def test_ranges_have_columns_of_their_own(opened: Callable[..., Any]) -> None:
    _, (heads, *lines) = _downloaded(opened("uncertain-rag"), "#sensitivity table.many")
    at = heads.index("12 months")
    assert heads[at : at + 3] == ["12 months", "12 months P10", "12 months P90"]
    for line in lines:
        value, low, high = map(Decimal, line[at : at + 3])
        assert low < value < high


def test_texts_that_a_spreadsheet_would_run_get_an_apostrophe_and_numbers_do_not(
    opened: Callable[..., Any],
) -> None:
    page = opened("flagship")
    written = {
        "=1+1": "'=1+1",
        "+a": "'+a",
        "-b": "'-b",
        "@c": "'@c",
        "\t=x": "'=x",
        'say "a", b': 'say "a", b',
        "a = b": "a = b",
        "–": "",
    }
    for text, cell in written.items():
        page.evaluate(
            """text => {
              const [row] = document.querySelectorAll('#designs .many tbody tr');
              row.cells[0].textContent = text;
              row.cells[1].dataset.v = '-0.5';
            }""",
            text,
        )
        _, (_, line, *_) = _downloaded(page, "#designs table.many")
        assert line[:2] == [cell, "-0.5"]


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


def test_designs_with_a_budget_and_a_price_change_fit_a_desk(opened: Callable[..., Any]) -> None:
    """Both savings, the costs after a price change and the months over budget: nothing to scroll for."""
    page = opened("changing", viewport={"width": 1240, "height": 900})
    box = page.locator("#designs .box").first
    assert box.evaluate("box => box.scrollWidth") <= box.evaluate("box => box.clientWidth")
    assert "4 of 9, first 2027-01" in box.inner_text().replace("\n", " ")


def test_the_heat_map_downloads_and_does_not_sort(opened: Callable[..., Any]) -> None:
    page = opened("bursts")
    table = page.locator("#capacity .wide-only table").first
    assert table.get_by_role("button").count() == 0
    name, (heads, *lines) = _downloaded(page, "#capacity .wide-only table")
    assert name.startswith("hours-of-the-week-of-a-design")
    assert heads == ["Day", *(f"{hour:02}" for hour in range(24))]
    assert [line[0] for line in lines] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    uses = [float(cell) for line in lines for cell in line[1:]]
    printed = [text.replace("<1", "0") for text in table.locator("td").all_inner_texts()]
    assert [round(use * 100) for use in uses] == pytest.approx([float(text) for text in printed], abs=1)
    assert page.locator("#capacity td.top").first.inner_text() == f"{max(uses):.0%}".rstrip("%")


def test_capacity_reads_without_script(opened: Callable[..., Any]) -> None:
    page = opened("bursts", java_script_enabled=False)
    for n in range(page.locator("main details:not([open]) > summary").count()):
        page.locator("main details > summary").nth(n).press("Enter")
    assert page.locator("main button").count() == 0
    assert page.locator("#capacity table:visible").count() >= 3
    assert page.locator("#saturation svg.wide").is_visible()


@pytest.mark.parametrize("name", CAPACITY)
def test_every_table_of_capacity_sorts_by_every_column(opened: Callable[..., Any], name: str) -> None:
    page = opened(name)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.evaluate("document.querySelectorAll('main .sort').forEach(button => button.click())")
    odd = page.evaluate("""() => [...document.querySelectorAll('main table')].filter(table => {
      const wide = row => [...row.cells].reduce((sum, cell) => sum + cell.colSpan, 0);
      const rows = [...table.tBodies].flatMap(body => [...body.rows]).filter(row => !row.matches('.head'));
      return rows.some(row => row.cells.length !== wide(table.tHead.rows[0]));
    }).map(table => table.caption.textContent)""")
    assert errors == odd == []
