"""Tables of limits: how full each gets, month by month and hour by hour, and who says how much it allows."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from kplan.amounts import money, quantity, share
from kplan.capacity.fits import first_month, fullest_month
from kplan.capacity.headroom import Use
from kplan.capacity.limits import Limit
from kplan.capacity.study import DesignStudy, Study
from kplan.capacity.week import HOURS_OF_DAY
from kplan.prices.windows import WEEKDAYS
from kplan.render.capacity.tables.listing import DESIGN, Listing, OfDesign, amount, flag, number, text
from kplan.render.capacity.words import full, in_digits


class OfUse(OfDesign, frozen=True):
    """A limit of a design, perhaps in one month, or in one hour of the week of that month."""

    use: Use
    month: int = 0
    hour: int = 0

    @property
    def fullest(self) -> int:
        """The month in which the limit is fullest."""
        return fullest_month(self.use)

    @property
    def first(self) -> int:
        """The first month in which it holds."""
        return first_month(self.use)


def _designs(study: Study) -> Iterator[OfDesign]:
    return map(OfDesign, study.designs)


def uses(study: Study) -> Iterator[OfUse]:
    """Every limit of every design, each design's fullest first."""
    for each in study.designs:
        for use in each.headroom.uses:
            yield OfUse(each, use)


def _months(study: Study) -> Iterator[OfUse]:
    for found in uses(study):
        for month, _ in enumerate(found.each.months):
            yield OfUse(found.each, found.use, month)


def _hours(study: Study) -> Iterator[OfUse]:
    """Of the limit that binds, in its fullest month."""
    for each in study.designs:
        if (use := each.binding) is not None:
            month = fullest_month(use)
            for hour, _ in enumerate(use.hours[month]):
                yield OfUse(each, use, month, hour)


def _sources(study: Study) -> Iterator[Limit]:
    return iter({found.use.limit.id: found.use.limit for found in uses(study)}.values())


def _fits(each: DesignStudy) -> str:
    return {True: "yes", False: "no", None: "unknown"}[each.fits]


def _of_binding(each: DesignStudy, figure: str) -> float | None:
    """The peak or the headroom of the limit that binds, in its fullest month."""
    use = each.binding
    return None if use is None else float(getattr(use, figure)[fullest_month(use)])


DESIGNS: Listing[OfDesign] = Listing(
    "Designs",
    _designs,
    (
        *DESIGN,
        text("binding_limit", lambda r: r.each.binding and r.each.binding.limit.title, "binds first", 3),
        amount("total_usd", lambda r: r.each.design.total_usd, "total", money),
        text("fits", lambda r: _fits(r.each), "fits"),
        number("most_use", lambda r: _of_binding(r.each, "peak"), "at most", share),
        number("headroom_share", lambda r: _of_binding(r.each, "headroom"), "headroom", share),
        text("full_month", lambda r: r.each.binding and r.each.binding.full_month),
        text("", lambda r: r.each.binding and full(r.each.binding), "full"),
        text("unstable_month", lambda r: r.each.unstable_month, "unstable from", 2),
    ),
)
LIMITS: Listing[OfUse] = Listing(
    "Headroom",
    uses,
    (
        *DESIGN,
        text("limit", lambda r: r.use.limit.title, "limit"),
        flag("binds", lambda r: r.use is r.each.binding),
        amount("allowed_units", lambda r: r.use.limit.amount, "allows", quantity, 2),
        text("allowed_per", lambda r: r.use.limit.span(), "per", 2),
        amount("allowed_in_s", lambda r: r.use.limit.counting.per_s or None),
        amount("units_per_query", lambda r: r.use.demand.per_query, "a query", quantity, 4),
        number("mean_use", lambda r: float(r.use.mean[r.first]), "mean", share),
        number("peak_use", lambda r: float(r.use.peak[r.first]), "peak", share),
        number("most_use", lambda r: float(r.use.peak[r.fullest]), "at most", share),
        text("most_month", lambda r: r.each.months[r.fullest], "in", 3),
        number("target_use", lambda r: r.use.target),
        number("headroom_share", lambda r: float(r.use.headroom[r.fullest]), "headroom", share),
        text("busiest_hour", lambda r: r.use.binding_hour if r.use.demand.per_query else None, "busiest", 1),
        text("full_month", lambda r: r.use.full_month),
        text("", lambda r: full(r.use), "full"),
        number("months_left", lambda r: r.use.months_left, "months left", in_digits, 5),
        text("engine", lambda r: r.each.headroom.engine),
        text("note", lambda r: r.use.demand.note),
        text("limit_id", lambda r: r.use.limit.id),
    ),
)
MONTHS: Listing[OfUse] = Listing(
    "Use by month",
    _months,
    (
        *DESIGN,
        text("limit", lambda r: r.use.limit.title, "limit"),
        text("month", lambda r: r.each.months[r.month], "month"),
        number("queries_per_s", lambda r: float(r.each.queries_per_s[r.month]), "queries/s", in_digits),
        number("mean_use", lambda r: float(r.use.mean[r.month]), "mean", share),
        number("peak_use", lambda r: float(r.use.peak[r.month]), "peak", share),
        number("headroom_share", lambda r: float(r.use.headroom[r.month]), "headroom", share),
    ),
)
HOURS: Listing[OfUse] = Listing(
    "Hours of the week in the fullest month, of the limit that binds",
    _hours,
    (
        *DESIGN,
        text("limit", lambda r: r.use.limit.title, "limit"),
        text("month", lambda r: r.each.months[r.month], "month"),
        text("weekday", lambda r: WEEKDAYS[r.hour // HOURS_OF_DAY], "day"),
        amount("hour", lambda r: Decimal(r.hour % HOURS_OF_DAY), "hour"),
        number("mean_use", lambda r: float(r.use.hours[r.month, r.hour]), "mean", share),
        number("peak_use", lambda r: float(r.use.hours[r.month, r.hour]) * r.use.peak_factor, "peak", share),
    ),
)
SOURCES: Listing[Limit] = Listing(
    "Limits and who says so",
    _sources,
    (
        text("provider", lambda limit: limit.provider, "provider"),
        text("limit", lambda limit: limit.title, "limit"),
        amount("allowed_units", lambda limit: limit.amount, "allows", quantity),
        text("allowed_per", lambda limit: limit.span(), "per"),
        text("status", lambda limit: limit.status, "status"),
        text("checked_on", lambda limit: limit.checked_on, "checked on"),
        text("source", lambda limit: limit.source, "source", 1),
        text("source_url", lambda limit: limit.source_url),
    ),
)
