"""`kplan validate`: every problem of a scenario, with nothing printed or written besides."""

from __future__ import annotations

from pathlib import Path

import click

from kplan.cli.inputs import layer_options, source


@click.command()
@click.argument("files", nargs=-1, required=True)
@layer_options
def validate(
    files: tuple[str, ...],
    sets: tuple[str, ...],
    variants: tuple[str, ...],
    books: tuple[Path, ...],
    allow_retired: bool,
) -> None:
    """Say `ok` for each of FILES (- is stdin), or list all their problems with line and column.

    Without --variant a scenario is checked as it stands and under each of its variants. Everything
    that `kplan simulate` would refuse is refused here: models, prices and claims too.
    """
    from kplan.errors import KplanError, Problem
    from kplan.regress.run import check

    problems: dict[Problem, None] = {}
    for file in files:
        try:
            check(source(file), sets=sets, variants=variants, book_paths=books, allow_retired=allow_retired)
        except KplanError as e:
            problems |= dict.fromkeys(e.problems)
        else:
            click.echo(f"{file}: ok")
    if problems:
        raise KplanError(problems)
