"""The price cells of many calls as tables, compiled once for each set of rates through `assign`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kplan.engine.call import CallForm
from kplan.errors import KplanError
from kplan.form.cells import Cell
from kplan.form.steps import Steps, steps
from kplan.prices.rates import Rates

_SPARE = 64
"""Columns that tables begin with; they double when full."""
_KEPT = 4096
"""Sets of rates whose cells are kept between calls."""


@dataclass(eq=False)
class Table:
    """Rates by meter and column; a column is one set of rates at one step of request sizes.

    Column 0 prices nothing: calls that cannot be priced go there.
    """

    meters: tuple[str, ...]
    """Those of the usage, and those of which a call that is billed for them counts one."""
    given: frozenset[str]
    """Those of the usage alone."""
    usd_per_unit: NDArray[np.float64] = field(init=False)
    """Shape (meters, room); 0 where a meter has no price."""
    over: NDArray[np.float64] = field(init=False)
    """Input tokens above which a call belongs to the next column, shape (room,); inf where that is none."""
    n_steps: int = 0
    """The most steps that a call may have to go on."""
    unpriced: NDArray[np.bool_] = field(init=False)
    """Where a count would have no price, shape (meters, room)."""
    billed: list[dict[str, tuple[Cell, Decimal]]] = field(init=False)
    """For each column the cell and the exact rate [USD per unit] of every meter."""
    active: NDArray[np.bool_] = field(init=False)
    """Which meters some column bills or refuses."""
    refuses: NDArray[np.bool_] = field(init=False)
    """Which meters some column refuses."""
    splits: dict[int, Compiled] = field(default_factory=dict)
    why: dict[tuple[int, int], KplanError] = field(default_factory=dict)
    """Meter and column -> what is wrong with a count there."""
    _columns: dict[Rates, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.usd_per_unit = np.zeros((len(self.meters), _SPARE))
        self.unpriced = np.zeros((len(self.meters), _SPARE), np.bool_)
        self.over = np.full(_SPARE, np.inf)
        self.active, self.refuses = np.zeros((2, len(self.meters)), np.bool_)
        self.billed = [{}]

    def __len__(self) -> int:
        return len(self.billed)

    @property
    def lowest_over(self) -> float:
        """The lowest threshold of all [input tokens]; inf when there is none."""
        return float(self.over.min())

    def column(self, rates: Rates) -> int:
        """The first column of the rates; the ones of larger requests follow it."""
        if rates not in self._columns:
            self._columns[rates] = self._compiled(rates)
        return self._columns[rates]

    def _compiled(self, rates: Rates) -> int:
        first = len(self.billed)
        found = compiled(
            rates, tuple(meter for meter in self.meters if meter in self.given or rates.has(meter))
        )
        if found.steps is None:
            self.splits[first] = found
            self._append({}, found.wrong)
            return first
        for step in found.steps.cells:
            billed = {meter: found.form.cells[place] for meter, place in step.items()}
            self._append(billed, found.wrong)
        n_steps = len(found.steps.thresholds)
        self.over[first : first + n_steps] = found.steps.thresholds
        self.n_steps = max(self.n_steps, n_steps)
        return first

    def _append(self, billed: dict[str, tuple[Cell, Decimal]], wrong: Mapping[str, KplanError]) -> None:
        column = len(self.billed)
        if column == self.usd_per_unit.shape[1]:
            self.usd_per_unit = _doubled(self.usd_per_unit, 1, 0)
            self.unpriced = _doubled(self.unpriced, 1, 0)
            self.over = _doubled(self.over, 0, np.inf)
        self.billed.append(billed)
        for place, meter in enumerate(self.meters):
            if meter in billed:
                self.usd_per_unit[place, column] = float(billed[meter][1])
            elif meter in wrong:
                self.unpriced[place, column] = True
                self.why[place, column] = wrong[meter]
            self.active[place] |= meter in billed or meter in wrong
            self.refuses[place] |= meter in wrong


class Compiled(Struct, frozen=True, eq=False):
    """The cells of calls at one set of rates."""

    form: CallForm
    meters: tuple[str, ...]
    """Those that have a price, in the order of the form's counts."""
    steps: Steps | None
    """None where buckets are split between cells: there the graph is evaluated."""
    wrong: Mapping[str, KplanError]
    """Meter -> why a count of it has no price."""


@lru_cache(maxsize=_KEPT)
def compiled(rates: Rates, meters: tuple[str, ...]) -> Compiled:
    """The cells of these meters; a pure function whose last results are kept, since books are used again."""
    wrong = {meter: error for meter in meters if (error := _refusal(rates, meter))}
    priced = tuple(meter for meter in meters if meter not in wrong)
    form = CallForm.of(rates, priced)
    usage = dict(zip(priced, form.counts, strict=True))
    return Compiled(form, priced, steps(form.graph, usage, [cell for cell, _ in form.cells]), wrong)


def _refusal(rates: Rates, meter: str) -> KplanError | None:
    """Why a count of the meter has no price here, if it has none."""
    try:
        rates.tiers(meter)
    except KplanError as error:
        return error
    return None


def _doubled(table: NDArray[Any], axis: int, value: float) -> NDArray[Any]:
    return np.concatenate((table, np.full_like(table, value)), axis=axis)
