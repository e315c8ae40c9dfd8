"""What has moved since a design was locked, and whether prices, the scenario or kplan itself did it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from kplan.money import exact, quotient
from kplan.prices.rows import PriceRow
from kplan.regress.lock.entry import Entry, LockedPrice, PriceKey, Scope, Term, terms

_NEARLY = Decimal("1e-40")
"""Part of a figure that is no difference: where a quotient is cut, its 60th digit may fall elsewhere."""


_QUERIES = "queries in "


class Status(StrEnum):
    """How a design stands to its entry."""

    SAME = "same"
    DRIFT = "drift"
    NEW = "new"
    """No entry holds it."""
    UNUSED = "unused"
    """No scenario has the design that the entry holds."""


class Cause(StrEnum):
    """What moved a figure."""

    PRICE = "price"
    SCENARIO = "scenario"
    CODE = "code"
    """kplan itself: the same scenario at the same prices comes to another figure."""


class Moved(Struct, frozen=True):
    """A figure, or the price of a row, before and after; none where there was or is no such thing."""

    name: str
    old: Decimal | None
    new: Decimal | None
    unit: str
    """USD, queries, or `USD per 1,000,000 from 2027-01-01`."""

    @property
    def share(self) -> Decimal | None:
        """The change as a part of the old value; none where that is nothing."""
        if not self.old or self.new is None:
            return None
        with exact():
            return quotient(self.new - self.old, self.old)


class Drift(Struct, frozen=True):
    """A design beside its entry."""

    id: str
    status: Status
    old: Entry | None
    new: Entry | None
    fresh: Entry | None = None
    """What to lock instead: as `new`, but from the month on in which the plan would start now."""
    causes: tuple[Cause, ...] = ()
    figures: tuple[Moved, ...] = ()
    """Cost per query, first month, total, stages, monthly lines, months: those that moved."""
    prices: tuple[Moved, ...] = ()
    """The prices that moved, largest change first."""

    @property
    def entry(self) -> Entry:
        """The entry, or what it would be where there is none."""
        found = self.old or self.new
        assert found is not None  # one of the two is there
        return found

    @property
    def told(self) -> tuple[Moved, ...]:
        """The figures that people want to read: a stage or month once, and of the months the first."""
        names = {figure.name for figure in self.figures}
        kept = [
            figure
            for figure in self.figures
            if not (figure.name.startswith("month ") and names & {"first month", "total"})
            and not (figure.unit == "queries" and names & {"total"})
            and figure.name.removesuffix(" in total") not in names - {figure.name}
        ]
        return tuple(kept or self.figures[:1])

    @property
    def is_bad(self) -> bool:
        """Whether a check of the lock fails on it."""
        return self.status is not Status.SAME

    @property
    def is_stale(self) -> bool:
        """Whether the entry was made of another scenario or other rows that come to the same figures."""
        return bool(
            self.status is Status.SAME
            and self.old
            and self.new
            and (self.old.scenario_sha256, self.old.prices_sha256)
            != (self.new.scenario_sha256, self.new.prices_sha256)
        )


def held(id_: str, old: Entry | None, new: Entry | None, fresh: Entry | None) -> Drift:
    """A design held against its entry; one of the two is there."""
    if old is None or new is None:
        return Drift(id_, Status.NEW if old is None else Status.UNUSED, old, new, fresh)
    figures = tuple(_figures(old, new))
    if not figures:
        return Drift(id_, Status.SAME, old, new, fresh)
    prices = tuple(sorted(_prices(old, new), key=_size, reverse=True))
    return Drift(id_, Status.DRIFT, old, new, fresh, tuple(_causes(old, new, prices)), figures, prices)


def _causes(old: Entry, new: Entry, prices: tuple[Moved, ...]) -> Iterator[Cause]:
    is_same_scenario = old.scenario_sha256 == new.scenario_sha256
    is_price = bool(prices) or (is_same_scenario and old.prices_sha256 != new.prices_sha256)
    if is_price:
        yield Cause.PRICE
    if not is_same_scenario:
        yield Cause.SCENARIO
    if is_same_scenario and not is_price:
        yield Cause.CODE


def _figures(old: Entry, new: Entry) -> Iterator[Moved]:
    """Everything that is not as it was locked, the three headline figures first."""
    before, after = _values(old), _values(new)
    for name in dict.fromkeys([*after, *before]):
        if not _nearly(before.get(name), after.get(name)):
            unit = "queries" if name.startswith(_QUERIES) else "USD"
            yield Moved(name, before.get(name), after.get(name), unit)


def _values(entry: Entry) -> dict[str, Decimal]:
    first = entry.months[0]
    return {
        "per query": entry.per_query_usd,
        "first month": first.cost_usd,
        "total": entry.total_usd,
        **{f"stage {stage.id}": stage.per_query_usd for stage in entry.stages},
        **{f"stage {stage.id} in total": stage.total_usd for stage in entry.stages},
        **{f"{line.kind} {line.name}": usd for line, usd in entry.lines.items()},
        **{f"month {month.month}": month.cost_usd for month in entry.months},
        **{f"{_QUERIES}{month.month}": month.queries for month in entry.months},
    }


def _nearly(one: Decimal | None, other: Decimal | None) -> bool:
    if one is None or other is None:
        return one is other
    with exact():
        return abs(one - other) <= _NEARLY * max(abs(one), abs(other))


def _prices(old: Entry, new: Entry) -> Iterator[Moved]:
    """The first change of every price that one of both pays and that either could have paid."""
    shared = old.scope & new.scope
    span = max(old.span[0], new.span[0]), min(old.span[1], new.span[1])
    before, after = (_terms(entry.prices, span, shared) for entry in (old, new))
    paid = {price.row.key for entry in (old, new) for price in entry.prices if price.is_used}
    ids = {price.row.key: price.row for entry in (old, new) for price in entry.prices}
    for key in sorted(before.keys() | after.keys(), key=str):
        if key in paid and before.get(key) != after.get(key):
            yield _moved(ids[key], before.get(key, ()), after.get(key, ()))


def _terms(
    prices: Iterable[LockedPrice], span: tuple[date, date], shared: Collection[Scope]
) -> Mapping[PriceKey, tuple[Term, ...]]:
    rows = (price.row for price in prices)
    return terms(
        (row for row in rows if (f"{row.provider}/{row.model}", row.mode, row.region) in shared), span
    )


def _moved(row: PriceRow, before: Iterable[Term], after: Iterable[Term]) -> Moved:
    """The price on the first day on which the two differ."""
    days = sorted({day for term in (*before, *after) for day in (term.starts_on, term.ends_on)})
    pairs = ((day, _on(before, day), _on(after, day)) for day in days)
    day, old, new = next(pair for pair in pairs if _said(pair[1]) != _said(pair[2]))
    unit = f"USD per {row.per:,} from {day}"
    name = replace(row, valid_from=None).id
    return Moved(name, _usd(old, row.per), _usd(new, row.per), unit)


def _usd(term: Term | None, per: int) -> Decimal | None:
    """The price of so many units [USD]."""
    with exact():
        return None if term is None else term.usd_per_unit * per


def _on(found: Iterable[Term], day: date) -> Term | None:
    return next((term for term in found if term.starts_on <= day < term.ends_on), None)


def _said(term: Term | None) -> tuple[object, ...] | None:
    return None if term is None else term[2:]


def _size(moved: Moved) -> Decimal:
    """How large a change is, for sorting: what came or went before all else."""
    return Decimal("Infinity") if moved.share is None else abs(moved.share)
