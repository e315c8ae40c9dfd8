"""Checks evaluated: each metric beside its bounds, and whether it keeps them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from kplan.amounts import percent_exact
from kplan.engine.plan import Plan
from kplan.engine.problems import Problems
from kplan.engine.results import DesignResult, Results
from kplan.errors import KplanError, Mark, Problem
from kplan.money import ZERO, exact
from kplan.regress.metrics import Reading, readings
from kplan.regress.units import Unit, said, said_apart, said_in_full, stated, stated_increase
from kplan.scenario.bounds import Bound, Check
from kplan.scenario.problems import in_order
from kplan.scenario.settings import SOURCE
from kplan.scenario.source import STDIN

PASS, WARN, FAIL = "pass", "warn", "fail"


class Bounds(Struct, frozen=True):
    """The most and the least that a metric may come to, in its own unit."""

    max: Decimal | None
    min: Decimal | None
    because: str = ""
    """Where the most comes from, for people: ` (5% above the $8,000 locked)`."""

    def off(self, value: Decimal) -> Decimal:
        """How far the value lies beyond the bound that it breaks; 0 where it breaks none."""
        with exact():
            if self.max is not None and value > self.max:
                return value - self.max
            return self.min - value if self.min is not None and value < self.min else ZERO

    def text(self, unit: Unit) -> str:
        """The bounds in words: `at most $9,000`."""
        named = (("at least", self.min), ("at most", self.max))
        said_of = [f"{word} {self._said(bound, unit)}" for word, bound in named if bound is not None]
        return f"{' and '.join(said_of)}{self.because}"

    def beside(self, value: Decimal, unit: Unit) -> str:
        """The value against the bound that matters, in words: `$279 under the $9,000 allowed`."""
        most, least = (self._said(bound, unit) for bound in (self.max, self.min))
        if most and least and not self.off(value):
            return f"within {least} to {most}"
        is_about_max = self.max is not None and (self.min is None or value > self.max)
        bound = self.max if is_about_max else self.min
        what = f"{most} allowed{self.because}" if is_about_max else f"{least} asked for"
        if bound is None or value == bound:
            return f"just the {what}"
        with exact():
            apart = said_apart(abs(value - bound), unit)
        return f"{apart} {'over' if value > bound else 'under'} the {what}"

    def _said(self, bound: Decimal | None, unit: Unit) -> str:
        """A bound as it was written, all digits; one that was worked out as any figure; none as nothing."""
        if bound is None:
            return ""
        return said(bound, unit) if self.because else said_in_full(bound, unit)


class CheckResult(Struct, frozen=True):
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
    """[USD], a part [0..1], or a number of months or days."""
    bounds: Bounds
    off: Decimal
    """How far the value lies beyond the bound that it breaks, in its unit; 0 where it breaks none."""
    detail: str
    """Where in the plan the value is found, for people: ` in 2027-01`."""
    mark: Mark | None
    """Where the check is written."""
    locked: Decimal | None = None
    """What the metric was locked at, for the bound on its increase."""

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


class Against(Struct, frozen=True):
    """What checks are held against besides the results.

    today    for the age of prices
    locked   a design as it was locked; raises KplanError for one that is not
    A check that needs what is not given is looked at for mistakes, but has no result: `kplan check` has both.
    """

    today: date | None = None
    locked: Callable[[DesignResult], DesignResult] | None = None


NOTHING = Against()


def checked(results: Results, against: Against = NOTHING) -> tuple[CheckResult, ...]:
    """Every check of the scenarios behind the results, variant by variant, in the order written.

    An increase that is allowed makes a result of its own beside that of `max` and `min`.
    Raises KplanError with every check that names what is not there, or states a bound in a wrong unit.
    """
    found: list[CheckResult] = []
    problems: dict[Problem, None] = {}
    for plan in results.plans:
        wrong = Problems(plan.scenario)
        found += _of_plan(plan, results, against, wrong)
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


def _of_plan(plan: Plan, results: Results, against: Against, problems: Problems) -> list[CheckResult]:
    designs = [design for design in results.designs if design.variant == plan.variant]
    found: list[CheckResult] = []
    for n, check in enumerate(plan.scenario.checks):
        read: tuple[Reading, ...] = ()
        mark = plan.scenario.mark(("checks", n, "metric"))
        with problems.at(("checks", n, "metric")):
            read = readings(check.metric, designs, against.today)
            unit = read[0].metric.unit
            most, least = (_stated(check, name, unit, n, problems) for name in ("max", "min"))
            bounds = Bounds(most, least)
            if check.max or check.min:
                found += [result for each in read for result in _result(check, each, bounds, mark)]
        if check.max_increase:
            for each in read:
                with problems.at(("checks", n, "max_increase")):
                    found += _rise(check, each, against, mark)
    return found


def _rise(check: Check, reading: Reading, against: Against, mark: Mark | None) -> list[CheckResult]:
    """The result of the increase that a check allows; none where there is nothing to count it from."""
    increase, unit = check.max_increase, reading.metric.unit
    if increase is None:
        return []
    if not reading.metric.is_locked:
        raise KplanError(f"a lock does not hold {reading.name}; `max` and `min` bound it")
    usd = None if increase.usd is None else stated_increase(increase.usd, unit)
    if against.locked is None:
        return []
    locked = _locked(reading, against.locked(reading.design))
    rises: list[tuple[Decimal, str]] = []
    with exact():
        if usd is not None:
            rises.append((usd, said_in_full(usd, unit)))
        if increase.pct is not None:
            part = increase.pct.value
            rises.append((abs(locked) * part, f"{percent_exact(part)}%"))
        least, how = min(rises, key=lambda rise: rise[0])
        bounds = Bounds(locked + least, None, f" ({how} above the {said(locked, unit)} locked)")
    return [replace(result, locked=locked) for result in _result(check, reading, bounds, mark)]


def _locked(reading: Reading, held: DesignResult) -> Decimal:
    """What the metric was locked at."""
    name = reading.name.removeprefix(f"{reading.design.id}.")
    try:
        return readings(f"{held.design}.{name}", [held])[0].value or ZERO
    except KplanError as e:
        raise KplanError(f"was locked without it ({e}); kplan lock --check tells what moved") from e


def _stated(check: Check, name: str, unit: Unit, n: int, problems: Problems) -> Decimal | None:
    """A bound in the metric's unit; none where the check leaves it open or states it in a wrong unit."""
    bound: Bound | None = getattr(check, name)
    if bound is not None:
        with problems.at(("checks", n, name)):
            return stated(bound, unit)
    return None


def _result(check: Check, reading: Reading, bounds: Bounds, mark: Mark | None) -> list[CheckResult]:
    """The metric beside its bounds; none for an age where nobody said what today is."""
    if reading.value is None:
        return []
    found = CheckResult(
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
    return [found]
