"""The scenario files that a command's PATHS name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from kplan.cli.inputs import STDIN

ENDING = ".kplan.yaml"


def scenario_files(paths: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Each path with the scenarios that it stands for: a file itself, a folder all below it, sorted.

    A file is found once, below the first path that leads to it.
    """
    seen: set[str] = set()
    for path in paths:
        found = sorted(_below(Path(path))) if path != STDIN and Path(path).is_dir() else [path]
        kept = [file for file in found if os.path.realpath(file) not in seen]
        seen |= set(map(os.path.realpath, kept))
        if kept or not found:
            yield path, kept


def _below(folder: Path) -> Iterator[str]:
    """Every *.kplan.yaml below a folder; hidden folders and virtual environments are passed over."""
    for root, folders, names in os.walk(folder):
        here = Path(root)
        folders[:] = [n for n in folders if not n.startswith(".") and not (here / n / "pyvenv.cfg").exists()]
        yield from ((here / name).as_posix() for name in names if name.endswith(ENDING))
