"""What is wrong with how sure the params are said to be."""

from __future__ import annotations

from collections.abc import Iterator

from kplan.errors import KplanError, Problem
from kplan.form.expressions import Number
from kplan.scenario.model import Scenario
from kplan.scenario.params import Param
from kplan.scenario.tree import Place
from kplan.scenario.uncertain.between import Between
from kplan.scenario.uncertain.spread import Spread

LIKELY = (0.1, 0.9)
"""A value that its own distribution puts outside of these percentiles is no value for it."""


def uncertain_problems(scenario: Scenario) -> Iterator[Problem]:
    """Two distributions for one param, or one that does not go with its value or its range."""
    for place, param in scenario.uncertain().items():
        names = list(param.spreads)
        if len(names) > 1:
            what = f"{' and '.join(names)} are both said; one distribution is enough"
            yield scenario.problem((*place, names[1]), what, at_key=True)
            continue
        yield from _spread(scenario, place, param, names[0])


def _spread(scenario: Scenario, place: Place, param: Param, name: str) -> Iterator[Problem]:
    try:
        spread = param.spread()
    except KplanError as error:
        yield scenario.problem((*place, name), str(error), at_key=True)
        return
    if spread is None or isinstance(spread, Between) or not isinstance(param.value, Number):
        return
    if what := _unlikely(spread, float(param.value.value)) or _outside(spread, param):
        yield scenario.problem((*place, name), what, at_key=True)


def _unlikely(spread: Spread, value: float) -> str:
    low, middle, high = _quantiles(spread, LIKELY[0], 0.5, LIKELY[1])
    if low <= value <= high:
        return ""
    where = f"P10 to P90 of its own distribution, {low:.4g} to {high:.4g}"
    return f"the value, {value:.4g}, lies outside of {where}; its median is {middle:.4g}"


def _outside(spread: Spread, param: Param) -> str:
    """Whether more than 1% of the probability lies beyond what the range says makes sense."""
    if param.range is None:
        return ""
    low, high = _quantiles(spread, 0.01, 0.99)
    least, most = param.range
    if low >= float(least) and high <= float(most):
        return ""
    return f"P1 to P99 of it, {low:.4g} to {high:.4g}, leaves the range {least} to {most}"


def _quantiles(spread: Spread, *parts: float) -> list[float]:
    import numpy as np

    return [float(each) for each in spread.quantiles(np.array(parts))]
