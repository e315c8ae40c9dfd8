"""Units of provisioned throughput in sentences: whether any on offer pays, and what a design buys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from kplan.amounts import change, money, share
from kplan.capacity.base_load import Purchase
from kplan.capacity.purchases import ModelQuote
from kplan.capacity.quotes import TermQuote
from kplan.capacity.study import DesignStudy
from kplan.engine.montecarlo.numbers import decimal
from kplan.money import ONE
from kplan.render.offers import monthly


def title(found: ModelQuote) -> str:
    """What is sold: `azure/gpt-5.2 global`, `openai/gpt-4.1 scale tier input`."""
    offer = found.quote.sizing.offer
    return " ".join(filter(None, (found.sold_as, found.deployment, offer.part)))


def term(found: ModelQuote) -> TermQuote:
    """The term on which the best purchase costs least; of those on which none pays the one nearest to it."""
    terms = found.quote.terms
    if found.pays or any(each.break_even is None for each in terms):
        return found.quote.cheapest
    return min(terms, key=lambda each: each.break_even or ONE)


def saved_usd(found: ModelQuote) -> float:
    """What the best purchase saves in a month of 730 hours, against paying call by call [USD]."""
    payg, base = found.quote.payg, found.quote.cheapest.base
    return float(monthly(payg.usd - base.usd)) if payg is not None and base is not None else 0.0


def told(quotes: Sequence[ModelQuote]) -> list[ModelQuote]:
    """For each model the offer that saves most, all its parts; where none pays, the one nearest to paying."""
    found: list[ModelQuote] = []
    for model in dict.fromkeys(each.model for each in quotes):
        own = [each for each in quotes if each.model == model]
        best = min(own, key=_rank)
        parts = [each for each in own if (each.sold_as, each.deployment) == (best.sold_as, best.deployment)]
        found += sorted(parts, key=_rank)
    return found


def _rank(found: ModelQuote) -> tuple[float, float]:
    even = term(found).break_even
    return -saved_usd(found), float("inf") if even is None else float(even)


def on_offer(design: DesignStudy, *, is_all: bool) -> Iterator[str]:
    """Whether units pay: a line for each model that it buys none for.

    is_all   whether a table has all offers; else how many others there are is said
    """
    served = {each.billed for each in design.bought}
    quotes = [each for each in design.quotes if each.model not in served]
    kept = told(quotes)
    yield from map(_sentence, kept)
    if (more := len(quotes) - len(kept)) and not is_all:
        yield f"{more} more offer{'' if more == 1 else 's'} for {_models(kept)}: --format markdown has all."
    yield from (f"{each.what}: {each.why}." for each in design.not_quoted)


def _models(quotes: Iterable[ModelQuote]) -> str:
    return ", ".join(dict.fromkeys(each.model for each in quotes))


def _sentence(found: ModelQuote) -> str:
    best, payg, unit = term(found), found.quote.payg, found.quote.sizing.offer.unit
    base, even = best.base, best.break_even
    if payg is None or base is None or even is None:
        return f"{title(found)}: whether units pay is not known; nobody says what the calls cost else."
    on = f"{best.price.term}, a {unit} pays from {share(even)} used"
    if not base.units:
        least = f", and {found.quote.sizing.offer.minimum:,} are the least that is sold"
        why = ", which is never" if even > ONE else least
        return f"{title(found)} does not pay: even on its best term, {on}{why}."
    return (
        f"{title(found)} pays: {base.units:,} {unit} save {_saving(base, payg)} at the load of {found.month}"
        f" ({money(monthly(base.usd))} against {money(monthly(payg.usd))} in 730 hours). On its best term,"
        f" {on}; these are used to {share(decimal(base.utilisation))}, and"
        f" {share(decimal(base.spilled_share))} spills."
    )


def _saving(base: Purchase, payg: Purchase) -> str:
    return change(decimal(1 - base.usd / payg.usd)).removeprefix("-")


def bought(design: DesignStudy, *, is_all: bool) -> Iterator[str]:
    """What it buys, and what comes of it.

    is_all   also what was taken for true for that
    """
    yield from (f"{each.said}." for each in design.bought)
    if is_all:
        yield from (f"{text}." for text in assumed(design))


def assumed(design: DesignStudy) -> tuple[str, ...]:
    """What was taken for true of what it buys, each once."""
    return tuple(dict.fromkeys(text for each in design.bought for text in each.assumed))


def usd_per_month(usd_per_hour: float | None) -> Decimal | None:
    """Of 730 hours; none of what is not known."""
    return None if usd_per_hour is None else monthly(usd_per_hour)
