"""What is on offer for a design's models: units for the peak or a base load, against paying call by call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

import numpy as np
from msgspec import Struct

from kplan.capacity.base_load import Deal, Loads, best_base, for_the_peak, pay_as_you_go
from kplan.capacity.demand import CallShape
from kplan.capacity.headroom import Array
from kplan.capacity.market import Market, hours, meters_of, per_minute
from kplan.capacity.offers import HOURS, Offer, Source
from kplan.capacity.provisioned import sizes
from kplan.capacity.quotes import Quote, quoted
from kplan.engine.bought import Bought
from kplan.engine.montecarlo.numbers import decimal
from kplan.engine.plan import PlannedDesign
from kplan.errors import KplanError
from kplan.money import ZERO, exact, quotient
from kplan.prices.skipped import Skipped

__all__ = ["Bought", "ModelQuote", "break_even_curve", "model_quotes"]
PAYG = "pay as you go"
_POINTS = 41
_TIMES = 2.0
"""How far the curve reaches, in times of the planned volume."""


class ModelQuote(Struct, frozen=True, eq=False):
    """One part of an offer for the calls of a design to a model, in one month of the plan."""

    model: str
    """The model that is called: `openai/gpt-5.2`."""
    sold_as: str
    """The same as the offer calls it: `azure/gpt-5.2`."""
    deployment: str
    offer_id: str
    quote: Quote
    loads: Loads
    """Units filled in the mean of each hour of the week, shape (168,)."""
    month: str
    queries: Decimal
    """Of that month."""
    about: Source

    @property
    def pays(self) -> bool:
        """Whether some units on some term cost less than paying call by call."""
        return any(each.base is not None and each.base.units > 0 for each in self.quote.terms)


def model_quotes(
    market: Market, design: PlannedDesign, month: int = 0
) -> tuple[tuple[ModelQuote, ...], tuple[Skipped, ...]]:
    """What is on offer for the models that a design calls, for the load of a month; and what is not quoted.

    Every deployment of every provider that sells the model, or sells it under a name of its own and is
    billed by this one's prices.
    """
    found: list[ModelQuote] = []
    skipped: dict[Skipped, None] = {}
    for model, calls in market.calls(design).items():
        for sold_as, deployment in _sold(market, model, month):
            try:
                _, offers = market.offers.find(sold_as, market.day(month), deployment)
                found += _quoted(market, design, (model, sold_as), offers, calls, month)
            except KplanError as e:
                skipped[Skipped(f"{sold_as} {deployment}", e.problems[0].what)] = None
    return tuple(found), tuple(skipped)


def _sold(market: Market, model: str, month: int) -> list[tuple[str, str]]:
    """Names and deployments under which a model is sold."""
    provider, _, name = model.partition("/")
    found: dict[tuple[str, str], None] = {}
    for each in market.offers.offers():
        if each.about.holds_on(market.day(month)):
            if each.provider == provider and each.covers(name):
                found[model, each.deployment] = None
            elif each.payg == model:
                found[f"{each.provider}/{each.models[0]}", each.deployment] = None
    return list(found)


def _quoted(
    market: Market,
    design: PlannedDesign,
    names: tuple[str, str],
    offers: Sequence[Offer],
    calls: Sequence[CallShape],
    month: int,
) -> Iterator[ModelQuote]:
    model, sold_as = names
    busiest, queries = decimal(float(market.week.max())), market.queries(month)
    with exact():
        peak = quotient(queries * busiest, Decimal(60 * hours(market.months[month])))
    for sizing in sizes(offers, per_minute(calls, peak)):
        offer = sizing.offer
        usd = market.payg_usd(design, model, meters_of(offer, calls))[month]
        with exact():
            at_peak_usd = quotient(usd * busiest, Decimal(hours(market.months[month])))
        yield ModelQuote(
            model=model,
            sold_as=sold_as,
            deployment=offer.deployment,
            offer_id=offer.id,
            quote=quoted(
                sizing,
                market.offers.prices_of(offer, sold_as, market.day(month)),
                market.week,
                at_peak_usd if sizing.needed else ZERO,
            ),
            loads=market.loads(offer, calls, month),
            month=market.plan.months[month],
            queries=queries,
            about=offer.about,
        )


def break_even_curve(found: ModelQuote) -> tuple[Array, dict[str, Array]]:
    """What a month of 730 hours costs by its queries: volumes, and by label the costs [USD], shape (41,).

    Paid call by call; the best number of units on each term with what they leave; and for the peak, on the
    term that is cheapest. From nothing to twice the load of the quote's month, shape and week as they are.
    """
    payg, offer = found.quote.payg, found.quote.sizing.offer
    times = np.linspace(0, _TIMES, _POINTS)
    mean = float(found.loads.mean())
    unit_usd = payg.usd / mean if payg is not None and mean else 0.0
    deals = {
        each.price.term: Deal(float(each.price.usd_per_hour), unit_usd, offer.minimum, offer.increment)
        for each in found.quote.terms
    }
    cheapest = deals[found.quote.cheapest.price.term]
    costs = {PAYG: [pay_as_you_go(found.loads * k, cheapest).usd for k in times]}
    for term, deal in deals.items():
        costs[f"{term}, best base"] = [best_base(found.loads * k, deal).usd for k in times]
    peak = f"{found.quote.cheapest.price.term}, for the peak"
    costs[peak] = [for_the_peak(found.loads * k, cheapest).usd for k in times]
    month_h = float(HOURS["month"])
    queries = float(found.queries) * month_h / hours(date.fromisoformat(f"{found.month}-01"))
    return times * queries, {label: np.array(usd) * month_h for label, usd in costs.items()}
