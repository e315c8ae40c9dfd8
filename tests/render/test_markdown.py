"""The Markdown page: what it holds, and that it stays postable however large the results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from kplan.engine.results import Results
from kplan.regress.run import run
from kplan.render import render
from kplan.render.marks import is_ours
from support import simulated

Build = Callable[..., Results]
SCENARIOS = Path(__file__).parents[2] / "scenarios"


def page(results: Results) -> str:
    return render("markdown", results).decode()


def headings(text: str) -> list[str]:
    return [line[3:] for line in text.splitlines() if line.startswith("## ")]


def test_sections(built: Build, january: Results, claimed: Results) -> None:
    text = page(built())
    assert text.startswith("# rag.kplan.yaml\n\n**stratified costs $8,721 a month")
    assert headings(text) == [
        "Designs",
        "Flips",
        "Stages of `stratified`",
        "Months",
        "Not in it",
        "Prices",
        "Notes",
    ]
    assert "| `stratified` | $34.89 | $8,721 | $104,655 | -57.9% |" in text
    assert "| `second_pass` | `claude-opus-5-5` | 0.08 | 8% | $4.67 | 13% |" in text
    assert "| 2026-12 | $20,740 | $8,721 | $1,037 | $41,480 |" in text
    assert "| `stratified` | `second_pass` | 8% | above 90% | `all-sonnet` |" in text
    assert "Left out" not in text
    assert "Price events" in headings(page(january))
    assert "| 2026-12 | $20,740 ! |" in page(january)
    assert "| `c` | 42% | not reproduced | 72% |  |" in page(claimed)


def test_every_line_of_a_table_has_the_same_cells(built: Build) -> None:
    tables = [block for block in page(built(budget="9_000")).split("\n\n") if block.startswith("|")]
    assert len(tables) == 5
    for table in tables:
        assert len({line.count("|") for line in table.splitlines()}) == 1


def test_large_results_are_cut_and_say_so(built: Build) -> None:
    results = built()
    many = tuple(replace(results.designs[1], id=f"design-{n}-{'x' * 300}") for n in range(500))
    text = page(replace(results, designs=(*results.designs, *many)))
    assert len(text) < 60_000
    assert "Left out for length: " in text
    assert "lines of Stages, 14 lines of Months" in text
    assert "…" in text
    assert is_ours(text.encode(), ".md")


def test_same_bytes_twice(built: Build) -> None:
    assert render("markdown", built()) == render("markdown", built())


def test_stages_of_blocks_say_what_they_stand_in(tmp_path: Path) -> None:
    """And their visits in four digits: 1 - 0.1^3 is 0.999."""
    text = """
volume: 1_000/month
stages:
  again: {kind: retry, failure: 10%, attempts: 3, stages: {ask: {input: 1_000, output: 100}}}
  last: {input: 1, output: 1}
designs: {d: sonnet}
singles: false
"""
    results = simulated(tmp_path, text)
    printed = page(results)
    assert "| `ask` in `again` | `sonnet` | 1.11 |" in printed
    assert "| `last` | `sonnet` | 0.999 |" in printed
    assert '<th scope="row">ask <small>in again</small></th>' in render("html", results).decode()


def test_sums_of_the_ledger_that_tell_something() -> None:
    """Stages where something beside usage is billed, classes where there are several."""
    found = headings(page(run(SCENARIOS / "knowledge-base.kplan.yaml")))
    assert [title for title in found if ", by " in title] == [
        f"lean, by {name}" for name in ("stage", "model", "class", "meter")
    ]
    assert [title for title in headings(page(run(SCENARIOS / "rag.kplan.yaml"))) if ", by " in title] == [
        "stratified, by model",
        "stratified, by meter",
    ]


def test_checks_and_prices_are_tables() -> None:
    results = run(SCENARIOS / "support-checks.kplan.yaml")
    text = page(results)
    assert "\n4 pass, 1 fails (kplan check support-checks.kplan.yaml).\n" in text
    assert (
        "| `stay.months_over_budget is 4 months, first 2027-01: 4 months over the 0 months allowed` | fail |"
        in text
    )
    (head,) = [n for n, line in enumerate(text.splitlines()) if line.startswith("| row | price | per |")]
    rows = text.splitlines()[head + 2 :]
    assert len(rows[: rows.index("")]) == len(results.price_rows)
    assert "| `google/gemini-3.8-flash input @2027-01-01` | $1.50 | 1,000,000 | 2027-01-01 |" in text
