"""Provisioned throughput as JSON values: money as decimal strings, months of 730 hours, shares as parts."""

from __future__ import annotations

from kplan.capacity.base_load import Purchase
from kplan.capacity.offers import Source
from kplan.capacity.purchases import ModelQuote
from kplan.capacity.quotes import TermQuote
from kplan.engine.bought import Bought
from kplan.money import plain, rounded
from kplan.render.capacity.json_load import figure
from kplan.render.offers import monthly

_PLACES = 6


def offer_of(found: ModelQuote) -> dict[str, object]:
    """What is on offer for a model: `best` is the cheapest purchase of each term, null where nobody knows.

    load_units   what the calls fill in the mean of each hour of the week, Monday 00:00 first
    """
    sizing, payg = found.quote.sizing, found.quote.payg
    return {
        "model": found.model,
        "sold_as": found.sold_as,
        "deployment": found.deployment,
        "part": sizing.offer.part,
        "unit": sizing.offer.unit,
        "offer": found.offer_id,
        "month": found.month,
        "queries": plain(found.queries),
        "needed_units": plain(rounded(sizing.needed, _PLACES)),
        "peak_units": sizing.units,
        "pays": found.pays,
        "payg_usd_per_month": None if payg is None else _usd(payg.usd),
        "cheapest": None if payg is None else found.quote.cheapest.price.term,
        "terms": [_term(each) for each in found.quote.terms],
        "load_units": [figure(float(load)) for load in found.loads],
        **_source(found.about),
    }


def _term(term: TermQuote) -> dict[str, object]:
    even = term.break_even
    return {
        "term": term.price.term,
        "unit_usd_per_hour": plain(rounded(term.price.usd_per_hour, 2 * _PLACES)),
        "pays_from_utilisation": None if even is None else figure(float(even)),
        "best": None if term.base is None else _purchase(term.base),
        "peak": _purchase(term.peak),
        **_source(term.price.about),
    }


def _purchase(bought: Purchase) -> dict[str, object]:
    return {
        "units": bought.units,
        "units_usd_per_month": _usd(bought.units_usd),
        "spilled_usd_per_month": _usd(bought.spilled_usd),
        "usd_per_month": _usd(bought.usd),
        "spilled_share": figure(bought.spilled_share),
        "utilisation": figure(bought.utilisation),
    }


def bought_of(found: Bought) -> dict[str, object]:
    """What a design buys; lists are by month of the plan."""
    return {
        "model": found.model,
        "billed": found.billed,
        "label": found.label,
        "units": found.units,
        "usd": [plain(usd) for usd in found.usd_per_month],
        "spilled_share": [plain(part) for part in found.spilled_share],
        "utilisation": [figure(float(used)) for used in found.utilisation],
        "text": found.said,
        "assumed": list(found.assumed),
    }


def _source(about: Source) -> dict[str, object]:
    return {
        "source": about.source,
        "source_url": about.source_url,
        "checked_on": about.checked_on and about.checked_on.isoformat(),
        "status": about.status,
    }


def _usd(usd_per_hour: float) -> str:
    return plain(rounded(monthly(usd_per_hour), _PLACES))
