"""Own GPUs in a design: what its replicas cost month by month, and which calls they leave to be paid for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import numpy as np
from msgspec import Struct

from kplan.amounts import share
from kplan.capacity.base_load import Loads
from kplan.capacity.demand import CallShape
from kplan.capacity.fleet.curve import Curve, curve_of
from kplan.capacity.fleet.files import Measured, read_measured
from kplan.capacity.fleet.replicas import Policy, Replica, Running, Tokens, running
from kplan.capacity.fleet.sized import other_lengths
from kplan.capacity.fleet.slo import Bound, LargestRate, bound_of, largest_rate
from kplan.capacity.headroom import Array
from kplan.capacity.market import Market, hours
from kplan.engine.bought import Bought
from kplan.engine.montecarlo.numbers import decimal
from kplan.engine.plan import PlannedDesign
from kplan.errors import KplanError
from kplan.money import ONE, ZERO, counted, exact, quotient, rounded
from kplan.prices.meters import is_input
from kplan.scenario.own_gpus import BEST, FIXED, SCALED, OwnGpus
from kplan.scenario.tree import Place

_HOW = {SCALED: "by the hour", FIXED: "fixed at each month's peak"}


def replicas_bought(
    market: Market, design: PlannedDesign, billed: str, own: OwnGpus, place: Place, calls: Sequence[CallShape]
) -> Bought:
    """The replicas that a design says of a model.

    billed   the model of the price book whose calls they serve
    Loads are means of the hours of the week, as for units. Calls in batch and flex mode are not served.
    Raises KplanError for runs that cannot be read, bounds that none keeps, and GPUs that nobody counts.
    """
    scenario = market.plan.scenario
    read = read_measured([scenario.file((*place, "curve"), name) for name in own.curve])
    curve = curve_of(read.points, own.model)
    bounds = [_bound(name, limit) for name, limit in own.slo.items()]
    rate = largest_rate(curve, bounds)
    replica = Replica(rate.requests_per_s, _gpus(own, curve), own.usd_per_gpu_hour)
    with exact():
        per_query = sum((each.per_query for each in calls), ZERO)
        headroom = decimal(market.peak_factor) - ONE if own.headroom is None else own.headroom
    meters = frozenset(each.meter for each in design.charges if each.model == billed)
    fleet = _Fleet(market, design, own, replica, headroom, float(per_query))
    n = fleet.best(market.payg_usd(design, billed, meters)) if own.replicas == BEST else own.replicas
    months = [fleet.month(month, n) for month in range(len(market.months))]
    counts = np.concatenate([each.runs.counts for each in months])
    label = f"{billed} on own GPUs, {_HOW.get(str(n)) or _replicas(n)}"
    return Bought(
        design=design.id,
        model=billed,
        label=label,
        billed=billed,
        meters=meters,
        units=int(counts.max()),
        usd_per_month=tuple(each.usd for each in months),
        spilled_share=tuple(each.spilled_share for each in months),
        utilisation=tuple(each.utilisation for each in months),
        said=fleet.said(months, billed, bounds),
        assumed=tuple(_assumed(market, read, curve, rate, _tokens(calls), fleet)),
    )


def _bound(name: str, limit: str) -> Bound:
    try:
        return bound_of(f"{name}={limit}")
    except KplanError as e:
        raise e.at(None, f"slo.{name}") from e


def _gpus(own: OwnGpus, curve: Curve) -> int:
    if own.gpus_per_replica is None and curve.gpus is None:
        raise KplanError("the runs do not say on how many GPUs a replica ran; say gpus_per_replica")
    if own.gpus_per_replica and curve.gpus and own.gpus_per_replica != curve.gpus:
        raise KplanError(
            f"gpus_per_replica is {own.gpus_per_replica}, but the runs were made on {curve.gpus}"
        )
    return own.gpus_per_replica or curve.gpus or 1


def _tokens(calls: Sequence[CallShape]) -> Tokens:
    """Those of the mean call."""
    with exact():
        n = sum((each.per_query for each in calls), ZERO)
        sums = {True: ZERO, False: ZERO}
        for each in calls:
            for meter, count in each.usage.items():
                sums[is_input(meter)] += count * each.per_query
    return Tokens(quotient(sums[True], n), quotient(sums[False], n))


class _Month(Struct, frozen=True, eq=False):
    """The replicas of a month's hours."""

    runs: Running
    usd: Decimal
    spilled_share: Decimal
    utilisation: float


