"""Which files of a folder are scenarios."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

ENDING = ".kplan.yaml"


def scenarios_below(folder: Path) -> list[str]:
    """Every *.kplan.yaml below a folder, from there; not in hidden folders or virtual environments."""
    return sorted(_below(folder))


def scenarios_among(paths: Iterable[str], folder: str) -> list[str]:
    """The same of a list of paths, such as those of a commit; `.` is the top."""
    top = PurePosixPath(folder)
    below = (
        PurePosixPath(path).relative_to(top) for path in paths if PurePosixPath(path).is_relative_to(top)
    )
    return sorted(
        path.as_posix()
        for path in below
        if path.name.endswith(ENDING) and not any(part.startswith(".") for part in path.parts[:-1])
    )


def _below(folder: Path) -> Iterator[str]:
    for root, folders, names in os.walk(folder):
        here = Path(root)
        folders[:] = [n for n in folders if not n.startswith(".") and not (here / n / "pyvenv.cfg").exists()]
        yield from ((here / name).relative_to(folder).as_posix() for name in names if name.endswith(ENDING))
