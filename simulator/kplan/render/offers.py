"""Offers of provisioned throughput, and what to buy of them, as lines for a terminal and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kplan.amounts import change, in_full, money, quantity, share
from kplan.capacity.base_load import Purchase
from kplan.capacity.offers import HOURS, Offer, Source, Throughput, UnitPrice
from kplan.capacity.provisioned import Shape, Sizing
from kplan.capacity.quotes import Quote, TermQuote
from kplan.engine.montecarlo.numbers import decimal
from kplan.money import ONE, counted, plain, quotient, rounded
from kplan.render.format import plain_text
from kplan.render.listing import aligned

EVEN = "calls are taken to come evenly within an hour; bursts fill units sooner and spill more"


@dataclass(frozen=True)
class Asked:
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
    payg = ["", f"all paid as you go: {money(_monthly(quote.payg.usd))} a month"] if quote.payg else []
    return [needed, "", *aligned(head, lines, head[1:]), *payg]


def _term_line(term: TermQuote, payg: Purchase | None) -> tuple[str, ...]:
    base = term.base
    return (
        term.price.term,
        _price(term.price),
        money(_monthly(term.peak.units_usd)),
        "" if term.break_even is None else _pays_from(term.break_even),
        "" if base is None else f"{base.units:,}",
        "" if base is None else money(_monthly(base.usd)),
        "" if base is None else f"{share(decimal(base.spilled_share))} spills",
        "" if base is None or not payg or not payg.usd else change(decimal(1 - base.usd / payg.usd)),
    )


def _pays_from(utilisation: Decimal) -> str:
    return f"{share(utilisation)} used" if utilisation <= ONE else f"never ({share(utilisation)})"


def _total(quotes: Sequence[Quote]) -> list[str]:
    best = sum(_monthly((each.cheapest.base or each.cheapest.peak).usd) for each in quotes)
    return ["", f"in all, each part bought as is best for it: {money(Decimal(best))} a month"]


def _monthly(usd_per_hour: float) -> Decimal:
    return decimal(usd_per_hour) * HOURS["month"]


def offers_json(kind: str, offers: Sequence[Offer], prices: Sequence[UnitPrice]) -> str:
    """Everything that is known of them."""
    document: dict[str, object] = {
        "kind": kind,
        "schema_version": 1,
        "offers": [_offer_json(each) for each in offers],
    }
    if prices:
        document["prices"] = [_price_json(each) for each in prices]
    return json.dumps(document, indent=2, ensure_ascii=False)


def _offer_json(offer: Offer) -> dict[str, object]:
    return {
        "id": offer.id,
        "provider": offer.provider,
        "models": list(offer.models),
        "deployment": offer.deployment,
        "part": offer.part,
        "unit": offer.unit,
        "minimum": offer.minimum,
        "increment": offer.increment,
        "throughput": [_throughput_json(each) for each in offer.throughput] or None,
        "payg": offer.payg or None,
        **_about_json(offer.about),
    }


def _throughput_json(each: Throughput) -> dict[str, object]:
    over = {
        "over_input_tokens": each.over_input_tokens,
        "over_weights": {name: plain(weight) for name, weight in each.over_weights.items()},
    }
    return {
        "amount": plain(each.amount),
        "per_s": plain(each.per_s),
        "weights": {name: plain(weight) for name, weight in each.weights.items()},
        **(over if each.over_input_tokens is not None else {}),
    }


def _price_json(price: UnitPrice) -> dict[str, object]:
    return {
        "term": price.term,
        "part": price.part,
        "usd": plain(price.usd),
        "per": price.per,
        "usd_per_hour": plain(price.usd_per_hour),
        **_about_json(price.about),
    }


def _about_json(about: Source) -> dict[str, object]:
    return {
        "valid_from": about.valid_from and about.valid_from.isoformat(),
        "valid_to": about.valid_to and about.valid_to.isoformat(),
        "source": about.source,
        "source_url": about.source_url,
        "checked_on": about.checked_on and about.checked_on.isoformat(),
        "status": about.status,
        "note": about.note,
    }


def size_json(asked: Asked, quotes: Sequence[Quote], told: Sequence[str]) -> str:
    """Units exactly, money as decimal strings; months have 730 hours."""
    document = {
        "kind": "offers.size",
        "schema_version": 1,
        "model": asked.ref,
        "deployment": asked.sizings[0].offer.deployment,
        "on": asked.day.isoformat(),
        "week": asked.week,
        "engine": "hour-of-week grid",
        "calls": [_shape_json(each) for each in asked.shapes],
        "parts": [_quote_json(each) for each in quotes],
        "notes": [*told, EVEN],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _shape_json(shape: Shape) -> dict[str, object]:
    usage = {meter: plain(count) for meter, count in shape.usage.items()}
    return {"per_minute": plain(shape.per_minute), "usage": usage}


def _quote_json(quote: Quote) -> dict[str, object]:
    sizing, offer = quote.sizing, quote.sizing.offer
    return {
        "part": offer.part,
        "unit": offer.unit,
        "needed": plain(rounded(sizing.needed, 6)),
        "units": sizing.units,
        "minimum": offer.minimum,
        "increment": offer.increment,
        "utilisation_at_peak": _digits(sizing.utilisation),
        "pay_as_you_go_usd_per_month": _usd(quote.payg.usd) if quote.payg else None,
        "terms": [_term_json(each, quote.payg) for each in quote.terms],
        "cheapest": quote.cheapest.price.term if quote.payg else None,
    }


def _term_json(term: TermQuote, payg: Purchase | None) -> dict[str, object]:
    return {
        **_price_json(term.price),
        "break_even_utilisation": None if term.break_even is None else _digits(term.break_even),
        "peak": _purchase_json(term.peak, payg),
        "base": _purchase_json(term.base, payg) if term.base else None,
    }


def _purchase_json(bought: Purchase, payg: Purchase | None) -> dict[str, object]:
    found: dict[str, object] = {
        "units": bought.units,
        "units_usd_per_month": _usd(bought.units_usd),
        "spilled_usd_per_month": _usd(bought.spilled_usd),
        "usd_per_month": _usd(bought.usd),
        "spilled_share": _digits(decimal(bought.spilled_share)),
        "utilisation": _digits(decimal(bought.utilisation)),
    }
    if payg and payg.usd:
        found["saved_share"] = _digits(quotient(decimal(payg.usd - bought.usd), decimal(payg.usd)))
    return found


def _usd(usd_per_hour: float) -> str:
    return plain(rounded(_monthly(usd_per_hour), 6))


def _digits(value: Decimal) -> float:
    return float(rounded(value, 9))
