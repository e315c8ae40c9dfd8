"""`kplan book diff`: what changes from one set of prices to another."""

from __future__ import annotations

from pathlib import Path

import click

from kplan.cli.book_options import books
from kplan.errors import KplanError
from kplan.render import BOOK_DIFF_WRITERS, render


@click.command("diff")
@click.argument("old")
@click.argument("new")
@books
@click.option(
    "--models", "pattern", metavar="PATTERN", help="Only models that hold PATTERN, or fit it with *."
)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(list(BOOK_DIFF_WRITERS)),
    default="table",
    help="What is printed on stdout.",
)
def diff(old: str, new: str, paths: tuple[Path, ...], pattern: str | None, format_name: str) -> None:
    """What changes from OLD to NEW: per model and meter the old and the new price, and when it holds.

    OLD and NEW are each a price book (YAML, CSV, csv.gz or xlsx), `embedded` for kplan's own,
    git:REF:path for a book of a commit, or a day such as 2026-11-01: the prices in force on it, in
    kplan's book and those of --book. A book compared with a day is taken on that day. Where a book has
    modifiers or discounts, they may be about kplan's prices: files are then compared as they lie over
    kplan's book, and stderr says so.

    The exit code is 0 whether the sides differ or not.
    """
    from kplan.cli.book_sides import EMBEDDED, book_sides
    from kplan.prices.diff import compare, compare_days
    from kplan.render.book_diff import NamedDiff

    sides = book_sides((old, new), paths)
    if files := [
        side.name for side in sides if side.is_layered and side.on is None and side.name != EMBEDDED
    ]:
        click.echo(f"over kplan's book: {', '.join(files)}", err=True)
    before, after = (side.rows(pattern) for side in sides)
    if not before and not after:
        raise KplanError(f'neither {old} nor {new} has a price of a model that holds "{pattern or ""}"')
    days = [side.on or other.on for side, other in (sides, sides[::-1])]
    if days[0] is None or days[1] is None:
        found = compare(before, after)
    else:
        found = compare_days(before, days[0], after, days[1])
    click.echo(render(format_name, NamedDiff(old, new, found), BOOK_DIFF_WRITERS), nl=False)
