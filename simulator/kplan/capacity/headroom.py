"""How full each limit is in every hour of the week and every month, and when growth reaches it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from math import inf, isnan, log, log1p

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kplan.capacity.demand import Askers, CallShape, Demand, demands
from kplan.capacity.limit_book import LimitBook
from kplan.capacity.limits import LEVEL, Limit
from kplan.capacity.week import HOURS_OF_DAY, HOURS_OF_WEEK, HourFactors, hour_name
from kplan.engine.bought import WAITING
from kplan.engine.calendar import days_in
from kplan.engine.plan import Plan, PlannedDesign
from kplan.form.decimals import Decimals
from kplan.prices.book import Book
from kplan.prices.skipped import Skipped
from kplan.scenario.traffic import LimitsInUse
from kplan.scenario.volume import Volume

Array = NDArray[np.float64]
_DAY_S = 86_400.0
FURTHEST_MONTHS = 240
"""How far ahead growth is followed."""
ENGINE = "hour-of-week fluid grid"
SERVED = "its calls are served by what the design buys, and count toward no limit"


class Use(Struct, frozen=True, eq=False):
    """How full one limit is over the plan; uses are parts of the limit [0..], 1 is full."""

    demand: Demand
    hours: Array
    """In the mean of each hour of the week, by month: shape (m, 168); NaN in months without the limit."""
    peak_factor: float
    """The busiest minute of an hour over its mean; 1 where the limit is counted over a day."""
    target: float
    """Use that counts as full."""
    full_month: str
    """First month, as 2027-09, in which the busiest minute is full; empty if none is within 20 years."""
    months_left: float
    """Months of growth until then, from the plan's first one; 0 if full at once, infinite if never."""
    ahead: Array
    """Use in the busiest minute from the plan's first month on, as growth goes on after it; NaN where the
    limit does not hold. Shape (240,), or (m,) of a longer plan."""

    @property
    def limit(self) -> Limit:
        """The limit itself."""
        return self.demand.limit

    @property
    def mean(self) -> Array:
        """Mean use by month, shape (m,)."""
        found: Array = self.hours.sum(axis=1) / HOURS_OF_WEEK
        return found

    @property
    def peak(self) -> Array:
        """Use in the busiest minute by month, shape (m,)."""
        return self.ahead[: len(self.hours)]

    @property
    def headroom(self) -> Array:
        """By how much traffic could still grow within each month, shape (m,): 0.5 is half as much again."""
        with np.errstate(divide="ignore"):
            found: Array = self.target / self.peak - 1
        return found

    @property
    def moment(self) -> str:
        """What `peak` is the use of."""
        return "busiest day" if is_by_day(self.limit) else "busiest minute"

    @property
    def binding_hour(self) -> str:
        """The busiest hour of the week, such as `Tue 14:00`, by the clock of the traffic; of days `Tue`."""
        known = self.hours[~np.isnan(self.hours[:, 0])]
        name = hour_name(int(known[0].argmax()))
        return name.split()[0] if is_by_day(self.limit) else name


class Headroom(Struct, frozen=True):
    """How full the limits are that a design's calls count toward."""

    design: str
    uses: tuple[Use, ...]
    """The fullest first."""
    skipped: tuple[Skipped, ...]
    """What is held to no limit that is known, with the reason."""
    calls: tuple[CallShape, ...] = ()
    """All calls of a query."""
    counted: tuple[CallShape, ...] = ()
    """Those that count toward limits: what the design buys does not serve them all."""
    engine: str = ENGINE

    @property
    def binding(self) -> Use | None:
        """The limit that is full first."""
        return self.uses[0] if self.uses else None


