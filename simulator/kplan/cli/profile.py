"""`kplan profile`: a log of calls made into a scenario."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from kplan.cli.inputs import STDIN
from kplan.cli.main import CHECK_FAILED
from kplan.cli.outputs import Shown, output_options
from kplan.render import PROFILE_WRITERS
from kplan.render.format import plain_text


@click.command()
@click.argument("calls", metavar="CALLS")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME=THEIRS",
    help="What the file calls a column; repeatable.",
)
@click.option("--stage", default="", metavar="NAME", help="Stage of every call, where the file names none.")
@click.option("--model", default="", metavar="NAME", help="Model of every call, where the file names none.")
@click.option(
    "--convention",
    type=click.Choice(["inclusive", "exclusive"]),
    help="inclusive: input counts cache reads and writes too, output the reasoning; exclusive: each count"
    " stands alone.  [default: inclusive]",
)
@click.option(
    "--time-unit",
    type=click.Choice(["s", "ms", "us", "ns"]),
    help="Unit of timestamps that are bare numbers.",
)
@click.option("--by-model", is_flag=True, help="A stage for each model, where a stage mixes models.")
@click.option("--strict", is_flag=True, help="Exit with code 1 where a row was skipped.")
@output_options(PROFILE_WRITERS, writes="Write {} file instead of YAML on stdout; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="As --format json.")
@click.option("--quiet", is_flag=True, help="Say nothing on stderr but errors.")
def profile(
    calls: str,
    columns: tuple[str, ...],
    stage: str,
    model: str,
    convention: str | None,
    time_unit: str | None,
    by_model: bool,
    strict: bool,
    format_name: str | None,
    outputs: tuple[str, ...],
    force: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make a scenario of CALLS, a log of calls: one call a row.

    CALLS is a CSV file with the columns stage, model, input, cached, output, and trace if a query makes
    several calls; or one JSON object a line; perhaps packed with gzip; or - for stdin. It may have
    cache_write, cache_write_1h, reasoning and timestamp too; prompt_tokens, ContextTokens and the like are
    known.

    The scenario has the mean tokens of each stage, its models, and how many queries visit it; run it with
    kplan simulate. Rows that are no call are listed with their reason.
    """
    from kplan.logs.calls import read_calls
    from kplan.logs.columns import Wishes
    from kplan.logs.measured import profile as profile_of

    if as_json and format_name not in (None, "json"):
        raise click.UsageError(f"--json and --format {format_name} both say what stdout gets")
    shown = Shown.chosen(PROFILE_WRITERS, "json" if as_json else format_name, outputs, unless_said="yaml")
    wishes = Wishes(_pairs(columns), stage.strip(), model.strip(), convention or "", time_unit or "")
    content, file = _read(calls)
    found = profile_of(read_calls(content, file, wishes), by_model=by_model)
    shown.emit(found, force=force)
    if not quiet:
        click.echo(_talk(found, shown), err=True)
    if strict and found.skipped:
        raise click.exceptions.Exit(CHECK_FAILED)


def _read(calls: str) -> tuple[bytes, str]:
    """All bytes of the log, and what it is called."""
    from kplan.errors import KplanError

    if calls == STDIN:
        return sys.stdin.buffer.read(), "stdin"
    try:
        return Path(calls).read_bytes(), Path(calls).name
    except OSError as e:
        raise KplanError(f"{calls}: cannot be read: {e.strerror or e}") from e


def _pairs(columns: tuple[str, ...]) -> dict[str, str]:
    """What the file calls each column."""
    pairs = [(ours.strip(), theirs.strip()) for ours, _, theirs in (text.partition("=") for text in columns)]
    for text, (ours, theirs) in zip(columns, pairs, strict=True):
        if not ours or not theirs:
            raise click.UsageError(f'--column "{text}"; write --column input=ContextTokens')
        if [name for name, _ in pairs].count(ours) > 1:
            raise click.UsageError(f"--column {ours}= is given twice")
    return dict(pairs)


def _talk(found: Any, shown: Shown) -> str:
    """What was read, skipped, assumed and written."""
    from kplan.render.profile.words import rows_read, skipped_rows

    lines = [f"{found.file}: {rows_read(found)}"]
    if shown.stdout != "table":
        lines += [
            *(f"skipped: {line}" for line in skipped_rows(found)),
            *(f"note: {note}" for note in found.notes),
        ]
    if shown.files:
        scenario = next((path for path, name in shown.files.items() if name == "yaml"), None)
        hint = f"     what it costs: {shlex.join(['kplan', 'simulate', str(scenario)])}" if scenario else ""
        lines.append(f"Wrote {' '.join(map(str, shown.files))}{hint}")
    return "\n".join(map(plain_text, lines))
