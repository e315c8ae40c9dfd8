"""Lints on prices: which may not be above which, and slips of a thousand or a million."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType

from kplan.money import exact, plain, quotient
from kplan.prices.diff import Change, compare_days
from kplan.prices.findings import BATCH, STANDARD, Finding, LintedBook, Placed
from kplan.prices.meters import METERS, PER_MILLION, PER_UNIT, chain
from kplan.prices.rows import PriceRow

Range = tuple[Decimal, Decimal]

BOUNDS: Mapping[str, tuple[Range, int]] = MappingProxyType(
    {
        "input": ((Decimal("0.0003"), Decimal(500)), PER_MILLION),
        "output": ((Decimal("0.003"), Decimal(2000)), PER_MILLION),
        "embedding": ((Decimal("0.0003"), Decimal(50)), PER_MILLION),
        "rerank_search": ((Decimal("0.0001"), Decimal("0.5")), PER_UNIT),
        "web_search": ((Decimal("0.0005"), Decimal("0.5")), PER_UNIT),
        "storage_search": ((Decimal("0.0001"), Decimal("0.5")), PER_UNIT),
        "request": ((Decimal("0.00001"), Decimal(5)), PER_UNIT),
        "page": ((Decimal("0.00005"), Decimal("0.5")), PER_UNIT),
        "character": ((Decimal("0.1"), Decimal(500)), PER_MILLION),
        "second": ((Decimal("0.000001"), Decimal("0.1")), PER_UNIT),
    }
)
"""Least and most that is asked for a meter's family, about three times beyond what the vendors of the
embedded book (2026-11-21) publish; o1-pro's 150 and 600 USD for a million tokens are its highest."""

_SLIPS = (1_000, 1_000_000)
_NEAR = Decimal("3.1622776602")
"""Half an order of magnitude: a factor is near 1000 between 316 and 3162."""


def cache_read(book: LintedBook) -> Iterator[Finding]:
    """A token read from the cache costs no more than a fresh one."""
    return _dearer(book, "cache_read", "input")


def cache_write(book: LintedBook) -> Iterator[Finding]:
    """A token written to the cache costs no less than a plain one; some sellers bill the write on top."""
    return _dearer(book, "input", "cache_write_5m")


def hour_write(book: LintedBook) -> Iterator[Finding]:
    """A write for an hour costs no less than one for five minutes."""
    return _dearer(book, "cache_write_5m", "cache_write_1h")


def output(book: LintedBook) -> Iterator[Finding]:
    """Output seldom costs less than input: are the two swapped?"""
    return _dearer(book, "input", "output")


def batch(book: LintedBook) -> Iterator[Finding]:
    """A batch costs no more than a call that is answered at once."""
    for placed in book.holding():
        if placed.row.mode == BATCH:
            yield from _above(placed, book.beside(placed.row, placed.row.meter, STANDARD), "standard")


def _dearer(book: LintedBook, meter: str, than: str) -> Iterator[Finding]:
    """Rows of a meter above the price of another that should be no lower."""
    for placed in book.holding():
        if placed.row.meter == meter:
            yield from _above(placed, book.beside(placed.row, than, placed.row.mode), than)


def _above(placed: Placed, others: list[Placed], name: str) -> Iterator[Finding]:
    for other in others:
        if placed.row.usd_per_unit > other.row.usd_per_unit:
            what = (
                f"{placed.row.id} is {_usd(placed.row)}, above {name} at {_usd(other.row)} ({other.row.id})"
            )
            yield Finding(what, (placed, other))


def bounds(book: LintedBook) -> Iterator[Finding]:
    """No vendor asks so little or so much: is it a price for a thousand or for a million?"""
    for placed in book.holding():
        family = chain(placed.row.meter)[-1]
        if family not in BOUNDS or not placed.row.usd:
            continue
        (least, most), per = BOUNDS[family]
        with exact():
            usd = placed.row.usd * per
            if not least * placed.row.per <= usd <= most * placed.row.per:
                usual = f"{plain(least)} to {plain(most)} for {_per(per)} is usual"
                yield Finding(f"{placed.row.id} is {_usd(placed.row)}; {usual}", (placed,))


def scale(book: LintedBook) -> Iterator[Finding]:
    """A price near 1000 or 1000000 times another of its kind: is `per` right?

    The other is the same price in kplan's book, else the middle one of the provider's models of a like
    name.
    """
    for placed in book.holding():
        if not placed.row.usd:
            continue
        if (other := _alike(book, placed.row)) and (slip := _slip(placed.row, other)):
            what = f"{placed.row.id} is {_usd(placed.row)}, about {slip} {other.id} at {_usd(other)}"
            yield Finding(what, (placed, Placed(other)))


def _alike(book: LintedBook, row: PriceRow) -> PriceRow | None:
    same = book.reference.price_of(row, book.today)
    return same if same is not None and same.usd and same != row else book.reference.usual(row)


def _slip(row: PriceRow, other: PriceRow) -> str:
    ratio = quotient(row.usd_per_unit, other.usd_per_unit)
    for slip in _SLIPS:
        if slip / _NEAR < ratio < slip * _NEAR:
            return f"{slip:,} times"
        if slip / _NEAR < quotient(Decimal(1), ratio) < slip * _NEAR:
            return f"1/{slip:,} of"
    return ""


def disagreements(book: LintedBook, others: tuple[PriceRow, ...], name: str) -> Iterator[Finding]:
    """Prices in force on the day that the other book has otherwise."""
    marks = {placed.row: placed for placed in book.rows}
    found = compare_days([placed.row for placed in book.rows], book.today, others, book.today)
    for change in found.changes:
        if change.change is Change.CHANGED and change.old and change.new:
            what = f"{change.old.id} is {_usd(change.old)}, in {name} {_usd(change.new)} ({change.new.id})"
            yield Finding(what, (marks[change.old], Placed(change.new)))


def _usd(row: PriceRow) -> str:
    return f"{plain(row.usd)} for {_per(row.per)}" if row.per != PER_UNIT else f"{plain(row.usd)} each"


def _per(per: int) -> str:
    return {PER_UNIT: "one", PER_MILLION: "1M"}.get(per, f"{per:,}")


def unknown_meter(book: LintedBook) -> Iterator[Finding]:
    """A meter that kplan does not know falls back on no other, and only stages that name it use it."""
    from difflib import get_close_matches

    for placed in book.holding():
        if placed.row.meter not in METERS:
            near = get_close_matches(placed.row.meter, METERS, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield Finding(f'{placed.row.id}: kplan knows no meter "{placed.row.meter}"{hint}', (placed,))


def free(book: LintedBook) -> Iterator[Finding]:
    """A price of 0 that no note explains."""
    for placed in book.holding():
        if not placed.row.usd and not placed.row.note:
            yield Finding(f"{placed.row.id} is free; say why in its note", (placed,))
