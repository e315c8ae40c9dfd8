"""`kplan import`: what was edited in a budget workbook, as a scenario."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from kplan.errors import KplanError
from kplan.render.format import plain_text

STDOUT = "-"
UNNAMED = "whatif.yaml"
"""What the scenario is called in messages while it goes to stdout."""


@click.command("import")
@click.argument("workbook", type=click.Path(path_type=Path))
@click.option(
    "--scenario",
    type=click.Path(path_type=Path),
    help="The scenario that the workbook was made from.  [default: looked for beside it, above it and here]",
)
@click.option(
    "--book",
    "books",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A price book that the workbook was made with by --book; repeatable.",
)
@click.option("-o", "--output", default=STDOUT, metavar="FILE|-", help="The scenario to write.  [default: -]")
@click.option("--force", is_flag=True, help="Overwrite what kplan did not write or what was edited.")
def import_workbook(
    workbook: Path, scenario: Path | None, books: tuple[Path, ...], output: str, force: bool
) -> None:
    """Turn what was edited in WORKBOOK, which kplan simulate wrote, into a scenario.

    The blue cells are read: inputs, seasons, the budget and prices. The scenario that is written includes
    the one that the workbook was made from and says what was edited, and nothing else: take a line out to
    undo it. Cells that were edited in a workbook of variants become changes to these variants. Edited prices
    go into a price book beside it, FILE.prices.yaml, which needs -o.

    What was edited is listed with the new totals: on stdout, or on stderr where the scenario goes to stdout.
    Nothing is written where a cell cannot be carried over; all such cells are named at once.
    """
    from kplan.render.readback.imported import imported

    is_piped = output == STDOUT
    path = Path(UNNAMED if is_piped else output)
    found = imported(workbook, scenario, books, path)
    if not is_piped:
        from kplan.render.files import write_all

        write_all(found.files, force=force)
    click.echo(_told(found), nl=False, err=is_piped)
    if is_piped:
        _print(found.files)
    for line in found.warnings:
        click.echo(plain_text(f"warning: {line}"), err=True)
    if not is_piped:
        see = shlex.join(["kplan", "simulate", str(path), *found.options])
        click.echo(plain_text(f"Wrote {' '.join(map(str, found.files))}     see it: {see}"), err=True)


def _print(files: Mapping[Path, bytes]) -> None:
    if len(files) > 1:
        raise KplanError("edited prices go into a price book of their own: name the scenario, -o whatif.yaml")
    for content in files.values():
        click.echo(content, nl=False)


def _told(found: Any) -> str:
    """What was edited, and what it does to the totals."""
    from kplan.render.readback.differences import edits_table, totals_table

    edits = edits_table(found.read)
    return (
        f"{edits}\n{totals_table(found.read, found.results)}"
        if found.read.edits or found.read.chosen
        else edits
    )
