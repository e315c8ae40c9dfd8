"""Nine designs under four price lists: every cost, every percentage, and where the ranking turns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest

from kplan.engine.results import Results
from kplan.money import exact
from kplan.places import folder
from kplan.regress.run import run

PATH = folder("scenarios") / "kairosroute-books.kplan.yaml"

TABLE = """
    A                 B                 C                 D
T1  .124440           .124440           .124440           .082960
T2  .224445 +80.4%    .236280 +89.9%    .116780 −6.2%     .103030 +24.2%
T3  .190757 +53.3%    .212905 +71.1%    .093405 −24.9%    .092030 +10.9%
T3+ .208682 +67.7%    .230830 +85.5%    .099380 −20.1%    .098005 +18.1%
T4  .065552 −47.3%    .085900 −31.0%    .074220 −40.4%    .060470 −27.1%
T4+ .065780 −47.1%    .086808 −30.2%    .075128 −39.6%    .061378 −26.0%
T5  .048962 −60.7%    .071110 −42.9%    .071110 −42.9%    .057250 −31.0%
T6  .014345 −88.5%    .045005 −63.8%    .045005 −63.8%    .043630 −47.4%
T9  .052407 −57.9%    .078680 −36.8%    .069880 −43.8%    .059730 −28.0%
"""
"""Cost of a query [USD] and difference from T1 in the same book, as they were published."""

BREAK_EVEN = {"A": "34.9", "B": "25.6", "C": "76.8", "D": "38.8"}
"""Second-pass rate at which T4 costs what T1 does [%]."""

RANKING = {
    "A": "T6 T5 T9 T4 T4+ T1 T3 T3+ T2",
    "B": "T6 T5 T9 T4 T4+ T1 T3 T3+ T2",
    "C": "T6 T9 T5 T4 T4+ T3 T3+ T2 T1",
    "D": "T6 T5 T9 T4 T4+ T1 T3 T3+ T2",
}
"""Cheapest first, read off the table."""


def cells() -> Iterator[tuple[str, str, Decimal, Decimal | None]]:
    """(design, book, cost, percentage or none), from the table above."""
    books, *lines = TABLE.strip("\n").splitlines()
    for line in lines:
        design, *found = re.split(r"\s+(?=\.)", line.strip())
        for book, cell in zip(books.split(), found, strict=True):
            cost, _, percent = cell.replace("−", "-").partition(" ")
            yield design, book, Decimal(cost), Decimal(percent.strip("% ")) if percent.strip() else None


@pytest.fixture(scope="module")
def results() -> Results:
    return run(PATH, variants="all")


def within_half_a_unit(value: Decimal, published: Decimal) -> bool:
    places = len(str(published).partition(".")[2])
    with exact():
        return 2 * abs(value - published) <= Decimal(1).scaleb(-places)


def test_the_table_has_every_cell() -> None:
    assert len(list(cells())) == 36
    assert sum(percent is not None for *_, percent in cells()) == 32


@pytest.mark.parametrize(("design", "book", "cost", "percent"), list(cells()))
def test_every_cell_of_the_table(
    results: Results, design: str, book: str, cost: Decimal, percent: Decimal | None
) -> None:
    found = results.design(f"{design}@{book}")
    assert within_half_a_unit(found.cost_per_query_usd, cost)
    if percent is None:
        assert found.saving is None
    else:
        assert found.saving is not None
        assert found.saving.share is not None
        assert found.saving.against == f"T1@{book}"
        assert within_half_a_unit(-found.saving.share * 100, percent)


def test_costs_worked_out_by_hand(results: Results) -> None:
    """T1 at 3/15 and 2/10; T4 at 1/5, 3/15 and 15/75 [USD per million tokens]."""
    tokens = (32_380, 1_820)
    assert results.design("T1@B").cost_per_query_usd == Decimal(3 * tokens[0] + 15 * tokens[1]) / 10**6
    assert results.design("T1@D").cost_per_query_usd == Decimal(2 * tokens[0] + 10 * tokens[1]) / 10**6
    haiku = 180 + 9_600 + 900 + 11_200 + 5 * (120 + 200 + 700 + 30)
    sonnet = 3 * 10_500 + 15 * 650
    opus = Decimal("0.08") * (15 * 11_350 + 75 * 650)
    assert results.design("T4@B").cost_per_query_usd == (haiku + sonnet + opus) / 10**6


def test_the_ranking_differs_between_the_books_and_the_verdict_says_so(results: Results) -> None:
    found = {}
    for book in RANKING:
        designs = [design for design in results.designs if design.variant == book]
        found[book] = " ".join(d.design for d in sorted(designs, key=lambda design: design.total_usd))
    assert found == RANKING
    assert results.verdict.headline[0] == (
        "The ranking of the designs differs between variants: 2 different orders."
    )


@pytest.mark.parametrize(("book", "percent"), BREAK_EVEN.items())
def test_the_second_pass_rate_at_which_the_posts_winner_costs_what_one_model_does(
    book: str, percent: str
) -> None:
    (flip,) = [
        flip
        for flip in run(PATH, variants=book).flips
        if (flip.design.split("@")[0], flip.other.split("@")[0]) == ("T4", "T1")
    ]
    assert (flip.stage, flip.chance_now, flip.cheaper_above) == ("second_pass", Decimal("0.08"), True)
    assert within_half_a_unit(flip.chance_at * 100, Decimal(percent))


def test_flips_name_designs_as_the_results_do(results: Results) -> None:
    ids = {design.id for design in results.designs}
    assert {flip.design for flip in results.flips} | {flip.other for flip in results.flips} <= ids


def test_without_a_variant_the_base_is_book_b(results: Results) -> None:
    base = run(PATH)
    assert [design.id for design in base.designs] == ["T1", "T2", "T3", "T3+", "T4", "T4+", "T5", "T6", "T9"]
    for design in base.designs:
        assert design.total_usd == results.design(f"{design.id}@B").total_usd


def test_nothing_of_kplans_own_prices_is_used(results: Results) -> None:
    assert {row.provider for row in results.price_rows} == {"kairosroute"}
    assert {design.months[0].month for design in results.designs} == {"2026-01"}
    assert results.events == ()
