"""`kplan offers`: provisioned throughput that providers sell, what a load takes of it, and what to buy."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from kplan.cli.book_options import books

_FILES = click.option(
    "--offers",
    "files",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A YAML file of offers and contract prices laid over kplan's; repeatable.",
)
_ON = click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="A day instead of today.")
_DEPLOYMENT = click.option(
    "--deployment", default="", metavar="NAME", help="Where a model is sold in several: global, regional."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def offers() -> None:
    """Provisioned throughput: units that providers sell, by the hour or on terms; dated, with sources."""


@offers.command("list")
@click.argument("pattern", required=False)
@_FILES
@_JSON
def list_offers(pattern: str | None, files: tuple[Path, ...], as_json: bool) -> None:
    """List the offers whose provider, models, deployment or part hold PATTERN."""
    from kplan.capacity.offer_book import load_offers
    from kplan.errors import KplanError
    from kplan.render.offers import offers_lines
    from kplan.render.offers_json import offers_json

    book = load_offers(files)
    found = [each for each in book.offers() if not pattern or pattern.lower() in each.id.lower()]
    if not found:
        raise KplanError(f'no offer holds "{pattern}" (kplan offers list)')
    click.echo(offers_json("offers.list", found, ()) if as_json else "\n".join(offers_lines(found)))
    _warn(book, {each.provider for each in found})


@offers.command()
@click.argument("model")
@_DEPLOYMENT
@_ON
@_FILES
@_JSON
def show(model: str, deployment: str, day: datetime | None, files: tuple[Path, ...], as_json: bool) -> None:
    """Show what a unit of MODEL takes and costs; exits with 2 where none is sold, and says why."""
    from kplan.capacity.offer_book import load_offers
    from kplan.render.offers import offers_lines, prices_lines
    from kplan.render.offers_json import offers_json

    book, on = load_offers(files), _day(day)
    ref, found = book.find(model, on, deployment)
    prices = [price for offer in found for price in book.prices_of(offer, ref, on)]
    lines = [*offers_lines(found), "", *prices_lines(prices)]
    click.echo(offers_json("offers.show", found, prices) if as_json else "\n".join(lines))
    _warn(book, {each.provider for each in found})


@offers.command()
@click.argument("model")
@click.option("--rpm", metavar="N", help="Calls a minute when most come.")
@click.option("--input", metavar="TOKENS", help="Input tokens of a call, cached ones among them.")
@click.option("--output", metavar="TOKENS", help="Output tokens of a call.")
@click.option("--cached", metavar="SHARE", help="Share of the input that comes from a prompt cache: 50%.")
@click.option("--audio", metavar="TOKENS", help="Audio tokens of a call, beside the input.")
@click.option(
    "--also",
    "others",
    multiple=True,
    metavar="rpm=N,input=N,output=N",
    help="Further calls of another shape at the same time; repeatable.",
)
@_DEPLOYMENT
@click.option(
    "--week",
    default="even",
    show_default=True,
    metavar="NAME|FILE",
    help="How the calls vary: office-hours, azure-code-2024..., or a CSV file of 168 hours.",
)
@click.option(
    "--takes",
    metavar="input=N,output=N",
    help="Tokens a minute that a unit takes, where nobody publishes them.",
)
@click.option("--payg", metavar="MODEL", help="Whose prices calls are paid at that find no room.")
@_ON
@_FILES
@books
@_JSON
def size(
    model: str,
    others: tuple[str, ...],
    deployment: str,
    week: str,
    takes: str | None,
    payg: str | None,
    day: datetime | None,
    files: tuple[Path, ...],
    paths: tuple[Path, ...],
    as_json: bool,
    **said: str | None,
) -> None:
    """How many units of MODEL calls need, what they cost, and how many it is best to buy.

    kplan offers size azure/gpt-5.2 --rpm 1000 --input 200 --output 20 --deployment global

    For the peak, as vendors size; and as a base load whose excess is paid for call by call, the cheapest
    number of units for the week that --week says. Calls come evenly within an hour: real bursts spill more.
    """
    from kplan.capacity.offer_book import load_offers
    from kplan.capacity.provisioned import sizes, taking
    from kplan.capacity.written_calls import shape, shape_of_text
    from kplan.capacity.written_calls import takes as read_takes
    from kplan.errors import all_of
    from kplan.render.offers import Asked, size_lines
    from kplan.render.offers_json import size_json

    book, on = load_offers(files), _day(day)
    given = {name: text for name, text in said.items() if text is not None}
    readers = [lambda: shape(given), *(lambda text=text: shape_of_text(text) for text in others)]
    shapes = all_of(readers)
    ref, found = book.find(model, on, deployment)
    found = taking(found, read_takes(takes)) if takes else found
    asked = Asked(ref, sizes(found, shapes), tuple(shapes), week, on)
    quotes, told = _quotes(book, asked, payg, paths)
    click.echo(size_json(asked, quotes, told) if as_json else "\n".join(size_lines(asked, quotes, told)))
    _warn(book, {each.provider for each in found})


def _quotes(book: Any, asked: Any, payg: str | None, paths: tuple[Path, ...]) -> tuple[Any, tuple[str, ...]]:
    """What to buy of each part, and what to know about it."""
    from kplan.capacity.provisioned import notes, payg_usd_per_hour
    from kplan.capacity.quotes import quoted
    from kplan.errors import KplanError
    from kplan.prices.book import load_book

    parts = [sizing.offer for sizing in asked.sizings]
    told = [*notes(parts, asked.shapes), *dict.fromkeys(each.about.note for each in parts if each.about.note)]
    factors = week_of(asked.week)
    billed = payg or parts[0].payg or asked.ref
    usd: Any = [None] * len(parts)
    try:
        usd = payg_usd_per_hour(parts, asked.shapes, load_book(paths), billed, asked.day)
        told.append(f"calls that find no room are paid at the prices of {billed}")
    except KplanError as e:
        if payg:
            raise e.at(None, "--payg") from e
        told.append(f"what calls cost that find no room is not known: {e.problems[0].what}; say --payg MODEL")
    found = [
        quoted(sizing, book.prices_of(sizing.offer, asked.ref, asked.day), factors, cost)
        for sizing, cost in zip(asked.sizings, usd, strict=True)
    ]
    return tuple(found), tuple(told)


def week_of(text: str) -> Any:
    """A preset by its name, else a file."""
    from kplan.capacity.week import WEEKS, read_week
    from kplan.errors import KplanError
    from kplan.scenario.names import meant

    if text in WEEKS:
        return WEEKS[text]()
    if not Path(text).exists():
        raise KplanError(
            f'no week "{text}"{meant(text, tuple(WEEKS))} (there are {", ".join(WEEKS)}, or a CSV file)'
        )
    return read_week(Path(text))


def _day(day: datetime | None) -> date:
    return day.date() if day else date.today()  # noqa: DTZ011 - the user's own day


def _warn(book: Any, providers: Collection[str]) -> None:
    """Say on stderr which figures of these were read too long ago."""
    from kplan.render.format import plain_text

    for sentence in book.stale(_day(None)):
        if any(sentence.startswith(f"offers of {provider} ") for provider in providers):
            click.echo(plain_text(f"old: {sentence}"), err=True)
