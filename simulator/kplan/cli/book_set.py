"""`kplan book set`: a price of the user's own book changes from a day on."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from kplan.cli.book_edit import recorded, recorded_day, rows_of, write_edit
from kplan.cli.book_options import day
from kplan.errors import KplanError
from kplan.prices.book import load_book
from kplan.prices.edits import change, outlived
from kplan.prices.meters import METERS, PER_MILLION, SCALES
from kplan.prices.rows import MODES, PriceRow
from kplan.render.price_row import price as said


@click.command("set")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("model")
@click.argument("meter")
@click.argument("price")
@click.option("--from", "start", type=day, required=True, help="The first day of the new price.")
@click.option(
    "--per",
    type=click.Choice([f"{scale}" for scale in SCALES]),
    help="Units that PRICE is for.  [tokens: 1000000]",
)
@click.option("--mode", type=click.Choice(MODES), default=MODES[0], show_default=True, help="Service tier.")
@click.option("--region", default="", help="Region; else everywhere.")
@click.option(
    "--over", type=click.IntRange(0), default=0, help="For requests with more input tokens than this."
)
@click.option("--source", default="", help="Where the price comes from, such as a contract.")
@click.option("--source-url", default="", help="Where it can be read.")
@click.option("--note", default="", help="What to know about it.")
@click.option("--status", type=click.Choice(["effective", "announced", "estimated"]), default="effective")
@recorded
def set_price(
    file: Path,
    model: str,
    meter: str,
    price: str,
    start: datetime,
    per: str | None,
    mode: str,
    region: str,
    over: int,
    source: str,
    source_url: str,
    note: str,
    status: str,
    recorded_on: datetime | None,
) -> None:
    """From a day on METER of MODEL costs PRICE; what FILE had until then ends on that day.

    FILE is a YAML or CSV book, made if it is not there; its comments and its layout stay. A price that
    was wrong from its first day on is corrected instead: kplan book correct.
    """
    from kplan.prices.cell_readers import usd as usd_of

    rows = rows_of(file)
    known = load_book([file] if file.exists() else [])
    found = known.find(model)
    new = PriceRow(
        found.provider,
        found.id,
        _meter(meter, {row.meter for row in rows}),
        usd_of(price),
        _per(meter, per),
        over,
        valid_from=start.date(),
        mode=mode,
        region=region,
        status=status,
        source=source,
        source_url=source_url,
        checked_on=recorded_day(recorded_on),
        recorded_on=recorded_day(recorded_on),
        note=note,
    )
    lower = known.rows(found) if known.has_rows(found) else ()
    edit = change(rows, new)
    write_edit(file, edit)
    click.echo(_before(lower, new, start.date()))
    for row in outlived(lower, edit.new, rows):
        click.echo(f"no longer in force then: {row.id} at {said(row)}; set its price too", err=True)


def _before(rows: tuple[PriceRow, ...], new: PriceRow, start: date) -> str:
    """What the price was until then, in whichever book."""
    held = [row for row in rows if row.key == new.key and row.ever_holds]
    last = max(held, key=lambda row: row.valid_from or date.min, default=None)
    if last is None:
        return "there was no such price before"
    ends = last.valid_to is not None and last.valid_to <= start
    return f"before: {said(last)}{f' until before {last.valid_to}' if ends else ''}"


def _meter(name: str, own: set[str]) -> str:
    """A meter that kplan or the book knows; raises KplanError with the nearest name."""
    if name in METERS or name in own:
        return name
    from difflib import get_close_matches

    near = get_close_matches(name, METERS, 1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(METERS)}"
    raise KplanError(f'no meter "{name}"; {hint}')


def _per(meter: str, said_per: str | None) -> int:
    if said_per is not None:
        return int(said_per)
    if METERS.get(meter) is None or METERS[meter].unit != "token":
        raise KplanError(f"is the price for 1, 1000 or 1000000 of {meter}? Say --per")
    return PER_MILLION
