"""What a price change moves a month by: by hand, and against two plans held at the days around it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kplan.engine.moves import moves
from kplan.money import rounded
from kplan.prices.book import Book, load_book
from support import priced, simulated

CHANGE = date(2027, 1, 15)
SCENARIO = """
volume: 1_000_000/month
months: 2026-12..2027-03
stages:
  a: {input: 1000, output: 100}
  b: {input: 10, output: 1}
designs:
  d: {models: {a: test/m, b: test/n}}
  e: test/n
singles: false
"""


def book(day: date = CHANGE, **other: Any) -> Book:
    """m: input 2 -> 3 and output 10 -> 8 on a day; n: input 1 all along, or -> 5 on the same day."""
    rows = [
        priced("m", "input", "2", valid_to=day),
        priced("m", "input", "3", valid_from=day),
        priced("m", "output", "10", valid_to=day),
        priced("m", "output", "8", valid_from=day),
        priced("n", "input", "1", **({"valid_to": day} if other else {})),
        priced("n", "output", "4"),
        priced("s", "storage_gb_month", "0.5", per=1, valid_to=day),
        priced("s", "storage_gb_month", "0.6", per=1, valid_from=day),
        priced("s", "write_unit", "7", per=1),
        *([priced("n", "input", "5", valid_from=day)] if other else []),
    ]
    return load_book([], embedded=False).with_rows("test", rows)


def found(folder: Path, text: str, prices: Book) -> list[tuple[str, str, str, Decimal]]:
    results = simulated(folder, text, prices)
    return [
        (move.model, move.design, move.month, move.usd_per_month)
        for plan in results.plans
        for move in moves(plan)
    ]


def held_apart(folder: Path, text: str, prices: Book, design: str) -> Decimal:
    """What February costs more when all days have the prices of the change than those of the day before."""
    before, after = (
        next(month.cost_usd for month in results.design(design).months if month.month == "2027-02")
        for day in ("2027-01-14", CHANGE)
        for results in (simulated(folder, f"{text}prices: {{freeze: {day}}}\n", prices),)
    )
    return after - before


def test_a_month_at_new_prices_less_the_same_at_old_ones(tmp_path: Path) -> None:
    """1e6 queries: 1000 input tokens x 1 more, 100 output tokens x 2 less, for a million: 1000 - 200."""
    assert found(tmp_path, SCENARIO, book()) == [("test/m", "d", "2027-02", Decimal(800))]


@pytest.mark.parametrize(
    ("day", "month"),
    [
        (date(2027, 1, 1), "2027-01"),
        (date(2027, 1, 2), "2027-02"),
        (date(2027, 3, 1), "2027-03"),
        (date(2027, 3, 2), "2027-03"),
    ],
)
def test_the_first_whole_month_or_the_last_one(tmp_path: Path, day: date, month: str) -> None:
    assert [m for _, _, m, _ in found(tmp_path, SCENARIO, book(day))] == [month]


def test_two_models_of_one_day_are_told_apart(tmp_path: Path) -> None:
    """n: 10 input tokens x 4 more in d, and 1010 in e."""
    told = found(tmp_path, SCENARIO, book(both=True))
    assert sorted((model, design, usd) for model, design, _, usd in told) == [
        ("test/m", "d", Decimal(800)),
        ("test/n", "d", Decimal(40)),
        ("test/n", "e", Decimal(4040)),
    ]


def test_growth_contingency_and_classes_count(tmp_path: Path) -> None:
    """Held at the day before and at the day of the change, the month itself differs by all moves."""
    text = (
        SCENARIO.replace("1_000_000/month", "{queries_per_month: 1_000_000, growth_per_month: 7%}")
        + "contingency: 10%\nfixed: {rent: 100}\n"
        + "mix: {short: {share: 70%}, long: {share: 30%, stages: {a: {input: 5000}}}}\n"
    )
    prices = book(both=True)
    told = found(tmp_path, text, prices)
    for design in ("d", "e"):
        more = held_apart(tmp_path, text, prices, design)
        assert sum(usd for _, of, _, usd in told if of == design) == more > 0


@pytest.mark.parametrize("day", [CHANGE, date(2027, 2, 1)])
def test_what_is_bought_by_the_month_moves_by_a_whole_month(tmp_path: Path, day: date) -> None:
    """100 GB at 0.10 more; the writes keep their price when January is cut in two."""
    fixed = (
        "fixed:\n"
        "  store: {model: test/s, meter: storage_gb_month, quantity: 100}\n"
        "  writes: {model: test/s, meter: write_unit, quantity: 3}\n"
    )
    told = found(tmp_path, f"{SCENARIO}{fixed}", book(day))
    stored = {design: usd for model, design, _, usd in told if model == "test/s"}
    assert {design: rounded(usd, 30) for design, usd in stored.items()} == {"d": 10, "e": 10}
    writes = fixed.replace("storage_gb_month", "write_unit")
    assert {model for model, *_ in found(tmp_path, f"{SCENARIO}{writes}", book(day))} == {"test/m"}


def test_held_prices_move_nothing(tmp_path: Path) -> None:
    assert found(tmp_path, f"{SCENARIO}prices: {{freeze: 2026-12-01}}\n", book()) == []


CONTRACTS = """
contracts:
  low: {models: test/n, minimum: 1_000/month}
  free: {models: test/m, included: {input: 400_000_000}}
  volume: {models: test/s, steps: {storage_gb_month: {0: 100%, 60: 50%}}, fee: 9/month}
fixed: {store: {model: test/s, meter: storage_gb_month, quantity: 100}}
"""


def test_allowances_steps_and_minimums_of_the_month_count(tmp_path: Path) -> None:
    """By hand, a million queries.

    m: input 1e9 tokens, 0.4e9 of them free, 600 at 1 more; output 1e8, 200 less: 400 more.
    n: 1e7 input tokens in d, 10 -> 50, with 4 of output: the 1000 of the minimum are owed all the same. In e
    1.01e9 and 1.01e8: 1010 + 404 -> 5050 + 404, above the minimum before and after.
    s: 60 GB at 0.10 more, 40 GB at half of it: 8 more. The fee stays.
    """
    told = found(tmp_path, SCENARIO + CONTRACTS, book(both=True))
    assert sorted((model, design, rounded(usd, 30)) for model, design, _, usd in told) == [
        ("test/m", "d", Decimal(400)),
        ("test/n", "d", Decimal(0)),
        ("test/n", "e", Decimal(4040)),
        ("test/s", "d", Decimal(8)),
        ("test/s", "e", Decimal(8)),
    ]


@pytest.mark.parametrize("shared", [1000, 3100, 3850, 100_000])
@pytest.mark.parametrize("more", ["", "contingency: 10%\n"])
def test_models_under_one_minimum_add_up_to_what_the_month_differs_by(
    tmp_path: Path, shared: int, more: str
) -> None:
    text = f"{SCENARIO}{more}contracts: {{both: {{models: test/*, minimum: {shared}/month}}}}\n"
    prices = book(both=True)
    told = found(tmp_path, text, prices)
    for design in ("d", "e"):
        more = held_apart(tmp_path, text, prices, design)
        assert sum(usd for _, of, _, usd in told if of == design) == more


def test_a_commitment_is_named_and_left_out(tmp_path: Path) -> None:
    text = f"{SCENARIO}contracts: {{year: {{models: test/m, commitment: 1_000_000}}}}\n"
    results = simulated(tmp_path, text, book())
    assert [(move.usd_per_month, move.commitments) for plan in results.plans for move in moves(plan)] == [
        (Decimal(800), ("year",))
    ]
