"""The table of published figures: where each was read, its inputs, and the public route that must give it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Figure:
    """A figure that somebody printed."""

    id: str
    source: str
    feature: str
    route: str
    """Name of the function of `routes` that reproduces it."""
    inputs: Mapping[str, Any]
    expected: Decimal
    unit: str
    tolerance: Decimal
    printed: Decimal | None = None
    """What the source says where that is wrong; `expected` is then the corrected value."""
    one_multiplication: bool = False
    """Whether one multiplication or a bare ratio gives it: it proves little, and is counted apart."""
    model: str = ""
    """The model of kplan's own book that it speaks of."""
    meter: str = ""
    rule: str = ""
    """The size rule of `kplan units`."""
    rates: Mapping[str, Any] = field(default_factory=dict)
    """Prices that the source leaves to the vendor's list: below the threshold and above it."""

    def holds(self, found: Decimal) -> bool:
        """Whether a figure is the expected one, within the tolerance of what is printed."""
        return abs(found - self.expected) <= self.tolerance


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a file with one JSON object a line, decimals exact."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line, parse_float=Decimal) for line in lines]


def figures() -> list[Figure]:
    """Every figure of our table, those that are wrong as printed last."""
    return [_figure(row) for name in ("figures", "misprints") for row in read(HERE / f"{name}.jsonl")]


def _figure(row: Mapping[str, Any]) -> Figure:
    exact = {name: Decimal(row[name]) for name in ("expected", "tolerance", "printed") if name in row}
    return Figure(**{**row, **exact})
