"""`kplan diff`: what a change of scenario or prices does to the bill, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from kplan.cli.inputs import STDIN, source
from kplan.cli.outputs import Shown, output_options
from kplan.errors import KplanError
from kplan.render import DIFF_WRITERS, PORTFOLIO_DIFF_WRITERS

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
@click.option("--by", default="", metavar="TAG", help="Of folders: totals by this tag, such as team.")
@click.option("--no-singles", is_flag=True, help="Add no designs with one model everywhere.")
@output_options(DIFF_WRITERS)
def diff(
    base: str,
    head: str,
    sets: tuple[str, ...],
    variants: tuple[str, ...],
    base_books: tuple[Path, ...],
    head_books: tuple[Path, ...],
    allow_retired: bool,
    by: str,
    no_singles: bool,
    format_name: str | None,
    outputs: tuple[str, ...],
    force: bool,
) -> None:
    """What changes in the bill from BASE to HEAD, design by design and stage by stage, and why.

    BASE and HEAD are each a scenario file, - for stdin, a saved result (kplan simulate --format json), a
    lock (kplan lock), of which the other side's scenario is meant, or git:REF:path, a file of a commit
    with the includes and price books that it names there. Or both are
    folders, here or in a commit: then it tells which scenarios move, by how much and from when on, counting
    of each the design in use (kplan simulate FOLDER).

    Every change is split exactly into price, volume, models, tokens, flow and fixed effects that add up
    to it: what each adds, averaged over every order in which they could change (Shapley 1953).

    The exit code is 0 whether the sides differ or not.
    """
    from kplan.regress.folder_sides import is_portfolio

    if base == head == STDIN:
        raise KplanError("only one side can be stdin")
    layers = [(sets, variants, books, allow_retired) for books in (base_books, head_books)]
    folders = [name != STDIN and is_portfolio(name) for name in (base, head)]
    if any(folders):
        if not all(folders):
            raise KplanError(f"{head if folders[0] else base} is no folder, the other side is one")
        shown = Shown.chosen(PORTFOLIO_DIFF_WRITERS, format_name, outputs)
        shown.emit(_portfolios((base, head), layers, by), force=force)
        return
    if by:
        raise KplanError("--by adds up the scenarios of folders; BASE and HEAD are files")
    shown = Shown.chosen(DIFF_WRITERS, format_name, outputs)
    shown.emit(_scenarios((base, head), layers, singles=not no_singles), force=force)


Layers = Sequence[tuple[tuple[str, ...], tuple[str, ...], tuple[Path, ...], bool]]


def _scenarios(names: Sequence[str], layers: Layers, *, singles: bool) -> Any:
    """The comparison of two scenarios (`Diff`)."""
    from kplan.regress.diff import compared
    from kplan.regress.sides import Side, read_both

    base, head = (
        Side(name if name.startswith(_GIT) else source(name), *over, singles)
        for name, over in zip(names, layers, strict=True)
    )
    return compared(*read_both(base, head))


def _portfolios(names: Sequence[str], layers: Layers, by: str) -> Any:
    """The comparison of two folders (`PortfolioDiff`)."""
    from kplan.regress.folder_sides import FolderSide
    from kplan.regress.portfolio_diff import portfolios_compared

    base, head = (FolderSide(name, *over) for name, over in zip(names, layers, strict=True))
    return portfolios_compared(base, head, by)
