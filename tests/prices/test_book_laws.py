"""Laws of books with random rows: one price for each meter and step at any instant, or an error."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from typing import TypeVar
from zoneinfo import ZoneInfo

from hypothesis import assume, event, example, given, settings
from hypothesis import strategies as st

from kplan.engine.call import price_call
from kplan.errors import KplanError, Problem
from kplan.prices.book import Book, load_book
from kplan.prices.meters import disjoint
from kplan.prices.rows import PriceRow

Found = TypeVar("Found")
FIRST = datetime(2027, 1, 1, tzinfo=UTC)
N_DAYS = 10
"""More than a week, so that every weekday comes up."""
PARENTS = {"cache_read": "input", "input": "", "output": ""}
HOURS = {"": range(24), "00:00-08:00": range(8), "06:00-12:00": range(6, 12), "22:00-02:00": {22, 23, 0, 1}}
WEEKDAYS = {"": range(7), "Mon-Fri": range(5), "Sat,Sun": range(5, 7)}
USAGE = disjoint({"input": Decimal(300), "cache_read": Decimal(100), "output": Decimal(50)})

CUTS = [None, *((FIRST + timedelta(days=n)).date() for n in (2, 5, 8)), None]
spans = st.sampled_from([*combinations(CUTS, 2)])
windows = st.one_of(
    st.just(("", "", "UTC")),
    st.tuples(
        st.sampled_from([*WEEKDAYS]), st.sampled_from([*HOURS]), st.sampled_from(["UTC", "Asia/Tokyo"])
    ),
)
price_rows = st.builds(
    lambda meter, usd, span, windows, mode, region, over: PriceRow(
        *("acme", "m", meter, Decimal(usd)),
        **dict(zip(("valid_from", "valid_to"), span, strict=True)),
        **dict(zip(("weekdays", "hours", "tz"), windows, strict=True)),
        mode=mode,
        region=region,
        over_input_tokens=over,
    ),
    st.sampled_from(["input", "input", "output", "cache_read"]),
    st.integers(1, 9),
    spans,
    windows,
    st.sampled_from(["standard", "standard", "batch"]),
    st.sampled_from(["", "", "eu"]),
    st.sampled_from([0, 0, 200]),
)
LIST = {"input": 3, "output": 5, "cache_read": 1}
EVERYWHERE = [PriceRow("acme", "m", meter, Decimal(usd)) for meter, usd in LIST.items()]
price_books = st.tuples(
    st.sampled_from([[], EVERYWHERE]), st.lists(price_rows, min_size=1, max_size=6)
).map(lambda pair: [*pair[0], *pair[1]])  # fmt: skip
MODES = st.sampled_from(["standard", "standard", "standard", "batch", "flex"])
REGIONS = st.sampled_from(["", "", "", "eu", "us"])
instants = st.integers(-12, 24 * N_DAYS + 12).map(lambda hours: FIRST + timedelta(hours=hours))


def book_of(rows: list[PriceRow]) -> Book:
    return load_book([], embedded=False).with_rows("mine", rows)


def is_windowed(row: PriceRow) -> bool:
    return bool(row.weekdays or row.hours)


def holds_on(row: PriceRow, day: date) -> bool:
    return (row.valid_from or date.min) <= day < (row.valid_to or date.max)


def holds_at(row: PriceRow, instant: datetime) -> bool:
    """By the calendar: days are UTC's; weekdays and hours are the instant's own in the row's zone."""
    here = instant.astimezone(ZoneInfo(row.tz))
    is_open = here.hour in HOURS[row.hours] and here.weekday() in WEEKDAYS[row.weekdays]
    return holds_on(row, instant.date()) and is_open


def selects(row: PriceRow) -> tuple[object, ...]:
    return (row.meter, row.mode, row.region, row.over_input_tokens, is_windowed(row))


def share_a_day(one: PriceRow, two: PriceRow) -> bool:
    return max(one.valid_from or date.min, two.valid_from or date.min) < min(
        one.valid_to or date.max, two.valid_to or date.max
    )


