from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kplan.errors import KplanError
from kplan.prices.book import Book
from kplan.prices.importers.imported import Imported
from kplan.prices.memory import memory_layer
from kplan.prices.models import ModelRow
from kplan.prices.names import Makers
from kplan.prices.refresh import OWN_ROW, PAST, Refresh, refreshed
from kplan.prices.rows import PriceRow

FIRST, LATER, LAST = date(2026, 11, 1), date(2026, 11, 10), date(2026, 12, 1)


def row(meter: str, usd: int, start: date | None = None, end: date | None = None, **more: object) -> PriceRow:
    plain = PriceRow("acme", "m", meter, Decimal(usd), valid_from=start, valid_to=end, source="LiteLLM")
    return replace(plain, **more)  # type: ignore[arg-type]


def source(rows: Iterable[PriceRow], models: Iterable[ModelRow] = (), name: str = "LiteLLM") -> Imported:
    return Imported(tuple(rows), tuple(models), (), (), {}, name)


def after(rows: list[PriceRow], done: Refresh) -> list[PriceRow]:
    """The book brought up to date; no row of it ends before it begins."""
    whole = [done.changed.get(n, old) for n, old in enumerate(rows)] + done.added
    assert all((each.valid_from or date.min) < (each.valid_to or date.max) for each in whole)
    return whole


def refresh(rows: list[PriceRow], new: Iterable[PriceRow], as_of: date, start: date | None = None) -> Refresh:
    return refreshed(rows, [], source(new), as_of, start)


def book_of(rows: Iterable[PriceRow]) -> Book:
    return Book([memory_layer("book", rows)], Makers({}))


def price(rows: Iterable[PriceRow] | Book, meter: str, day: date, model: str = "m") -> Decimal | None:
    book = rows if isinstance(rows, Book) else book_of(rows)
    try:
        rates = book.rates_at(book.find(f"acme/{model}"), datetime.combine(day, time(12), UTC))
    except KplanError:
        return None
    return rates.tiers(meter).tiers[0].rows[0].row.usd if rates.has(meter) else None


def said(rows: Iterable[PriceRow]) -> list[str]:
    """`input 2 from 2026-11-10 to 2026-12-01 announced`."""
    return sorted(
        f"{each.meter} {each.usd}"
        + (f" from {each.valid_from}" if each.valid_from else "")
        + (f" to {each.valid_to}" if each.valid_to else "")
        + (f" {each.status}" if each.status != "effective" else "")
        for each in rows
    )


def test_a_model_that_the_book_did_not_have_has_its_prices_since_ever() -> None:
    done = refresh([], [row("input", 1), row("output", 2)], FIRST)
    assert said(done.added) == ["input 1", "output 2"]
    assert done.counts == {"new": 2}
    assert said(refresh([], [row("input", 1)], FIRST, LATER).added) == [f"input 1 from {LATER}"]


def test_the_same_again_changes_nothing() -> None:
    rows = [row("input", 1), row("output", 2)]
    done = refresh(rows, [replace(each, source_url="https://x", checked_on=LATER) for each in rows], LATER)
    assert (done.changed, done.added, done.left) == ({}, [], [])
    assert done.counts == {"same": 2, "new": 0}


def test_a_changed_price_is_a_new_row_and_the_old_one_ends() -> None:
    rows = [row("input", 1)]
    done = refresh(rows, [row("input", 3)], LATER)
    assert said(after(rows, done)) == [f"input 1 to {LATER}", f"input 3 from {LATER}"]
    assert done.added[0].recorded_on == LATER
    assert +done.counts == {"ended": 1, "new": 1}


def test_the_same_price_for_another_number_of_units_is_the_same_price() -> None:
    rows = [row("web_search", 10, per=1000)]
    assert not refresh(rows, [row("web_search", 10_000, per=1_000_000)], LATER).changed


def test_a_price_can_begin_on_another_day_than_the_sources() -> None:
    rows = [row("input", 1)]
    done = refresh(rows, [row("input", 3)], LATER, LAST)
    assert said(after(rows, done)) == [f"input 1 to {LAST}", f"input 3 from {LAST} announced"]


def test_a_new_meter_of_a_known_model_does_not_reach_into_the_past() -> None:
    done = refresh([row("input", 1)], [row("input", 1), row("output", 2)], LATER)
    assert said(done.added) == [f"output 2 from {LATER}"]


