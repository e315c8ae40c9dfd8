"""`kplan diff`: what a change of scenario or prices does to the bill, and why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from kplan.cli.inputs import STDIN, source
from kplan.cli.outputs import STDOUT, WIDEST, named_files, terminal_width
from kplan.errors import KplanError
from kplan.render import DIFF_WRITERS, render
from kplan.render.files import write_all

_GIT = "git:"


def _books(side: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option that lays price books over one side."""
    return click.option(
        f"--prices-{side}",
        f"{side}_books",
        multiple=True,
        metavar="FILE",
        type=click.Path(path_type=Path),
        help=f"A price book laid over those of {side.upper()} alone; repeatable.",
    )


@click.command()
@click.argument("base")
@click.argument("head")
@click.option(
    "--set", "sets", multiple=True, metavar="A.B=VALUE", help="Lay a value over both sides; repeatable."
)
@click.option("--variant", "variants", multiple=True, metavar="NAME|all", help="A variant of both sides.")
@_books("base")
@_books("head")
@click.option(
    "--allow-retired", is_flag=True, help="Price models outside their life, for audits of the past."
)
@click.option("--no-singles", is_flag=True, help="Add no designs with one model everywhere.")
@click.option(
    "--format", "format_name", type=click.Choice(list(DIFF_WRITERS)), help="What is printed on stdout."
)
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="FILE|-",
    help="Write a .txt, .json, .md or .github file instead of the table; repeatable.",
)
@click.option("--force", is_flag=True, help="Overwrite what kplan did not write or what was edited.")
def diff(
    base: str,
    head: str,
    sets: tuple[str, ...],
    variants: tuple[str, ...],
    base_books: tuple[Path, ...],
    head_books: tuple[Path, ...],
    allow_retired: bool,
    no_singles: bool,
    format_name: str | None,
    outputs: tuple[str, ...],
    force: bool,
) -> None:
    """What changes in the bill from BASE to HEAD, design by design and stage by stage, and why.

    BASE and HEAD are each a scenario file, - for stdin, a saved result (kplan simulate --format json),
    or git:REF:path, a file of a commit with the includes and price books that it names there.

    Every change is split exactly into price, volume, models, tokens, flow and fixed effects that add up
    to it: what each adds, averaged over every order in which they could change (Shapley 1953).

    The exit code is 0 whether the sides differ or not.
    """
    from kplan.regress.diff import compared
    from kplan.regress.sides import Side, read_both

    if base == head == STDIN:
        raise KplanError("only one side can be stdin")
    named = named_files(outputs, DIFF_WRITERS)
    sets += ("singles=false",) * no_singles
    sides = [
        Side(name if name.startswith(_GIT) else source(name), sets, variants, books, allow_retired)
        for name, books in ((base, base_books), (head, head_books))
    ]
    found = compared(*read_both(*sides))
    write_all({path: render(name, found, DIFF_WRITERS) for path, name in named.items()}, force=force)
    if format_name or not outputs or STDOUT in outputs:
        click.echo(_shown(format_name or "table", found), nl=False, color=True)


def _shown(format_name: str, found: Any) -> str | bytes:
    """What goes to stdout: the table as wide as the terminal, anything else as it would be written."""
    if format_name != "table":
        return render(format_name, found, DIFF_WRITERS)
    from kplan.render import diff_text

    return diff_text.render(found, min(terminal_width(), WIDEST))
