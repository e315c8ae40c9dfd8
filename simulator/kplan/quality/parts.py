"""How right a stage, a class of queries or a design is: an interval, and a point where one is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from msgspec import Struct

from kplan.money import ONE, ZERO, cut, exact
from kplan.quality.composition import frechet, product, taken_by
from kplan.quality.intervals import ANYWHERE, Interval


class Part(Struct, frozen=True):
    """The share of what passes that is right [0..1]."""

    interval: Interval
    point: Decimal | None
    served: Decimal = ONE
    """Share of the queries that get an answer at all."""

    @classmethod
    def exactly(cls, right: Decimal, served: Decimal = ONE) -> Part:
        """One that is declared, which has no interval."""
        return cls(Interval(right, right), right, served)

    def visited(self, visits: Decimal) -> Part:
        """What it does to the whole where only so many queries visit it."""
        point = None if self.point is None else taken_by(visits, self.point)
        ends = self.interval
        interval = Interval(taken_by(visits, ends.low), taken_by(visits, ends.high))
        return Part(interval, point, taken_by(visits, self.served))

    def less(self, lost: Decimal) -> Part:
        """Where so many of the queries get no right answer, whatever this part does for the others."""
        with exact():
            ends = [max(ZERO, each - lost) for each in (self.interval.low, self.interval.high)]
            point = None if self.point is None else max(ZERO, self.point - lost)
        return Part(Interval(*ends), point, self.served)

    def disturbed(self, changed: Decimal) -> Part:
        """After a second pass of unknown quality, which may mend or spoil every answer that it replaces."""
        with exact():
            low, high = self.interval.low - changed, self.interval.high + changed
        return Part(Interval(max(ZERO, low), min(ONE, high)), None, self.served)


UNKNOWN = Part(ANYWHERE, None)
"""A part of which nothing is known."""


def mixed(parts: Iterable[tuple[Decimal, Part]]) -> Part:
    """What several come to, each with its share of the queries; the shares add to 1."""
    shares = list(parts)
    return Part(
        Interval(_sum(shares, lambda part: part.interval.low), _sum(shares, lambda part: part.interval.high)),
        None
        if any(part.point is None for _, part in shares)
        else _sum(shares, lambda part: part.point or ZERO),
        _sum(shares, lambda part: part.served),
    )


def _sum(shares: Sequence[tuple[Decimal, Part]], pick: Callable[[Part], Decimal]) -> Decimal:
    with exact():
        return cut(sum((share * pick(part) for share, part in shares), ZERO))


def composed(parts: Sequence[Part], assume: str | None) -> Part:
    """A whole that is right where all its parts are; of one part, or none, that takes no assumption.

    assume   `product`: parts err independently, which gives the point; `chain`: each was measured on what
             the parts before it got right, which gives the point and a narrower interval; none: no point
    """
    intervals = [part.interval for part in parts]
    interval = frechet(intervals)
    if assume == "chain":
        lows, highs = [each.low for each in intervals], [each.high for each in intervals]
        interval = Interval(product(lows), product(highs))
    points = [part.point for part in parts if part.point is not None]
    is_known = len(points) == len(parts) and (assume is not None or len(parts) <= 1)
    served = min((part.served for part in parts), default=ONE)
    return Part(interval, product(points) if is_known else None, served)
