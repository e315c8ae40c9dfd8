"""Which part of a cost rests on what nobody states a source for, against sums made by hand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from kplan.engine.results import Results
from kplan.render.html import render
from kplan.render.sources import said, unsourced
from pages import Page
from support import book_of, priced, simulated

TEXT = """\
volume: 1_000/month
months: 2027-01..2027-01
singles: false
params: {known: {value: 1_000, source: our logs}, guessed: 500}
stages:
  first: {input: known, output: guessed}
  then:  {input: known, output: 100}
designs: {d: {models: {first: flash, then: haiku}}, e: {models: {default: flash}}}
fixed: {vector store: $2/month}
contingency: 10%
"""


def results_of(folder: Path, text: str = TEXT) -> Results:
    rows = (
        priced("flash", "input", "1", source="list"),
        priced("flash", "output", "4", source_url="https://example.com"),
    )
    return simulated(folder, text, book_of(rows=rows))


def test_lines_count_once_under_what_they_lack(tmp_path: Path) -> None:
    """1,000 queries of d: $1 known, $2 guessed, $1 at haiku's price, $0.50 both, $2 fixed."""
    d, e = unsourced(results_of(tmp_path))
    assert (d.counted_usd, d.prices_usd, d.figures_usd, d.either_usd) == tuple(
        map(Decimal, ("6.5", "1.5", "4.5", "5.5"))
    )
    assert (e.counted_usd, e.prices_usd, e.figures_usd) == tuple(map(Decimal, ("6.4", "0", "4.4")))
    assert d.part(d.either_usd) == pytest.approx(Decimal(11) / 13)


def test_a_source_counts_wherever_it_is_stated(tmp_path: Path) -> None:
    """A class's own value has the source of the general one; what is worked out of params has theirs."""
    text = TEXT.replace("guessed: 500", "guessed: {value: known / 2}")
    text = text.replace(
        "singles: false\n", "singles: false\nmix: {a: {share: 100%, params: {known: 1_000}}}\n"
    )
    d, _ = unsourced(results_of(tmp_path, text))
    assert d.figures_usd == Decimal("2.5")
    unknown = text.replace(", source: our logs", "")
    assert unsourced(results_of(tmp_path, unknown))[0].figures_usd == Decimal("6.5")


def test_the_page_says_it_of_the_main_design(tmp_path: Path) -> None:
    results = results_of(tmp_path)
    text = said(results)
    assert text.startswith("Of the $6.40 that usage and fixed costs of e come to, 0% rests on prices")
    assert text.endswith("69% on figures without one.")
    assert any(text in line for line in Page(render(results).decode()).texts("li"))


def test_nothing_costs_nothing(tmp_path: Path) -> None:
    text = "volume: 1/month\nstages: {a: {kind: code}}\ndesigns: {d: haiku}\n"
    [d] = [each for each in unsourced(results_of(tmp_path, text)) if each.design == "d"]
    assert d.part(d.figures_usd) == 0
