"""`kplan explain`: one figure as a sum."""

from __future__ import annotations

from pathlib import Path

import click

from kplan.cli.inputs import Inputs, scenario_options
from kplan.cli.outputs import is_coloured, terminal_width


@click.command()
@scenario_options
@click.argument("figure", metavar="DESIGN.STAGE")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with every digit.")
def explain(
    scenario: str,
    figure: str,
    sets: tuple[str, ...],
    variants: tuple[str, ...],
    books: tuple[Path, ...],
    allow_retired: bool,
    as_json: bool,
) -> None:
    """What one stage of a design costs, as quantity times unit price, with price rows, sources and dates.

    DESIGN.STAGE is for example stratified.verify, or stratified@variant.verify with --variant. What is paid
    by the month is DESIGN.fixed.NAME or DESIGN.contracts.NAME.
    """
    from kplan.render import explain as pages

    results = Inputs(scenario, sets, variants, books, allow_retired).results()
    if as_json:
        shown = pages.render_json(results, figure)
    else:
        shown = pages.render(results, figure, terminal_width(), is_coloured())
    click.echo(shown, nl=False, color=True)
