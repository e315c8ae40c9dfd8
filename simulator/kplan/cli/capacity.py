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
@click.option(
    "--slo",
    metavar="p95=TIME",
    help="Find the largest load that keeps this p50, p95 or p99 of a query; else those of `targets` for all.",
)
@click.option(
    "--queries",
    type=click.IntRange(100, 1_000_000),
    default=5_000,
    show_default=True,
    help="Queries to follow at each load: more of them come closer to the load that is unstable.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the simulation.")
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
    slo: str | None,
    queries: int,
    seed: int,
    format_name: str | None,
    outputs: tuple[str, ...],
    force: bool,
    is_json: bool,
    quiet: bool,
) -> None:
    """Will it fit? Which limit of a provider binds each design of SCENARIO, and when growth reaches it.

    The scenario says whose limits hold, such as `limits: {accounts: {anthropic: Start}}`, and when queries
    come, such as `traffic: {week: office-hours, peak_factor: 1.5}`.

    With `latency` it also says how long queries take under load: p50, p95 and p99 in the busiest minute, the
    load from which that is unstable, the largest load at an SLO (`--slo p95=4s`), and the calls in flight;
    --json and -o tables/ have the curve of latency against load. Delays in bursts need a `trace` of real
    calls under `traffic`, or `burstiness`. The exit code is 0 whether it fits or not: bounds on
    DESIGN.headroom, DESIGN.saturation and DESIGN.p95_under_load under `checks` make `kplan check` fail.
    """
    if is_json and format_name not in (None, "json"):
        raise click.UsageError("--json and --format ask for two formats")
    named = [name for name in outputs if not is_folder(name)]
    wanted = "json" if is_json else format_name
    shown = Shown.chosen(CAPACITY_WRITERS, wanted, named) if named or wanted or not outputs else None
    inputs = Inputs(scenario, (*sets, *("singles=false",) * no_singles), variants, books, allow_retired)
    found = _study(inputs, slo, queries, seed)
    _write_tables(found, folders(outputs), force=force)
    if shown is not None:
        shown.emit(found, force=force)
    if not quiet:
        _warn(found)
        if shown is not None and shown.stdout == "table" and scenario != STDIN:
            asked = [*inputs.options, *(["--"] if scenario.startswith("-") else []), scenario]
            told = shlex.join(["kplan", "capacity", "-o", "tables/", *asked])
            click.echo(plain_text(f"Every table as CSV: {told}"), err=True)


def _study(inputs: Inputs, slo: str | None, queries: int, seed: int) -> Any:
    """The study (`kplan.capacity.study.Study`)."""
    from kplan.capacity.loaded.scene import Effort
    from kplan.capacity.loaded.written import promised
    from kplan.capacity.study import study
    from kplan.regress.run import books_of

    promise = None if slo is None else promised(slo)
    results = inputs.results()
    books = books_of({plan.variant: plan.scenario for plan in results.plans}, inputs.books)
    return study(results, books, Effort(seed, queries), promise)


def _write_tables(found: Any, into: Sequence[Path], *, force: bool) -> None:
    """Every table of the study as CSV into each of the folders."""
    from kplan.render.capacity.csv import folder

    write_folders(folder(found) if into else {}, into, force=force)


def _warn(found: Any) -> None:
    """Say on stderr what is odd about traces, and which limits that play a part were read too long ago."""
    traces = (pattern.trace for pattern in found.patterns.values())
    for sentence in dict.fromkeys(sentence for trace in traces if trace for sentence in trace.told):
        click.echo(plain_text(sentence), err=True)
    used = {use.limit.provider for each in found.designs for use in each.headroom.uses}
    told = dict.fromkeys(
        sentence
        for book in found.limits.values()
        for sentence in book.stale(date.today())  # noqa: DTZ011 - the user's own day
        if any(sentence.startswith(f"limits of {provider} ") for provider in used)
    )
    for sentence in told:
        click.echo(plain_text(f"old: {sentence}"), err=True)
