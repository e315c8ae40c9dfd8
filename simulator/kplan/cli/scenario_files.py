"""The scenario files that a command's PATHS name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from kplan.cli.inputs import STDIN
from kplan.errors import KplanError
from kplan.regress.folders import scenarios_below
from kplan.render.format import plain_text


def scenario_files(paths: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Each path with the scenarios that it stands for: a file itself, a folder all below it, sorted.

    A file is found once, below the first path that leads to it.
    """
    seen: set[str] = set()
    for path in paths:
        found = [path]
        if path != STDIN and Path(path).is_dir():
            found = [(Path(path) / name).as_posix() for name in scenarios_below(Path(path))]
        kept = [file for file in found if os.path.realpath(file) not in seen]
        seen |= set(map(os.path.realpath, kept))
        if kept or not found:
            yield path, kept


def found_scenarios(paths: Iterable[str]) -> list[str]:
    """The files that the paths stand for; a folder without scenarios is told, and is wrong alone."""
    found = dict(scenario_files(paths))
    empty = [f"no *.kplan.yaml below {path}" for path, files in found.items() if not files]
    if not any(found.values()):
        raise KplanError(f"{'; '.join(empty)}; name a scenario, or make one with kplan init")
    for line in empty:
        click.echo(plain_text(line), err=True)
    return [file for files in found.values() for file in files]
