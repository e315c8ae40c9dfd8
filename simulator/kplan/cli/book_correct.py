"""`kplan book correct`: a price that the user's book said was wrong."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from kplan.cli.book_edit import recorded, recorded_day, rows_of, write_edit
from kplan.errors import KplanError
from kplan.prices.book import load_book
from kplan.prices.edits import correction
from kplan.prices.rows import PriceRow


@click.command("correct")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("row_id", metavar="ROW-ID")
@click.argument("price")
@click.option("--evidence", required=True, metavar="URL|TEXT", help="Where the right price is to be read.")
@recorded
def correct(file: Path, row_id: str, price: str, evidence: str, recorded_on: datetime | None) -> None:
    """The price of a row was wrong from its first day on: PRICE holds for all its days.

    ROW-ID is what outputs call the row, such as "acme/m input batch @2026-12-01". The wrong row stays in
    FILE with the status `corrected`: a scenario with `prices: {known_on: DATE}` before the correction was
    recorded still gets it. A row of kplan's own book is corrected by a row in FILE over it. Where the
    price itself has changed: kplan book set.
    """
    from kplan.prices.cell_readers import usd as usd_of

    if not evidence.strip():
        raise KplanError("--evidence is empty; say where the right price is to be read")
    edit = correction(
        rows_of(file), _lower(row_id), row_id, usd_of(price), evidence, recorded_day(recorded_on)
    )
    write_edit(file, edit)


def _lower(row_id: str) -> tuple[PriceRow, ...]:
    """The rows of kplan's own book for the model that the id begins with."""
    embedded = load_book()
    try:
        model = embedded.find(row_id.split(" ")[0])
    except KplanError:
        return ()
    return embedded.rows(model) if embedded.has_rows(model) else ()
