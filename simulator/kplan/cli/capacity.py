"""`kplan capacity`: which limit binds each design, with what headroom, and from which month on."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from kplan.cli.inputs import STDIN, Inputs, scenario_options
from kplan.cli.outputs import Shown, folders, is_folder, output_options, write_folders
from kplan.render import CAPACITY_WRITERS
from kplan.render.format import plain_text


@click.command()
@scenario_options
@click.option("--no-singles", is_flag=True, help="Add no designs with one model everywhere.")
@output_options(
    CAPACITY_WRITERS,
    writes="Write {} file instead of the table, or every table as CSV into a folder: tables/; repeatable.",
    forces="Overwrite what kplan did not write or what was edited, and any .csv or .txt: they tell neither.",
)
@click.option("--json", "is_json", is_flag=True, help="Print JSON: the same as --format json.")
@click.option("--quiet", is_flag=True, help="Say nothing on stderr but errors.")
def capacity(
    scenario: str,
    sets: tuple[str, ...],
    variants: tuple[str, ...],
    books: tuple[Path, ...],
    allow_retired: bool,
    no_singles: bool,
    format_name: str | None,
    outputs: tuple[str, ...],
    force: bool,
    is_json: bool,
    quiet: bool,
) -> None:
    """Will it fit? Which limit of a provider binds each design of SCENARIO, and when growth reaches it.

    The scenario says whose limits hold, such as `limits: {accounts: {anthropic: Start}}`, and when queries
    come, such as `traffic: {week: office-hours, peak_factor: 1.5}`.

    Requests in flight need `latency`, delays in bursts a `trace` of real calls under `traffic`. The exit
    code is 0 whether it fits or not: bounds on DESIGN.headroom and DESIGN.saturation under `checks` make
    `kplan check` fail.
    """
    if is_json and format_name not in (None, "json"):
        raise click.UsageError("--json and --format ask for two formats")
    named = [name for name in outputs if not is_folder(name)]
    wanted = "json" if is_json else format_name
    shown = Shown.chosen(CAPACITY_WRITERS, wanted, named) if named or wanted or not outputs else None
    inputs = Inputs(scenario, (*sets, *("singles=false",) * no_singles), variants, books, allow_retired)
    found = _study(inputs)
    _write_tables(found, folders(outputs), force=force)
    if shown is not None:
        shown.emit(found, force=force)
    if not quiet:
        _warn(found)
        if shown is not None and shown.stdout == "table" and scenario != STDIN:
            asked = [*inputs.options, *(["--"] if scenario.startswith("-") else []), scenario]
            told = shlex.join(["kplan", "capacity", "-o", "tables/", *asked])
            click.echo(plain_text(f"Every table as CSV: {told}"), err=True)


def _study(inputs: Inputs) -> Any:
    """The study (`kplan.capacity.study.Study`)."""
    from kplan.capacity.study import study
    from kplan.regress.run import books_of

    results = inputs.results()
    return study(results, books_of({plan.variant: plan.scenario for plan in results.plans}, inputs.books))


def _write_tables(found: Any, into: Sequence[Path], *, force: bool) -> None:
    """Every table of the study as CSV into each of the folders."""
    from kplan.render.capacity.csv import folder

    write_folders(folder(found) if into else {}, into, force=force)


def _warn(found: Any) -> None:
    """Say on stderr which limits that play a part were read too long ago."""
    used = {use.limit.provider for each in found.designs for use in each.headroom.uses}
    told = dict.fromkeys(
        sentence
        for book in found.limits.values()
        for sentence in book.stale(date.today())  # noqa: DTZ011 - the user's own day
        if any(sentence.startswith(f"limits of {provider} ") for provider in used)
    )
    for sentence in told:
        click.echo(plain_text(f"old: {sentence}"), err=True)
