"""The page: its structure, its figures, what it refuses to run, and how big it may be."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from kplan.engine.results import Results
from kplan.render.format import money, per_1000, per_query, plain_text
from kplan.render.html import render
from kplan.render.marks import is_ours
from kplan.render.price_row import link
from large import many
from pages import FLAGSHIP, VARIANTS, Page, flagship, of_variants

Build = Callable[..., Results]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return flagship(tmp_path_factory.mktemp("flagship"))


@pytest.fixture(scope="module")
def page(results: Results) -> Page:
    return Page(render(results).decode())


def test_the_verdict_stands_as_it_was_given(page: Page, results: Results) -> None:
    assert page.texts("h1") == [results.verdict.headline[0]]
    lede = page.texts("p", class_="lede") or page.texts("li")[: len(results.verdict.headline) - 1]
    assert lede == list(results.verdict.headline[1:])
    assert page.texts("div", class_="caveats") == [" ".join(results.verdict.caveats)]


def test_sentences_beyond_four_unfold(built: Build) -> None:
    said = [f"Sentence {n}." for n in range(8)]

    def page_of(n: int) -> Page:
        results = built()
        verdict = replace(results.verdict, headline=tuple(said[:n]))
        return Page(render(replace(results, verdict=verdict)).decode())

    assert page_of(8).texts("li")[:7] == said[1:]
    assert "And 3 more" in page_of(8).texts("summary")
    assert not any(text.startswith("And ") for text in page_of(5).texts("summary"))


def test_ranges_and_dates_of_the_headline_do_not_break(built: Build) -> None:
    results = built()
    headline = ("d costs $9k ($6k–$13k) a month from 2026-12, not $-1.",)
    html = render(replace(results, verdict=replace(results.verdict, headline=headline))).decode()
    assert (
        'd costs <em>$9k</em> <span class="nw">($6k–$13k)</span> a month from'
        ' <span class="nw">2026-12</span>, not $-1.' in html
    )


def test_headings_come_in_order(page: Page) -> None:
    levels = [int(heading.tag[1]) for heading in page.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_a_reader_of_screens_finds_their_way(page: Page) -> None:
    assert page.all("html")[0].attributes["lang"] == "en"
    assert page.texts("title")[0] == "Knowledge-base assistant: what it costs"
    assert len(page.all("caption")) == len(page.all("table")) > 5
    assert all(head.attributes.get("scope") for head in page.all("th"))
    assert all(box.attributes.keys() >= {"tabindex", "aria-label"} for box in page.all("div", role="region"))
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for chart in page.all("svg", role="img"):
        assert set(chart.attributes["aria-labelledby"].split()) <= set(ids)
    hidden = [svg for svg in page.all("svg") if svg.attributes.get("role") != "img"]
    assert all(
        svg.attributes.get("class") == "share" or svg.attributes["viewbox"] == "0 0 11 11" for svg in hidden
    )


def test_the_page_asks_for_nothing(page: Page) -> None:
    assert page.all("link", "img", "iframe", "object", "embed", "form", "base", "use", "image") == []
    assert all(script.attributes.keys() <= {"type", "id"} for script in page.all("script"))
    for element in page.elements:
        assert not element.attributes.keys() & {"src", "srcset", "style", "action", "data", "xlink:href"}
        assert not any(key.startswith("on") for key in element.attributes)
    assert not re.search(r"url\(|@import|expression\(", page.all("style")[0].text)
    inside = [a.attributes["href"] for a in page.all("a") if a.attributes["href"].startswith("#")]
    ids = {element.attributes.get("id") for element in page.elements}
    assert {href[1:] for href in inside} <= ids
    outside = {a.attributes["href"] for a in page.all("a")} - set(inside)
    assert outside == {"https://example.com/a?b=1&c=2"}


def test_the_policy_allows_this_style_sheet_and_these_scripts_and_nothing_else(page: Page) -> None:
    [meta] = page.all("meta", **{"http-equiv": "Content-Security-Policy"})
    style, *scripts = (
        f"'sha256-{b64encode(sha256(element.text.encode()).digest()).decode()}'"
        for element in page.all("style", "script")
        if "type" not in element.attributes
    )
    assert scripts
    assert meta.attributes["content"] == (
        f"default-src 'none'; style-src {style}; script-src {' '.join(scripts)}; base-uri 'none';"
        " form-action 'none'"
    )


@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("https://example.com/x", True),
        ("http://example.com", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//example.com", False),
        ("https:", False),
        ("https://user@example.com", False),
        ("https://example.com/ x", False),
        ("https://example.com/\u202ex", False),
        ("java\nscript:alert(1)", False),
        ("https://[::1", False),
        ("", False),
    ],
)
def test_only_plain_addresses_are_links(url: str, is_link: bool) -> None:
    assert link(url) == (url if is_link else "")


def test_every_design_is_told_with_its_figures(page: Page, results: Results) -> None:
    rows = page.texts("tr")
    for design in results.designs:
        mark = "+ " if design.added else ""
        usage = f" {per_query(design.cost_per_query_usd)} {per_1000(design.cost_per_query_usd)} "
        [row] = [row for row in rows if row.startswith(f"{mark}{design.design} ") and usage in row]
        assert f" {money(design.months[0].cost_usd)} {money(design.total_usd)} " in row
        for saving in filter(None, (design.saving, design.saving_vs_cheapest_single)):
            assert f" {money(saving.usd)} " in row


def test_every_month_is_told_and_marked_where_it_breaks_the_budget(page: Page, results: Results) -> None:
    over = sum(month.over_budget for design in results.designs for month in design.months)
    assert over > 0
    assert sum(cell.startswith("▲ ") for cell in page.texts("td", class_="up")) == over
    rows = page.texts("tr")
    for n, month in enumerate(results.designs[0].months):
        costs = [design.months[n] for design in results.designs]
        cells = " ".join(f"{'▲ ' if found.over_budget else ''}{money(found.cost_usd)}" for found in costs)
        assert any(row.startswith(f"{month.month} ") and row.endswith(cells) for row in rows)


def test_price_changes_are_numbered_in_the_chart_and_in_the_list(page: Page, results: Results) -> None:
    assert [event.kind for event in results.events] == ["price", "retirement"]
    assert page.texts("text", class_="event") == ["1", "2"] * 2  # once on a wide page, once on a phone
    rows = page.texts("tr")
    for number, event in enumerate(results.events, start=1):
        assert any(row.startswith(f"{number} {event.text}") for row in rows)


def test_added_designs_are_explained(page: Page) -> None:
    assert any("+ marks one model everywhere, added by kplan" in text for text in page.texts("p"))


def test_where_it_comes_from(page: Page, results: Results) -> None:
    [origin] = page.texts("dl", class_="origin")
    made = results.provenance
    for said in (made.kplan_version, made.scenario_sha256, made.book_sha256, "kplan simulate rag.kplan.yaml"):
        assert said in origin


def test_how_to_repeat_holds_every_option(results: Results) -> None:
    made = replace(results.provenance, options=("--set", "volume=1000/month", "--variant", "a b"))
    page = Page(render(replace(results, provenance=made)).decode())
    assert "kplan simulate --set volume=1000/month --variant 'a b' rag.kplan.yaml" in page.texts("code")


def test_what_came_through_a_pipe_cannot_be_repeated(results: Results) -> None:
    made = replace(results.provenance, scenario_file="<stdin>")
    assert "Repeat" not in Page(render(replace(results, provenance=made)).decode()).texts("dt")


def test_tables_that_add_up_to_a_total_say_that_figures_are_rounded(page: Page) -> None:
    [made_of] = [text for text in page.texts("caption") if text.startswith("What the totals are made of")]
    assert "Each figure is rounded by itself when printed" in made_of


def test_each_variant_has_its_own_budget(tmp_path: Path) -> None:
    text = VARIANTS.replace("quiet: {", "quiet: {budget: $4_000/month, ")
    page = Page(render(of_variants(tmp_path, text)).decode())
    told = [text for text in page.texts("caption") if "over the budget" in text]
    assert ["$25,000." in text for text in told] == [True, False]
    assert "$4,000." in told[1]


def test_stage_colours_and_labels_are_the_same_everywhere(page: Page) -> None:
    legend = [rect.attributes["class"] for rect in page.all("rect") if rect.attributes.get("rx") == "3"]
    assert legend == [f"s{n}" for n in range(7)]


def test_bars_are_as_long_as_their_amounts(page: Page) -> None:
    """Synthesize runs on the same model in three designs; sonnet costs thrice what haiku costs."""
    widths = {
        " ".join(rect.text.split()).rpartition(":")[0]: float(rect.attributes["width"])
        for rect in page.all("rect", height="34")
    }
    assert widths["all-sonnet, synthesize"] == widths["stratified, synthesize"] > 50
    assert widths["all-sonnet, verify"] == pytest.approx(3 * widths["+ haiku, verify"], rel=0.05)


def test_variants_are_told_apart_by_headings(tmp_path: Path) -> None:
    page = Page(render(of_variants(tmp_path, VARIANTS)).decode())
    assert page.texts("h3") == ["busy", "quiet"] * 4


def test_without_budget_events_flips_and_fixed_costs_the_page_says_less(built: Build) -> None:
    page = Page(render(replace(built(), flips=())).decode())
    assert "h-flips" not in {element.attributes.get("id") for element in page.elements}
    assert "h-claims" not in {element.attributes.get("id") for element in page.elements}
    assert not page.all("line", class_="budget")
    assert any(text.startswith("No price of the plan changes") for text in page.texts("p"))


def test_claims_come_with_their_verdicts_and_differences(claimed: Results) -> None:
    page = Page(render(claimed).decode())
    rows = page.texts("tr")
    assert rows.count("post") == 1  # the source, once above its claims
    assert "a f 0.083 0.08296 -0.00004 ✓ reproduced the scenario's" in rows
    assert "b f 42% – – ≈ follows from printed claims –" in rows
    assert "c f 42% 72% +30 points ✗ not reproduced the scenario's" in rows


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'quoted' & \"twice\"",
    "=1+1",
    "\x1b[31mred\x1b[0m",
    "[bold]x[/bold]",
    "{{ 7 * 7 }}{% raw %}{0}",
    "\u202egnp.exe\u202c",
    "--> <!-- ]]>",
    "x" * 2000,
    "lone \ud800 surrogate",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_come_out_as_plain_text(built: Build, name: str) -> None:
    results = built(
        rename=dict.fromkeys(("stratified", "synthesize", "second_pass", "claude-haiku-5-5"), name)
    )
    made = replace(results.provenance, scenario_name=name, scenario_file=name, book_name=name)
    rows = tuple(replace(row, source=name, source_url=name, note=name) for row in results.price_rows)
    results = replace(
        results, provenance=made, price_rows=rows, notes=(name,), not_included=(name,), tags={name: name}
    )
    html = render(results).decode()
    page, plain = Page(html), Page(render(built()).decode())
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e]", html)
    assert page.all("img") == []
    assert [script.text for script in page.all("script")] == [script.text for script in plain.all("script")]
    assert not any(key.startswith("on") for element in page.elements for key in element.attributes)
    shown = " ".join(plain_text(name).split())
    assert shown in page.texts("li")
    assert shown in page.texts("header")[0]
    assert any(shown in head for head in page.texts("th", scope="row"))


def test_the_same_results_give_the_same_bytes(results: Results, tmp_path: Path) -> None:
    assert render(results) == render(results) == render(flagship(tmp_path))


def test_the_page_carries_its_mark(results: Results) -> None:
    content = render(results)
    assert content.splitlines()[-1].startswith(b"<!-- kplan sha256:")
    assert is_ours(content, ".html")
    assert not is_ours(content.replace(b"stratified", b"something", 1), ".html")


def test_pages_stay_small(results: Results, tmp_path: Path) -> None:
    assert len(render(results)) < 150_000  # 200 kB allowed
    big = render(flagship(tmp_path, many(20, 15, 36))).decode()
    assert len(big) < 1_000_000
    data = big.partition('<script type="application/json"')[2].partition("</script>")[0]
    assert len(big) - len(data) < 450_000
    variants = "variants: {a: {}, b: {}, c: {}, d: {volume: 90_000/month}}\n"
    assert len(render(of_variants(tmp_path, many(8, 7, 12) + variants))) < 500_000


def test_a_free_pipeline_and_a_single_month_can_be_drawn(tmp_path: Path) -> None:
    text = FLAGSHIP.replace("months: 12", "months: 1").replace("fixed: {vector store: $450/month}\n", "")
    for part in ("budget: $25_000/month\n", "contingency: 10%\n"):
        text = text.replace(part, "")
    page = Page(render(flagship(tmp_path, text)).decode())
    assert page.all("polyline", class_="ln main")
    assert not any("contingency" in text for text in page.texts("caption", "th"))


def test_a_budget_far_above_the_lines_is_told_and_not_drawn(built: Build) -> None:
    page = Page(render(built(budget="9_000_000")).decode())
    assert not page.all("line", class_="budget")
    assert any("lies far above the lines" in text for text in page.texts("p"))
