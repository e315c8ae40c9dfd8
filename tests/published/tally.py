"""How many published figures kplan reproduces (`make figures`); exits with 1 unless it is all of them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from published.figures import Figure, figures
from published.routes import reproduced


def tally(found: Iterable[Figure]) -> str:
    """What was reproduced, in words: what is one multiplication or a bare ratio is counted apart."""
    found = list(found)
    right = [figure for figure in found if figure.printed is None]
    easy = sum(figure.one_multiplication for figure in right)
    return (
        f"{len(right)} published figures reproduced, {easy} of them one multiplication or a bare ratio; "
        f"{len(found) - len(right)} misprints at the corrected value"
    )


def main(table: Iterable[Figure]) -> int:
    """Reproduce every figure of a table, and print the tally; 1 if one does not come out."""
    good, bad = [], []
    for figure in table:
        with TemporaryDirectory() as folder:
            found = reproduced(figure, Path(folder))
        (good if figure.holds(found) else bad).append(figure)
        if not figure.holds(found):
            print(f"{figure.id}: kplan gives {found}, not {figure.expected} {figure.unit} ({figure.source})")
    print(tally(good))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(figures()))