def headrooms(
    plan: Plan,
    book: Book,
    limits: LimitBook,
    in_use: LimitsInUse,
    week: HourFactors,
    *,
    peak_of: Callable[[Limit], float] = lambda _: 1.0,
) -> list[Headroom]:
    """The headroom of each design of a plan, every limit as it holds on the first day of each month.

    peak_of   the busiest minute of an hour over its mean, of what a limit counts
    """
    askers, rates = Askers(plan, book), rates_per_s(plan)
    months = [date.fromisoformat(f"{month}-01") for month in plan.months]
    scene = _Scene(plan.scenario.volume, months, rates, week, peak_of, float(in_use.target))
    return [scene.headroom(design, askers, limits, in_use) for design in plan.designs]


def rates_per_s(plan: Plan) -> Array:
    """Mean queries in each month [1/s], shape (m,)."""
    values = Decimals(plan.graph)
    months = [date.fromisoformat(f"{month}-01") for month in plan.months]
    return np.array(
        [
            float(values[node]) / (days_in(month) * _DAY_S)
            for node, month in zip(plan.month_queries, months, strict=True)
        ]
    )


def uses(per_query: Array, capacity: Array, rates: Array, factors: Array) -> Array:
    """Part of each limit that is used in each month and hour of the week, shape (l, m, 168).

    per_query   what a query takes of each limit, shape (l,)
    capacity    what each limit lets in [1/s], or holds at once, shape (l, m); NaN where it does not hold
    rates       mean queries in each month [1/s], shape (m,)
    factors     traffic of each hour over the mean one, as each limit sees it, shape (l, 168)
    """
    found: Array = (per_query[:, None] * rates / capacity)[:, :, None] * factors[:, None, :]
    return found


def smoothed(factors: HourFactors, per_s: float) -> HourFactors:
    """The factors as a limit sees them that is counted over a day or more: the mean of each day."""
    if per_s < _DAY_S:
        return factors
    days: HourFactors = factors.reshape(-1, HOURS_OF_DAY).mean(axis=1)
    return days.repeat(HOURS_OF_DAY)


def months_left(use: float, growth_per_month: float, target: float = 1.0) -> float:
    """Months until a use that grows reaches its target: ln(target / use) / ln(1 + growth).

    0 where it has reached it, infinite where it does not grow.
    """
    if use >= target:
        return 0.0
    return log(target / use) / log1p(growth_per_month) if growth_per_month > 0 < use else inf


