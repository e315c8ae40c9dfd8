"""The bill of a month as the sum of its queries, each drawn: from P10 to P90."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from math import sqrt
from statistics import NormalDist

import numpy as np
from msgspec import Struct

from kplan.engine.flow.streams import Streams
from kplan.engine.montecarlo.found import MonthRange
from kplan.engine.montecarlo.numbers import decimal
from kplan.engine.montecarlo.spread import Spread
from kplan.engine.plan import Plan, PlannedDesign
from kplan.form.arrays import Array
from kplan.form.decimals import Decimals

FEW_QUERIES = 10_000
"""Below, months are drawn; from here on a sum of queries is normal for all that is printed."""
N_MONTHS = 2_000
"""Months drawn, where they are drawn."""
MOST_AMOUNTS = 400
"""Amounts that the cost of a query is drawn from in such months."""
_TAIL = NormalDist().inv_cdf(0.9)


class Bills(Struct, frozen=True):
    """The months of one design.

    spread   cost of a query on the first day of the plan [USD]
    sd       its standard deviation [USD]

    The number of queries is fixed, as the plan has it: a sum of N independent queries has the standard
    deviation sd sqrt(N), and is normal by the central limit theorem; where N is small whole months are
    drawn. In later price periods queries spread in proportion to their mean. Fixed costs and contracts'
    lines are those of the expected month, contingency goes with the usage.
    """

    plan: Plan
    values: Decimals
    spread: Spread
    sd: float
    seed: int

    def ranges(self, design: PlannedDesign) -> Iterator[MonthRange]:
        """The months in order."""
        drawn: dict[int, Array] = {}
        contingency = self.plan.contingency
        factor = 1.0 if contingency is None else 1.0 + float(self.values[contingency])
        for n, month in enumerate(self.plan.months):
            bill = float(self.values[design.month_costs[n]])
            queries, scale = self._queries(design, month)
            if queries >= FEW_QUERIES:
                off = _TAIL * self.sd * sqrt(queries) * scale
                low, high = -off, off
            else:
                whole = round(queries)
                if whole not in drawn:
                    drawn[whole] = self._sums(whole)
                low, high = (float(each) * scale for each in np.percentile(drawn[whole], (10, 90)))
            yield MonthRange(month, decimal(bill + low * factor), decimal(bill + high * factor))

    def _queries(self, design: PlannedDesign, month: str) -> tuple[float, float]:
        """Queries of a month, and how much further they spread than on the first day."""
        first = self.values[design.usage_per_query[0]]
        parts = [
            (float(self.values[period.queries]), float(self.values[design.usage_per_query[period.epoch]]))
            for period in self.plan.periods
            if period.month == month
        ]
        queries = sum(n for n, _ in parts)
        if not queries or first == Decimal(0):
            return queries, 1.0
        square = sum(n * (usd / float(first)) ** 2 for n, usd in parts) / queries
        return queries, sqrt(square)

    def _sums(self, n: int) -> Array:
        """Months of n queries, each less its mean, shape (N_MONTHS,) [USD]."""
        amounts, weights = self._amounts()
        stream = Streams(self.seed, 0).of(f"months of {n}")
        counts = stream.multinomial(n, weights, size=N_MONTHS)
        sums: Array = counts @ amounts - n * float(amounts @ weights)
        return sums

    def _amounts(self) -> tuple[Array, Array]:
        """The cost of a query in at most so many amounts; those that lie close count with their mean."""
        amounts: Array = self.spread.amounts
        weights: Array = np.diff(self.spread.up_to, prepend=0.0)
        if amounts.size > MOST_AMOUNTS:
            low, high = np.log(amounts[amounts > 0][[0, -1]])
            width = (high - low) / (MOST_AMOUNTS - 2)
            logs = np.log(amounts, where=amounts > 0, out=np.full(amounts.size, low - width))
            place = 1 + ((logs - low) // width).astype(np.intp)
            sums, held = np.zeros(MOST_AMOUNTS), np.zeros(MOST_AMOUNTS)
            np.add.at(sums, place, amounts * weights)
            np.add.at(held, place, weights)
            amounts, weights = sums[held > 0] / held[held > 0], held[held > 0]
        return amounts, weights / weights.sum()
