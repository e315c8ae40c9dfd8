"""`kplan book list`: which models there are, with their usual prices."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from kplan.cli.book_json import dumped
from kplan.cli.book_options import books
from kplan.errors import KplanError
from kplan.prices.book import Book, load_book
from kplan.prices.layers import in_force
from kplan.prices.models import ModelRow
from kplan.render.listing import aligned
from kplan.render.price_json import model_json
from kplan.render.price_row import price


@click.command("list")
@click.argument("pattern", required=False)
@books
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_models(pattern: str | None, paths: tuple[Path, ...], as_json: bool) -> None:
    """List the models of the price book that hold PATTERN, or fit it where it has a *."""
    prices = load_book(paths)
    models = [prices.find(ref) for ref in prices.ids(pattern)]
    if not models:
        raise KplanError(f'no model holds "{pattern}" (kplan book list)')
    if as_json:
        click.echo(dumped("book.list", prices, {"models": [model_json(model) for model in models]}))
        return
    header = ("in", "out", "context", "retires", "model")
    click.echo(
        "\n".join(aligned(header, [_line(prices, model) for model in models], ("in", "out", "context")))
    )
    click.echo(f"\n{len(models)} models; USD on {prices.as_of}. One of them: kplan book show {models[0].ref}")


def _line(prices: Book, model: ModelRow) -> tuple[str, ...]:
    """One model of the list, with its price for small requests."""
    try:
        rows = prices.rows(model)
    except KplanError:
        rows = ()
    on = prices.as_of or date.max
    usual = [
        row
        for row in in_force(rows)
        if row.holds_on(on)
        and row.mode == "standard"
        and not (row.region or row.over_input_tokens or row.is_windowed)
    ]
    shown = {row.meter: price(row) for row in usual}
    window = f"{model.context_window:,}" if model.context_window else ""
    retires = model.retires_on.isoformat() if model.retires_on else ""
    return (shown.get("input", ""), shown.get("output", ""), window, retires, model.ref)
