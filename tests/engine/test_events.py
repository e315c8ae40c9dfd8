"""Price events: told once, as what they are, and never where nothing that is billed changes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kplan.engine.results import Event
from kplan.prices.models import ModelRow
from kplan.prices.rows import PriceRow
from support import book_of, priced, simulated

TEXT = "volume: 100/month\nstages: {a: {input: 1_000_000, output: 0}}\ndesigns: {x: m}\n"
CHANGE = date(2027, 3, 1)


def before(usd: str, **keys: Any) -> PriceRow:
    return priced("m", "input", usd, valid_to=CHANGE, **keys)


def after(usd: str, **keys: Any) -> PriceRow:
    return priced("m", "input", usd, valid_from=CHANGE, **keys)


def events(folder: Path, *rows: PriceRow, text: str = TEXT) -> tuple[Event, ...]:
    return simulated(folder, text, book_of({"m": {"output": "1"}}, rows)).events


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((before("2"), after("3")), "input x1.5 (effective)"),
        ((before("0"), after("3")), "input $0 -> $3 (effective)"),
        (
            (
                before("2"), after("2"),
                before("4", over_input_tokens=200_000), after("4", over_input_tokens=272_000),
            ),
            "input above 200,000 tokens $4 -> $2 (effective)",
        ),
        (
            (before("3"), after("3"), after("1", hours="00:00-12:00")),
            "input $3 -> $3 in 50% of hours, else $1 (effective)",
        ),
        ((before("2"), after("4", status="announced")), "input x2 (announced)"),
    ],
)  # fmt: skip
def test_what_moves_is_said(tmp_path: Path, rows: tuple[PriceRow, ...], said: str) -> None:
    (event,) = events(tmp_path, *rows)
    assert event.text == f"2027-03-01 m {said}"


@pytest.mark.parametrize(
    "rows",
    [
        (before("3"), after("3")),
        (before("3"), after("3"), after("3", hours="00:00-12:00")),
        (before("3"), after("3"), after("3", over_input_tokens=200_000)),
        (before("3"), after("3"), priced("m", "input", "1", mode="batch", valid_from=CHANGE)),
    ],
)
def test_a_price_said_anew_is_no_event(tmp_path: Path, rows: tuple[PriceRow, ...]) -> None:
    assert events(tmp_path, *rows) == ()


def test_regions_are_told_apart(tmp_path: Path) -> None:
    text = TEXT.replace(
        "designs: {x: m}", "designs: {x: m, y: {models: {default: m}, stages: {a: {region: eu}}}}"
    )
    found = events(
        tmp_path, before("2"), after("3"), before("4", region="eu"), after("8", region="eu"), text=text
    )
    assert [(event.text, event.designs) for event in found] == [
        ("2027-03-01 m input x1.5 (effective)", ("x",)),
        ("2027-03-01 m eu input x2 (effective)", ("y",)),
    ]


def test_a_fee_per_request_comes_and_goes(tmp_path: Path) -> None:
    """100 queries a month at $1; from March to May also half a cent each."""
    fee = priced("m", "request", "5", per=1_000, valid_from=CHANGE, valid_to=date(2027, 6, 1))
    results = simulated(tmp_path, TEXT, book_of({"m": {"input": "1", "output": "1"}}, (fee,)))
    costs = {month.month: month.cost_usd for month in results.designs[0].months}
    assert costs["2027-02"] == 100
    assert costs["2027-03"] == costs["2027-05"] == Decimal("100.5")
    assert costs["2027-06"] == 100
    assert [event.text for event in results.events] == [
        "2027-03-01 m request nothing -> $5 (effective)",
        "2027-06-01 m request $5 -> nothing (effective)",
    ]


def test_prices_held_at_a_day_are_told_what_they_miss(tmp_path: Path) -> None:
    rows = (before("2"), after("3"))
    (event,) = events(tmp_path, *rows, text="prices: {freeze: 2027-01-05}\n" + TEXT)
    assert event.text == "2027-03-01 m input x1.5 (effective; not applied, prices are held at 2027-01-05)"
    assert not event.is_applied
    held = simulated(tmp_path, "prices: {freeze: 2027-01-05}\n" + TEXT, book_of({"m": {"output": "1"}}, rows))
    assert {month.cost_usd for month in held.designs[0].months} == {200}


@pytest.mark.parametrize(("retires_on", "is_told"), [(date(2027, 12, 31), True), (date(2028, 1, 1), False)])
def test_a_retirement_on_the_last_day_is_told_and_the_day_after_is_not(
    tmp_path: Path, retires_on: date, is_told: bool
) -> None:
    book = book_of(
        {"m": {"input": "1", "output": "1"}}, models=(ModelRow("test", "m", retires_on=retires_on),)
    )
    assert bool(simulated(tmp_path, TEXT, book).events) is is_told


@pytest.mark.parametrize(
    ("deprecated_on", "is_told"), [(date(2027, 1, 1), True), (date(2026, 12, 31), False)]
)
def test_a_deprecation_is_told_from_the_first_day_on_and_changes_no_price(
    tmp_path: Path, deprecated_on: date, is_told: bool
) -> None:
    model = ModelRow("test", "m", deprecated_on=deprecated_on, successor="n")
    results = simulated(tmp_path, TEXT, book_of({"m": {"input": "1", "output": "1"}}, models=(model,)))
    told = [(event.kind, event.text) for event in results.events]
    assert told == ([("deprecation", "2027-01-01 m is deprecated; successor n")] if is_told else [])
    assert len({month.cost_usd for month in results.designs[0].months}) == 1


def test_a_plan_knows_only_what_was_recorded(tmp_path: Path) -> None:
    late = (
        priced("m", "input", "2", valid_to=CHANGE, recorded_on=date(2026, 1, 1)),
        priced("m", "input", "3", valid_from=CHANGE, recorded_on=date(2026, 12, 1)),
    )
    text = "prices: {known_on: DAY}\n" + TEXT
    book = book_of({"m": {"output": "1"}}, late)
    before_it = simulated(tmp_path, text.replace("DAY", "2026-11-30"), book)
    assert (before_it.events, before_it.designs[0].total_usd) == ((), 12 * 200)
    after_it = simulated(tmp_path, text.replace("DAY", "2026-12-01"), book)
    assert after_it.designs[0].total_usd == 2 * 200 + 10 * 300
    assert any("without a recording date" in note for note in after_it.notes)


def test_variants_with_books_of_their_own_keep_their_prices(tmp_path: Path) -> None:
    from kplan.engine.simulate import simulate
    from kplan.scenario.load import load_scenario

    path = tmp_path / "v.kplan.yaml"
    path.write_text("months: 2027-01..2027-01\nvariants: {a: {name: a}, b: {name: b}}\n" + TEXT)
    scenarios = {name: load_scenario(path, variant=name) for name in ("a", "b")}
    books = {name: book_of({"m": {"input": usd, "output": "1"}}) for name, usd in (("a", "1"), ("b", "2"))}
    rows = simulate(scenarios, books).price_rows
    assert sorted(row.usd for row in rows) == [1, 2]
