"""`kplan book show`: all that is known of one model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import click

from kplan.cli.book_json import dumped
from kplan.cli.book_options import books, day
from kplan.prices.book import load_book
from kplan.prices.layers import in_force
from kplan.prices.models import ModelRow
from kplan.prices.rows import CANCELLED, CORRECTED, PriceRow
from kplan.render.listing import aligned
from kplan.render.price_json import model_json, row_json
from kplan.render.price_row import made_of, price, step


@click.command()
@click.argument("model")
@books
@click.option("--at", type=day, help="The day whose prices are shown; else the price book's own.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(model: str, paths: tuple[Path, ...], at: datetime | None, as_json: bool) -> None:
    """Show what is known of MODEL: its prices, their history, announced changes, its life."""
    prices = load_book(paths)
    found = prices.find(model)
    rows = prices.rows(found)
    on = at.date() if at else prices.as_of or date.max
    if as_json:
        said = {"model": model_json(found), "at": on.isoformat(), "rows": [row_json(row) for row in rows]}
        click.echo(dumped("book.show", prices, said))
        return
    click.echo("\n".join([*_head(found), *_sections(rows, on)]))


def _head(model: ModelRow) -> list[str]:
    deprecated = f", deprecated {model.deprecated_on}" if model.deprecated_on else ""
    heir = f", then {model.successor}" if model.successor else ""
    released, retires = model.released_on or "unknown", model.retires_on or "unknown"
    facts = [
        ("also", ", ".join(model.aliases)),
        ("context", f"{_tokens(model.context_window)} tokens; largest output {_tokens(model.max_output)}"),
        ("life", f"released {released}{deprecated}, retires {retires}{heir}"),
        ("source", model.source),
    ]
    return [model.ref, *(line for name, text in facts if text for line in _fact(name, text))]


def _fact(name: str, text: str) -> list[str]:
    import textwrap

    indent = f"  {name:<9}"
    return textwrap.wrap(
        text,
        80,
        initial_indent=indent,
        subsequent_indent=" " * len(indent),
        break_on_hyphens=False,
        break_long_words=False,
    )


def _tokens(count: int | None) -> str:
    return "unknown" if count is None else f"{count:,}"


def _sections(rows: Sequence[PriceRow], on: date) -> list[str]:
    holding = in_force(rows)
    parts = [
        (f"in force on {on}, USD", [row for row in holding if row.holds_on(on)]),
        ("history", [row for row in holding if row.valid_to and row.valid_to <= on]),
        ("announced", [row for row in holding if row.valid_from and row.valid_from > on]),
        *((status, [row for row in rows if row.status == status]) for status in (CANCELLED, CORRECTED)),
    ]
    lines = [line for title, some in parts if some for line in ["", title, *_table(some)]]
    urls = dict.fromkeys(row.source_url for row in rows if row.source_url)
    return lines or ["", "no price in the book"] if not urls else [*lines, "", *urls]


def _table(rows: Sequence[PriceRow]) -> list[str]:
    header = ("  meter", "price", "over", "mode", "region", "when", "from", "until", "made of")
    lines = [
        (
            f"  {row.meter}",
            price(row),
            step(row),
            row.mode if row.mode != "standard" else "",
            row.region,
            f"{row.weekdays} {row.hours} {row.tz if row.is_windowed and row.tz != 'UTC' else ''}".strip(),
            str(row.valid_from or ""),
            str(row.valid_to or ""),
            made_of(row),
        )
        for row in rows
    ]
    return aligned(header, lines, ("price", "over"))
