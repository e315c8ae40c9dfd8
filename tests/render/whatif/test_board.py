"""The what-if as a reader uses it: sliders, pickers, the verdict, links that are kept, shared or forged."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from kplan.engine.results import Results
from kplan.engine.simulate import simulate
from kplan.render.html import render
from kplan.scenario.load import load_scenario
from pages import flagship, page_book
from support import simulated

pytestmark = pytest.mark.slow

Example = Callable[[str], Results]
Open = Callable[..., Any]
BASE = "knowledge-base"
OUTSIDE = """() => [...document.querySelectorAll('#whatif-board .wi-chart text')].filter((text) => {
  const t = text.getBoundingClientRect(), s = text.closest('svg').getBoundingClientRect();
  return t.left < s.left - 2 || t.right > s.right + 2 || t.bottom > s.bottom + 2;
}).map((text) => text.textContent)"""
"""Texts of the chart that stick out of it."""


def test_at_the_plan_the_verdict_and_the_totals_are_the_engines(example: Example, opened: Open) -> None:
    results = example(BASE)
    page = opened(results)
    assert page.verdict == results.verdict.headline[0]
    assert page.totals() == pytest.approx([float(each.total_usd) for each in results.designs], rel=1e-12)
    for sentence in results.verdict.caveats:
        assert sentence in page.tab.locator(".wi-note").all_text_contents()[-1]
    ranked = page.tab.locator(".wi-ranking b").all_text_contents()
    ids = [each.id for each in sorted(results.designs, key=lambda each: each.total_usd)]
    assert [id_ in text for id_, text in zip(ids, ranked, strict=True)] == [True] * len(ids)
    assert page.tab.locator(".wi-ranking small", has_text="as planned").count() == len(ids)


def test_break_even_and_budget_at_the_plan_are_the_engines(example: Example, opened: Open) -> None:
    results = example(BASE)
    said = " ".join(opened(results).tab.locator("#whatif .list li").all_text_contents())
    mine = [flip for flip in results.flips if results.verdict.design in (flip.design, flip.other)]
    assert mine
    assert any(flip.text.partition(" (")[0] in said for flip in mine)
    for sentence in results.verdict.headline[1:]:
        assert sentence in said


def test_a_slider_moves_by_keyboard_and_says_so(example: Example, opened: Open) -> None:
    page = opened(example(BASE))
    slider = page.tab.get_by_label("Redo")
    before = page.totals()
    slider.focus()
    slider.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "8.5%, planned 8%"
    assert page.totals()[1] > before[1]
    slider.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext") == "8%"
    assert page.totals() == before
    slider.press("End")
    assert slider.get_attribute("aria-valuetext") == "30%, planned 8%"
    slider.press("Home")
    assert slider.get_attribute("aria-valuetext") == "0%, planned 8%"
    assert page.said == []


def test_reset_goes_back_to_the_plan(example: Example, opened: Open) -> None:
    page = opened(example(BASE))
    verdict, totals = page.verdict, page.totals()
    reset = page.tab.get_by_role("button", name="Back to the plan")
    assert reset.is_disabled()
    page.tab.get_by_label("Queries a month").press("PageUp")
    page.tab.locator("#whatif details[open] select").first.select_option(label="claude-opus-5-5")
    assert page.totals() != totals
    reset.click()
    assert (page.verdict, page.totals()) == (verdict, totals)
    assert page.tab.url.endswith("#whatif")
    assert page.tab.locator("#whatif .off").count() == 0


def test_a_link_brings_back_what_was_moved(example: Example, opened: Open) -> None:
    page = opened(example(BASE))
    page.tab.get_by_label("Queries a month").press("ArrowRight")
    page.tab.get_by_label("Contingency").press("ArrowLeft")
    page.tab.locator("#whatif details[open] select").first.select_option(label="claude-opus-5-5")
    link = page.tab.url[page.tab.url.index("#") :]
    again = opened(example(BASE), link)
    assert (again.verdict, again.totals()) == (page.verdict, page.totals())
    assert again.tab.locator("#whatif .off").count() == 3
    assert again.tab.url.endswith(link)


def test_a_link_may_name_a_variant(example: Example, opened: Open) -> None:
    results = example("router")
    page = opened(results, "#whatif?variant=documents")
    chosen = page.tab.get_by_label("Variant")
    assert chosen.locator("option:checked").text_content() == "documents"
    known = [float(each.total_usd) for each in results.designs if each.variant == "documents"]
    assert page.totals() == pytest.approx(known, rel=1e-12)
    chosen.select_option(label="chat")
    known = [float(each.total_usd) for each in results.designs if each.variant == "chat"]
    assert page.totals() == pytest.approx(known, rel=1e-12)


@pytest.mark.parametrize(
    ("said", "meant"),
    [("params.redo=1e9", 0.3), ("params.redo=-5", 0.0), ("params.redo=0.1", 0.1), ("params.redo=", 0.08)],
)
def test_values_of_a_link_stay_within_bounds(said: str, meant: float, example: Example, opened: Open) -> None:
    page = opened(example(BASE), f"#whatif?{said}")
    expected = opened(example(BASE), f"#whatif?params.redo={meant}")
    assert page.totals() == expected.totals()


@pytest.mark.parametrize(
    "link",
    [
        "#whatif?__proto__=1&constructor=2&params.redo=NaN&params.redo=<img src=x onerror=alert(1)>",
        "#whatif?volume.queries_per_month=Infinity&budget=-Infinity&contingency=0x10zz",
        "#whatif?designs.lean.models.verify=__proto__&designs.lean.models.verify=constructor",
        "#whatif?variant=__proto__&variant=<script>alert(1)</script>",
        "#whatif?%E0%A4%A&%00=%00&" + "a=1&" * 2000,
        "#" + quote("<svg onload=alert(1)>"),
        "#whatif?params.redo=" + "9" * 5000,
    ],
)
def test_forged_links_do_no_harm(link: str, example: Example, opened: Open) -> None:
    page = opened(example(BASE), link)
    assert page.said == []
    assert len(page.asked) == 1
    assert page.tab.locator("#whatif img, #whatif svg[onload], #whatif script:not([type])").count() == 0
    assert "costs $" in page.verdict
    page.tab.get_by_label("Redo").press("ArrowRight")
    assert page.said == []


UNIT = "</script><script>alert(2)</script>"
HOSTILE = f"""
volume: 250_000/month
months: 2026-12..2027-02
params: {{bad: {{value: 100, range: [1, 2000], unit: '{UNIT}'}}}}
stages:
  '__proto__': {{input: bad, output: 20}}
  '"><svg onload=alert(3)>': {{input: 900, output: 30}}
