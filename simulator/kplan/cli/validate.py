"""`kplan validate`: every problem of a scenario, before anything is computed."""

from __future__ import annotations

import click

ALL = "all"


@click.command()
@click.argument("files", nargs=-1, required=True)
@click.option("--set", "sets", multiple=True, metavar="A.B=VALUE", help="Lay a value over each scenario.")
@click.option("--variant", "variants", multiple=True, metavar="NAME|all", help="Check only these variants.")
def validate(files: tuple[str, ...], sets: tuple[str, ...], variants: tuple[str, ...]) -> None:
    """Say `ok` for each of FILES, or list all their problems with line and column.

    Without --variant a scenario is checked as it stands and under each of its variants.
    Model names and prices are looked up only by `kplan simulate`.
    """
    from kplan.errors import KplanError, Problem

    problems: list[Problem] = []
    for file in files:
        try:
            _check(file, sets, variants)
        except KplanError as e:
            problems += e.problems
        else:
            click.echo(f"{file}: ok")
    if problems:
        raise KplanError(problems)


def _check(file: str, sets: tuple[str, ...], variants: tuple[str, ...]) -> None:
    from kplan.scenario.load import load_scenario, load_variants

    if not variants:
        load_scenario(file, sets=sets)
    load_variants(file, sets, ALL if ALL in variants or not variants else variants)
