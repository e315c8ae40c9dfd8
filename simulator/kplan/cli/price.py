"""`kplan price`: what one call costs, or each call of a file."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Iterable
from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path

import click

from kplan.amounts import in_full
from kplan.cli.book_json import about
from kplan.cli.book_options import books
from kplan.cli.calls import Call, call_from, count, instant
from kplan.engine.call import CallPrice, CallPricer, Component
from kplan.errors import KplanError
from kplan.money import ZERO, exact, plain
from kplan.prices.book import Book, load_book
from kplan.prices.meters import disjoint
from kplan.prices.rows import MODES, PriceRow
from kplan.render.listing import aligned
from kplan.render.price_json import row_json
from kplan.render.price_row import made_of, price, step

_INCLUSIVE = "inclusive"


@click.command("price")
@click.argument("model", required=False)
@click.option("--input", help="Input tokens, cache reads and writes among them.")
@click.option("--output", help="Output tokens, reasoning among them.")
@click.option("--cache-read", help="Of the input: tokens read from the prompt cache.")
@click.option("--cache-write-5m", help="Of the input: tokens written to the cache for 5 minutes.")
@click.option("--cache-write-1h", help="Of the input: tokens written to the cache for 1 hour.")
@click.option("--reasoning", help="Of the output: reasoning tokens.")
@click.option("--usage", multiple=True, metavar="METER=N", help="Any other meter, such as web_search=2.")
@click.option(
    "--at", help="Date, or date and time (UTC unless it says its offset); else the price book's date."
)
@click.option("--mode", type=click.Choice(MODES), help="Service tier.  [default: standard]")
@click.option("--region", help="Region, where prices name one.")
@books
@click.option("--calls", metavar="FILE|-", type=click.File("rb"), help="Price one JSON call a line instead.")
@click.option("--allow-retired", is_flag=True, help="Also price calls outside the model's life.")
@click.option(
    "--convention",
    type=click.Choice([_INCLUSIVE, "exclusive"]),
    default=_INCLUSIVE,
    show_default=True,
    help="inclusive: input counts cache reads and writes too, cache_write the 1-hour ones, output the "
    "reasoning; exclusive: each count stands alone.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(
    context: click.Context,
    /,
    model: str | None,
    paths: tuple[Path, ...],
    calls: Iterable[bytes] | None,
    allow_retired: bool,
    convention: str,
    as_json: bool,
    **said: str | tuple[str, ...] | None,
) -> None:
    """Price one call of MODEL, or with --calls one JSON call a line.

    A line is {"model": "claude-haiku-5-5", "usage": {"input": 10500, "output": 650}}, and may hold
    "provider", "at", "mode" and "region" too. Usage knows input, cache_read, cache_write (all cache
    writes), cache_write_1h, output, reasoning, web_search and every other meter of the book.
    Each line is answered by one line, in order: a price or {"error": ...}; if any failed, the exit
    code is 2.
    """
    if (model is None) == (calls is None):
        raise click.UsageError("give either a MODEL with --input and --output, or --calls FILE")
    pricing = _Pricing(load_book(paths), convention == _INCLUSIVE, allow_retired)
    if calls is not None:
        if any(said.values()):
            raise click.UsageError("with --calls each line says its own usage, at, mode and region")
        context.exit(2 if _answer_all(pricing, calls) else 0)
    answer, notes = pricing.price(_call(str(model), said))
    click.echo(_dumped(pricing, answer, notes) if as_json else "\n".join(_table(answer, notes)))


class _Pricing:
    """A book and the conventions that calls are priced by."""

    def __init__(self, book: Book, is_inclusive: bool, allow_retired: bool) -> None:
        self.book = book
        self._is_inclusive = is_inclusive
        self._pricer = CallPricer(book, allow_retired=allow_retired)
        self._said: dict[PriceRow, dict[str, object]] = {}

    def price(self, call: Call) -> tuple[CallPrice, list[str]]:
        """The price, and what to know about it; raises KplanError."""
        own = [row.meter for row in self.book.rows(self.book.find(call.ref))]
        usage = disjoint(call.usage, inclusive=self._is_inclusive, own=own)
        at, notes = call.at, []
        if at is None:
            if self.book.as_of is None:
                raise KplanError("at missing: the price book says no date")
            at = datetime.combine(self.book.as_of, time(0), UTC)
            notes = [f"priced at {self.book.as_of}, the price book's date: the call says none"]
        answer = self._pricer.price(call.ref, usage, at, call.mode, call.region)
        return answer, [*notes, *dict.fromkeys(c.note for c in answer.components if c.note)]

    def said(self, answer: CallPrice) -> dict[str, object]:
        """The price for JSON outputs."""
        return {
            "cost_usd": plain(answer.cost_usd),
            "components": {meter: plain(usd) for meter, usd in _by_meter(answer).items()},
            "rows": [self._row(part) for part in answer.components],
        }

    def _row(self, part: Component) -> dict[str, object]:
        """What a component is billed at, with the row's dates and its source."""
        if part.row not in self._said:
            filled = row_json(part.row)
            names = ("id", "usd", "per", "valid_from", "valid_to", "status", "source", "source_url", "audit")
            self._said[part.row] = {name: filled[name] for name in names if name in filled}
        said = self._said[part.row]
        return {"id": said["id"], "billed": part.meter, "quantity": plain(part.quantity), **said}