def test_what_is_gone_ends_and_says_so() -> None:
    rows = [row("input", 1, note="list price"), row("output", 2)]
    done = refresh(rows, [row("output", 2)], LATER)
    assert said(after(rows, done)) == [f"input 1 to {LATER}", "output 2"]
    assert done.changed[0].note == f"list price; gone from LiteLLM on {LATER}"
    assert +done.counts == {"retired": 1, "same": 1}
    again = refresh(after(rows, done), [row("output", 2)], LAST)
    assert not again.changed
    back = refresh(after(rows, done), [row("input", 1), row("output", 2)], LAST)
    assert said(back.added) == [f"input 1 from {LAST}"]


def test_an_announced_price_that_is_withdrawn_is_cancelled_and_the_old_one_goes_on() -> None:
    rows = [row("input", 1, None, LAST), row("input", 2, LAST, status="announced")]
    done = refresh(rows, [row("input", 1)], LATER)
    assert [each.status for each in after(rows, done)] == ["effective", "cancelled"]
    assert price(after(rows, done), "input", LAST) == 1
    assert done.counts["cancelled"] == 1
    assert not refresh(after(rows, done), [row("input", 1)], LATER).changed


def test_an_announced_price_that_becomes_another_one_or_another_day() -> None:
    rows = [row("input", 1, None, LAST), row("input", 2, LAST, status="announced")]
    dearer = after(rows, refresh(rows, [row("input", 1, None, LAST), row("input", 3, LAST)], LATER))
    assert [price(dearer, "input", day) for day in (FIRST, LATER, LAST)] == [1, 1, 3]
    moved_to = LAST + timedelta(days=9)
    moved = after(rows, refresh(rows, [row("input", 1, None, moved_to), row("input", 2, moved_to)], LATER))
    assert [price(moved, "input", day) for day in (LATER, LAST, moved_to)] == [1, 1, 2]
    gone = after(rows, refresh(rows, [row("output", 1)], LATER))
    assert [price(gone, "input", day) for day in (FIRST, LATER, LAST)] == [1, None, None]


def test_a_source_that_dates_its_prices_says_when_they_changed() -> None:
    """The change of the 5th is learned on the 10th: it holds from the 5th on."""
    changed_on = date(2026, 11, 5)
    rows = [row("input", 1)]
    done = refresh(rows, [row("input", 1, None, changed_on), row("input", 2, changed_on)], LATER)
    assert said(after(rows, done)) == [f"input 1 to {changed_on}", f"input 2 from {changed_on}"]
    assert done.added[0].recorded_on == LATER
    assert done.left == []


def test_a_source_does_not_rewrite_the_past() -> None:
    rows = [row("input", 1, None, FIRST), row("input", 2, FIRST)]
    done = refresh(rows, [row("input", 9, None, FIRST), row("input", 2, FIRST)], LATER)
    assert not done.changed
    assert not done.added
    assert [each.why for each in done.left] == [PAST]


def test_a_row_of_another_source_is_the_users_own() -> None:
    rows = [row("input", 1, source="contract 17"), row("output", 5, source="LiteLLM")]
    done = refresh(rows, [row("input", 3)], LATER)
    assert said(after(rows, done)) == ["input 1", f"output 5 to {LATER}"]
    assert [each.why for each in done.left] == [OWN_ROW]


def test_a_change_of_the_change_on_the_same_day() -> None:
    rows = [row("input", 1)]
    rows = after(rows, refresh(rows, [row("input", 2)], LATER))
    rows = after(rows, refresh(rows, [row("input", 3)], LATER))
    assert [price(rows, "input", day) for day in (FIRST, LATER, LAST)] == [1, 3, 3]
    rows = after(rows, refresh(rows, [], LATER))
    assert [price(rows, "input", LATER + timedelta(days=n)) for n in (0, 1)] == [3, None]


def test_an_older_state_of_the_source_is_refused() -> None:
    rows = [row("input", 1, recorded_on=LATER)]
    with pytest.raises(KplanError, match="knows LiteLLM of 2026-11-10 already; --as-of 2026-11-01"):
        refresh(rows, [row("input", 2)], FIRST)


def test_versions_of_a_source_are_one_source() -> None:
    rows = [row("input", 1, source="genai-prices 0.2.3")]
    done = refreshed(rows, [], source([], name="genai-prices 0.3.0"), LATER)
    assert done.counts["retired"] == 1


