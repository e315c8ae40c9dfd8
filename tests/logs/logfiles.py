"""Logs made in tests, and an independent reading of them by the csv module."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from kplan.logs.calls import Calls, read_calls
from kplan.logs.columns import Wishes
from kplan.logs.measured import profile
from kplan.logs.profile import Profile

TRACES = Path(__file__).parents[3] / "shared" / "data" / "traces"


def calls_of(text: str, wishes: Wishes | None = None) -> Calls:
    """The calls of a log as it stands in a docstring: indented, with `|` for a line that must stay empty."""
    lines = [line.strip() for line in text.strip().splitlines()]
    return read_calls("\n".join("" if line == "|" else line for line in lines).encode(), "calls.csv", wishes)


def profile_of(text: str, wishes: Wishes | None = None, *, by_model: bool = False) -> Profile:
    return profile(calls_of(text, wishes), by_model=by_model)


def as_csv(rows: Sequence[dict[str, object]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
