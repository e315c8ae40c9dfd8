"""`kplan book calendar`: what happens to prices and models, when, and what it does to bills."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from kplan.cli.book_options import day
from kplan.cli.inputs import layer_options, source
from kplan.cli.scenario_files import scenario_files
from kplan.errors import KplanError, Problem
from kplan.render import CALENDAR_WRITERS, render


@click.command("calendar")
@click.argument("scenarios", nargs=-1)
@layer_options
@click.option("--from", "start", type=day, help="First day; else today, or a scenario's whole horizon.")
@click.option("--months", type=click.IntRange(1, 120), help="Months from then on.  [default: 12]")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(list(CALENDAR_WRITERS)),
    default="table",
    help="What is printed on stdout.",
)
def calendar(
    scenarios: tuple[str, ...],
    sets: tuple[str, ...],
    variants: tuple[str, ...],
    books: tuple[Path, ...],
    allow_retired: bool,
    start: datetime | None,
    months: int | None,
    format_name: str,
) -> None:
    """Price changes, deprecations and retirements by day, and by how much they move a month's bill.

    SCENARIOS are files, - for stdin, or folders, which stand for every *.kplan.yaml below them: what
    touches their designs within their months. Without SCENARIOS it is all that the price book knows.

    A month's amount counts allowances, steps, minimums and the contingency. A commitment is settled over
    the whole plan and is in no month's amount; the line says so.
    """
    from kplan.prices.book import load_book
    from kplan.regress.price_calendar import of_book, of_scenarios, within

    if scenarios:
        layers = {"sets": (*sets, "singles=false"), "variants": variants, "book_paths": books}
        found = of_scenarios(_runs(scenarios, layers | {"allow_retired": allow_retired}))
        if start or months:
            found = within(found, *_span(start, months))
    elif sets or variants:
        raise click.UsageError("--set and --variant need a scenario")
    else:
        found = of_book(load_book(books), *_span(start, months))
    click.echo(render(format_name, found, CALENDAR_WRITERS), nl=False)


def _span(start: datetime | None, months: int | None) -> tuple[date, date]:
    """The first day, and the first one that is no longer in it."""
    first = (start or datetime.now(UTC)).date()
    at = first.month - 1 + (months or 12)
    year, month = first.year + at // 12, at % 12 + 1
    for last in range(first.day, 0, -1):
        try:
            return first, date(year, month, last)
        except ValueError:
            continue
    raise AssertionError("every month has a first day")


def _runs(paths: tuple[str, ...], layers: dict[str, Any]) -> dict[str, Any]:
    """The results of each scenario by its name; raises KplanError with the problems of all of them."""
    from kplan.regress.run import run

    files = [file for _, found in scenario_files(paths) for file in found]
    if not files:
        raise KplanError(f"no *.kplan.yaml below {', '.join(paths)}")
    runs: dict[str, Any] = {}
    problems: dict[Problem, None] = {}
    for file in files:
        try:
            runs[file] = run(source(file), **layers)
        except KplanError as e:
            problems |= dict.fromkeys(e.problems)
    if problems:
        raise KplanError(problems)
    return runs
