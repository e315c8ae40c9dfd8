"""`kplan demo`: an answer in one screen, without any file."""

from __future__ import annotations

import click

from kplan.cli.inputs import Inputs
from kplan.cli.outputs import NARROWEST, screen

SCENARIO = "rag.kplan.yaml"


@click.command()
def demo() -> None:
    """Is it worth giving each stage its own model? A small scenario, answered on one screen.

    Reads and writes no file of yours.
    """
    from kplan.places import folder

    results = Inputs(str(folder("scenarios") / SCENARIO), (), (), (), allow_retired=False).results()
    click.echo(screen(results, widest=NARROWEST), nl=False, color=True)
    click.echo("Your own:  kplan init")
