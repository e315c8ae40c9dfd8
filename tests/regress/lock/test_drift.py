"""What is told as a change of prices and what is not: days, conditions and rows that are not paid."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kplan.prices.book import Book
from kplan.regress.lock.drift import Cause, Drift, Status
from regress.lock.test_lock import FILE, as_locked, drifts, entries
from regress.test_attribution import BASE, DEARER, rising
from support import RATES, book_of, priced

MIXED = f"{FILE}#mixed"
LATE = date(2027, 4, 1)


def mixed(folder: Path, old: tuple[dict[str, Any], Book], new: tuple[dict[str, Any], Book]) -> Drift:
    """The design `mixed` of one scenario and book, held against another."""
    lock = as_locked(folder / "old", entries(folder / "old", *old))
    return drifts(lock, entries(folder / "new", *new))[MIXED]


def test_of_the_prices_that_moved_those_that_are_paid_are_told(tmp_path: Path) -> None:
    unpaid = (
        priced("haiku", "cache_write_5m", "9"),
        priced("opus", "input", "99", over_input_tokens=200_000),
    )
    found = mixed(tmp_path, ({}, book_of()), ({}, book_of(DEARER, unpaid)))
    assert [price.name for price in found.prices] == ["test/sonnet input"]
    alone = mixed(tmp_path, ({}, book_of()), ({}, book_of(rows=unpaid)))
    assert (alone.status, alone.is_stale) == (Status.SAME, False)


@pytest.mark.parametrize(("old", "new"), [("06", "02"), ("02", "06")])
def test_other_months_at_the_same_prices_are_no_change_of_prices(tmp_path: Path, old: str, new: str) -> None:
    """A price rises in March, in the same book, and only one of both plans lasts so long."""
    sides = [({"months": f"2027-01..2027-{month}"}, rising()) for month in (old, new)]
    found = mixed(tmp_path, sides[0], sides[1])
    assert (found.causes, found.prices) == ((Cause.SCENARIO,), ())


def test_prices_after_the_day_at_which_they_are_held_matter_to_nobody(tmp_path: Path) -> None:
    frozen = {"prices": {"freeze": "2027-01-15"}}
    found = mixed(tmp_path, (frozen, book_of()), (frozen, rising()))
    assert (found.status, found.is_stale) == (Status.SAME, False)
    later = {"prices": {"freeze": "2027-03-11"}}
    assert mixed(tmp_path, (later, book_of()), (later, rising())).causes == (Cause.PRICE,)


def test_a_row_that_pauses_is_another_price(tmp_path: Path) -> None:
    """The night rate holds all the time, or not in February: before and after it is the same."""
    night = priced("haiku", "input", "0.5", hours="00:00-06:00")
    pausing = (
        replace(night, valid_to=date(2027, 2, 1)),
        replace(night, valid_from=date(2027, 3, 1)),
    )
    found = mixed(tmp_path, ({}, book_of(rows=(night,))), ({}, book_of(rows=pausing)))
    assert found.causes == (Cause.PRICE,)
    assert [(each.old, each.new, each.unit) for each in found.prices] == [
        (Decimal("0.5"), None, "USD per 1,000,000 from 2027-02-01")
    ]


def test_rows_that_are_cancelled_or_over_are_not_locked(tmp_path: Path) -> None:
    rows = (
        priced("haiku", "output", "50", valid_from=LATE, status="cancelled"),
        priced("haiku", "cache_write_5m", "9", valid_to=date(2027, 1, 1)),
        priced("haiku", "cache_write_5m", "8", valid_from=date(2027, 7, 1)),
    )
    entry = entries(tmp_path, {}, book_of(rows=rows))[MIXED]
    assert entry == entries(tmp_path, {})[MIXED]
    last = priced("haiku", "cache_write_5m", "9", valid_to=date(2027, 1, 2))
    assert len(entries(tmp_path, {}, book_of(rows=(last,)))[MIXED].prices) == len(entry.prices) + 1


def test_what_came_or_went_is_told_first(tmp_path: Path) -> None:
    """Reads from the cache had the rate of input and get their own, a small one."""
    rates = {**RATES, "sonnet": {"input": "3", "output": "15"}}
    own = {**RATES, "haiku": {**RATES["haiku"], "output": "6"}}
    found = mixed(tmp_path, ({}, book_of(rates)), ({}, book_of(own)))
    assert [(each.name, each.old, each.new) for each in found.prices] == [
        ("test/sonnet cache_read", None, Decimal("0.3")),
        ("test/haiku output", 5, 6),
    ]


def test_a_stage_that_went_is_told(tmp_path: Path) -> None:
    stages = {"answer": BASE["stages"]["answer"]}
    designs = {**BASE["designs"], "mixed": {"models": BASE["designs"]["mixed"]["models"]}}
    found = mixed(tmp_path, ({}, book_of()), ({"stages": stages, "designs": designs}, book_of()))
    moved = {each.name: (each.old is None, each.new is None) for each in found.told}
    assert moved["stage verify"] == moved["stage again"] == (False, True)
    assert moved["total"] == (False, False)