def at_once(rows: list[PriceRow]) -> list[tuple[PriceRow, PriceRow]]:
    """Each two rows that hold in the same hour and that nothing tells apart."""
    hours = [FIRST + timedelta(hours=n) for n in range(-24, 24 * (N_DAYS + 7))]
    return [
        (one, two)
        for one, two in combinations(rows, 2)
        if selects(one) == selects(two) and any(holds_at(one, at) and holds_at(two, at) for at in hours)
    ]


def refusal(rows: list[PriceRow]) -> tuple[Problem, ...]:
    """Why no book can be made of the rows; () where one can."""
    try:
        book_of(rows)
    except KplanError as error:
        return error.problems
    return ()


@settings(max_examples=200, deadline=None)
@given(st.lists(price_rows, max_size=6))
def test_a_book_with_two_prices_at_once_is_refused_with_their_names(rows: list[PriceRow]) -> None:
    problems = refusal(rows)
    if not problems:
        assert not at_once(rows)
    for problem in problems:
        assert problem.what.startswith("mine: two prices at once: ")
        named = [row for row in rows if row.id in problem.what]
        assert any(selects(a) == selects(b) and share_a_day(a, b) for a, b in combinations(named, 2))


def exact_ladder(
    rows: list[PriceRow], meter: str, mode: str, region: str, at: datetime
) -> list[PriceRow] | None:
    """The rows that a meter's own steps must be billed at; None where they leave a gap."""
    own = [row for row in rows if (row.meter, row.mode, row.region) == (meter, mode, region)]
    today = [row for row in own if holds_on(row, at.date())]
    ladder = []
    for step in sorted({0, *(row.over_input_tokens for row in today)}):
        here = [row for row in today if row.over_input_tokens == step and holds_at(row, at)]
        best = [row for row in here if is_windowed(row)] or here
        if not best:
            return None
        ladder += best
    return ladder


def outcome(attempt: Callable[[], Found]) -> Found | str:
    """What comes out, or what the error says."""
    try:
        return attempt()
    except KplanError as error:
        return str(error)


@settings(max_examples=300, deadline=None)
@given(price_books, instants, st.sampled_from(["standard", "batch"]), st.sampled_from(["", "eu"]))
def test_dated_rows_give_exactly_one_row_for_each_meter_and_step_or_a_named_error(
    rows: list[PriceRow], at: datetime, mode: str, region: str
) -> None:
    assume(not refusal(rows))
    book = book_of(rows)
    for meter, parent in PARENTS.items():
        own = exact_ladder(rows, meter, mode, region, at)
        found = outcome(lambda m=meter: book.rates_at(book.find("m"), at, mode, region).tiers(m))
        if isinstance(found, str):
            event("an error")
            assert own is None, found
            assert "acme/m" in found
            continue
        event("its own rows" if own else "rows that it falls back on")
        assert [[weighted.weight for weighted in tier.rows] for tier in found.tiers] == [[1]] * len(
            found.tiers
        )
        chosen = [tier.rows[0].row for tier in found.tiers]
        steps = [row.over_input_tokens for row in chosen]
        assert steps[0] == 0
        assert steps == sorted(set(steps))
        assert own is None or chosen == own
        for row in chosen:
            assert holds_at(row, at)
            assert row.meter in (meter, parent)
            assert row.mode in (mode, "standard")
            assert row.region in (region, "")


@settings(max_examples=300, deadline=None)
@given(price_books, instants, MODES, REGIONS)
@example(EVERYWHERE, FIRST, "standard", "")
def test_a_call_costs_at_least_its_tokens_at_the_lowest_price_or_is_refused(
    rows: list[PriceRow], at: datetime, mode: str, region: str
) -> None:
    """No rows, no hours, no mode and no region make any of its tokens free."""
    assume(not refusal(rows))
    priced = outcome(lambda: price_call(book_of(rows), "m", USAGE, at, mode, region))
    if isinstance(priced, str):
        event("an error")
        assert "acme/m" in priced
        assert any(exact_ladder(rows, meter, mode, region, at) is None for meter in PARENTS)
        return
    event("a price")
    assert {part.meter: part.quantity for part in priced.components} == USAGE
    assert priced.cost_usd >= sum(USAGE.values()) * min(row.usd for row in rows) / 1_000_000
