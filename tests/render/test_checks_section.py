"""Bounds that a scenario sets itself, as the page tells them."""

from __future__ import annotations

from pathlib import Path

from kplan.render.html import render
from pages import Page
from support import book_of, simulated

TEXT = """\
volume: 1_000/month
singles: false
stages: {answer: {input: 1_000, output: 1_000}}
designs: {cheap: haiku, good: sonnet}
checks:
  - {metric: cheap.per_month, max: $6/month}
  - {metric: good.per_month, max: $12/month, message: More was never granted.}
  - {metric: good.saving, min: 10%, severity: warn}
  - {metric: good.per_month, max_increase: {pct: 5%}}
"""


def test_every_check_with_its_figure_its_bound_and_its_verdict(tmp_path: Path) -> None:
    """A thousand queries cost $6 on haiku and $18 on sonnet; $6 is just what is allowed."""
    page = Page(render(simulated(tmp_path, TEXT, book_of())).decode())
    [table] = page.texts("table", class_="checks")
    assert "cheap.per_month $6.00 at most $6 ✓ pass just the $6 allowed" in table
    assert "good.per_month More was never granted. $18 at most $12 ✗ fail $6.00 over" in table
    assert "! warn" in table
    [said] = [text for text in page.texts("p") if text.startswith("Bounds that the scenario")]
    assert "1 pass" in said
    assert "1 check on the age of prices or against a lock needs kplan check" in said


def test_without_checks_nothing_is_said_of_them(tmp_path: Path) -> None:
    page = Page(render(simulated(tmp_path, TEXT.partition("checks:")[0], book_of())).decode())
    assert not page.all("section", id="checks")
