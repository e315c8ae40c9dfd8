"""Checks evaluated: each metric beside its bounds, and whether it keeps them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from kplan.engine.plan import Plan
from kplan.engine.problems import Problems
from kplan.engine.results import Results
from kplan.errors import KplanError, Mark, Problem
from kplan.money import ZERO, exact
from kplan.regress.metrics import Reading, readings
from kplan.regress.units import Unit, said, said_apart, said_in_full, stated
from kplan.scenario.bounds import Bound, Check
from kplan.scenario.problems import in_order
from kplan.scenario.settings import SOURCE
from kplan.scenario.source import STDIN

PASS, WARN, FAIL = "pass", "warn", "fail"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most and the least that a metric may come to, in its own unit."""

    max: Decimal | None
    min: Decimal | None

    def off(self, value: Decimal) -> Decimal:
        """How far the value lies beyond the bound that it breaks; 0 where it breaks none."""
        with exact():
            if self.max is not None and value > self.max:
                return value - self.max
            return self.min - value if self.min is not None and value < self.min else ZERO

    def text(self, unit: Unit) -> str:
        """The bounds in words: `at most $9,000`."""
        named = (("at least", self.min), ("at most", self.max))
        return " and ".join(
            f"{word} {said_in_full(bound, unit)}" for word, bound in named if bound is not None
        )

    def beside(self, value: Decimal, unit: Unit) -> str:
        """The value against the bound that matters, in words: `$279 under the $9,000 allowed`."""
        most, least = ("" if bound is None else said_in_full(bound, unit) for bound in (self.max, self.min))
        if most and least and not self.off(value):
            return f"within {least} to {most}"
        bound, what = (
            (self.max, f"{most} allowed") if self._is_about_max(value) else (self.min, f"{least} asked for")
        )
        if bound is None or value == bound:
            return f"just the {what}"
        with exact():
            apart = said_apart(abs(value - bound), unit)
        return f"{apart} {'over' if value > bound else 'under'} the {what}"

    def _is_about_max(self, value: Decimal) -> bool:
        return self.max is not None and (self.min is None or value > self.max)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One metric of one design under one of the scenario's checks."""

    check: Check
    """As it is written, with its id, severity and message."""
    metric: str
    """`DESIGN.METRIC`, with `@variant` where there is one."""
    design: str
    """Id of the design, with `@variant` where there is one."""
    variant: str
    unit: Unit
    value: Decimal
    """[USD], a part [0..1], or a number of months."""
    bounds: Bounds
    off: Decimal
    """How far the value lies beyond the bound that it breaks, in its unit; 0 where it breaks none."""
    detail: str
    """Where in the plan the value is found, for people: ` in 2027-01`."""
    mark: Mark | None
    """Where the check is written."""

    @property
    def verdict(self) -> str:
        """`pass`, or how severe it is that the check does not: `warn`, `fail`."""
        return self.check.severity if self.off else PASS

    @property
    def asked(self) -> str:
        """What is asked, in words: `stratified.per_month at most $9,000`."""
        return f"{self.metric} {self.bounds.text(self.unit)}"

    @property
    def text(self) -> str:
        """One line with the metric, its value, the bound that matters, and how far they are apart."""
        value = f"{self.metric} is {said(self.value, self.unit)}{self.detail}"
        return f"{value}: {self.bounds.beside(self.value, self.unit)}"

    @property
    def place(self) -> Mark | None:
        """Where the check stands in a file; none where it came from stdin or the command line."""
        return None if self.mark is None or self.mark.file in (SOURCE, STDIN) else self.mark


def checked(results: Results) -> tuple[CheckResult, ...]:
    """Every check of the scenarios behind the results, variant by variant, in the order written.

    Raises KplanError with every check that names what is not there, or states a bound in a wrong unit.
    """
    found: list[CheckResult] = []
    problems: dict[Problem, None] = {}
    for plan in results.plans:
        wrong = Problems(plan.scenario)
        found += _of_plan(plan, results, wrong)
        problems |= wrong.found
    if problems:
        raise KplanError(in_order(problems))
    return tuple(found)


def tally(checks: Iterable[CheckResult]) -> str:
    """How many checks came out how: `3 pass, 1 warns, 1 fails`."""
    counts = Counter(check.verdict for check in checks)
    words = ((PASS, "passes", "pass"), (WARN, "warns", "warn"), (FAIL, "fails", "fail"))
    said_of = (f"{counts[v]} {one if counts[v] == 1 else many}" for v, one, many in words if counts[v])
    return ", ".join(said_of)


def _of_plan(plan: Plan, results: Results, problems: Problems) -> list[CheckResult]:
    designs = [design for design in results.designs if design.variant == plan.variant]
    found: list[CheckResult] = []
    for n, check in enumerate(plan.scenario.checks):
        with problems.at(("checks", n, "metric")):
            read = readings(check.metric, designs)
            unit = read[0].metric.unit
            bounds = Bounds(*(_stated(check, name, unit, n, problems) for name in ("max", "min")))
            mark = plan.scenario.mark(("checks", n, "metric"))
            found += [_result(check, reading, bounds, mark) for reading in read]
    return found


def _stated(check: Check, name: str, unit: Unit, n: int, problems: Problems) -> Decimal | None:
    """A bound in the metric's unit; none where the check leaves it open or states it in a wrong unit."""
    bound: Bound | None = getattr(check, name)
    if bound is not None:
        with problems.at(("checks", n, name)):
            return stated(bound, unit)
    return None


def _result(check: Check, reading: Reading, bounds: Bounds, mark: Mark | None) -> CheckResult:
    return CheckResult(
        check=check,
        metric=reading.name,
        design=reading.design.id,
        variant=reading.design.variant,
        unit=reading.metric.unit,
        value=reading.value,
        bounds=bounds,
        off=bounds.off(reading.value),
        detail=reading.detail,
        mark=mark,
    )
