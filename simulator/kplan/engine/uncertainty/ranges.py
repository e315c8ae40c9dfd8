"""From draws to ranges: percentiles of each design's figures, who is cheapest how often, what drives it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from kplan.engine.floors import standing
from kplan.engine.plan import Plan
from kplan.engine.results import DesignResult
from kplan.engine.uncertainty.found import Draws, Driver, Ranges
from kplan.engine.uncertainty.parameters import TAILS, Uncertain, shaping_of, uncertain_of
from kplan.engine.uncertainty.ranks import correlation, ranks
from kplan.engine.uncertainty.samples import Samples, samples
from kplan.engine.uncertainty.valid import Guards
from kplan.form.arrays import Array
from kplan.form.expressions import Number
from kplan.quality.intervals import Standing
from kplan.ranges import Interval
from kplan.scenario.names import dotted

PERCENTILES = (10, 50, 90)
DIGITS = 12
"""Digits kept of a figure out of float64: those that no order of summation moves."""


def with_ranges(
    plan: Plan, designs: Sequence[DesignResult], draws: Draws
) -> tuple[list[DesignResult], tuple[str, ...]]:
    """The designs with their ranges over the draws, and what is to be said of the draws.

    Raises KplanError, at the parameter, where draws make units negative, chances leave [0, 1], or a bill
    is no finite number.
    """
    uncertain, idle = uncertain_of(plan)
    shaping = shaping_of(plan)
    unused = (place for place in idle if place not in shaping)
    notes = tuple(f"{dotted(place)} is uncertain, and no cost rests on it" for place in unused)
    notes += tuple(
        f"{dotted(place)} feeds what kplan computes beforehand ({_listed(names)}): that is as at its value in"
        " every draw"
        for place, names in shaping.items()
    )
    if not uncertain:
        return list(designs), notes
    notes += ("context windows are checked at the values of uncertain parameters, not at every draw",)
    values = {each.node: each.draws(draws) for each in uncertain}
    guards = Guards.of(plan, uncertain)
    found = samples(plan, values, draws.n, guards)
    guards.refuse(plan, uncertain)
    sampled = _Sampled(plan, designs, uncertain, found, _one_at_a_time(plan, uncertain))
    placed = [ranks(each) for each in values.values()]
    ranged = []
    for row, design in enumerate(designs):
        mine = ranks(found.total[row])
        ranges = sampled.ranges(row, [correlation(each, mine) for each in placed])
        ranged.append(replace(design, ranges=ranges))
    return ranged, notes


def _listed(names: Sequence[str]) -> str:
    return names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "")


def _one_at_a_time(plan: Plan, uncertain: Sequence[Uncertain]) -> Samples:
    """Each parameter at its P10 and at its P90, all others at their values: two variants a parameter."""
    n = 2 * len(uncertain)
    values = {}
    for place, each in enumerate(uncertain):
        values[each.node] = np.full(n, _value(each))
        values[each.node][2 * place : 2 * place + 2] = each.spread.quantiles(TAILS)
    return samples(plan, values, n)


def _value(uncertain: Uncertain) -> float:
    value = uncertain.param.value
    assert isinstance(value, Number)
    return float(value.value)


class _Sampled(Struct, frozen=True):
    """A plan's designs over all draws, and with one parameter moved at a time."""

    plan: Plan
    designs: Sequence[DesignResult]
    uncertain: Sequence[Uncertain]
    found: Samples
    tails: Samples

    def ranges(self, row: int, rank: Sequence[float | None]) -> Ranges:
        """The ranges of one design."""
        design, found = self.designs[row], self.found
        against = self._row(design.saving.against) if design.saving else None
        single = design.saving_vs_cheapest_single
        other = self._row(single.against) if single else None
        total = found.total[row]
        has_budget = design.budget_usd_per_month is not None
        return Ranges(
            per_query=_interval(found.per_query[row]),
            first_month=_interval(found.first_month[row]),
            total=_interval(total),
            total_per_query=_interval(_quotient(total, found.queries)),
            saving_usd=None if against is None else _interval(found.total[against] - total),
            saving_share=None if against is None else self._share(against, row),
            saving_vs_single_usd=None if other is None else _interval(found.total[other] - total),
            cheapest=_decimal(np.mean(_cheapest(found.total, self._rivals(added=design.added)) == row)),
            cheapest_at_values=min(
                (self.designs[each] for each in self._rivals(added=False)), key=lambda each: each.total_usd
            ).id,
            over_budget=_decimal(found.over_budget[row].mean()) if has_budget else None,
            drivers=self._drivers(row, rank),
        )

    def _share(self, against: int, row: int) -> Interval | None:
        theirs = self.found.total[against]
        if not (theirs > 0).all():
            return None
        return _interval(1 - self.found.total[row] / theirs)

    def _row(self, id_: str) -> int:
        return next(row for row, design in enumerate(self.designs) if design.id == id_)

    def _rivals(self, *, added: bool) -> list[int]:
        """The written designs, or all; where there are floors those that clear them, if any does."""
        rows = [row for row, each in enumerate(self.designs) if added or not each.added]
        clearing = [row for row in rows if standing(self.designs[row]) is Standing.CLEARS]
        return clearing or rows

    def _drivers(self, row: int, rank: Sequence[float | None]) -> tuple[Driver, ...]:
        leaders = _cheapest(self.tails.total, self._rivals(added=False))
        totals = self.tails.total[row]
        used = set(self.plan.graph.under([self.plan.designs[row].total]))
        drivers = []
        for n, each in enumerate(self.uncertain):
            if each.node not in used:
                continue
            low, high = each.spread.quantiles(TAILS)
            of_ranks = rank[n]
            drivers.append(
                Driver(
                    parameter=each.name,
                    unit=each.param.unit,
                    is_share=each.is_share,
                    value=_decimal(_value(each)),
                    low=_decimal(low),
                    high=_decimal(high),
                    usd_at_low=_decimal(totals[2 * n]),
                    usd_at_high=_decimal(totals[2 * n + 1]),
                    rank_correlation=None if of_ranks is None else _decimal(of_ranks, 6),
                    cheapest_at_low=self.designs[leaders[2 * n]].id,
                    cheapest_at_high=self.designs[leaders[2 * n + 1]].id,
                )
            )
        return tuple(sorted(drivers, key=lambda driver: -driver.swing_usd))


def _cheapest(totals: Array, rows: Sequence[int]) -> Array:
    """The row of the lowest total of these rows in each draw; the first one on a tie, as in the verdict."""
    chosen: Array = np.asarray(rows)[np.argmin(totals[list(rows)], axis=0)]
    return chosen


def _quotient(totals: Array, queries: Array) -> Array:
    return np.divide(totals, queries, out=np.zeros_like(totals), where=queries > 0)


def _interval(values: Array) -> Interval:
    """P10, P50 and P90 over the draws; linear between order statistics (Hyndman & Fan 1996, type 7)."""
    return Interval(*(_decimal(each) for each in np.percentile(values, PERCENTILES)))


def _decimal(value: float, digits: int = DIGITS) -> Decimal:
    return Decimal(f"{value:.{digits}g}")
