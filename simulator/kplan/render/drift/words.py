"""The words of a lock's check that all its text formats share; names in them are still foreign text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from kplan.regress.lock.drift import Drift, Moved, Status
from kplan.regress.lock.scan import Report
from kplan.render.format import change, in_full, money, per_query, quantity

MOST_PRICES = 5
"""Price rows that are told of one design."""
MOST_ACCEPTED = 10
"""Designs that one command names; more are locked by their paths."""
_NOUNS = (
    (Status.DRIFT, "drifts", "drift"),
    (Status.NEW, "is not locked yet", "are not locked yet"),
    (Status.UNUSED, "is used by no scenario", "are used by no scenario"),
    (Status.SAME, "is as locked", "are as locked"),
)


def title(drift: Drift) -> str:
    """What became of the design: `drifts by price and scenario`."""
    if drift.status is Status.DRIFT:
        return f"{drift.id} drifts by {' and '.join(drift.causes)}"
    words = {status: one for status, one, _ in _NOUNS}
    return f"{drift.id} {words[drift.status]}"


def summary(drift: Drift) -> str:
    """One line that says it all: the title, and how far the total moved."""
    totals = [figure for figure in drift.told if figure.name == "total"] or drift.told[:1]
    said = f": {moved(totals[0])}" if totals else ""
    return f"{title(drift)}{said}"


def moved(found: Moved) -> str:
    """`total $104,655 -> $110,000 (+5.1%)`."""
    share = "" if found.share is None else f" ({change(found.share.copy_negate())})"
    old, new = (_value(found, value) for value in (found.old, found.new))
    if (
        old == new and found.unit == "USD" and found.old and found.new
    ):  # they part in digits that are not shown
        old, new = map(in_full, (found.old, found.new))
    return f"{found.name} {old} -> {new}{share}"


def price(found: Moved) -> str:
    """`anthropic/claude-haiku-5-5 input $0.1 -> $0.2 per 1,000,000 from 2026-12-01 (+100.0%)`."""
    share = "" if found.share is None else f" ({change(found.share.copy_negate())})"
    old, new = ("none" if usd is None else in_full(usd) for usd in (found.old, found.new))
    return f"{found.name} {old} -> {new} {found.unit.removeprefix('USD ')}{share}"


def details(drift: Drift) -> Iterator[str]:
    """The figures that moved, then the prices that moved most."""
    yield from map(moved, drift.told)
    yield from map(price, drift.prices[:MOST_PRICES])
    more = len(drift.prices) - MOST_PRICES
    if more > 0:
        yield f"and {more} more {'price' if more == 1 else 'prices'}"
    if drift.old and drift.new and drift.old.kplan_version != drift.new.kplan_version:
        yield f"locked by kplan {drift.old.kplan_version}, this is {drift.new.kplan_version}"


def advice(report: Report) -> Iterator[str]:
    """The commands that accept what was found."""
    bad = report.bad
    if bad:
        yield f"To accept: {report.command(bad if len(bad) <= MOST_ACCEPTED else ())}"
        yield "(--reason TEXT keeps why; kplan review asks one by one)"
    stale = [drift for drift in report.drifts if drift.is_stale]
    if stale:
        yield (
            f"{_counted(len(stale), 'entry was', 'entries were')} locked from another text or other price"
            f" rows that come to the same; to lock them anew: {report.command(())}"
        )


def tally(drifts: Iterable[Drift]) -> str:
    """How many came out how: `2 drift, 1 is not locked yet, 5 are as locked.`"""
    counts = Counter(drift.status for drift in drifts)
    said = [_counted(counts[status], one, many) for status, one, many in _NOUNS if counts[status]]
    return f"{', '.join(said)}." if said else "Nothing is locked."


def tally_written(drifts: Sequence[Drift], locked: Sequence[Drift]) -> str:
    """What was written: `2 new, 1 locked anew, 1 removed, 5 as they were.`"""
    counts = Counter(drift.status for drift in locked)
    anew = counts[Status.DRIFT] + counts[Status.SAME]
    kept = len(drifts) - len(locked)
    words = (
        (counts[Status.NEW], "new"),
        (anew, "locked anew"),
        (counts[Status.UNUSED], "removed"),
        (kept, "as before"),
    )
    said = [f"{count} {word}" for count, word in words if count]
    return f"{', '.join(said)}." if said else "nothing to lock."


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _value(found: Moved, value: Decimal | None) -> str:
    if value is None:
        return "none"
    if found.unit != "USD":
        return quantity(value)
    return per_query(value) if found.name == "per query" or _is_of_query(found) else money(value)


def _is_of_query(found: Moved) -> bool:
    return found.name.startswith("stage ") and not found.name.endswith(" in total")
