from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kplan.errors import KplanError
from kplan.prices.layers import in_force, overlaps, overlay
from kplan.prices.memory import memory_layer
from kplan.prices.models import ModelRow
from kplan.prices.rates import resolve
from kplan.prices.rows import PriceRow

JAN, FEB, MAR, APR = (date(2026, month, 1) for month in (1, 2, 3, 4))


def row(usd: str = "1", start: date | None = None, end: date | None = None, **keys: Any) -> PriceRow:
    return PriceRow(
        "acme", "m", keys.pop("meter", "input"), Decimal(usd), valid_from=start, valid_to=end, **keys
    )


def spans(rows: Any) -> list[tuple[str, date | None, date | None]]:
    return sorted(((str(r.usd), r.valid_from, r.valid_to) for r in rows), key=lambda s: s[1] or date.min)


def test_rows_that_touch_do_not_overlap_and_rows_that_share_a_day_do() -> None:
    assert not overlaps([row("1", None, FEB), row("2", FEB)])
    (problem,) = overlaps([row("1", None, FEB + timedelta(days=1)), row("2", FEB)])
    assert "acme/m input (..2026-02-02) and acme/m input @2026-02-01 (2026-02-01..)" in problem.what


@pytest.mark.parametrize(
    "differs", [{"meter": "output"}, {"mode": "batch"}, {"region": "eu"}, {"over_input_tokens": 1}]
)
def test_rows_for_different_things_do_not_overlap(differs: dict[str, Any]) -> None:
    assert not overlaps([row(), row("2", **differs)])


def test_the_tier_scope_selects_nothing() -> None:
    assert overlaps([row(), row("2", tier_scope="marginal")])


def test_hours_win_over_the_day_and_fight_among_themselves() -> None:
    peak = row("2", hours="01:00-04:00")
    assert not overlaps([row(), peak, row("3", hours="04:00-05:00")])
    assert overlaps([peak, row("3", weekdays="Mon", hours="03:00-05:00")])


def test_a_book_that_overlaps_is_refused() -> None:
    with pytest.raises(KplanError, match="two prices at once"):
        memory_layer("mine", [row(), row("2", FEB)])


def test_a_cancelled_row_overlaps_nothing() -> None:
    assert not overlaps([row(), row("2", FEB, status="cancelled")])


def test_an_upper_row_replaces_the_lower_one_on_its_days_only() -> None:
    merged = overlay([row("1")], [row("9", FEB, MAR)])
    assert spans(merged) == [("1", None, FEB), ("9", FEB, MAR), ("1", MAR, None)]
    assert spans(overlay([row("1", None, FEB), row("2", FEB)], [row("9")])) == [("9", None, None)]
    assert spans(overlay([row("1")], [row("9", mode="batch")])) == [("1", None, None), ("9", None, None)]


def test_what_is_cancelled_goes_on_as_before() -> None:
    announced = [row("1", None, FEB), row("2", FEB, status="announced")]
    merged = overlay(announced, [row("2", FEB, status="cancelled")])
    assert spans(in_force(merged)) == [("1", None, None)]
    assert spans(in_force([row("1", None, FEB), row("2", FEB, MAR, status="cancelled"), row("3", MAR)])) == [
        ("1", None, MAR),
        ("3", MAR, None),
    ]


def test_a_cancelled_row_does_not_stretch_a_price_over_the_next_one() -> None:
    rows = [row("1", None, FEB), row("2", FEB, status="cancelled"), row("3", MAR)]
    assert spans(in_force(rows)) == [("1", None, MAR), ("3", MAR, None)]


def test_what_was_not_yet_recorded_does_not_count() -> None:
    rows = [row("1", None, FEB), row("2", FEB, MAR, recorded_on=JAN), row("3", MAR, recorded_on=FEB)]
    assert spans(in_force(rows, FEB)) == spans(rows)
    assert spans(in_force(rows, FEB - timedelta(days=1))) == [("1", None, FEB), ("2", FEB, None)]
    assert spans(in_force(rows, JAN - timedelta(days=1))) == [("1", None, None)]


DAYS = st.one_of(st.none(), st.integers(0, 40).map(lambda n: JAN + timedelta(days=n)))
ROWS = st.lists(
    st.builds(
        lambda usd, start, end, mode, status, recorded: row(
            str(usd), start, end, mode=mode, status=status, recorded_on=recorded
        ),
        st.integers(0, 9),
        DAYS,
        DAYS,
        st.sampled_from(["standard", "batch"]),
        st.sampled_from(["effective", "announced", "cancelled"]),
        DAYS,
    ),
    max_size=6,
)


@settings(max_examples=300)
@given(ROWS, ROWS, st.integers(-1, 41), DAYS)
def test_any_dated_rows_give_exactly_one_price_or_a_named_error(
    lower: list[PriceRow], upper: list[PriceRow], n_day: int, known_on: date | None
) -> None:
    """Two layers, cancelled and unrecorded rows among them, on any day."""
    day = JAN + timedelta(days=n_day)
    layers = []
    for name, rows in (("lower", lower), ("upper", upper)):
        good = [r for r in rows if not (r.valid_from and r.valid_to) or r.valid_from < r.valid_to]
        try:
            layers.append(memory_layer(name, good).rows("acme", "m"))
        except KplanError as e:
            if "two prices at once" not in str(e):
                raise
            return
    merged = overlay(*layers)
    held = tuple(r for r in in_force(merged, known_on) if r.holds_on(day))
    for mode in ("standard", "batch"):
        rates = [r for r in held if r.mode == mode]
        assert len(rates) <= 1
        if rates:
            resolved = resolve(ModelRow("acme", "m"), held, mode, "", lambda _: Decimal(1)).tiers("input")
            assert [w.row for t in resolved.tiers for w in t.rows] == rates


@settings(max_examples=200)
@given(ROWS, ROWS, st.integers(-1, 41))
def test_a_layer_never_loses_a_lower_price(lower: list[PriceRow], upper: list[PriceRow], n_day: int) -> None:
    """A day with a price in the lower book has one after layering, the upper's where it has one."""
    day = JAN + timedelta(days=n_day)
    try:
        one, two = (
            memory_layer(
                "x",
                [
                    r
                    for r in rows
                    if r.status != "cancelled"
                    and (not (r.valid_from and r.valid_to) or r.valid_from < r.valid_to)
                ],
            ).rows("acme", "m")
            for rows in (lower, upper)
        )
    except KplanError:
        return
    for mode in ("standard", "batch"):
        low, high, both = (
            [r.usd for r in rows if r.mode == mode and r.holds_on(day)]
            for rows in (one, two, overlay(one, two))
        )
        assert both == (high or low)
