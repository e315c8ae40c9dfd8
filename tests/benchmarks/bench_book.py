"""How long reading a scenario's rows takes, beside the bare decompression of the same files."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable

from kplan.places import folder
from kplan.prices.book import load_book
from kplan.prices.embedded import MODELS_FILE, ROWS_FILE

MODELS = ("claude-haiku-5-5", "claude-sonnet-5-5", "gemini-4-argon", "gpt-5.4-mini")
LIMIT = 6
"""Largest ratio that is allowed."""


def decompress() -> list[bytes]:
    """The bare work: both files unpacked."""
    return [gzip.decompress((folder("pricing") / name).read_bytes()) for name in (ROWS_FILE, MODELS_FILE)]


def read_rows() -> int:
    """What a scenario with four models asks of the book: bare ids to all their rows."""
    book = load_book()
    return sum(len(book.rows(book.find(name))) for name in MODELS)


def cpu_s(work: Callable[[], object], n_runs: int = 25) -> float:
    """The median CPU time of a run [s]."""
    taken = []
    for _ in range(n_runs):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return sorted(taken)[n_runs // 2]


def ratio() -> float:
    """Time to read the rows, in decompressions, measured in one run."""
    decompress(), read_rows()
    return cpu_s(read_rows) / cpu_s(decompress)


if __name__ == "__main__":
    print(f"reading the rows of {len(MODELS)} models: {ratio():.2f} decompressions (at most {LIMIT})")
