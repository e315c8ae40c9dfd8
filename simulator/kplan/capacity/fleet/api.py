"""A model that is paid for call by call, to compare own GPUs with."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

from msgspec import Struct

from kplan.capacity.fleet.replicas import Tokens
from kplan.engine.call import CallPricer, check_size
from kplan.money import ONE, exact, quotient
from kplan.prices.book import Book
from kplan.prices.meters import Disjoint


class Api(Struct, frozen=True):
    """What a call costs."""

    model: str
    usd_per_request: Decimal
    on: date

    def usd_per_month(self, requests: float) -> Decimal:
        """Of so many requests."""
        with exact():
            return Decimal(requests) * self.usd_per_request

    def usd_per_million(self, tokens: Tokens) -> Decimal:
        """Over all tokens of a request."""
        with exact():
            usd = self.usd_per_request * 1_000_000
        return quotient(usd, tokens.all)


def api(book: Book, model: str, tokens: Tokens, cached: Decimal, on: date) -> Api:
    """The price of a call of these tokens on a day.

    cached   share of the input that a prompt cache serves
    Raises KplanError where the model has no price then, is retired, or takes no such call.
    """
    with exact():
        counts = {
            "input": tokens.input * (ONE - cached),
            "cache_read": tokens.input * cached,
            "output": tokens.output,
        }
    usage = Disjoint({meter: count for meter, count in counts.items() if count})
    price = CallPricer(book).price(model, usage, datetime.combine(on, time(0), UTC))
    check_size(price.model, usage)
    return Api(price.model.ref, price.cost_usd, on)
