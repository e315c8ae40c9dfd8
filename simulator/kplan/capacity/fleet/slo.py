"""The largest rate at which a replica kept its bounds, as it was measured."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from kplan.amounts import duration_in_full
from kplan.capacity.fleet.curve import Curve, Step
from kplan.capacity.fleet.points import Point, is_figure, quantile
from kplan.errors import KplanError, Problem
from kplan.form.numbers import clipped
from kplan.form.numbers import duration as seconds
from kplan.money import ONE, exact, quotient, rounded
from kplan.scenario.names import meant

EXAMPLES = ("ttft_p50", "ttft_p95", "ttft_p99", "itl_p95", "itl_p99", "tpot_mean", "e2e_p95", "e2e_p99")


class Bound(Struct, frozen=True):
    """A latency that requests have to keep."""

    figure: str
    """Such as `ttft_p95`."""
    limit_s: Decimal

    def __str__(self) -> str:
        return f"{self.figure} <= {duration_in_full(self.limit_s)}"

    def is_kept(self, point: Point) -> bool:
        """Whether the run kept it; failed requests are later than any bound."""
        share = quantile(self.figure)
        with exact():
            too_many = share is not None and point.failed_share > ONE - share
        return not too_many and point.latencies_s[self.figure] <= self.limit_s


class LargestRate(Struct, frozen=True):
    """What a replica takes within its bounds."""

    requests_per_s: Decimal
    kept: Step
    """The last load at which every bound was kept."""
    broken: Step | None
    """The next one; None where none was measured that breaks a bound: then it is at least that much."""
    binding: tuple[Bound, ...]
    """What broke."""
    is_interpolated: bool
    later: tuple[Step, ...]
    """Loads above the broken one at which all is kept again: noise, which is not counted on."""


def measured(time_s: Decimal) -> str:
    """A measured time in five digits, so that it is told from a bound nearby: `12.004 ms`, `1.4 s`."""
    return duration_in_full(rounded(time_s, 4 - time_s.adjusted()))


def bound_of(text: str) -> Bound:
    """`ttft_p95=500ms` or `ttft_p95 <= 500ms`; raises KplanError for what is none."""
    name, sign, limit = (part.strip() for part in text.replace("<=", "=").partition("="))
    if not sign:
        raise KplanError(f"`{clipped(text)}` is no bound; write for example ttft_p95=500ms")
    if not is_figure(name):
        raise KplanError(f"no latency `{clipped(name)}`{meant(name, EXAMPLES)}")
    limit_s = seconds(limit)
    if not limit_s:
        raise KplanError(f"`{clipped(limit)}` is no time above 0; write for example 500ms or 2s")
    return Bound(name, limit_s)


def largest_rate(curve: Curve, bounds: Sequence[Bound], *, interpolates: bool = False) -> LargestRate:
    """The last measured load before the first at which a bound is broken; of its runs the least rate.

    interpolates   go on to where, between these two, the first bound is reached on a straight line; only
                   where both are single runs and more requests were answered at the second
    Raises KplanError for a latency that not every run gives, and where the first load breaks a bound.
    """
    _check(curve, bounds)
    keeps = [all(bound.is_kept(point) for bound in bounds for point in step.points) for step in curve.steps]
    n = keeps.index(False) if False in keeps else len(keeps)
    if not n:
        raise KplanError(_none(curve.steps[0], bounds))
    kept, broken = curve.steps[n - 1], curve.steps[n] if n < len(keeps) else None
    binding = tuple(each for each in bounds if broken and not all(map(each.is_kept, broken.points)))
    between = _between(kept, broken, binding) if interpolates and broken else None
    later = tuple(step for step, is_kept in zip(curve.steps[n:], keeps[n:], strict=True) if is_kept)
    rate = kept.requests_per_s if between is None else between
    return LargestRate(rate, kept, broken, binding, between is not None, later)


def _check(curve: Curve, bounds: Sequence[Bound]) -> None:
    problems = []
    for figure in dict.fromkeys(bound.figure for bound in bounds):
        lacking = [point for point in curve.points if figure not in point.latencies_s]
        if len(lacking) == len(curve.points):
            held = ", ".join(curve.figures) or "none in all runs"
            problems.append(Problem(f"no run gives {figure}; latencies that all give: {held}"))
        else:
            problems += [Problem(f"{point.place}: gives no {figure}, other runs do") for point in lacking]
    if problems:
        raise KplanError(problems)


def _none(first: Step, bounds: Sequence[Bound]) -> list[Problem]:
    """Why no load was kept."""
    return [
        Problem(
            f"no measured load keeps {bound}: at the lowest, {point.requests_per_s:f} requests/s, "
            f"{_reached(bound, point)} ({point.place}); measure a lower one, or other replicas"
        )
        for bound in bounds
        for point in first.points
        if not bound.is_kept(point)
    ]


def _reached(bound: Bound, point: Point) -> str:
    value = point.latencies_s[bound.figure]
    if value > bound.limit_s:
        return f"it is {measured(value)}"
    return f"{point.failed:f} of {(point.failed or 0) + (point.completed or 0):f} requests failed"


def _between(kept: Step, broken: Step, binding: Sequence[Bound]) -> Decimal | None:
    if len(kept.points) > 1 or len(broken.points) > 1:
        return None
    [low], [high] = kept.points, broken.points
    if high.requests_per_s <= low.requests_per_s:
        return None
    rates = []
    for bound in binding:
        before, after = (point.latencies_s[bound.figure] for point in (low, high))
        if after <= bound.limit_s:  # failed requests broke it, and those follow no line
            return None
        with exact():
            part = quotient(bound.limit_s - before, after - before)
            rates.append(low.requests_per_s + (high.requests_per_s - low.requests_per_s) * part)
    return min(rates)
