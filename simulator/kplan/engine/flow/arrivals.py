"""How often a query finds a prompt cache that other queries have kept warm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, localcontext

from kplan.engine.calendar import days_in
from kplan.money import ONE, ZERO
from kplan.prices.windows import MINUTES_OF_WEEK, HourProfile

_SECONDS_OF_DAY = 86_400
_DIGITS = 28


def found_warm(
    queries: Sequence[Decimal], months: Sequence[date], profile: HourProfile, used_by: Decimal, ttl_s: int
) -> Decimal:
    """Chance that a query finds a cache warm, averaged over the queries of the plan [0..1].

    queries  of each month
    used_by  share of the queries that use the cache on this model [0..1]
    ttl_s    how long it is kept after each use [s]

    Queries that come at random (Poisson) at rate r use it at rate r x used_by, so that the time since the
    last use is exponential and below the TTL with chance 1 - exp(-r x used_by x ttl). Each month has its
    rate, and within the week the windows of the traffic profile have theirs. 28 digits.
    Source: memoryless gaps of a Poisson process, e.g. Ross, Introduction to Probability Models, 5.3.2.
    """
    with localcontext() as context:
        context.prec = _DIGITS
        whole = sum(queries, ZERO)
        if not whole:
            return ZERO
        warm = ZERO
        for month, n_queries in zip(months, queries, strict=True):
            for share, of_time in _busy(profile, month):
                seconds = of_time * days_in(month) * _SECONDS_OF_DAY
                rate_per_s = n_queries * share / seconds
                warm += n_queries * share * (ONE - (-rate_per_s * used_by * ttl_s).exp())
        return warm / whole


def _busy(profile: HourProfile, month: date) -> list[tuple[Decimal, Decimal]]:
    """Shares of the queries with the shares of the time in which they come."""
    inside = Decimal(profile.windows.minutes_of_week(month).bit_count()) / MINUTES_OF_WEEK
    parts = [(profile.share, inside), (ONE - profile.share, ONE - inside)]
    return [(share, of_time) for share, of_time in parts if share]
