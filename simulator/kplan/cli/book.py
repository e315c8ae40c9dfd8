"""`kplan book`: which models and prices there are, and where they come from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import click

from kplan.cli.columns import aligned, price, tokens
from kplan.errors import KplanError
from kplan.money import plain
from kplan.prices.book import Book, load_book
from kplan.prices.layers import in_force
from kplan.prices.models import ModelRow
from kplan.prices.rows import PriceRow

books = click.option(
    "--book",
    "paths",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A YAML, CSV or xlsx price book, layered over the embedded one; may be given several times.",
)
day = click.DateTime(["%Y-%m-%d"])


@click.group()
def book() -> None:
    """Show price books."""


@book.command("list")
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
        click.echo(_dumped("book.list", prices, {"models": [_model_json(model) for model in models]}))
        return
    header = ("in", "out", "context", "retires", "model")
    click.echo(
        "\n".join(aligned(header, [_line(prices, model) for model in models], ("in", "out", "context")))
    )
    click.echo(f"\n{len(models)} models; USD on {prices.as_of}. One of them: kplan book show {models[0].ref}")


@book.command()
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
        said = {"model": _model_json(found), "at": on.isoformat(), "rows": [row_json(row) for row in rows]}
        click.echo(_dumped("book.show", prices, said))
        return
    click.echo("\n".join([*_head(found), *_sections(rows, on)]))


@book.command()
@click.option("--as-of", type=day, required=True, help="The day that the installed genai-prices describes.")
@click.option("--lives", type=click.Path(path_type=Path), help="LiteLLM's JSON: makes lives.csv anew.")
@click.option(
    "--lives-source", default="LiteLLM", show_default=True, help="What lives.csv says of its source."
)
@click.option("--into", type=click.Path(path_type=Path), help="Folder to write to; else kplan's own.")
def snapshot(as_of: datetime, lives: Path | None, lives_source: str, into: Path | None) -> None:
    """Write the embedded book from the installed genai-prices (for maintainers)."""
    from kplan.places import folder

    try:
        from kplan.prices.importers import genai_prices
    except ImportError as e:
        raise KplanError("genai-prices is not installed; pip install 'kplan[snapshot]'") from e
    from kplan.prices.importers import litellm_lives
    from kplan.prices.lives import LIVES_FILE, write_lives
    from kplan.prices.snapshot import write_snapshot

    pricing = into or folder("pricing")
    made = genai_prices.snapshot(as_of.date())
    if lives:
        write_lives(litellm_lives.lives(lives, lives_source, made.models), pricing / LIVES_FILE)
    for skip in write_snapshot(made, as_of.date(), pricing):
        click.echo(f"left out: {skip.what}: {skip.why}")
    for what, n in made.counts.items():
        click.echo(f"{n:>7,} {what}")


def row_json(row: PriceRow) -> dict[str, object]:
    """A price row for JSON outputs: its id, and of its columns those that are filled."""
    cells = {name: getattr(row, name) for name in row.__slots__}
    shown = {name: _plain(value) for name, value in cells.items() if value not in (None, "")}
    return {"id": row.id, **shown, "usd": plain(row.usd)}


def _model_json(model: ModelRow) -> dict[str, object]:
    return {"ref": model.ref} | {name: _plain(getattr(model, name)) for name in model.__slots__}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def about(prices: Book) -> dict[str, object]:
    """Which book it is, for JSON outputs."""
    return {"name": prices.name, "as_of": _plain(prices.as_of), "sha256": prices.sha256}


def _dumped(kind: str, prices: Book, said: Mapping[str, object]) -> str:
    whole = {"kind": kind, "schema_version": 1, "currency": "USD", "book": about(prices), **said}
    return json.dumps(whole, indent=2, ensure_ascii=False)


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


def _head(model: ModelRow) -> list[str]:
    life = f"released {model.released_on or 'unknown'}, retires {model.retires_on or 'unknown'}"
    if model.successor:
        life += f", then {model.successor}"
    facts = [
        ("also", ", ".join(model.aliases)),
        ("context", f"{tokens(model.context_window)} tokens; largest output {tokens(model.max_output)}"),
        ("life", life),
        ("source", model.source),
    ]
    return [model.ref, *(line for name, text in facts if text for line in _fact(name, text))]


def _fact(name: str, text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, 80, initial_indent=f"  {name:<9}", subsequent_indent=" " * 11)


def _sections(rows: Sequence[PriceRow], on: date) -> list[str]:
    holding = in_force(rows)
    parts = [
        (f"in force on {on}, USD", [row for row in holding if row.holds_on(on)]),
        ("history", [row for row in holding if row.valid_to and row.valid_to <= on]),
        ("announced", [row for row in holding if row.valid_from and row.valid_from > on]),
        ("cancelled", [row for row in rows if row.status == "cancelled"]),
    ]
    lines = [line for title, some in parts if some for line in ["", title, *_table(some)]]
    urls = dict.fromkeys(row.source_url for row in rows if row.source_url)
    return lines or ["", "no price in the book"] if not urls else [*lines, "", *urls]


def _table(rows: Sequence[PriceRow]) -> list[str]:
    header = ("  meter", "price", "over", "mode", "region", "when", "from", "until")
    lines = [
        (
            f"  {row.meter}",
            price(row),
            f"{row.over_input_tokens:,}" if row.over_input_tokens else "",
            row.mode if row.mode != "standard" else "",
            row.region,
            f"{row.weekdays} {row.hours} {row.tz if row.is_windowed and row.tz != 'UTC' else ''}".strip(),
            str(row.valid_from or ""),
            str(row.valid_to or ""),
        )
        for row in rows
    ]
    return aligned(header, lines, ("price", "over"))
