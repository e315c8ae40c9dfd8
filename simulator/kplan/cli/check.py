"""`kplan check`: whether scenarios keep the bounds that they set themselves."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from kplan.cli.inputs import layer_options, source
from kplan.cli.locks import LOCK_OPTION, Request
from kplan.cli.main import CHECK_FAILED
from kplan.cli.outputs import Shown, output_options
from kplan.cli.scenario_files import found_scenarios
from kplan.render import CHECK_WRITERS


@click.command()
@click.argument("paths", nargs=-1)
@layer_options
@output_options(CHECK_WRITERS)
@LOCK_OPTION
@click.option(
    "--today", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), help="The day that prices are as old as."
)
def check(
    paths: tuple[str, ...],
    sets: tuple[str, ...],
    variants: tuple[str, ...],
    books: tuple[Path, ...],
    allow_retired: bool,
    format_name: str | None,
    outputs: tuple[str, ...],
    lock_file: str | None,
    today: datetime | None,
    force: bool,
) -> None:
    """Fail with exit code 1 where a scenario breaks a bound of its own `checks`.

    PATHS are scenario files, - for stdin, or folders, which stand for every *.kplan.yaml below them;
    without PATHS it is the current folder. With --variant all each scenario is checked as it stands and
    under each of its variants. A bound whose severity is warn is told, but fails nothing. What
    max_increase allows is counted from the lock (kplan lock).
    """
    from kplan.regress.check_files import all_checks, check_files
    from kplan.regress.checks import FAIL

    shown = Shown.chosen(CHECK_WRITERS, format_name, outputs)
    sources = {file: source(file) for file in found_scenarios(paths or (".",))}
    files = check_files(
        sources,
        sets=sets,
        variants=variants,
        book_paths=books,
        allow_retired=allow_retired,
        today=(today or datetime.now(UTC)).date(),
        baselines=Request(paths, lock_file, (), books, allow_retired).baselines(sources),
    )
    shown.emit(files, force=force)
    if any(each.verdict == FAIL for each in all_checks(files)):
        raise click.exceptions.Exit(CHECK_FAILED)
