"""Where a lock lies."""

from __future__ import annotations

import os
from pathlib import Path

NAME = "kplan.lock.yaml"


def nearest(folder: Path) -> Path:
    """The lock of a folder, else of the nearest one above it up to here; without any, the folder's own."""
    here, real = (Path(os.path.realpath(each)) for each in (".", folder))
    above = [Path(os.path.relpath(each)) for each in (real, *real.parents) if each.is_relative_to(here)]
    return next((each / NAME for each in (folder, *above) if (each / NAME).is_file()), folder / NAME)


def lock_option(path: Path) -> tuple[str, ...]:
    """Words of a command line that name the lock; none for the one of the current folder."""
    return () if path == Path(NAME) else ("--lock", str(path))
