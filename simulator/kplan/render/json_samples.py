"""Drawn queries as JSON values: every amount a decimal string of twelve digits at most."""

from __future__ import annotations

from kplan.engine.montecarlo.found import DesignSample, Drawn, Estimate, Paired, Spreading
from kplan.money import plain

Value = str | int | bool | None | list["Value"] | dict[str, "Value"]


def sample_of(sample: DesignSample) -> dict[str, Value]:
    """What was drawn of a design [currency], [s]; `low` and `high` hold 95 % of the true figures."""
    return {
        **_drawn(sample.all),
        "classes": {name: _drawn(each) for name, each in sample.classes.items()},
        "against_baseline": None if sample.paired is None else _paired(sample.paired),
        "months": [
            {"month": each.month, "p10": plain(each.p10_usd), "p90": plain(each.p90_usd)}
            for each in sample.months
        ],
    }


def _drawn(drawn: Drawn) -> dict[str, Value]:
    return {
        "queries": drawn.n,
        "cost": _spreading(drawn.cost_usd),
        "time": None if drawn.time_s is None else _spreading(drawn.time_s),
        "stopped": _estimate(drawn.stopped),
    }


def _spreading(spreading: Spreading) -> Value:
    return {
        "mean": _estimate(spreading.mean),
        "variance": _estimate(spreading.variance),
        **{f"p{percent}": _estimate(each) for percent, each in spreading.percentiles.items()},
    }


def _paired(paired: Paired) -> Value:
    return {
        "design": paired.against,
        "mean": _estimate(paired.mean_usd),
        "cheaper": plain(paired.cheaper),
    }


def _estimate(estimate: Estimate) -> Value:
    return {"value": plain(estimate.value), "low": plain(estimate.low), "high": plain(estimate.high)}
