"""What designs buy: how many units, what they cost month by month, and which part of the work they leave."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

import numpy as np
from msgspec import Struct

from kplan.amounts import share
from kplan.capacity.base_load import Loads
from kplan.capacity.demand import CallShape
from kplan.capacity.fleet.bought import replicas_bought
from kplan.capacity.headroom import Array
from kplan.capacity.market import Market, meters_of, per_minute
from kplan.capacity.offers import Offer
from kplan.capacity.provisioned import sizes, taking, units_to_buy
from kplan.engine.bought import Bought, Purchases
from kplan.engine.montecarlo.numbers import decimal
from kplan.engine.plan import Plan, PlannedDesign
from kplan.engine.problems import Problems
from kplan.errors import KplanError
from kplan.money import ONE, exact, plain
from kplan.prices.book import Book
from kplan.prices.meters import METERS
from kplan.scenario.buys import BEST, PEAK, Buy
from kplan.scenario.layers import bought
from kplan.scenario.names import meant
from kplan.scenario.own_gpus import OwnGpus

_PAYG = "; say `payg:` where its calls are made to a model of another name"
_HOW = {BEST: "the best number over the plan", PEAK: "for its busiest minute"}


def buying(plan: Plan, book: Book) -> Purchases:
    """What the designs of a plan buy that say `buys`.

    plan   with all calls paid for one by one
    Each load is the mean of its hour of the week: calls come evenly within an hour, and every month has as
    many of each hour. Attempts that fail fill units as whole calls; batch and flex calls are not served.
    Raises KplanError with the place of each purchase that cannot be made.
    """
    market, problems = Market.of(plan, book), Problems(plan.scenario)
    found = {design.id: tuple(_of_design(market, design, problems)) for design in plan.designs}
    problems.raise_all()
    return {design: each for design, each in found.items() if each}


def _of_design(market: Market, design: PlannedDesign, problems: Problems) -> Iterator[Bought]:
    calls, served = market.calls(design), dict[str, str]()
    with problems.at(("designs", design.id, "buys")):
        for model, (buy, place) in bought(market.plan.scenario, design.id).items():
            with problems.at(place):
                if isinstance(buy, OwnGpus):
                    billed = market.book.find(model).ref
                    _check(market, design, billed, f"own GPUs for {model}", calls, served)
                    yield replicas_bought(market, design, billed, buy, place, calls[billed])
                    continue
                ref, offers = market.offers.find(model, market.day(0), buy.deployment)
                billed = _billed(market, buy, ref, offers[0], calls)
                _check(market, design, billed, f"units of {ref}", calls, served, "" if buy.payg else _PAYG)
                for offer, units in _parts(buy, ref, offers):
                    yield _Purchase(market, design, ref, billed, offer, buy).of(units, calls[billed])


def _check(
    market: Market,
    design: PlannedDesign,
    billed: str,
    what: str,
    called: Collection[str],
    served: dict[str, str],
    hint: str = "",
) -> None:
    """Raise KplanError where a purchase has no calls to serve, or others do already."""
    if billed not in called:
        raise KplanError(
            f"{design.id} makes no call to {billed} that units could serve{meant(billed, called)}{hint}"
        )
    other = served.setdefault(billed, what)
    if other != what:
        raise KplanError(f"{other} serve the calls to {billed} already; leave one out")
    _refuse_contracts(market.plan, billed)


def _billed(market: Market, buy: Buy, ref: str, offer: Offer, called: Collection[str]) -> str:
    """The model of the price book whose calls the units serve: as said, the same, or as the offer has it."""
    if buy.payg:
        return market.book.find(buy.payg).ref
    return market.book.find(offer.payg).ref if ref not in called and offer.payg else ref


def _refuse_contracts(plan: Plan, billed: str) -> None:
    if covering := [terms.id for terms in plan.contracts if terms.covers(billed)]:
        what = f"{billed} stands under the contract {covering[0]}, and what units serve of it would not"
        raise KplanError(f"{what}: both together are not costed yet; leave one out")


def _parts(buy: Buy, ref: str, offers: Sequence[Offer]) -> Iterator[tuple[Offer, int | str]]:
    """The parts that are bought, with how many of each."""
    names = [offer.part for offer in offers]
    if isinstance(buy.units, dict):
        for part in buy.units:
            if part not in names:
                has = "it is not sold in parts" if names == [""] else meant(part, names).lstrip("; ")
                raise KplanError(f"no part `{part}` of {ref}: {has}")
    elif isinstance(buy.units, int) and len(names) > 1:
        each = ", ".join(f"{name}: {buy.units}" for name in names)
        raise KplanError(f"{ref} is sold in parts; write units: {{{each}}}")
    for offer in offers:
        units = buy.of_part(offer.part)
        if units is not None:
            yield offer, units


class _Purchase(Struct, frozen=True):
    """Units of one part of an offer for the calls of a design to one model."""

    market: Market
    design: PlannedDesign
    ref: str
    billed: str
    offer: Offer
    buy: Buy

    def of(self, units: int | str, calls: Sequence[CallShape]) -> Bought:
        """So many units, or the best number."""
        offers = [self._in(month) for month in range(len(self.market.months))]
        sizes(offers[:1] if not self.offer.part else self._all(0), per_minute(calls, ONE))
        meters = meters_of(offers[0], calls)
        loads = np.stack([self.market.loads(offer, calls, n) for n, offer in enumerate(offers)])
        payg_usd = self.market.payg_usd(self.design, self.billed, meters)
        unit_usd = self.market.unit_usd(self.offer, self.ref, self.buy.term)
        if units == BEST:
            n_units = best_units(loads, [*map(float, payg_usd)], float(sum(unit_usd)), self.offer)
        elif units == PEAK:
            busiest = decimal(float(loads.max()) * self.market.peak_factor)
            n_units = units_to_buy(busiest, self.offer.minimum, self.offer.increment)
        else:
            n_units = _sold(int(units), self.offer)
        spilled = [decimal(each) for each in spilled_shares(loads, n_units)]
        used = [_utilisation(load, n_units) for load in loads]
        with exact():
            usd = tuple(each * n_units for each in unit_usd)
        label = self.market.label(self.offer, self.ref, self.buy.term)
        said = self._said(n_units, label, units, loads)
        return Bought(
            design=self.design.id,
            model=self.ref,
            label=label,
            billed=self.billed,
            meters=meters,
            units=n_units,
            usd_per_month=usd,
            spilled_share=tuple(spilled),
            utilisation=tuple(used),
            said=said,
            assumed=tuple(self._assumed(label)),
        )

    def _all(self, month: int) -> tuple[Offer, ...]:
        """All parts of the offer as they are sold in a month."""
        _, found = self.market.offers.find(self.ref, self.market.day(month), self.offer.deployment)
        return taking(found, _takes(self.buy)) if self.buy.takes else found

    def _in(self, month: int) -> Offer:
        """The part as it is sold in a month."""
        found = [each for each in self._all(month) if each.part == self.offer.part]
        if not found:
            day = self.market.day(month)
            raise KplanError(f"no part `{self.offer.part}` of {self.ref} is sold on {day}")
        return found[0]

    def _said(self, n_units: int, label: str, units: int | str, loads: Array) -> str:
        how = _HOW.get(str(units), "as said")
        served = float(np.minimum(loads, n_units).sum()) / (float(loads.sum()) or 1.0)
        if not n_units:
            return f"{self.design.id} buys no {label}: at no number do units cost less than the calls"
        used = share(decimal(float(np.minimum(loads, n_units).mean()) / n_units))
        return (
            f"{self.design.id} buys {n_units:,} x {label}, {how}: they serve {share(decimal(served))} of its"
            f" load on {self.billed} and are used to {used}"
        )

    def _assumed(self, label: str) -> Iterator[str]:
        yield (
            f"units are filled as queries come in {self.market.week_source}, evenly within an hour: bursts"
            " spill more; what finds no room in them is paid call by call"
        )
        n_months, term = len(self.market.months), label.rpartition(", ")[2]
        if (lasts := _months(term)) > n_months:
            yield f"{label}: longer than the plan, of which it counts {n_months} of {lasts} months"
        prices = [
            self.market.price(self.offer, self.ref, self.buy.term, self.market.day(n))
            for n in range(n_months)
        ]
        for (before, after), month in zip(pairwise(prices), self.market.plan.months[1:], strict=True):
            if before.usd != after.usd:
                yield (
                    f"{label}: a unit costs ${plain(after.usd)} a {after.per} from {month} on,"
                    f" ${plain(before.usd)} before"
                )


def _months(term: str) -> int:
    """How many months a term lasts, as far as its name tells; 0 for `hourly`, days and weeks."""
    count, _, unit = term.partition(" ")
    return int(count) * {"month": 1, "year": 12}.get(unit.rstrip("s"), 0) if count.isdecimal() else 0


def best_units(loads: Array, payg_usd: Sequence[float], unit_usd: float, offer: Offer) -> int:
    """The number of units that costs least over all months with what it leaves; of equally cheap the fewest.

    loads      units that the work of each hour of the week fills, by month, shape (m, 168)
    payg_usd   what each month's work costs when every call is paid for [USD]
    unit_usd   what a unit costs over all months [USD]
    A unit more pays as long as the hours in which it is used, each worth its part of the month's calls, come
    to more than its price: the critical fractile of `base_load`, with hours that are worth differently. The
    cost is convex in the units, so the best number that can be bought lies next to that one.
    """
    work = loads.sum(axis=1, keepdims=True)
    worth = np.where(work > 0, np.array(payg_usd)[:, None] / np.where(work > 0, work, 1.0), 0.0)
    level = _critical_level(loads.ravel(), np.broadcast_to(worth, loads.shape).ravel(), unit_usd)
    below = int(level // offer.increment) * offer.increment
    candidates = {0, offer.minimum, max(below, offer.minimum), max(below + offer.increment, offer.minimum)}
    return min(
        sorted(candidates), key=lambda n: n * unit_usd + float((np.maximum(loads - n, 0) * worth).sum())
    )


def _critical_level(loads: Loads, worth: Loads, unit_usd: float) -> float:
    """The least load, or 0, above which the hours are not worth a unit."""
    order = np.argsort(-loads, kind="stable")
    above = np.cumsum(worth[order])
    pays = np.flatnonzero(above > unit_usd)
    return float(loads[order[pays[0]]]) if len(pays) else 0.0


def spilled_shares(loads: Array, n_units: int) -> list[float]:
    """The part of each month's work that finds no room in the units; 0 in a month without any [0..1]."""
    work, left = loads.sum(axis=1), np.maximum(loads - n_units, 0).sum(axis=1)
    return [float(a / b) if b else 0.0 for a, b in zip(left, work, strict=True)]


def _utilisation(loads: Loads, n_units: int) -> float:
    return float(np.minimum(loads, n_units).mean()) / n_units if n_units else 0.0


def _sold(units: int, offer: Offer) -> int:
    """The number, where it can be bought."""
    if units >= offer.minimum and units % offer.increment == 0:
        return units
    below = max(units // offer.increment * offer.increment, offer.minimum)
    near = dict.fromkeys((below, max(below, offer.minimum) + offer.increment * (below < units)))
    steps = f" in steps of {offer.increment}" if offer.increment > 1 else ""
    said = " or ".join(f"{each:,}" for each in near)
    raise KplanError(
        f"{units:,} {offer.unit} cannot be bought: from {offer.minimum:,} on{steps}; write {said}"
    )


def _takes(buy: Buy) -> dict[str, Decimal]:
    for meter in buy.takes:
        if meter not in METERS:
            raise KplanError(f"takes: no meter `{meter}`{meant(meter, METERS)}")
    return buy.takes
