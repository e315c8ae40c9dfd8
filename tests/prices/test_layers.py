from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kplan.errors import KplanError
from kplan.prices.layers import clashes, in_force, known_by, overlaps, overlay
from kplan.prices.memory import memory_layer
from kplan.prices.models import ModelRow
from kplan.prices.rates import resolve
from kplan.prices.rows import PriceRow

JAN, FEB, MAR, APR = (date(2026, month, 1) for month in (1, 2, 3, 4))


def row(usd: str = "1", start: date | None = None, end: date | None = None, **keys: Any) -> PriceRow:
    return PriceRow(
        "acme", "m", keys.pop("meter", "input"), Decimal(usd), valid_from=start, valid_to=end, **keys
    )


def held(*layers: list[PriceRow], known_on: date | None = None) -> list[PriceRow]:
    """What ever holds of books on top of each other, the lowest first."""
    merged: list[PriceRow] = []
    for layer in layers:
        merged = overlay(merged, known_by(layer, known_on))
    return list(in_force(merged))


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


def test_a_book_that_overlaps_is_refused_by_its_name() -> None:
    with pytest.raises(KplanError, match=r"mine.csv: two prices at once"):
        memory_layer("mine.csv", [row(), row("2", FEB)])


def test_hours_that_meet_in_summer_only_overlap() -> None:
    berlin = row("2", hours="08:00-09:00", tz="Europe/Berlin")
    assert overlaps([berlin, row("3", hours="07:00-08:00")])
    assert overlaps([berlin, row("3", hours="06:00-07:00")])
    assert not overlaps([berlin, row("3", hours="08:00-09:00")])


def test_a_cancelled_row_overlaps_nothing() -> None:
    assert not overlaps([row(), row("2", FEB, status="cancelled")])


def test_an_upper_row_replaces_the_lower_one_on_its_days_only() -> None:
    merged = overlay([row("1")], [row("9", FEB, MAR)])
    assert spans(merged) == [("1", None, FEB), ("9", FEB, MAR), ("1", MAR, None)]
    assert spans(overlay([row("1", None, FEB), row("2", FEB)], [row("9")])) == [("9", None, None)]
    assert spans(overlay([row("1")], [row("9", mode="batch")])) == [("1", None, None), ("9", None, None)]


def test_a_plain_upper_row_replaces_lower_steps_and_hours_on_its_days_only() -> None:
    """The day before it begins and the day it ends keep the lower steps."""
    lower = [row("1"), row("2", over_input_tokens=200_000), row("3", hours="01:00-04:00")]
    merged = overlay(lower, [row("9", FEB, MAR)])
    day = timedelta(days=1)
    for on, prices in (
        (FEB - day, {"1", "2", "3"}),
        (FEB, {"9"}),
        (MAR - day, {"9"}),
        (MAR, {"1", "2", "3"}),
    ):
        assert {str(r.usd) for r in merged if r.holds_on(on)} == prices


@pytest.mark.parametrize("other", [{"meter": "output"}, {"mode": "batch"}, {"region": "eu"}])
def test_a_plain_upper_row_leaves_other_meters_modes_and_regions_alone(other: dict[str, Any]) -> None:
    steps = [row("1", **other), row("2", over_input_tokens=200_000, **other)]
    assert overlay(steps, [row("9")]) == [*steps, row("9")]


@pytest.mark.parametrize("keys", [{"over_input_tokens": 200_000}, {"hours": "01:00-04:00"}])
def test_an_upper_step_or_window_replaces_its_like_only(keys: dict[str, Any]) -> None:
    assert spans(overlay([row("1"), row("2", **keys)], [row("9", **keys)])) == [
        ("1", None, None),
        ("9", None, None),
    ]


def test_a_zone_selects_only_where_there_are_hours() -> None:
    flat = row("9", tz="Europe/Berlin")
    assert spans(overlay([row("1")], [flat])) == [("9", None, None)]
    assert spans(overlay([flat], [row("2", over_input_tokens=5, tz="Asia/Tokyo")])) == [
        ("9", None, None),
        ("2", None, None),
    ]
    peak = [row(usd, hours="01:00-02:00", tz=tz) for usd, tz in (("1", "UTC"), ("2", "Asia/Tokyo"))]
    assert len(overlay(peak[:1], peak[1:])) == 2


def test_what_is_cancelled_goes_on_as_before() -> None:
    announced = [row("1", None, FEB), row("2", FEB, status="announced")]
    assert spans(held(announced, [row("2", FEB, status="cancelled")])) == [("1", None, None)]
    assert spans(held([row("1", None, FEB), row("2", FEB, MAR, status="cancelled"), row("3", MAR)])) == [
        ("1", None, MAR),
        ("3", MAR, None),
    ]


def test_a_cancelled_row_does_not_stretch_a_price_over_the_next_one() -> None:
    rows = [row("1", None, FEB), row("2", FEB, status="cancelled"), row("3", MAR)]
    assert spans(held(rows)) == [("1", None, MAR), ("3", MAR, None)]


def test_an_upper_book_that_cancels_one_price_and_states_another() -> None:
    lower = [row("3", None, JAN), row("4", JAN)]
    upper = [row("4", JAN, status="cancelled"), row("5", MAR)]
    assert spans(held(lower, upper)) == [("3", None, MAR), ("5", MAR, None)]