designs:
  'constructor': {{models: {{default: haiku}}}}
  '=cmd|"&<!--\\u2028</textarea>': {{models: {{default: sonnet}}}}
"""


def test_hostile_names_do_no_harm(tmp_path: Path, opened: Open) -> None:
    """Nor are they lost: the YAML and the link bring them back."""
    results = simulated(tmp_path, HOSTILE, page_book())
    page = opened(results)
    assert page.said == []
    assert page.check.startswith("Checked just now")
    assert UNIT in page.tab.locator(".wi-knob output").nth(1).inner_text()
    for slider in page.tab.locator("#whatif input[type=range]").all():
        slider.press("ArrowRight")
    for picker in page.tab.locator("#whatif details select").all():
        picker.evaluate("select => { select.selectedIndex = 1; select.dispatchEvent(new Event('change')) }")
    assert page.tab.locator("#whatif-board img, #whatif-board svg[onload], #whatif-board script").count() == 0
    again = opened(results, page.tab.url[page.tab.url.index("#") :])
    assert again.totals() == page.totals() != opened(results).totals()
    written = tmp_path / "again.kplan.yaml"
    written.write_text(page.yaml, encoding="utf-8")
    fed = simulate(load_scenario(written), page_book())
    totals = [float(each.total_usd) for each in fed.designs if not each.added]
    assert totals == pytest.approx(page.totals()[: len(totals)], rel=1e-9)
    assert len(page.asked) == 1
    assert page.said == []


def test_without_script_the_section_says_what_it_needs(
    tmp_path: Path, browser: Any, example: Example
) -> None:
    file = tmp_path / "page.html"
    file.write_bytes(render(example(BASE)))
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(file.as_uri())
    assert "needs JavaScript" in tab.locator("#whatif").inner_text()
    assert tab.locator("#whatif-board").is_hidden()
    context.close()


def test_more_turns_than_are_written_out_have_no_figure(example: Example, opened: Open) -> None:
    """The slider ends where the plan's figures do."""
    page = opened(example("agent-loop"))
    page.tab.get_by_label("Steps").press("End")
    assert "$" in page.verdict
    assert "no figure" not in page.verdict


