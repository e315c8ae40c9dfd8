"""`kplan simulate`: what the designs of a scenario cost."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from kplan.cli.browser import open_page, page_among
from kplan.cli.inputs import STDIN, Inputs, layer_options, source
from kplan.cli.outputs import Outputs, Shown, output_options
from kplan.cli.scenario_files import found_scenarios
from kplan.render import PORTFOLIO_WRITERS, WRITERS
from kplan.render.format import plain_text


@click.command()
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True)
@layer_options
@click.option("--by", default="", metavar="TAG", help="Of folders: totals by this tag, such as team.")
@click.option(
    "--draws",
    type=click.IntRange(100, 1_000_000),
    default=10_000,
    show_default=True,
    help="How often uncertain parameters are drawn.",
)
@click.option(
    "--sample",
    type=click.IntRange(1_000, 1_000_000_000),
    metavar="N",
    help="Draw so many queries of each design, and say how costs spread: 1_000_000.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Where the draws begin.")
@click.option("--no-singles", is_flag=True, help="Add no designs with one model everywhere.")
@output_options(
    WRITERS,
    writes="Write a file in the format of its ending instead of the default reports, or every table as CSV"
    " into a folder: tables/; repeatable.",
    forces="Overwrite what kplan did not write or what was edited, and any .csv or .txt: they tell neither.",
)
@click.option("--open", "opens", is_flag=True, help="Show the page that is written in the browser.")
@click.option("--quiet", is_flag=True, help="Say nothing on stderr but errors.")
def simulate(
    scenarios: tuple[str, ...],
    sets: tuple[str, ...],
    variants: tuple[str, ...],
    books: tuple[Path, ...],
    allow_retired: bool,
    by: str,
    draws: int,
    sample: int | None,
    seed: int,
    no_singles: bool,
    format_name: str | None,
    outputs: tuple[str, ...],
    force: bool,
    opens: bool,
    quiet: bool,
) -> None:
    """What the designs of SCENARIO cost per query, per month and over the plan.

    SCENARIO is a YAML file, or - for stdin. Prints a table and writes reports/NAME.html and
    reports/NAME.xlsx; with --format or -o only what they ask for.

    Several scenarios, or a folder, which stands for every *.kplan.yaml below it, make one total by
    scenario, month and tag. Of each counts the design that it names `in_use`, else its baseline.
    """
    sets += ("singles=false",) * no_singles
    if by or len(scenarios) > 1 or Path(scenarios[0]).is_dir():
        if sample is not None:
            raise click.UsageError("--sample draws the queries of one scenario, not of several")
        if opens:
            raise click.UsageError("--open shows the page of one scenario; several make none")
        shown = Shown.chosen(PORTFOLIO_WRITERS, format_name, outputs)
        shown.emit(_portfolio(scenarios, by, sets, variants, books, allow_retired), force=force)
        return
    inputs = Inputs(scenarios[0], sets, variants, books, allow_retired)
    chosen = Outputs.chosen(inputs.stem, format_name, outputs)
    page = page_among(chosen.files.items()) if opens else None
    results = inputs.results(draws, seed, sample)
    chosen.emit(results, force=force)
    if not quiet and chosen.written:
        click.echo(_talk(chosen, inputs, results), err=True)
    if page is not None:
        open_page(page)


def _portfolio(
    paths: Sequence[str],
    by: str,
    sets: Sequence[str],
    variants: Sequence[str],
    books: Sequence[Path],
    allow_retired: bool,
) -> Any:
    """The total of all scenarios that the paths stand for (`Portfolio`)."""
    from kplan.regress.portfolio import portfolio_of

    sources = {file: source(file) for file in found_scenarios(paths)}
    return portfolio_of(
        sources, by=by, sets=sets, variants=variants, book_paths=books, allow_retired=allow_retired
    )


def _talk(chosen: Outputs, inputs: Inputs, results: Any) -> str:
    """What was written, and what to ask next: the tables of a saved result, else the costliest stage."""
    wrote = f"Wrote {' '.join(chosen.written)}"
    saved = [str(path) for path, name in chosen.files.items() if name == "json"]
    stages = results.design(results.verdict.design).stages
    if saved:
        return plain_text(f"{wrote}     its tables: {shlex.join(['kplan', 'show', *_last(saved[0])])}")
    if not stages or inputs.path == STDIN:
        return plain_text(wrote)
    costliest = max(stages, key=lambda stage: stage.cost_per_query_usd)
    asked = inputs.arguments(f"{results.verdict.design}.{costliest.id}")
    return plain_text(f"{wrote}     why a figure: {shlex.join(['kplan', 'explain', *asked])}")


def _last(argument: str) -> list[str]:
    """As the last argument of a command, which must not look like an option."""
    return ["--", argument] if argument.startswith("-") else [argument]
