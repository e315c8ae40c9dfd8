"""How long queries take as JSON values: seconds as exact decimal strings."""

from __future__ import annotations

from decimal import Decimal

from kplan.engine.targets import ClassTime, DesignTime, Met
from kplan.money import plain

Value = str | int | bool | None | list["Value"] | dict[str, "Value"]


def latency_of(time: DesignTime) -> dict[str, Value]:
    """A design's latency.

    seconds   the mean and percentiles [s]; null where they are unknown, `unknown` then says why
    within    none of them lies further from the exact one [s]
    targets   `limit` and `value` in seconds, of `per_query` in the results' currency; `met` is null where
              the value is unknown
    """
    return {
        **_of(time.whole),
        "classes": [
            {"class": each.query_class, "share": plain(each.share), **_of(each)} for each in time.classes
        ],
        "unknown": list(time.unknown),
    }


def _of(time: ClassTime) -> dict[str, Value]:
    times = time.times
    return {
        "cost_per_query": plain(time.cost_per_query_usd),
        "seconds": None if times is None else {name: plain(value) for name, value in times.by_name().items()},
        "within": None if times is None else plain(times.within_s),
        "targets": [_target(met) for met in time.targets],
    }


def _target(met: Met) -> dict[str, Value]:
    return {"figure": met.figure, "limit": plain(met.limit), "value": _exact(met.value), "met": met.is_met}


def _exact(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)
