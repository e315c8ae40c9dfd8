"""`kplan check`: whether scenarios keep the bounds that they set themselves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from kplan.cli.inputs import layer_options, source
from kplan.cli.main import CHECK_FAILED
from kplan.cli.outputs import STDOUT, WIDEST, is_coloured, named_files, terminal_width
from kplan.cli.scenario_files import scenario_files
from kplan.errors import KplanError
from kplan.render import CHECK_WRITERS, render
from kplan.render.files import write_all
from kplan.render.format import plain_text


@click.command()
@click.argument("paths", nargs=-1)
@layer_options
@click.option(
    "--format", "format_name", type=click.Choice(list(CHECK_WRITERS)), help="What is printed on stdout."
)
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="FILE|-",
    help="Write a .txt, .json, .xml (JUnit), .md or .github file instead of the table; repeatable.",
)
@click.option("--force", is_flag=True, help="Overwrite what kplan did not write or what was edited.")
def check(
    paths: tuple[str, ...],
    sets: tuple[str, ...],
    variants: tuple[str, ...],
    books: tuple[Path, ...],
    allow_retired: bool,
    format_name: str | None,
    outputs: tuple[str, ...],
    force: bool,
) -> None:
    """Fail with exit code 1 where a scenario breaks a bound of its own `checks`.

    PATHS are scenario files, - for stdin, or folders, which stand for every *.kplan.yaml below them;
    without PATHS it is the current folder. With --variant all each scenario is checked as it stands and
    under each of its variants. A bound whose severity is warn is told, but fails nothing.
    """
    from kplan.regress.check_files import all_checks, check_files
    from kplan.regress.checks import FAIL

    named = named_files(outputs, CHECK_WRITERS)
    sources = {file: source(file) for file in _found(paths or (".",))}
    files = check_files(sources, sets=sets, variants=variants, book_paths=books, allow_retired=allow_retired)
    write_all({path: render(name, files, CHECK_WRITERS) for path, name in named.items()}, force=force)
    if format_name or not outputs or STDOUT in outputs:
        click.echo(_shown(format_name or "table", files), nl=False, color=True)
    if any(each.verdict == FAIL for each in all_checks(files)):
        raise click.exceptions.Exit(CHECK_FAILED)


def _found(paths: Sequence[str]) -> list[str]:
    """The files that the paths stand for; a folder without scenarios is told, and is wrong alone."""
    found = dict(scenario_files(paths))
    empty = [f"no *.kplan.yaml below {path}" for path, files in found.items() if not files]
    if not any(found.values()):
        raise KplanError(f"{'; '.join(empty)}; name a scenario, or make one with kplan init")
    for line in empty:
        click.echo(plain_text(line), err=True)
    return [file for files in found.values() for file in files]


def _shown(format_name: str, files: Any) -> str | bytes:
    """What goes to stdout: the table as wide as the terminal, anything else as it would be written."""
    if format_name != "table":
        return render(format_name, files, CHECK_WRITERS)
    from kplan.render import check_table

    return check_table.render(files, min(terminal_width(), WIDEST), is_coloured())
