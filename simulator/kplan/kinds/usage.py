"""What one call uses, in buckets that never overlap: taken apart once, from amounts that hold each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from functools import reduce
from types import MappingProxyType

from kplan.form.expressions import Apply, Expression
from kplan.prices.meters import buckets


@dataclass(frozen=True)
class Usage:
    """Units of each meter in one call. It is made of totals only, so nothing can be billed twice.

    totals   units in the inclusive convention: input holds cache reads, cache writes and what is heard and
             seen, `cache_write` the 1-hour writes, output the reasoning; a part whose whole is not given
             stands alone
    """

    totals: InitVar[Mapping[str, Expression]]
    buckets: Mapping[str, Expression] = field(init=False)
    """Meter -> its own units: those of a whole without its parts."""

    def __post_init__(self, totals: Mapping[str, Expression]) -> None:
        object.__setattr__(self, "buckets", MappingProxyType(_disjoint(totals)))


def _disjoint(totals: Mapping[str, Expression]) -> dict[str, Expression]:
    """As `prices.meters.disjoint` does with numbers; what is left of a whole that is not given is nothing."""
    return {
        bucket.meter: reduce(_less, (totals[part] for part in bucket.parts), totals[bucket.whole])
        for bucket in buckets(totals)
        if bucket.whole in totals
    }


def _less(whole: Expression, part: Expression) -> Expression:
    return Apply("subtract", (whole, part))
