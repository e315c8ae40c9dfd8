"""`kplan simulate`: what the designs of a scenario cost."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

from kplan.cli.inputs import STDIN, Inputs, scenario_options
from kplan.cli.outputs import Outputs
from kplan.render import WRITERS
from kplan.render.format import plain_text


@click.command()
@scenario_options
@click.option("--no-singles", is_flag=True, help="Add no designs with one model everywhere.")
@click.option("--format", "format_name", type=click.Choice(list(WRITERS)), help="What is printed on stdout.")
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="FILE|-",
    help="Write a file in the format of its ending instead of the default reports; repeatable.",
)
@click.option(
    "--force",
    is_flag=True,
    help="Overwrite what kplan did not write or what was edited, and any .csv or .txt: they tell neither.",
)
@click.option("--quiet", is_flag=True, help="Say nothing on stderr but errors.")
def simulate(
    scenario: str,
    sets: tuple[str, ...],
    variants: tuple[str, ...],
    books: tuple[Path, ...],
    allow_retired: bool,
    no_singles: bool,
    format_name: str | None,
    outputs: tuple[str, ...],
    force: bool,
    quiet: bool,
) -> None:
    """What the designs of SCENARIO cost per query, per month and over the plan.

    SCENARIO is a YAML file, or - for stdin. Prints a table and writes reports/NAME.html and
    reports/NAME.xlsx; with --format or -o only what they ask for.
    """
    sets += ("singles=false",) * no_singles
    inputs = Inputs(scenario, sets, variants, books, allow_retired)
    chosen = Outputs.chosen(inputs.stem, format_name, outputs)
    results = inputs.results()
    chosen.emit(results, force=force)
    if not quiet and chosen.files:
        click.echo(_talk(chosen, inputs, results), err=True)


def _talk(chosen: Outputs, inputs: Inputs, results: Any) -> str:
    """What was written, and how to ask for the reason of the costliest stage's figure."""
    wrote = f"Wrote {' '.join(map(str, chosen.files))}"
    stages = results.design(results.verdict.design).stages
    if not stages or inputs.path == STDIN:
        return plain_text(wrote)
    costliest = max(stages, key=lambda stage: stage.cost_per_query_usd)
    asked = inputs.arguments(f"{results.verdict.design}.{costliest.id}")
    return plain_text(f"{wrote}     why a figure: {shlex.join(['kplan', 'explain', *asked])}")