class _Fleet(Struct, frozen=True):
    """The replicas of one model."""

    market: Market
    design: PlannedDesign
    own: OwnGpus
    replica: Replica
    headroom: Decimal
    calls_per_query: float

    def best(self, payg_usd: Sequence[Decimal]) -> int:
        """The number that costs least over the plan with what it leaves, which is paid call by call.

        payg_usd   what each month's calls cost when all are paid for [USD]
        One more pays as long as the hours in which it is used, each worth its part of the month's calls, come
        to more than it costs; spare ones are bought with the first.
        """
        filled = np.stack([self._loads(n) for n in range(len(payg_usd))]) * self._filled_per_s
        work = filled.sum(axis=1, keepdims=True)
        worth = np.where(
            work > 0, np.array([*map(float, payg_usd)])[:, None] / np.where(work > 0, work, 1), 0
        )
        one_usd = sum(hours(month) for month in self.market.months) * float(self.replica.usd_per_hour)
        low, high = 0, int(np.ceil(filled.max()))
        while low < high:
            middle = (low + high) // 2
            pays = float((np.clip(filled - middle, 0, 1) * worth).sum()) > one_usd
            low, high = (middle + 1, high) if pays else (low, middle)
        saved = float((np.minimum(filled, low) * worth).sum())
        return low if saved > (low + self.own.spare) * one_usd else 0

    @property
    def _filled_per_s(self) -> float:
        """Replicas that a request a second fills, headroom included."""
        return (1 + float(self.headroom)) / float(self.replica.requests_per_s)

    def _loads(self, n: int) -> Loads:
        """Calls of each hour of the week of the n-th month [1/s]."""
        loads: Loads = self.calls_per_query * self.market.rates_per_s[n] * self.market.week
        return loads

    def month(self, n: int, serving: int | str) -> _Month:
        """The hours of the n-th month, each as often as its calendar has hours in a week of them.

        serving   `scaled`, `fixed` or how many serve; none needs no spare ones either
        """
        loads = self._loads(n)
        runs = running(loads, self.replica, self._policy(serving))
        left = np.zeros_like(loads)
        if isinstance(serving, int):
            left = np.maximum(loads - serving / self._filled_per_s, 0)
            count = serving + self.own.spare if serving else 0
            runs = Running(loads, np.full(loads.shape, count, np.int64), self.replica)
        with exact():
            gpu_hours = int(runs.counts.sum()) * self.replica.gpus * hours(self.market.months[n])
            usd = quotient(gpu_hours * self.replica.usd_per_gpu_hour, Decimal(loads.size))
        could = int(runs.counts.sum()) * float(self.replica.requests_per_s)
        served, whole = float((loads - left).sum()), float(loads.sum())
        spilled = decimal(float(left.sum()) / whole) if whole else ZERO
        return _Month(runs, usd, spilled, served / could if could else 0.0)

    def _policy(self, serving: int | str) -> Policy:
        return Policy(self.headroom, self.own.spare, self.own.least, serving != FIXED)

    def said(self, months: Sequence[_Month], billed: str, bounds: Sequence[Bound]) -> str:
        counts: Array = np.concatenate([each.runs.counts for each in months])
        low, high = int(counts.min()), int(counts.max())
        if not high:
            return f"{self.design.id} runs no own GPUs for {billed}: no number costs less than the calls"
        n = _replicas(high) if low == high else f"{low:,} to {_replicas(high)}"
        used = share(decimal(float(np.mean([each.utilisation for each in months]))))
        kept = " and ".join(map(str, bounds))
        spills = any(each.spilled_share for each in months)
        left = "; what exceeds them is paid call by call" if spills else ""
        return (
            f"{self.design.id} runs {n} of {self.replica.gpus} own GPUs for the calls to {billed},"
            f" at {_usd(self.replica.usd_per_gpu_hour)} a GPU-hour: each takes"
            f" {counted(self.replica.requests_per_s)} requests/s with {kept}; they are used to {used}{left}"
        )


def _replicas(n: int | str) -> str:
    return f"{n:,} replica{'' if n == 1 else 's'}" if isinstance(n, int) else n


def _usd(usd: Decimal) -> str:
    cents = rounded(usd, 2)
    return f"${cents:,}" if cents == usd else f"${counted(usd)}"


def _assumed(
    market: Market, read: Measured, curve: Curve, rate: LargestRate, tokens: Tokens, fleet: _Fleet
) -> Iterator[str]:
    yield (
        f"replicas are filled as queries come in {market.week_source}, with {share(fleet.headroom)} of"
        " headroom; within an hour as they came when a replica was measured"
    )
    if rate.broken is None:
        yield "no measured load breaks a bound: a replica may take more, which was not measured"
    yield from (*curve.remarks, *read.remarks)
    if n := len(read.skipped):
        yield f"{n} file{'s' if n > 1 else ''} or runs of the curve not used; `kplan gpus curve` lists them"
    yield from other_lengths(rate, tokens)
