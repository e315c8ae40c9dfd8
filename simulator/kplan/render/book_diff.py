"""The difference between two price books as text, Markdown, CSV and JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from msgspec import Struct

from kplan.checksum import CHECKSUM, json_checksum
from kplan.money import plain
from kplan.prices.diff import Change, PriceChange, PriceDiff
from kplan.prices.rows import US_DOLLAR, PriceRow
from kplan.render.format import change as signed
from kplan.render.format import percent_exact
from kplan.render.json import Value, text_of
from kplan.render.listing import Listing, as_csv, as_markdown, as_table
from kplan.render.price_json import row_json
from kplan.render.price_row import conditions, price

KIND = "kplan/book-diff"
SCHEMA_VERSION = 1
MOST_MODELS = 20
"""Models that one side alone has and that a table names."""
_WORDS = {
    Change.CHANGED: "changed",
    Change.ADDED: "added",
    Change.REMOVED: "removed",
    Change.DATES: "on other days",
}


class NamedDiff(Struct, frozen=True):
    """A difference, and what its sides are called."""

    old: str
    new: str
    diff: PriceDiff


def table(found: NamedDiff) -> bytes:
    """A line a change; a model that one side alone has is one line."""
    return as_table(_listing(found))


def markdown(found: NamedDiff) -> bytes:
    """The same as a table of GitHub's Markdown."""
    return as_markdown(_listing(found))


def csv(found: NamedDiff) -> bytes:
    """A line a change, every one, prices as plain numbers."""
    return as_csv(Listing(_CSV_HEAD, tuple(map(_csv_line, found.diff.changes)), _CSV_NUMBERS))


def json(found: NamedDiff) -> bytes:
    """The document with its checksum."""
    rest = document(found)
    return text_of(rest | {CHECKSUM: json_checksum(rest)}).encode()


def document(found: NamedDiff) -> dict[str, Value]:
    """The difference as JSON values.

    rows_removed, rows_added   whole rows: without the first and with the second the old book is the new one
    changes                    what that does to prices, from a day on, until before another
    """
    return {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "currency": "USD",
        "old": found.old,
        "new": found.new,
        "counts": {change.value: n for change, n in _counts(found.diff).items()},
        "changes": [_change_json(change) for change in found.diff.changes],
        "rows_removed": [dict(row_json(row)) for row in found.diff.left],
        "rows_added": [dict(row_json(row)) for row in found.diff.came],
    }


def _change_json(change: PriceChange) -> Value:
    part = change.part
    return {
        "change": change.change.value,
        "model": f"{change.row.provider}/{change.row.model}",
        "meter": change.row.meter,
        "starts_on": str(change.starts_on) if change.starts_on else None,
        "ends_on": str(change.ends_on) if change.ends_on else None,
        "pct": None if part is None else percent_exact(part),
        "old": dict(row_json(change.old)) if change.old else None,
        "new": dict(row_json(change.new)) if change.new else None,
    }


def _counts(diff: PriceDiff) -> dict[Change, int]:
    counts = Counter(change.change for change in diff.changes)
    return {change: counts[change] for change in Change}


def _listing(found: NamedDiff) -> Listing:
    lines, unnamed = _lines(found.diff.changes)
    head = ("model", "meter", "for", "old", "new", "change", "from", "until", "what")
    return Listing(head, tuple(lines), ("old", "new", "change"), (_title(found),), tuple(_below(unnamed)))


def _title(found: NamedDiff) -> str:
    counts = [f"{n:,} {_WORDS[change]}" for change, n in _counts(found.diff).items() if n]
    if others := len(found.diff.untold):
        counts.append(
            f"{others:,} {'row differs' if others == 1 else 'rows differ'} in dates, status or source"
        )
    return f"{found.old} -> {found.new}, USD: {', '.join(counts) or 'no difference'}"


def _below(unnamed: int) -> Iterator[str]:
    if unnamed:
        yield f"and {unnamed:,} models more that only one side has; --format csv or json names them"


def _lines(changes: Sequence[PriceChange]) -> tuple[list[tuple[str, ...]], int]:
    """The lines, and how many models with lines of their own are left out."""
    lines, n_whole = [], 0
    for model, group in groupby(changes, key=lambda c: f"{c.row.provider}/{c.row.model}"):
        of_model = list(group)
        kinds = {change.change for change in of_model}
        if kinds not in ({Change.ADDED}, {Change.REMOVED}) or len(changes) == len(of_model):
            lines += [_line(change) for change in of_model]
            continue
        n_whole += 1
        if n_whole <= MOST_MODELS:
            n = len(of_model)
            said = f"{n} price{'' if n == 1 else 's'}"
            lines.append((model, said, "", "", "", "", "", "", _WORDS[kinds.pop()]))
    return lines, max(0, n_whole - MOST_MODELS)


def _line(change: PriceChange) -> tuple[str, ...]:
    part = change.part
    return (
        f"{change.row.provider}/{change.row.model}",
        change.row.meter,
        conditions(change.row),
        _price(change.old),
        _price(change.new),
        "" if part is None else signed(-part),
        str(change.starts_on or ""),
        str(change.ends_on or ""),
        _WORDS[change.change],
    )


def _price(row: PriceRow | None) -> str:
    return "" if row is None else price(row)


_CSV_HEAD = (
    "change",
    "model",
    "meter",
    "over_input_tokens",
    "mode",
    "region",
    "weekdays",
    "hours",
    "tz",
    "starts_on",
    "ends_on",
    "old_usd",
    "old_per",
    "new_usd",
    "new_per",
    "pct",
    "old_unconverted",
    "new_unconverted",
)
_CSV_NUMBERS = ("over_input_tokens", "old_usd", "old_per", "new_usd", "new_per", "pct")


def _csv_line(change: PriceChange) -> tuple[str, ...]:
    row, part = change.row, change.part
    sides = [text for side in (change.old, change.new) for text in _usd_and_per(side)]
    return (
        change.change.value,
        f"{row.provider}/{row.model}",
        row.meter,
        str(row.over_input_tokens),
        row.mode,
        row.region,
        row.weekdays,
        row.hours,
        row.tz,
        str(change.starts_on or ""),
        str(change.ends_on or ""),
        *sides,
        "" if part is None else percent_exact(part),
        *map(_unconverted, (change.old, change.new)),
    )


def _usd_and_per(row: PriceRow | None) -> tuple[str, str]:
    if row is None:
        return "", ""
    return plain(row.usd) if row.currency == US_DOLLAR else "", str(row.per)


def _unconverted(row: PriceRow | None) -> str:
    """The amount of a price without a rate of exchange: `3 EUR`."""
    return "" if row is None or row.currency == US_DOLLAR else f"{plain(row.usd)} {row.currency}"
