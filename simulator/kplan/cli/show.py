"""`kplan show`: the tables of a saved result."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from kplan.cli.inputs import STDIN
from kplan.cli.outputs import WIDEST_TABLE, Shown, folders, is_folder, output_options, write_tables
from kplan.render import TABLE_WRITERS

STAGE = "stage"


@click.command()
@click.argument("result", metavar="RESULT")
@click.option("--by", "grouping", metavar="WHAT", help="stage (unless said), model, class, meter or month.")
@click.option(
    "--table",
    "table",
    metavar="NAME",
    help="Another table: designs, stages, prices, events, flips, claims, checks, quality, latency, targets,"
    " ranges, sensitivity, queries or ledger.",
)
@click.option("--top", type=click.IntRange(1), metavar="N", help="The N dearest; what is cut off is counted.")
@click.option(
    "--design", "designs", multiple=True, metavar="NAME|all", help="A design, or all of them; repeatable."
)
@output_options(
    TABLE_WRITERS,
    writes="Write {} file instead of the screen, or every table as CSV into a folder: tables/; repeatable.",
    forces="Overwrite what kplan did not write or what was edited, and any .csv or .txt: they tell neither.",
)
@click.option("--quiet", is_flag=True, help="Say nothing on stderr but errors.")
def show(
    result: str,
    grouping: str | None,
    table: str | None,
    top: int | None,
    designs: tuple[str, ...],
    format_name: str | None,
    outputs: tuple[str, ...],
    force: bool,
    quiet: bool,
) -> None:
    """A table of RESULT, which `kplan simulate --format json` or `-o result.json` made; - for stdin.

    Of --by it shows the design that the verdict is about, over the whole plan, and of --table all designs;
    --design names others. Nothing is simulated anew.
    """
    if grouping is not None and table is not None:
        raise click.UsageError("--by adds up the ledger, --table shows another table; give one of them")
    named = [name for name in outputs if not is_folder(name)]
    shown = Shown.chosen(TABLE_WRITERS, format_name, named) if named or format_name or not outputs else None
    saved = _saved(result)
    write_tables(saved, folders(outputs), force=force)
    if shown is None:
        return
    from kplan.render.tables import view

    by = grouping or ("" if table else STAGE)
    found = view(saved, by=by, table=table or "", designs=designs, top=top)
    shown.emit(found, force=force, widest=WIDEST_TABLE)
    if shown.stdout == "table" and not quiet and result != STDIN:
        click.echo(f"Every table as CSV: {shlex.join(['kplan', 'show', result, '-o', 'tables/'])}", err=True)


def _saved(result: str) -> Any:
    """What the file or stdin holds (`kplan.regress.saved.Saved`)."""
    from kplan.regress.saved import MAX_BYTES, saved_result
    from kplan.scenario.source import Piped

    if result == STDIN:
        return saved_result(Piped(sys.stdin.buffer.read(MAX_BYTES + 1)), STDIN, MAX_BYTES)
    return saved_result(Path(result), result)