def test_models_keep_what_the_source_no_longer_says() -> None:
    models = [
        ModelRow("acme", "m", ("emm",), 1000, 50, retires_on=LAST, source="LiteLLM"),
        ModelRow("acme", "own", context_window=5, source="us"),
        ModelRow("acme", "same", context_window=7, source="LiteLLM 1"),
    ]
    new = [
        ModelRow("acme", "m", context_window=2000, source="LiteLLM"),
        ModelRow("acme", "own", context_window=6, source="LiteLLM"),
        ModelRow("acme", "same", context_window=7, source="LiteLLM 2"),
        ModelRow("acme", "n", source="LiteLLM"),
    ]
    done = refreshed([], models, source([], new), LATER)
    assert done.changed_models == {0: replace(models[0], context_window=2000)}
    assert done.added_models == [new[3]]


METERS = ("input", "output", "web_search")
Prices = Mapping[tuple[str, str], int]
"""Model and meter -> USD."""
STATES = st.lists(
    st.dictionaries(st.tuples(st.sampled_from("ab"), st.sampled_from(METERS)), st.integers(1, 3)),
    min_size=2,
    max_size=5,
)


def listed(prices: Prices) -> list[PriceRow]:
    return [row(meter, usd, model=model) for (model, meter), usd in prices.items()]


@settings(max_examples=60, deadline=None)
@given(STATES, st.lists(st.integers(0, 9), min_size=5, max_size=5))
def test_any_sequence_of_states_prices_each_day_as_its_state_did(
    states: list[Prices], gaps: list[int]
) -> None:
    """From each day on the newest state; before it, what the book said; no row is ever lost."""
    rows: list[PriceRow] = []
    day = FIRST
    for state, gap in zip(states, gaps, strict=False):
        day += timedelta(days=gap + 1)
        before, known = rows, {each.model for each in rows}
        done = refresh(rows, listed(state), day)
        rows = after(rows, done)
        assert [(each.key, each.usd, each.valid_from) for each in before] == [
            (each.key, each.usd, each.valid_from) for each in rows[: len(before)]
        ]
        old, new = book_of(before), book_of(rows)
        for model in known | {name for name, _ in state}:
            for meter in METERS:
                assert price(new, meter, day, model) == state.get((model, meter))
                assert price(new, meter, day + timedelta(days=99), model) == state.get((model, meter))
                if model in known:
                    eve = day - timedelta(days=1)
                    assert price(new, meter, eve, model) == price(old, meter, eve, model)
        again = refresh(rows, listed(state), day + timedelta(days=1))
        assert (again.changed, again.added) == ({}, [])


DATED = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 3)), max_size=4, unique_by=lambda pair: pair[0])


def dated(base: int, changes: list[tuple[int, int]]) -> list[PriceRow]:
    """A price since ever and its changes, each on a day counted from the first."""
    starts = [None, *(FIRST + timedelta(days=n) for n, _ in sorted(changes))]
    prices = [base, *(usd for _, usd in sorted(changes))]
    ends = [*starts[1:], None]
    return [row("input", usd, start, end) for usd, start, end in zip(prices, starts, ends, strict=True)]


@settings(max_examples=100, deadline=None)
@example(1, [(3, 2)], [(1, 2), (2, 1)], 2)  # the announced row is cancelled, and still known
@given(st.integers(1, 3), DATED, DATED, st.integers(0, 30))
def test_a_source_with_dates_rules_from_its_day_on(
    base: int, one: list[tuple[int, int]], two: list[tuple[int, int]], n: int
) -> None:
    first, second = dated(base, one), dated(base, two)
    as_of = FIRST + timedelta(days=n)
    rows = after([], refresh([], first, FIRST))
    done = refresh(rows, second, as_of)
    rows = after(rows, done)
    old, book, new = book_of(first), book_of(rows), book_of(second)
    for days in range(n, 45):
        day = FIRST + timedelta(days=days)
        assert price(book, "input", day) == price(new, "input", day), day
    again = refresh(rows, second, as_of)
    assert (again.changed, again.added) == ({}, [])
    starts = [each.valid_from for each in second if each.valid_from]
    last_known = max((each.valid_from for each in first if each.valid_from), default=date.min)
    cut = min([as_of, *(start for start in starts if start > last_known)])
    # What the source dates after all that the book knew is news; all before stands.
    for days in range(-1, (cut - FIRST).days):
        day = FIRST + timedelta(days=days)
        assert price(book, "input", day) == price(old, "input", day), day
