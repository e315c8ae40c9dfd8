"""Offers of provisioned throughput, and what to buy of them, as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal

from kplan.capacity.base_load import Purchase
from kplan.capacity.offers import Offer, Source, Throughput, UnitPrice
from kplan.capacity.provisioned import Shape
from kplan.capacity.quotes import Quote, TermQuote
from kplan.engine.montecarlo.numbers import decimal
from kplan.money import plain, quotient, rounded
from kplan.render.offers import EVEN, Asked, monthly


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
    return plain(rounded(monthly(usd_per_hour), 6))


def _digits(value: Decimal) -> float:
    return float(rounded(value, 9))
