"""What units pay: offers by term, from which volume on they cost less, what designs buy."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from kplan.amounts import added, change, money, share
from kplan.capacity.base_load import Purchase
from kplan.capacity.offers import HOURS
from kplan.capacity.purchases import PAYG, Bought, ModelQuote, break_even_curve
from kplan.capacity.quotes import TermQuote
from kplan.capacity.study import DesignStudy, Study
from kplan.engine.montecarlo.numbers import decimal
from kplan.money import ONE
from kplan.render.capacity_page.rows import Cell, number
from kplan.render.capacity_page.unit_charts import counted, crossings


def is_shown(study: Study) -> bool:
    """Whether something is on offer for a design, or bought."""
    return any(each.quotes or each.bought or each.not_quoted for each in study.designs)


def quoted(study: Study) -> DesignStudy | None:
    """The design whose offers are shown: the one in question, else the first that has some."""
    ranked = sorted(study.designs, key=lambda each: (each is not study.shown, each.design.added))
    return next((each for each in ranked if each.quotes), None)


class Line(Struct, frozen=True):
    """One term of an offer."""

    offer: str
    unit: str
    term: str
    peak: Cell
    """Units for the busiest hour; the busiest minute may take more."""
    peak_usd: Cell
    """What they cost a month."""
    pays_from: Cell
    """Utilisation from which a unit costs less than the calls that it serves."""
    base: Cell
    """Units that are best to buy."""
    usd: Cell
    """What a month costs with them and what they leave."""
    spilled: Cell
    """Share of the work that they leave."""
    saved: Cell
    """Against paying for each call."""
    saves: bool


def lines(found: DesignStudy) -> tuple[Line, ...]:
    """The terms of all offers, the cheapest first."""
    terms = [(quote, term) for quote in found.quotes for term in quote.quote.terms]
    return tuple(_line(*each) for each in sorted(terms, key=lambda each: _best(each[1]).usd))


def _best(term: TermQuote) -> Purchase:
    return term.base or term.peak


def _line(found: ModelQuote, term: TermQuote) -> Line:
    best, payg, even = _best(term), found.quote.payg, term.break_even
    kept = best.usd / payg.usd if payg is not None and payg.usd else None
    return Line(
        offer=found.offer_id,
        unit=found.quote.sizing.offer.unit,
        term=term.price.term,
        peak=_units(term.peak),
        peak_usd=_usd(term.peak.usd),
        pays_from=Cell("–")
        if even is None
        else Cell(f"{share(even)} used" if even <= ONE else "never", even),
        base=_units(best),
        usd=_usd(best.usd),
        spilled=Cell(share(decimal(best.spilled_share)), number(best.spilled_share)),
        saved=Cell("–") if kept is None else Cell(change(decimal(1 - kept)), number(kept - 1)),
        saves=kept is not None and best.units > 0 and kept < 1,
    )


def _units(bought: Purchase) -> Cell:
    return Cell(f"{bought.units:,}", Decimal(bought.units))


def _usd(usd_per_hour: float) -> Cell:
    """Of a month."""
    usd = decimal(usd_per_hour) * HOURS["month"]
    return Cell(money(usd), usd)


def best(found: DesignStudy) -> ModelQuote | None:
    """The offer that is drawn: the one whose best purchase costs least, of those that have a price beside."""
    known = [each for each in found.quotes if each.quote.payg is not None and each.loads.any()]
    return min(known, key=lambda each: _best(each.quote.cheapest).usd, default=None)


def answer(found: ModelQuote) -> str:
    """What is best to buy of it, in one sentence."""
    term, payg = found.quote.cheapest, found.quote.payg
    bought, unit = _best(term), found.quote.sizing.offer.unit
    assert payg is not None
    as_you_go = money(_usd(payg.usd).value or Decimal(0))
    if not bought.units:
        return f"No number of {unit} pays: each call by itself costs {as_you_go} a month."
    less = change(decimal(1 - bought.usd / payg.usd)) if payg.usd else ""
    return (
        f"Best are {bought.units:,} {unit} for {term.price.term} of {found.offer_id}, with"
        f" {share(decimal(bought.spilled_share))} of the work paid call by call:"
        f" {_usd(bought.usd).text} a month against {as_you_go} ({less})."
    )


class Crossing(Struct, frozen=True):
    """A way of buying, and from which volume on it costs less than paying call by call."""

    name: str
    volume: Cell
    """Queries a month; `–` where that is further than twice the plan."""


def crossovers(found: ModelQuote) -> tuple[Crossing, ...]:
    """All ways of buying."""
    volumes, costs = break_even_curve(found)
    at = {name: volume for name, volume, _ in crossings(volumes, costs)}
    return tuple(
        Crossing(name, Cell(counted(decimal(at[name])), number(at[name])) if name in at else Cell("–"))
        for name in costs
        if name != PAYG
    )


class Purchased(Struct, frozen=True):
    """Units that a design buys."""

    design: str
    label: str
    units: Cell
    total: Cell
    months: tuple[tuple[str, Cell, Cell, Cell], ...]
    """Month, what the units cost, how much they are used, what spills."""
    said: str


def purchased(study: Study) -> tuple[Purchased, ...]:
    """What all designs buy."""
    return tuple(_purchased(each, bought) for each in study.designs for bought in each.bought)


def _purchased(each: DesignStudy, bought: Bought) -> Purchased:
    total = added(bought.usd_per_month)
    by_month = zip(each.months, bought.usd_per_month, bought.utilisation, bought.spilled_share, strict=True)
    return Purchased(
        each.design.id,
        bought.label,
        Cell(f"{bought.units:,}", Decimal(bought.units)),
        Cell(money(total), total),
        tuple(
            (
                month,
                Cell(money(usd), usd),
                Cell(share(decimal(used)), number(used)),
                Cell(share(spilled), spilled),
            )
            for month, usd, used, spilled in by_month
        ),
        bought.said,
    )


def notes(found: Sequence[DesignStudy]) -> tuple[str, ...]:
    """What is on offer and cannot be quoted, each once."""
    told = (f"{each.what}: {each.why}." for design in found for each in design.not_quoted)
    return tuple(dict.fromkeys(told))
