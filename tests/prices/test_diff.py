from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kplan.prices.diff import Change, apply, compare, compare_days
from kplan.prices.layers import in_force
from kplan.prices.rows import PriceRow

JAN, FEB, MAR = (date(2026, month, 1) for month in (1, 2, 3))
FIRST = date(2026, 1, 1)


def row(usd: str = "1", start: date | None = None, end: date | None = None, **keys: Any) -> PriceRow:
    model, meter = keys.pop("model", "m"), keys.pop("meter", "input")
    return PriceRow("acme", model, meter, Decimal(usd), valid_from=start, valid_to=end, **keys)


def told(old: list[PriceRow], new: list[PriceRow]) -> list[tuple[str, str, str, date | None, date | None]]:
    return [
        (
            c.change.value,
            str(c.old.usd if c.old else ""),
            str(c.new.usd if c.new else ""),
            c.starts_on,
            c.ends_on,
        )
        for c in compare(old, new).changes
    ]


def test_a_rise_from_a_day_on_is_one_change() -> None:
    assert told([row("3")], [row("3", None, FEB), row("4", FEB)]) == [("changed", "3", "4", FEB, None)]


def test_a_model_that_comes_and_one_that_goes() -> None:
    assert told([row("3")], [row("3", model="other")]) == [
        ("removed", "3", "", None, None),
        ("added", "", "3", None, None),
    ]


def test_days_on_which_one_side_alone_has_a_price() -> None:
    assert told([row("3")], [row("3", FEB, MAR)]) == [
        ("dates", "3", "", None, FEB),
        ("dates", "3", "", MAR, None),
    ]


def test_the_same_price_for_another_number_of_units_is_no_change() -> None:
    assert told([row("3")], [row("0.003", per=1000)]) == []
    assert told([row("3")], [row("0.0031", per=1000)]) == [("changed", "3", "0.0031", None, None)]


def test_another_way_to_bill_steps_is_a_change() -> None:
    assert len(told([row(over_input_tokens=9)], [row(over_input_tokens=9, tier_scope="marginal")])) == 1


def test_a_cancelled_row_is_no_price() -> None:
    assert told([row("3"), row("4", FEB, status="cancelled")], [row("3")]) == []
    assert told([row("3", FEB)], [row("3", FEB, status="cancelled")]) == [("removed", "3", "", FEB, None)]


def test_windows_steps_modes_and_regions_are_told_apart() -> None:
    kinds: list[dict[str, Any]] = [
        {"hours": "01:00-04:00"},
        {"weekdays": "Sat,Sun"},
        {"over_input_tokens": 200_000},
        {"mode": "batch"},
        {"region": "eu"},
    ]
    old = [row("1"), *(row("2", **kind) for kind in kinds)]
    new = [row("1"), *(row("3", **kind) for kind in kinds)]
    assert len(told(old, new)) == len(kinds)


def test_two_days_are_compared_whatever_the_dates_of_their_rows() -> None:
    rows = [row("2", None, FEB), row("4", FEB), row("5", meter="output")]
    (change,) = compare_days(rows, JAN, rows, FEB).changes
    assert (change.change, change.starts_on, change.ends_on, change.part) == (Change.CHANGED, FEB, None, 1)
    assert compare_days(rows, FEB - timedelta(days=1), rows, JAN).changes == ()


def test_a_price_that_ends_between_two_days_is_gone_from_its_last_day_on() -> None:
    rows = [row("2", None, FEB)]
    (change,) = compare_days(rows, JAN, rows, FEB).changes
    assert (change.change, change.starts_on) == (Change.REMOVED, FEB)


def test_from_a_price_of_nothing_there_is_no_percentage() -> None:
    (change,) = compare([row("0")], [row("1")]).changes
    assert change.part is None
    (change,) = compare([row("3")], [row("2")]).changes
    assert round(float(change.part or 0), 4) == -0.3333


def test_rows_that_differ_in_more_than_the_price() -> None:
    diff = compare([row("1", status="announced")], [row("1")])
    assert (diff.changes, diff.untold) == ((), (row("1"),))


@st.composite
def books(draw: st.DrawFn) -> list[PriceRow]:
    """Rows of two models, each key's days parted without overlap; some are cancelled."""
    found = []
    for model in ("m", "n"):
        for keys in ({}, {"mode": "batch"}, {"hours": "01:00-02:00"}):
            cuts = sorted(draw(st.sets(st.integers(0, 6), max_size=4)))
            days = [FIRST + timedelta(days=cut) for cut in cuts]
            for start, end in zip([None, *days], [*days, None], strict=True):
                usd = draw(st.sampled_from(["", "1", "2", "3"]))
                status = draw(st.sampled_from(["effective", "announced", "cancelled"]))
                if usd:
                    found.append(row(usd, start, end, model=model, status=status, **keys))
    return found


def price_on(rows: list[PriceRow], like: PriceRow, day: date) -> Fraction | None:
    held = [r for r in in_force(rows) if r.key == like.key and r.holds_on(day)]
    assert len(held) < 2
    return Fraction(held[0].usd) / held[0].per if held else None


@given(books(), books())
@settings(max_examples=200, deadline=None)
def test_applied_to_the_old_book_a_diff_gives_the_new_one(old: list[PriceRow], new: list[PriceRow]) -> None:
    diff = compare(old, new)
    assert apply(diff, old) == set(new)
    assert compare(old, old).changes == compare(old, old).left == ()


@given(books(), books(), st.integers(-1, 8))
@settings(max_examples=200, deadline=None)
def test_the_changes_alone_turn_every_old_price_into_the_new_one(
    old: list[PriceRow], new: list[PriceRow], offset: int
) -> None:
    """On any day the price of a key is the change's new one where a change holds, else the old one."""
    diff, day = compare(old, new), FIRST + timedelta(days=offset)
    for like in {r.key: r for r in (*old, *new)}.values():
        held = [
            c
            for c in diff.changes
            if c.row.key == like.key and (c.starts_on or date.min) <= day < (c.ends_on or date.max)
        ]
        assert len(held) < 2
        before, after = price_on(old, like, day), price_on(new, like, day)
        if held:
            assert (before, after) == tuple(
                None if r is None else Fraction(r.usd) / r.per for r in (held[0].old, held[0].new)
            )
            assert before != after
        else:
            assert before == after
