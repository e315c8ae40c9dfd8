"""What one call uses, in buckets that never overlap: taken apart once, from amounts that hold each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from types import MappingProxyType

from kplan.form.expressions import Apply, Expression
from kplan.prices.meters import CACHE_WRITE, WITHIN


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
    """As `prices.meters.disjoint` with numbers: every part is subtracted once, from its nearest whole."""
    left = dict(totals)
    for meter, units in totals.items():
        whole = _whole(meter, totals)
        if whole is not None:
            left[whole] = Apply("subtract", (left[whole], units))
    return {"cache_write_5m" if meter == CACHE_WRITE else meter: units for meter, units in left.items()}


def _whole(meter: str, totals: Mapping[str, Expression]) -> str | None:
    whole = WITHIN.get(meter)
    while whole is not None and whole not in totals:
        whole = WITHIN.get(whole)
    return whole