@pytest.mark.parametrize("width", [1240, 390])
def test_nothing_sticks_out(width: int, tmp_path: Path, example: Example, opened: Open) -> None:
    for results in (example(BASE), example("kairosroute-books"), flagship(tmp_path)):
        page = opened(results, "", viewport={"width": width, "height": 900})
        page.tab.get_by_label("Queries a month").press("End")
        assert page.tab.evaluate("document.documentElement.scrollWidth") <= width
        assert page.tab.evaluate(OUTSIDE) == []


FLOORS = """
volume: 100/month
quality: {measured: {write: {haiku: 412/500, sonnet: 465/500, opus: 490/500}}}
stages: {find: {input: 1_000_000, output: 0}, write: {input: 1_000_000, output: 0, floor: 90%}}
designs: {cheap: haiku, mixed: {models: {default: haiku, write: sonnet}}, good: sonnet}
"""


def test_with_floors_the_verdict_is_the_engines_over_the_designs_that_clear_them(
    tmp_path: Path, opened: Open
) -> None:
    results = simulated(tmp_path, FLOORS)
    page = opened(results)
    assert page.verdict.replace("floors as planned", "floors") == results.verdict.headline[0]
    page.tab.get_by_text("Models of mixed").evaluate("each => { each.parentElement.open = true }")
    page.tab.locator("#whatif details", has_text="Models of mixed").get_by_label("write").select_option(
        label="opus"
    )
    assert page.verdict.startswith("good costs $600 a month, the least of the designs that clear the floors")
    assert "best" not in page.tab.locator("#whatif").inner_text()


def test_the_break_even_is_where_both_designs_cost_the_same(example: Example, opened: Open) -> None:
    """Also after other sliders were moved."""
    page = opened(example("uncertain-rag"), "#whatif?params.chunks=30&volume.queries_per_month=900000")
    said = " ".join(page.tab.locator("#whatif .list li").all_text_contents())
    assert "review rate" in said
    page = opened(example(BASE), "#whatif?params.chunk_tokens=2000&contingency=0.3")
    said = " ".join(page.tab.locator("#whatif .list li").all_text_contents())
    [(other, design, chance)] = re.findall(
        r"(\S+) is cheaper than (\S+) above a ([\d.]+)% second_pass rate", said
    )
    totals = page.tab.evaluate(
        """([names, chance]) => {
          const { code, designs, knobs, chances } = kplan.data.variants[0];
          const slot = (name) => knobs.find((knob) => knob.at.join(".") === name).slot;
          const v = kplan.run(code, [[slot("params.chunk_tokens"), 2000], [slot("contingency"), 0.3],
            [chances[0].variable, chance]]);
          return names.map((name) => v[designs.find((each) => each.name === name).total]);
        }""",
        [[other, design], float(chance) / 100],
    )
    assert totals[0] == pytest.approx(totals[1], rel=1e-3)


def test_on_paper_stands_what_was_moved_and_nothing_otherwise(example: Example, opened: Open) -> None:
    page = opened(example(BASE))
    page.tab.emulate_media(media="print")
    assert not page.tab.locator("#whatif").is_visible()
    page.tab.emulate_media(media="screen")
    page.tab.get_by_label("Redo").press("End")
    page.tab.emulate_media(media="print")
    assert page.tab.locator(".wi-verdict").is_visible()
    assert page.tab.locator(".wi-ranking").is_visible()
    assert not page.tab.get_by_label("Redo").is_visible()


def test_motion_and_colours_are_the_readers(example: Example, opened: Open) -> None:
    """Nothing moves by itself, and a dark page is dark here too."""
    colours = {}
    for scheme in ("light", "dark"):
        page = opened(example(BASE), color_scheme=scheme, reduced_motion="reduce")
        colours[scheme] = page.tab.evaluate(
            "getComputedStyle(document.querySelector('.wi-verdict')).backgroundColor"
        )
        moving = "[...document.querySelectorAll('#whatif *')].some((e) => e.getAnimations().length)"
        assert page.tab.evaluate(moving) is False
    assert colours["light"] != colours["dark"]
