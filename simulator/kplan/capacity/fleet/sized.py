"""What a load takes of own GPUs: the answer of `kplan gpus size`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from kplan.capacity.base_load import Deal, best_base, pay_as_you_go
from kplan.capacity.fleet.api import Api
from kplan.capacity.fleet.break_even import Cheaper, cheaper
from kplan.capacity.fleet.curve import Curve
from kplan.capacity.fleet.replicas import (
    HOURS_OF_MONTH,
    SECONDS_OF_HOUR,
    Policy,
    Replica,
    Running,
    Tokens,
    growing,
    running,
)
from kplan.capacity.fleet.slo import LargestRate, largest_rate
from kplan.capacity.fleet.written import Asked
from kplan.capacity.week import HourFactors
from kplan.engine.montecarlo.numbers import decimal
from kplan.errors import KplanError, Problem
from kplan.money import ZERO, counted, rounded

LOADS = tuple(Decimal(2) ** n for n in range(-4, 5))
"""Multiples of the load that effective costs are shown for."""
_ALIKE = Decimal("0.1")


class Way(Struct, frozen=True, eq=False):
    """One way of running the replicas."""

    name: str
    """`scaled` by the hour, or `fixed` at the busiest."""
    policy: Policy
    now: Running
    by_month: tuple[Running, ...]
    by_load: tuple[Running, ...]
    """At each of the multiples in `LOADS`."""
    cheaper: Cheaper | None
    """None without an API to compare with."""


class Base(Struct, frozen=True):
    """The number of replicas that costs least where what finds no room in them is paid call by call."""

    replicas: int
    """Spare ones among them; 0 where paying for every call costs least."""
    usd_per_month: Decimal
    """Of the GPUs and of the calls that are paid."""
    spilled_share: Decimal
    """Of the requests, those that are paid call by call."""


class Sized(Struct, frozen=True, eq=False):
    """Everything that was asked and found."""

    curve: Curve
    rate: LargestRate
    asked: Asked
    replica: Replica
    tokens: Tokens
    week: str
    factors: HourFactors
    mean_per_s: float
    ways: tuple[Way, ...]
    api: Api | None
    base: Base | None
    """None without an API."""
    notes: tuple[str, ...]


def sized(
    curve: Curve,
    asked: Asked,
    week: str,
    factors: HourFactors,
    *,
    interpolates: bool = False,
    priced: Callable[[Tokens], Api] | None = None,
) -> Sized:
    """The replicas of a load and their cost, each way.

    factors   the load of each hour over the mean one, shape (h,)
    priced    what a request of such tokens costs that is paid for, to compare with
    Raises KplanError where the curve does not keep the bounds, or nobody says the GPUs or tokens.
    """
    rate = largest_rate(curve, asked.bounds, interpolates=interpolates)
    replica = Replica(rate.requests_per_s, _gpus(curve, asked), asked.usd_per_gpu_hour)
    tokens = tokens_of(rate, asked.input, asked.output)
    mean, api = asked.mean(factors), priced(tokens) if priced else None
    ways = tuple(
        _way(name, replace(asked.policy, is_scaled=name == "scaled"), replica, factors, mean, asked, api)
        for name in ("scaled", "fixed")
    )
    notes = tuple(_notes(curve, rate, asked, tokens))
    base = _base(ways[0].now, asked.policy, api) if api else None
    return Sized(curve, rate, asked, replica, tokens, week, factors, mean, ways, api, base, notes)


def _way(
    name: str,
    policy: Policy,
    replica: Replica,
    factors: HourFactors,
    mean: float,
    asked: Asked,
    api: Api | None,
) -> Way:
    months = growing(mean, asked.growth, asked.months)
    return Way(
        name,
        policy,
        running(mean * factors, replica, policy),
        tuple(running(each * factors, replica, policy) for each in months),
        tuple(running(float(times) * mean * factors, replica, policy) for times in LOADS),
        None if api is None else cheaper(factors, replica, policy, float(api.usd_per_request)),
    )


def _base(now: Running, policy: Policy, api: Api) -> Base:
    """The critical fractile of the load-duration curve (`base_load`); spare ones come with the first."""
    per_s = float(now.replica.requests_per_s) / (1 + float(policy.headroom))
    own_usd = float(now.replica.usd_per_hour)
    loads = now.loads_per_s / per_s
    deal = Deal(own_usd, float(api.usd_per_request) * float(SECONDS_OF_HOUR) * per_s)
    none, found = pay_as_you_go(loads, deal), best_base(loads, deal)
    spare = policy.spare if found.units else 0
    if found.usd + spare * own_usd >= none.usd:
        found, spare = none, 0
    usd = decimal(found.usd + spare * own_usd) * HOURS_OF_MONTH
    return Base(found.units + spare, usd, decimal(found.spilled_share))


def _gpus(curve: Curve, asked: Asked) -> int:
    if asked.gpus is None and curve.gpus is None:
        raise KplanError("the runs do not say on how many GPUs a replica ran; say it: --gpus-per-replica 4")
    if asked.gpus and curve.gpus and asked.gpus != curve.gpus:
        what = f"{asked.gpus}, but the runs were made on {curve.gpus} GPUs a replica"
        raise KplanError(Problem(what, path="--gpus-per-replica"))
    return asked.gpus or curve.gpus or 1


def tokens_of(rate: LargestRate, input_: Decimal | None, output: Decimal | None) -> Tokens:
    """Those of the user's requests, else those measured; raises KplanError where neither is known."""
    point = rate.kept.points[0]
    found = {
        meter: point.tokens(meter) if said is None else said
        for meter, said in (("input", input_), ("output", output))
    }
    lacking = [
        Problem(f"the runs do not count {meter} tokens", path=f"--{meter}")
        for meter in found
        if found[meter] is None
    ]
    if lacking:
        raise KplanError(lacking)
    tokens = Tokens(found["input"] or ZERO, found["output"] or ZERO)
    if not tokens.all:
        raise KplanError("requests without any token; say --input and --output")
    return tokens


def _notes(curve: Curve, rate: LargestRate, asked: Asked, tokens: Tokens) -> Sequence[str]:
    found = [*curve.remarks]
    found += [
        f"at {counted(step.requests_per_s)}/s all is kept again; that is not counted on"
        for step in rate.later
    ]
    found += other_lengths(rate, tokens)
    if not asked.policy.headroom:
        found.append("no headroom: minutes busier than their hour wait longer (--headroom 20%)")
    return found


def other_lengths(rate: LargestRate, tokens: Tokens) -> Iterator[str]:
    """What to say where a replica was measured with requests of other lengths."""
    for meter, wanted in (("input", tokens.input), ("output", tokens.output)):
        measured = rate.kept.points[0].tokens(meter)
        if measured is None:
            yield f"the runs do not say with how many {meter} tokens they were made"
        elif abs(wanted - measured) > _ALIKE * measured:
            yield (
                f"measured with {rounded(measured, 0):,} {meter} tokens a request, asked for "
                f"{rounded(wanted, 0):,}: a replica takes another rate of those; measure it"
            )
