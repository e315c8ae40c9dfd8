"""Offers of provisioned throughput, and what to buy of them, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct

from kplan.amounts import change, in_full, money, quantity, share
from kplan.capacity.base_load import Purchase
from kplan.capacity.offers import HOURS, Offer, Source, Throughput, UnitPrice
from kplan.capacity.provisioned import Shape, Sizing
from kplan.capacity.quotes import Quote, TermQuote
from kplan.engine.montecarlo.numbers import decimal
from kplan.money import ONE, counted, plain, rounded
from kplan.render.format import plain_text
from kplan.render.listing import aligned

EVEN = "calls are taken to come evenly within an hour; bursts fill units sooner and spill more"


class Asked(Struct, frozen=True):
    """A load, and the units that it takes of each part."""

    ref: str
    sizings: tuple[Sizing, ...]
    shapes: tuple[Shape, ...]
    week: str
    day: date


def offers_lines(offers: Sequence[Offer]) -> list[str]:
    """A table of what is sold, with its sources."""
    head = (
        "provider",
        "model",
        "sold as",
        "unit",
        "a unit takes",
        "counted",
        "least",
        "steps",
        "checked",
        "status",
    )
    table = [tuple(map(plain_text, _offer_line(each))) for each in offers]
    sources = dict.fromkeys(_source(each.about) for each in offers if each.about.source)
    remarks = dict.fromkeys(f"{each.id}: {each.about.note}" for each in offers if each.about.note)
    return [*aligned(head, table, ("least", "steps")), "", *map(plain_text, (*remarks, *sources))]


def _offer_line(offer: Offer) -> tuple[str, ...]:
    return (
        offer.provider,
        "|".join(offer.models),
        offer.deployment,
        offer.unit,
        " and ".join(_amount(each) for each in offer.throughput) or "not published",
        " and ".join(_weights(each) for each in offer.throughput),
        f"{offer.minimum:,}",
        f"{offer.increment:,}",
        str(offer.about.checked_on or "unknown"),
        offer.about.status,
    )


def _amount(throughput: Throughput) -> str:
    spans = {Decimal(1): "a second", Decimal(60): "a minute"}
    return f"{throughput.amount:,f} {spans.get(throughput.per_s, f'in {plain(throughput.per_s)} s')}"


def _weights(throughput: Throughput) -> str:
    def said(weights: dict[str, Decimal]) -> str:
        return " + ".join(
            name if weight == ONE else f"{plain(weight)} x {name}" for name, weight in weights.items()
        )

    if throughput.over_input_tokens is None:
        return said(dict(throughput.weights))
    over = f"over {throughput.over_input_tokens:,}: {said(dict(throughput.over_weights))}"
    return f"{said(dict(throughput.weights))}; {over}"


def _source(about: Source) -> str:
    return f"Source: {about.source} {about.source_url}".strip()


def prices_lines(prices: Sequence[UnitPrice]) -> list[str]:
    """A table of what a unit costs, with its sources."""
    head = ("term", "part", "price", "by the hour", "checked", "status")
    table = [
        (
            each.term,
            each.part,
            _price(each),
            _by_hour(each),
            str(each.about.checked_on or "unknown"),
            each.about.status,
        )
        for each in prices
    ]
    sources = dict.fromkeys(_source(each.about) for each in prices if each.about.source)
    return [
        *aligned(head, [tuple(map(plain_text, line)) for line in table], head[2:4]),
        "",
        *map(plain_text, sources),
    ]


def _price(price: UnitPrice) -> str:
    return f"${counted(price.usd)} {'an' if price.per == 'hour' else 'a'} {price.per}"


def _by_hour(price: UnitPrice) -> str:
    return in_full(rounded(price.usd_per_hour, 4))


def size_lines(asked: Asked, quotes: Sequence[Quote], told: Sequence[str]) -> list[str]:
    """What is needed, and for each term what it costs and what is best to buy."""
    blocks = [line for quote in quotes for line in ("", *_quote_lines(quote))]
    calls = " and ".join(_calls(each) for each in asked.shapes)
    title = f"{asked.ref}, {asked.sizings[0].offer.deployment}: {calls} at the peak; week: {asked.week}"
    total = _total(quotes) if len(quotes) > 1 else []
    return [plain_text(line) for line in (title, *blocks, *total, "", *told, EVEN)]


def _calls(shape: Shape) -> str:
    tokens = ", ".join(f"{quantity(count)} {meter}" for meter, count in shape.usage.items())
    return f"{quantity(shape.per_minute)}/min of {tokens}"


def _quote_lines(quote: Quote) -> list[str]:
    sizing, offer = quote.sizing, quote.sizing.offer
    mean = share(decimal(quote.terms[0].peak.utilisation))
    sold = f"minimum {offer.minimum:,}, steps of {offer.increment:,}"
    needed = (
        f"{offer.unit}: {rounded(sizing.needed, 2):,} needed, {sizing.units:,} to buy for the peak ({sold}), "
        f"{share(sizing.utilisation)} used then and {mean} on average"
    )
    head = (
        "term",
        "a unit",
        f"{sizing.units:,} a month",
        "pays from",
        "best to buy",
        "a month",
        "over",
        "against as you go",
    )
    lines = [_term_line(each, quote.payg) for each in quote.terms]
    payg = ["", f"all paid as you go: {money(monthly(quote.payg.usd))} a month"] if quote.payg else []
    return [needed, "", *aligned(head, lines, head[1:]), *payg]


def _term_line(term: TermQuote, payg: Purchase | None) -> tuple[str, ...]:
    base = term.base
    return (
        term.price.term,
        _price(term.price),
        money(monthly(term.peak.units_usd)),
        "" if term.break_even is None else _pays_from(term.break_even),
        "" if base is None else f"{base.units:,}",
        "" if base is None else money(monthly(base.usd)),
        "" if base is None else f"{share(decimal(base.spilled_share))} spills",
        "" if base is None or not payg or not payg.usd else change(decimal(1 - base.usd / payg.usd)),
    )


def _pays_from(utilisation: Decimal) -> str:
    return f"{share(utilisation)} used" if utilisation <= ONE else f"never ({share(utilisation)})"


def _total(quotes: Sequence[Quote]) -> list[str]:
    best = sum(monthly((each.cheapest.base or each.cheapest.peak).usd) for each in quotes)
    return ["", f"in all, each part bought as is best for it: {money(Decimal(best))} a month"]


def monthly(usd_per_hour: float) -> Decimal:
    """Of what an hour costs [USD]."""
    return decimal(usd_per_hour) * HOURS["month"]
