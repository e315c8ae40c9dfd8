"""`kplan lock`: keep what designs cost, and tell when and why that moves."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from kplan.cli.locks import Request, lock_options, refuse_in_ci, written
from kplan.cli.main import CHECK_FAILED
from kplan.cli.outputs import Shown, output_options
from kplan.errors import KplanError, Problem
from kplan.render import LOCK_WRITERS
from kplan.render.format import plain_text


@click.command()
@lock_options
@click.option("--check", "is_check", is_flag=True, help="Write nothing; fail where something moved.")
@click.option("--accept", "accepted", multiple=True, metavar="ID", help="Lock this design alone; repeatable.")
@click.option("--reason", default="", metavar="TEXT", help="Why, kept with what is locked.")
@click.option("--write", "is_forced", is_flag=True, help="Write the lock even where CI is set.")
@output_options(
    LOCK_WRITERS,
    shows="What --check prints on stdout.",
    writes="Where --check writes {} file; repeatable.",
    forces="Let -o overwrite what kplan did not write or what was edited.",
)
def lock(
    paths: tuple[str, ...],
    lock_file: str | None,
    variants: tuple[str, ...],
    books: tuple[Path, ...],
    allow_retired: bool,
    is_check: bool,
    accepted: tuple[str, ...],
    reason: str,
    is_forced: bool,
    format_name: str | None,
    outputs: tuple[str, ...],
    force: bool,
) -> None:
    """Write down what every design of the scenarios costs, or with --check fail where that has moved.

    PATHS are scenario files, or folders, which stand for every *.kplan.yaml below them; without PATHS it
    is the current folder. The lock has an entry for each design that a scenario writes; with --variant
    also under that variant. Entries of other scenarios are never touched, and neither are those that hold.

    --check names every drift price, scenario or code (the same scenario at the same prices came to
    another figure) and prints the command that accepts it. Its exit code is 1 where anything moved, is not
    locked yet, or is used by no scenario any more.
    """
    request = Request(paths, lock_file, variants, books, allow_retired)
    if is_check:
        _refuse({"--accept": accepted, "--reason": reason, "--write": is_forced}, "without --check")
        _check(request, format_name, outputs, force)
        return
    _refuse({"--format": format_name, "--output": outputs, "--force": force}, "with --check")
    refuse_in_ci(is_forced=is_forced)
    _lock(request, accepted, reason)


def _refuse(options: dict[str, object], when: str) -> None:
    given = [Problem(f"{name} goes {when} only") for name, value in options.items() if value]
    if given:
        raise KplanError(given)


def _check(request: Request, format_name: str | None, outputs: tuple[str, ...], force: bool) -> None:
    shown = Shown.chosen(LOCK_WRITERS, format_name, outputs)
    if not request.lock_path.exists():
        command = shlex.join(["kplan", "lock", *request.options, *request.paths])
        raise KplanError(f"{request.lock_path}: there is no lock yet; {command} writes it")
    report = request.report(request.read())
    shown.emit(report, force=force)
    if report.bad:
        raise click.exceptions.Exit(CHECK_FAILED)


def _lock(request: Request, accepted: tuple[str, ...], reason: str) -> None:
    from kplan.regress.lock.scan import chosen
    from kplan.render.drift.words import tally_written

    held = request.read()
    report = request.report(held, accepted)
    shown = {plain_text(drift.id): drift.id for drift in report.drifts}  # as commands are printed
    drifts = chosen(report, [shown.get(id_, id_) for id_ in accepted], anew=bool(reason))
    written(held, drifts, reason)
    click.echo(plain_text(f"{request.lock_path}: {tally_written(report.drifts, drifts)}"))
