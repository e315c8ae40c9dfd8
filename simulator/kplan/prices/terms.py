"""Rules over many prices: modifiers, negotiated discounts, rates of exchange; a row keeps each step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase
from itertools import combinations, pairwise

from msgspec import Struct
from msgspec.structs import replace

from kplan.errors import KplanError, Mark, Problem
from kplan.money import exact, plain
from kplan.prices.rows import US_DOLLAR, Adjustment, PriceRow

STANDARD, EVERYWHERE = "standard", ""


class Term(Struct, frozen=True):
    """A factor on the prices of some models: a modifier, or a negotiated discount."""

    models: str
    """A glob over `provider/model`."""
    factor: Decimal
    what: str
    """What the audit calls it."""
    meters: tuple[str, ...] = ()
    """Globs over meters; () is all of them."""
    region: str = ""
    mode: str = ""
    """Only rows of this region and mode; "" is all."""
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
    recorded_on: date | None = None
    mark: Mark | None = None

    def fits(self, ref: str) -> bool:
        """Whether it is about the model."""
        return fnmatchcase(ref, self.models)

    def prices(self, meter: str) -> bool:
        """Whether it is about the meter."""
        return not self.meters or any(fnmatchcase(meter, glob) for glob in self.meters)

    @property
    def step(self) -> Adjustment:
        """What it does to a row."""
        return Adjustment(self.factor, self.what, self.source)

    def concerns(self, row: PriceRow) -> bool:
        """Whether it is about the row, on some day."""
        return (
            row.status != "cancelled"
            and self.prices(row.meter)
            and self.region in ("", row.region)
            and self.mode in ("", row.mode)
        )

    def may_meet(self, other: Term) -> bool:
        """Whether there may be a price on a day that both are about; cheap to tell, of one model."""
        pairs = ((self.region, other.region), (self.mode, other.mode))
        return _days_of_both(self, other) is not None and all(
            not one or not two or one == two for one, two in pairs
        )


class ExchangeRate(Struct, frozen=True):
    """What a unit of a currency costs from a day on, until the next rate [USD]."""

    currency: str
    usd: Decimal
    valid_from: date | None = None
    source: str = ""
    recorded_on: date | None = None
    mark: Mark | None = None


class Terms(Struct, frozen=True):
    """All that applies to the rows of layered books, in this order."""

    modifiers: tuple[Term, ...] = ()
    discounts: tuple[Term, ...] = ()
    rates: tuple[ExchangeRate, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.modifiers or self.discounts or self.rates)

    @property
    def text(self) -> str:
        """All they say, but for where it stands."""
        terms = [repr(replace(term, mark=None)) for term in (*self.modifiers, *self.discounts)]
        return "\n".join([*terms, *(repr(replace(rate, mark=None)) for rate in self.rates)])

    def under(self, upper: Terms) -> Terms:
        """With those of a higher book after them; a currency's rates are the highest book's that has any."""
        given = {rate.currency for rate in upper.rates}
        kept = tuple(rate for rate in self.rates if rate.currency not in given)
        return Terms(self.modifiers + upper.modifiers, self.discounts + upper.discounts, kept + upper.rates)

    def known_by(self, day: date | None) -> Terms:
        """Those that were recorded by a day, if one is given."""
        if day is None:
            return self
        return Terms(
            tuple(term for term in self.modifiers if not term.recorded_on or term.recorded_on <= day),
            tuple(term for term in self.discounts if not term.recorded_on or term.recorded_on <= day),
            tuple(rate for rate in self.rates if not rate.recorded_on or rate.recorded_on <= day),
        )

    def applied(self, ref: str, rows: Sequence[PriceRow]) -> list[PriceRow]:
        """The rows of a model under all terms, split at their dates; each keeps what was done to it.

        Rows whose currency has no rate on some days stay in it for those days: they cannot be priced.
        Raises KplanError for two discounts at once.
        """
        found = list(rows)
        for term in (term for term in self.modifiers if term.fits(ref)):
            found = _multiplied([*found, *_created(found, term)], term)
        discounts = [term for term in self.discounts if term.fits(ref)]
        if problems := [problem for pair in combinations(discounts, 2) for problem in both(found, *pair)]:
            raise KplanError(problems)
        for term in discounts:
            found = _multiplied(found, term)
        return [piece for row in found for piece in in_dollars(row, self.rates)]


def _multiplied(rows: Iterable[PriceRow], term: Term) -> list[PriceRow]:
    return [piece for row in rows for piece in (_pieces(row, term) if term.concerns(row) else [row])]


def _pieces(row: PriceRow, term: Term) -> list[PriceRow]:
    """The row before, during and after the term."""
    return [
        adjusted(piece, term.step) if inside else piece
        for piece, inside in _cut(row, term.valid_from, term.valid_to)
    ]


def adjusted(row: PriceRow, step: Adjustment) -> PriceRow:
    """The row at its price times a factor, which it remembers."""
    with exact():
        usd = row.usd * step.factor
    return replace(row, usd=usd, listed=row.listed or _listed(row), adjustments=(*row.adjustments, step))


def _listed(row: PriceRow) -> str:
    return f"{plain(row.usd)} {row.currency} in the book"


def _cut(row: PriceRow, start: date | None, end: date | None) -> Iterator[tuple[PriceRow, bool]]:
    """The row in up to three parts, each with whether it lies in [start, end)."""
    first, last = row.valid_from or date.min, row.valid_to or date.max
    cuts = {first, last, *(day for day in (start, end) if day and first < day < last)}
    for one, two in pairwise(sorted(cuts)):
        piece = replace(
            row,
            valid_from=None if one == date.min else one,
            valid_to=None if two == date.max else two,
        )
        yield piece, (start or date.min) <= one and two <= (end or date.max)


def _created(rows: Sequence[PriceRow], term: Term) -> list[PriceRow]:
    """Rows of the term's region and mode for the meters that have none of their own there.

    A region is priced as everywhere, on all days; a mode as the standard one, while the term holds.
    """
    live = [row for row in rows if row.status != "cancelled" and term.prices(row.meter)]
    own: dict[tuple[str, str, str], list[PriceRow]] = {}
    for row in live:
        own.setdefault((row.meter, row.mode, row.region), []).append(row)
    modes = [term.mode] if term.mode else list(dict.fromkeys(row.mode for row in live))
    regions = [term.region] if term.region else list(dict.fromkeys(row.region for row in live))
    places = [
        (meter, mode, region)
        for meter in dict.fromkeys(row.meter for row in live)
        for mode in modes
        for region in regions
        if (meter, mode, region) not in own
    ]
    return [row for place in places for row in _copied(own, place, term)]


def _copied(
    own: dict[tuple[str, str, str], list[PriceRow]], place: tuple[str, str, str], term: Term
) -> Iterator[PriceRow]:
    """The rows that a region or a mode without rows of its own is priced by, moved there."""
    meter, mode, region = place
    bases = [(mode, EVERYWHERE)] if term.region else []
    bases += [(STANDARD, region)] if term.mode else []
    bases += [(STANDARD, EVERYWHERE)] if term.mode and term.region else []
    base = next((base for base in bases if (meter, *base) in own), None)
    for row in own[meter, *base] if base else ():
        of = " ".join(filter(None, (row.mode if row.mode != mode else "", row.region or "everywhere")))
        moved = replace(row, mode=mode, region=region, listed=row.listed or f"{_listed(row)}, {of}")
        if row.mode == mode:
            yield moved
        else:
            yield from (piece for piece, inside in _cut(moved, term.valid_from, term.valid_to) if inside)


def both(rows: Iterable[PriceRow], one: Term, two: Term) -> list[Problem]:
    """A problem where two discounts take the same row on the same day."""
    if (days := _days_of_both(one, two)) is None:
        return []
    for row in rows:
        first, last = max(days[0], row.valid_from or date.min), min(days[1], row.valid_to or date.max)
        if first < last and one.concerns(row) and two.concerns(row):
            what = f'two discounts at once on {row.id}: "{one.models}" {one.what} ({one.mark})'
            what += f' and "{two.models}" {two.what}; end one of them'
            return [Problem(what, two.mark)]
    return []


def _days_of_both(one: Term, two: Term) -> tuple[date, date] | None:
    """The days on which both hold, [first, last); none where they never do."""
    start = max(one.valid_from or date.min, two.valid_from or date.min)
    end = min(one.valid_to or date.max, two.valid_to or date.max)
    return (start, end) if start < end else None


def in_dollars(row: PriceRow, rates: Sequence[ExchangeRate]) -> list[PriceRow]:
    """The row, split at the days of its currency's rates; before the first it stays as it is."""
    mine = sorted((r for r in rates if r.currency == row.currency), key=lambda r: r.valid_from or date.min)
    if row.currency == US_DOLLAR or row.status == "cancelled" or not mine:
        return [row]
    ends = [*(rate.valid_from for rate in mine[1:]), None]
    found = [piece for piece, inside in _cut(row, None, mine[0].valid_from) if inside and mine[0].valid_from]
    for rate, end in zip(mine, ends, strict=True):
        of = f" of {rate.valid_from}" if rate.valid_from else ""
        step = Adjustment(rate.usd, f"{US_DOLLAR}/{row.currency}{of}", rate.source)
        parts = (piece for piece, inside in _cut(row, rate.valid_from, end) if inside)
        found += [replace(adjusted(piece, step), currency=US_DOLLAR) for piece in parts]
    return found


NO_TERMS = Terms()
