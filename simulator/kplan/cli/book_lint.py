"""`kplan book lint`: what looks wrong in price books."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from kplan.cli.book_options import day
from kplan.cli.book_sides import EMBEDDED
from kplan.cli.main import CHECK_FAILED
from kplan.prices.book import Book, load_book
from kplan.render import BOOK_LINT_WRITERS, render


@click.command("lint")
@click.argument("files", nargs=-1)
@click.option("--against", metavar="BOOK", help="Tell prices in force that another book has otherwise, too.")
@click.option(
    "--stale-after",
    type=click.IntRange(0),
    default=90,
    show_default=True,
    metavar="DAYS",
    help="Age from which on a checked_on is told.",
)
@click.option("--today", type=day, help="The day that prices are looked at; else the clock's.")
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(list(BOOK_LINT_WRITERS)),
    default="table",
    help="What is printed on stdout.",
)
def lint(
    files: tuple[str, ...],
    against: str | None,
    stale_after: int,
    today: datetime | None,
    strict: bool,
    format_name: str,
) -> None:
    """Tell what looks wrong in price books, each with its row; exit code 1 where it is an error.

    FILES are YAML, CSV, csv.gz or xlsx books; without FILES it is kplan's own. A user's price is also
    held against kplan's, to tell slips of a thousand or a million. BOOK is a file, `embedded`, a day or
    git:REF:path.

    kplan's own book shows what its source has wrong, so it exits with 1 too: a CI names its own files.
    Rows are looked at as they stand, before modifiers and discounts.
    """
    from kplan.cli.book_sides import book_side
    from kplan.prices.findings import ERROR
    from kplan.prices.lint import lint as findings
    from kplan.prices.lint import lint_against

    on = today.date() if today else datetime.now(UTC).date()
    other = book_side(against, ()) if against else None
    books = _books(files or (EMBEDDED,), on, stale_after)
    found = [
        (book, [*findings(book), *(lint_against(book, other.rows(None), other.name) if other else ())])
        for book in books
    ]
    click.echo(render(format_name, found, BOOK_LINT_WRITERS), nl=False)
    if any(strict or finding.severity == ERROR for _, told in found for finding in told):
        raise click.exceptions.Exit(CHECK_FAILED)


def _books(names: Sequence[str], today: date, stale_after: int) -> list[Any]:
    """The books as the lints look at them."""
    from kplan.prices.findings import LintedBook
    from kplan.prices.reference import BookReference
    from kplan.prices.rows import US_DOLLAR

    embedded = load_book()
    reference = BookReference(embedded)
    books = []
    for name in names:
        own, priced, as_of = _read(name, embedded)
        rows = [placed for placed in priced if placed.row.currency == US_DOLLAR]
        others = tuple(placed for placed in priced if placed.row.currency != US_DOLLAR)
        known = {(placed.row.provider, placed.row.model) for placed in rows}
        lives = {key: model for key in known if (model := own.get(key) or reference.model(*key))}
        models = dict(sorted(lives.items()))
        books.append(LintedBook(name, tuple(rows), models, reference, today, stale_after, as_of, others))
    return books


def _read(name: str, embedded: Book) -> tuple[Any, list[Any], date | None]:
    """Its models, its rows with their places, and the day that it describes."""
    from kplan.prices.files import read_file
    from kplan.prices.findings import Placed
    from kplan.prices.terms import in_dollars

    if name == EMBEDDED:
        models = {(model.provider, model.id): model for model in embedded.models()}
        rows = [
            Placed(row)
            for model in models.values()
            if embedded.has_rows(model)
            for row in embedded.rows(model)
        ]
        return models, rows, embedded.as_of
    found = read_file(Path(name))
    models = {(model.provider, model.id): model for model in found.models}
    priced = [
        Placed(piece, mark)
        for row, mark in zip(found.rows, found.marks, strict=True)
        for piece in in_dollars(row, found.terms.rates)
    ]
    return models, priced, None
