"""`kplan review`: what moved since the lock, design by design, accepted or not."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from kplan.cli.locks import Request, lock_options, refuse_in_ci, written
from kplan.cli.main import CHECK_FAILED, WRONG_INPUT
from kplan.cli.outputs import WIDEST, terminal_width
from kplan.render.format import plain_text

ANSWERS = {"a": "accept", "r": "reject", "s": "skip", "q": "quit"}


@click.command()
@lock_options
@click.option("--write", "is_forced", is_flag=True, help="Write the lock even where CI is set.")
def review(
    paths: tuple[str, ...],
    lock_file: str | None,
    variants: tuple[str, ...],
    books: tuple[Path, ...],
    allow_retired: bool,
    is_forced: bool,
) -> None:
    """Go through what moved since the lock and accept it or not, one design at a time.

    Each accepted design is written at once, with the reason that you give, and nothing else is touched.
    Off a terminal nothing is asked: what moved is printed with the commands that accept it.

    The exit code is 1 where anything is left that was not accepted, and 2 off a terminal.
    """
    request = Request(paths, lock_file, variants, books, allow_retired)
    report = request.report(request.read())
    if not report.bad:
        click.echo(_table(report), nl=False)
        return
    if not is_terminal():
        click.echo(_table(report), nl=False)
        for drift in report.bad:
            click.echo(plain_text(report.command([drift])))
        raise click.exceptions.Exit(WRONG_INPUT)
    refuse_in_ci(is_forced=is_forced)
    left = [drift for drift in report.bad if not _is_accepted(request, drift)]
    click.echo(f"{len(report.bad) - len(left)} accepted, {len(left)} left.")
    if left:
        raise click.exceptions.Exit(CHECK_FAILED)


def is_terminal() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _table(report: Any) -> str:
    from kplan.render.drift import table

    return table.render(report, min(terminal_width(), WIDEST), color=False)


def _is_accepted(request: Request, drift: Any) -> bool:
    """Ask, and write the design's entry where the answer is yes."""
    from kplan.render.drift import words

    for line in (words.title(drift), *(f"  {detail}" for detail in words.details(drift))):
        click.echo(plain_text(line))
    named = ", ".join(f"{letter} = {word}" for letter, word in ANSWERS.items())
    answer = click.prompt(
        named, type=click.Choice([*ANSWERS, *ANSWERS.values()], case_sensitive=False), show_choices=False
    )
    if answer.startswith("q"):
        raise click.exceptions.Exit(CHECK_FAILED)
    if answer.startswith("a"):
        reason = click.prompt("Why (may be left empty)", default="", show_default=False)
        written(request.read(), [drift], reason)
        return True
    return False