class _Scene(Struct, frozen=True, eq=False):
    """The traffic that all designs see."""

    volume: Volume
    months: Sequence[date]
    rates: Array
    week: HourFactors
    peak_of: Callable[[Limit], float]
    target: float

    def headroom(
        self,
        design: PlannedDesign,
        askers: Askers,
        limits: LimitBook,
        in_use: LimitsInUse,
    ) -> Headroom:
        shapes, served = askers.shapes(design), _served(design)
        found: dict[str, Demand] = {}
        capacity: dict[str, Array] = {}
        skipped = {each: Skipped(each, SERVED) for each in served}
        counted = [each for each in shapes if each.model.ref not in served or each.mode in WAITING]
        for n, month in enumerate(self.months):
            held, unheld = demands(counted, limits, in_use, month)
            for each in unheld:
                skipped.setdefault(each.what, each)
            for demand in held:
                found.setdefault(demand.limit.id, demand)
                at = capacity.setdefault(demand.limit.id, np.full(len(self.months), np.nan))
                at[n] = capacity_of(demand.limit)
        whole = self._uses(list(found.values()), list(capacity.values()))
        uses, left_out = tuple(sorted(whole, key=_fullness)), tuple(skipped.values())
        return Headroom(design.id, uses, left_out, shapes, tuple(counted))

    def _uses(self, found: Sequence[Demand], capacity: Sequence[Array]) -> list[Use]:
        if not found:
            return []
        per_query = np.array([float(demand.per_query) for demand in found])
        seen_over_s = [_seen_over_s(demand.limit) for demand in found]
        factors = np.array([smoothed(self.week, each) for each in seen_over_s])
        grid = uses(per_query, np.array(capacity), self.rates, factors)
        seen = zip(found, seen_over_s, strict=True)
        peak_factors = [self.peak_of(each.limit) if over_s < _DAY_S else 1.0 for each, over_s in seen]
        busiest = grid[np.arange(len(grid)), :, factors.argmax(axis=1)]  # the same hour in all months
        peaks = busiest * np.array(peak_factors)[:, None]
        first = np.argmax(~np.isnan(peaks), axis=1)
        ahead = self._ahead(peaks)
        is_full = ahead >= self.target
        full = np.where(is_full.any(axis=1), is_full.argmax(axis=1), -1)
        rows = zip(found, grid, peak_factors, ahead, first.tolist(), full.tolist(), strict=True)
        return [self._use(*row) for row in rows]

    def _use(self, demand: Demand, hours: Array, factor: float, ahead: Array, first: int, full: int) -> Use:
        """What is known of a limit that holds from its first month on, and is full in another one, or -1."""
        said = _later(self.months[0], full).isoformat()[:7] if full >= 0 else ""
        left = float(full) if full >= 0 else inf
        if not self.volume.seasonality and not isnan(ahead[-1]):
            growth = float(self.volume.growth_per_month)
            left = first + months_left(float(ahead[first]), growth, self.target)
        return Use(demand, hours, factor, self.target, said, left, ahead)

    def _ahead(self, peaks: Array) -> Array:
        """Peaks of the plan's months and, as traffic grows and has its seasons, of those after it.

        peaks   of each limit by month, shape (l, m); NaN where it does not hold
        Shape (l, 240), or (l, m) of a longer plan; NaN after it where a limit does not hold at its end, or in
        no month with queries.
        """
        n_months = len(self.months)
        growth = 1 + float(self.volume.growth_per_month)
        months = np.arange(max(FURTHEST_MONTHS, n_months))
        traffic = growth**months
        if self.volume.seasonality:
            seasons = np.array(self.volume.seasonality, np.float64)
            traffic *= seasons[(self.months[0].month - 1 + months) % len(seasons)]
        comes = traffic[:n_months] > 0
        per_traffic = np.where(comes, peaks / np.where(comes, traffic[:n_months], 1.0), np.nan)
        known = np.argmax(~np.isnan(per_traffic), axis=1)
        scale = per_traffic[np.arange(len(peaks)), known]
        scale[np.isnan(peaks[:, -1])] = np.nan
        later = scale[:, None] * traffic[n_months:]
        found: Array = np.concatenate((peaks, later), axis=1)
        return found


def _served(design: PlannedDesign) -> list[str]:
    """The models whose calls all find room in what the design buys, whatever they are billed by."""
    found = []
    for model in dict.fromkeys(each.billed for each in design.bought):
        parts = [each for each in design.bought if each.billed == model]
        billed = {each.meter for each in design.charges if each.model == model and each.mode not in WAITING}
        is_whole = billed <= {meter for each in parts for meter in each.meters}
        if is_whole and not any(share for each in parts for share in each.spilled_share):
            found.append(model)
    return found


def capacity_of(limit: Limit) -> float:
    """What a limit lets in [1/s], or holds at once."""
    return float(limit.amount if limit.counting.kind == LEVEL else limit.per_second)


def is_by_day(limit: Limit) -> bool:
    """Whether its use is counted over a day or more."""
    return _seen_over_s(limit) >= _DAY_S


def _seen_over_s(limit: Limit) -> float:
    """Over what time a limit's use is counted [s]; what waits in batches stays a day."""
    return _DAY_S if limit.counting.is_batch else float(limit.counting.per_s)


def _fullness(use: Use) -> tuple[float, float]:
    return use.months_left, -float(np.nanmax(use.peak))


def _later(month: date, by: int) -> date:
    years, months = divmod(month.month - 1 + by, 12)
    return month.replace(year=month.year + years, month=months + 1)
