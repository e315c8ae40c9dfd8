"""An SLO as people write it: `p95=4s`."""

from __future__ import annotations

from kplan.capacity.loaded.points import Slo
from kplan.capacity.queues.written import bound
from kplan.errors import KplanError, Problem
from kplan.form.numbers import clipped

QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def promised(text: str) -> Slo:
    """The SLO that `--slo` says; raises KplanError for what is none."""
    try:
        name, latency_s = bound(text)
    except KplanError as e:
        raise e.at(None, "--slo") from e
    if name not in QUANTILES:
        what = f"`{clipped(text)}`: of a whole query p50, p95 and p99 are known"
        raise KplanError(Problem(what, path="--slo"))
    return Slo(QUANTILES[name], latency_s)
