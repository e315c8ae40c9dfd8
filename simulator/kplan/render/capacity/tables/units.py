"""Tables of provisioned throughput: what is on offer, what is bought, and the curves behind both."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from kplan.amounts import chance, money, quantity, share
from kplan.capacity.base_load import Purchase, load_duration
from kplan.capacity.purchases import ModelQuote, break_even_curve
from kplan.capacity.quotes import TermQuote
from kplan.capacity.study import Study
from kplan.engine.bought import Bought
from kplan.prices.skipped import Skipped
from kplan.render.capacity import units
from kplan.render.capacity.tables.listing import DESIGN, Listing, OfDesign, amount, number, text
from kplan.render.capacity.words import in_digits


class OfTerm(OfDesign, frozen=True):
    """An offer for a model of a design, on one term."""

    quote: ModelQuote
    term: TermQuote

    def base(self, figure: str) -> float | None:
        """A figure of the best purchase; none where nobody knows what calls cost else."""
        return None if self.term.base is None else float(getattr(self.term.base, figure))

    @property
    def payg(self) -> Purchase | None:
        """Everything paid for call by call."""
        return self.quote.quote.payg

    @property
    def saved(self) -> float | None:
        """Part of what paying call by call costs [..1]."""
        base, payg = self.term.base, self.payg
        return None if base is None or payg is None or not payg.usd else 1 - base.usd / payg.usd


class OfLoad(OfDesign, frozen=True):
    """One hour of the load-duration curve of an offer, from the fullest on."""

    quote: ModelQuote
    rank: int
    units: float


class OfVolume(OfDesign, frozen=True):
    """What one way of paying costs at one volume."""

    quote: ModelQuote
    label: str
    queries: float
    usd: float


class OfBought(OfDesign, frozen=True):
    """Units that a design buys, in one month."""

    bought: Bought
    month: int


class OfUnquoted(OfDesign, frozen=True):
    """What is on offer and cannot be quoted."""

    skipped: Skipped


def _terms(study: Study) -> Iterator[OfTerm]:
    for each in study.designs:
        for quote in each.quotes:
            for term in quote.quote.terms:
                yield OfTerm(each, quote, term)


def _loads(study: Study) -> Iterator[OfLoad]:
    for each in study.designs:
        for quote in each.quotes:
            for rank, load in enumerate(load_duration(quote.loads), 1):
                yield OfLoad(each, quote, rank, float(load))


def _volumes(study: Study) -> Iterator[OfVolume]:
    for each in study.designs:
        for quote in (quote for quote in each.quotes if quote.quote.payg is not None):
            volumes, costs = break_even_curve(quote)
            for label, usd in costs.items():
                for queries, cost in zip(volumes.tolist(), usd.tolist(), strict=True):
                    yield OfVolume(each, quote, label, queries, cost)


def _bought(study: Study) -> Iterator[OfBought]:
    for each in study.designs:
        for bought in each.bought:
            for month, _ in enumerate(each.months):
                yield OfBought(each, bought, month)


def _unquoted(study: Study) -> Iterator[OfUnquoted]:
    return (OfUnquoted(each, skipped) for each in study.designs for skipped in each.not_quoted)


OFFERS: Listing[OfTerm] = Listing(
    "On offer: units for the best base, what finds no room paid call by call (months of 730 hours)",
    _terms,
    (
        *DESIGN,
        text("offer", lambda r: units.title(r.quote), "offer"),
        text("model", lambda r: r.quote.model),
        text("term", lambda r: r.term.price.term, "term"),
        text("unit", lambda r: r.quote.quote.sizing.offer.unit, "unit", 3),
        amount("unit_usd_per_hour", lambda r: r.term.price.usd_per_hour),
        text("pays", lambda r: r.term.base and ("yes" if r.term.base.units else "no"), "pays"),
        number("best_units", lambda r: r.base("units"), "best units", quantity),
        amount("best_usd", lambda r: units.usd_per_month(r.base("usd")), "with them", money),
        amount("payg_usd", lambda r: units.usd_per_month(r.payg.usd if r.payg else None), "as you go", money),
        number("saved_share", lambda r: r.saved, "saves", chance),
        amount("pays_from_share", lambda r: r.term.break_even, "pays from", share),
        number("used_share", lambda r: r.base("utilisation"), "used", share, 2),
        number("spilled_share", lambda r: r.base("spilled_share"), "spills", share, 1),
        number("peak_units", lambda r: r.term.peak.units, "units for peak hour", quantity, 4),
        amount("peak_usd", lambda r: units.usd_per_month(r.term.peak.usd), "for peak hour", money, 4),
        text("month", lambda r: r.quote.month, "load of", 5),
        text("status", lambda r: r.term.price.about.status, "status", 6),
        text("checked_on", lambda r: r.term.price.about.checked_on, "checked on", 6),
        text("source", lambda r: r.term.price.about.source, "source", 6),
        text("source_url", lambda r: r.term.price.about.source_url),
    ),
)
BOUGHT: Listing[OfBought] = Listing(
    "What is bought",
    _bought,
    (
        *DESIGN,
        text("label", lambda r: r.bought.label, "units of"),
        text("month", lambda r: r.each.months[r.month], "month"),
        amount("bought_units", lambda r: Decimal(r.bought.units), "units", quantity),
        amount("cost_usd", lambda r: r.bought.usd_per_month[r.month], "cost", money),
        amount("spilled_share", lambda r: r.bought.spilled_share[r.month], "spills", share),
        number("used_share", lambda r: r.bought.utilisation[r.month], "used", share),
    ),
)
LOAD_DURATION: Listing[OfLoad] = Listing(
    "Load-duration curve",
    _loads,
    (
        *DESIGN,
        text("offer", lambda r: units.title(r.quote), "offer"),
        text("month", lambda r: r.quote.month, "month"),
        amount("hours_of_week", lambda r: Decimal(r.rank), "hours", quantity),
        number("filled_units", lambda r: r.units, "units filled", in_digits),
    ),
)
BREAK_EVEN: Listing[OfVolume] = Listing(
    "What a month costs by its queries",
    _volumes,
    (
        *DESIGN,
        text("offer", lambda r: units.title(r.quote), "offer"),
        text("paid", lambda r: r.label, "paid"),
        number("queries_per_month", lambda r: r.queries, "queries", in_digits),
        number("cost_usd", lambda r: r.usd, "cost", money),
    ),
)
NOT_QUOTED: Listing[OfUnquoted] = Listing(
    "On offer, not quoted",
    _unquoted,
    (
        *DESIGN,
        text("offer", lambda r: r.skipped.what, "offer"),
        text("why", lambda r: r.skipped.why, "why"),
    ),
)