def _by_meter(answer: CallPrice) -> dict[str, Decimal]:
    """The cost of each meter [USD], its steps together."""
    costs: dict[str, Decimal] = {}
    with exact():
        for part in answer.components:
            costs[part.meter] = costs.get(part.meter, ZERO) + part.cost_usd
    return costs


def _call(model: str, said: dict[str, str | tuple[str, ...] | None]) -> Call:
    """The call that the flags describe."""
    usage: dict[str, Decimal] = {}
    flags = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h", "reasoning")
    pairs = [(name, str(said[name])) for name in flags if said[name] is not None]
    for text in said["usage"] or ():
        name, equals, number = text.partition("=")
        if not equals:
            raise KplanError(f'--usage "{text}"; write --usage web_search=2')
        pairs.append((name.strip(), number))
    for name, number in pairs:
        if name in usage:
            raise KplanError(f"{name} is given twice")
        usage[name] = count(name, number)
    if not usage:
        raise KplanError("nothing to price; say --input N and --output N")
    at = said["at"]
    return Call(
        model,
        usage,
        instant(str(at)) if at else None,
        str(said["mode"] or MODES[0]),
        str(said["region"] or ""),
    )


def _answer_all(pricing: _Pricing, lines: Iterable[bytes]) -> bool:
    """Answer every line, in order; whether any failed."""
    failed = False
    for number, line in enumerate(lines):
        try:
            answer, notes = pricing.price(call_from(line if number else line.removeprefix(BOM_UTF8)))
            said = pricing.said(answer) | ({"notes": notes} if notes else {})
        except KplanError as e:
            failed, said = True, {"error": "; ".join(map(str, e.problems))}
        click.echo(json.dumps(said, ensure_ascii=False))
    return failed


def _dumped(pricing: _Pricing, answer: CallPrice, notes: list[str]) -> str:
    said = {
        "kind": "price",
        "schema_version": 1,
        "currency": "USD",
        "book": about(pricing.book),
        "model": answer.model.ref,
        "at": answer.at.isoformat(),
        "mode": answer.mode,
        "region": answer.region,
        **pricing.said(answer),
        "notes": notes,
    }
    return json.dumps(said, indent=2, ensure_ascii=False)


def _table(answer: CallPrice, notes: list[str]) -> list[str]:
    where = " ".join(filter(None, (answer.mode, answer.region)))
    header = ("meter", "quantity", "price", "cost USD", "over", "from", "source", "made of")
    lines = [
        (
            part.meter,
            f"{part.quantity:,f}",
            price(part.row),
            in_full(part.cost_usd, ""),
            step(part.row),
            str(part.row.valid_from or ""),
            part.row.source,
            made_of(part.row),
        )
        for part in answer.components
    ]
    total = ("total", "", "", in_full(answer.cost_usd, ""), "", "", "", "")
    title = f"{answer.model.ref}, {where}, {answer.at:%Y-%m-%d %H:%M} UTC"
    table = aligned(header, [*lines, total], ("quantity", "price", "cost USD", "over"))
    urls = dict.fromkeys(part.row.source_url for part in answer.components if part.row.source_url)
    return [title, "", *table, *(["", *notes] if notes else []), *(["", *urls] if urls else [])]
