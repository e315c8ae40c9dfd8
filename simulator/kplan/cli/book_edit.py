"""What `kplan book set` and `kplan book correct` share: a user's book is read, changed and written."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import click

from kplan.cli.book_options import day
from kplan.errors import KplanError
from kplan.prices.edits import Edit
from kplan.prices.rows import US_DOLLAR, PriceRow
from kplan.render.price_row import price

recorded = click.option(
    "--recorded-on", type=day, help="The day on which the book learns of it; else the clock's."
)


def recorded_day(said: datetime | None) -> date:
    """The day of --recorded-on, or the clock's."""
    return said.date() if said else datetime.now(UTC).date()


def rows_of(path: Path) -> tuple[PriceRow, ...]:
    """The rows of the book, none of one that is still to be written; raises KplanError."""
    from kplan.prices.files import read_rows

    return tuple(read_rows(path)[0]) if path.exists() else ()


def write_edit(path: Path, edit: Edit) -> None:
    """Change the book in place; raises KplanError, before anything is written, where that cannot be."""
    from kplan.prices.book_text import edited
    from kplan.prices.sheets import read_text
    from kplan.render.files import write

    if edit.new.currency != US_DOLLAR:
        raise KplanError(f"{edit.new.id} is priced in {edit.new.currency}; change the file by hand")
    text = edited(read_text(path) if path.exists() else "", path, edit)
    write(path, text.encode(), force=True)
    click.echo(f"{path}: {edit.new.id} is {price(edit.new)}{_dates(edit.new)}")
    for row in edit.kept:
        click.echo(f"{path}: {row.id} stays {price(row)}")


def _dates(row: PriceRow) -> str:
    until = f" until before {row.valid_to}" if row.valid_to else ""
    return f" from {row.valid_from}{until}" if row.valid_from else until
