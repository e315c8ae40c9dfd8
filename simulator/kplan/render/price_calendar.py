"""A calendar of prices and models as text, Markdown, CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kplan.checksum import CHECKSUM, json_checksum
from kplan.money import plain
from kplan.prices.diff import PriceChange
from kplan.regress.price_calendar import DEPRECATION, PRICE, Entry, Touch
from kplan.render.diff.words import signed
from kplan.render.format import change as percent
from kplan.render.format import plain_text
from kplan.render.json import Value, text_of
from kplan.render.listing import Listing, aligned, as_csv, as_markdown
from kplan.render.price_json import row_json
from kplan.render.price_row import conditions, price

KIND = "kplan/calendar"
SCHEMA_VERSION = 1
NOTHING = "no price change, deprecation or retirement in these days"


def table(entries: Sequence[Entry]) -> bytes:
    """A block a day and model: what changes, then the designs and what their month costs more or less."""
    blocks = [list(_block(entry)) for entry in entries] or [[NOTHING]]
    return ("\n\n".join("\n".join(map(plain_text, block)) for block in blocks) + "\n").encode()


def _block(entry: Entry) -> Iterator[str]:
    yield f"{entry.on}  {entry.kind}  {entry.model}"
    yield from (f"  {text}" for text in _texts(entry))
    lines = [(f"  {touch.scenario}", touch.design, _moved(touch), _month(touch)) for touch in entry.touches]
    yield from aligned(("", "", "moved", ""), lines, ("moved",))[1:]


def _texts(entry: Entry) -> Iterator[str]:
    yield from entry.texts
    yield from map(_price_text, entry.changes)
    if entry.kind != PRICE and not entry.texts:
        heir = f"; successor {entry.successor}" if entry.successor else "; no successor is known"
        yield f"{'is deprecated' if entry.kind == DEPRECATION else 'retires'}{heir}"


def _price_text(change: PriceChange) -> str:
    where = conditions(change.row)
    old, new = ("nothing" if row is None else price(row) for row in (change.old, change.new))
    part = "" if change.part is None else f" ({percent(-change.part)})"
    return f"{change.row.meter}{f', {where}' if where else ''}: {old} -> {new}{part}"


def _moved(touch: Touch) -> str:
    return "" if touch.usd_per_month is None else signed(touch.usd_per_month)


def _month(touch: Touch) -> str:
    return f"in {touch.month}{_but(touch)}" if touch.month else ""


def _but(touch: Touch) -> str:
    """What the amount leaves out: a commitment is settled over the whole plan, not by the month."""
    held = ", ".join(touch.commitments)
    return f", without the commitment of {held}" if held else ""


def markdown(entries: Sequence[Entry]) -> bytes:
    """A line for each design that a day touches, or for the day where there is none."""
    head = ("date", "what", "model", "change", "scenario", "design", "a month", "month")
    lines = [
        (
            str(entry.on),
            entry.kind,
            entry.model,
            "; ".join(_texts(entry)),
            touch.scenario,
            touch.design,
            _moved(touch),
            f"{touch.month}{_but(touch)}",
        )
        for entry in entries
        for touch in entry.touches or (Touch("", ""),)
    ]
    return as_markdown(Listing(head, tuple(lines), ("a month",), below=() if lines else (NOTHING,)))


def csv(entries: Sequence[Entry]) -> bytes:
    """The same lines with exact amounts."""
    head = (
        "date",
        "kind",
        "model",
        "change",
        "scenario",
        "design",
        "month",
        "usd_per_month",
        "without_commitments",
    )
    lines = [
        (
            str(entry.on),
            entry.kind,
            entry.model,
            "; ".join(_texts(entry)),
            touch.scenario,
            touch.design,
            touch.month,
            "" if touch.usd_per_month is None else plain(touch.usd_per_month),
            " ".join(touch.commitments),
        )
        for entry in entries
        for touch in entry.touches or (Touch("", ""),)
    ]
    return as_csv(Listing(head, tuple(lines), ("usd_per_month",)))


def json(entries: Sequence[Entry]) -> bytes:
    """The document with its checksum."""
    rest = document(entries)
    return text_of(rest | {CHECKSUM: json_checksum(rest)}).encode()


def document(entries: Sequence[Entry]) -> dict[str, Value]:
    """The calendar as JSON values; usd_per_month is what the month costs more, as an exact decimal
    string, contracts and contingency included but for the commitments named.
    """
    return {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "currency": "USD",
        "entries": [
            {
                "on": str(entry.on),
                "kind": entry.kind,
                "model": entry.model,
                "texts": list(_texts(entry)),
                "successor": entry.successor or None,
                "changes": [
                    {
                        "old": dict(row_json(change.old)) if change.old else None,
                        "new": dict(row_json(change.new)) if change.new else None,
                    }
                    for change in entry.changes
                ],
                "designs": [
                    {
                        "scenario": touch.scenario,
                        "design": touch.design,
                        "month": touch.month or None,
                        "usd_per_month": None if touch.usd_per_month is None else plain(touch.usd_per_month),
                        "without_commitments": list(touch.commitments),
                    }
                    for touch in entry.touches
                ],
            }
            for entry in entries
        ],
    }