def test_a_step_that_goes_on_after_a_cancellation_ends_at_the_plain_price_above() -> None:
    step = {"over_input_tokens": 200_000}
    lower = [row("6", None, FEB, **step), row("8", FEB, **step)]
    upper = [row("8", FEB, status="cancelled", **step), row("5", MAR)]
    assert spans(held(lower, upper)) == [("6", None, MAR), ("5", MAR, None)]


def test_what_the_lower_book_cancelled_is_no_affair_of_the_upper_ones() -> None:
    """The lower price goes on; the upper one ends where it says."""
    lower = [row("1", None, FEB), row("2", FEB, status="cancelled")]
    assert spans(held(lower, [row("9", FEB, MAR)])) == [
        ("1", None, FEB),
        ("9", FEB, MAR),
        ("1", MAR, None),
    ]


def test_two_books_may_cancel_the_same_row() -> None:
    gone = row("2", FEB, status="cancelled")
    merged = overlay(overlay([], [row("1", None, FEB), gone]), [gone])
    assert not overlaps(merged)
    assert spans(in_force(merged)) == [("1", None, None)]


def test_what_was_not_yet_recorded_does_not_count() -> None:
    rows = [row("1", None, FEB), row("2", FEB, MAR, recorded_on=JAN), row("3", MAR, recorded_on=FEB)]
    assert known_by(rows, None) == rows
    assert spans(known_by(rows, FEB)) == spans(rows)
    assert spans(known_by(rows, FEB - timedelta(days=1))) == [("1", None, FEB), ("2", FEB, None)]
    assert spans(known_by(rows, JAN - timedelta(days=1))) == [("1", None, None)]


def test_an_upper_row_not_yet_recorded_leaves_the_lower_ones_whole() -> None:
    lower = [row("3", None, FEB), row("2", FEB)]
    upper = [row("9", JAN, MAR, recorded_on=APR)]
    assert spans(held(lower, upper, known_on=APR)) == [("3", None, JAN), ("9", JAN, MAR), ("2", MAR, None)]
    assert spans(held(lower, upper, known_on=MAR)) == spans(lower)


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
@example([row("3", None, JAN), row("4", JAN)], [row("4", JAN, status="cancelled"), row("5", FEB)], 40, None)
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
    found = tuple(r for r in held(*layers, known_on=known_on) if r.holds_on(day))
    for mode in ("standard", "batch"):
        rates = [r for r in found if r.mode == mode]
        assert len(rates) <= 1
        if rates:
            resolved = resolve(ModelRow("acme", "m"), found, mode, "", lambda _: Fraction(1)).tiers("input")
            assert [w.row for t in resolved.tiers for w in t.rows] == rates


@settings(max_examples=200)
@given(ROWS, ROWS, st.integers(-1, 41), DAYS)
def test_the_upper_price_of_a_day_counts_and_else_the_lower_one(
    lower: list[PriceRow], upper: list[PriceRow], n_day: int, known_on: date | None
) -> None:
    """Of what was recorded by then; cancellations reach across books and have tests of their own."""
    day = JAN + timedelta(days=n_day)
    try:
        one, two = (
            list(
                memory_layer(
                    "x",
                    [
                        r
                        for r in rows
                        if r.status != "cancelled"
                        and (not (r.valid_from and r.valid_to) or r.valid_from < r.valid_to)
                    ],
                ).rows("acme", "m")
            )
            for rows in (lower, upper)
        )
    except KplanError:
        return
    for mode in ("standard", "batch"):
        low, high, both = (
            [r.usd for r in held(*layers, known_on=known_on) if r.mode == mode and r.holds_on(day)]
            for layers in ([one], [two], [one, two])
        )
        assert both == (high or low)


ENDS = st.none() | st.integers(0, 9)


@example([(0, 9, ""), (1, 2, ""), (3, 4, "")])
@given(st.lists(st.tuples(ENDS, ENDS, st.sampled_from(["", "01:00-04:00", "03:00-06:00"])), max_size=7))
def test_clashes_name_each_row_that_meets_one_begun_before_it(
    said: list[tuple[int | None, int | None, str]],
) -> None:
    days = [JAN + timedelta(days=n) for n in range(10)]
    rows = [
        row("1", days[a] if a is not None else None, days[b] if b is not None else None, hours=hours)
        for a, b, hours in said
        if a is None or b is None or a < b
    ]

    def meet(one: PriceRow, two: PriceRow) -> bool:
        hours = one.windows.meets(two.windows) and one.is_windowed == two.is_windowed
        return hours and any(
            one.holds_on(day) and two.holds_on(day) for day in [JAN - timedelta(days=1), *days]
        )

    order = sorted(range(len(rows)), key=lambda n: rows[n].valid_from or date.min)
    late = {n for at, n in enumerate(order) if any(meet(rows[m], rows[n]) for m in order[:at])}
    found = clashes(rows)
    assert all(one < two and meet(rows[one], rows[two]) for one, two in found)
    assert len(found) == len(late)
    assert {n for pair in found for n in pair} >= late
