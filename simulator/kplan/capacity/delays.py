"""What a limit does to bursts: the calls of a trace at the limit, as full as a design makes it."""

from __future__ import annotations

from msgspec import Struct

from kplan.capacity.admission import Admission, admission, mean_per_s
from kplan.capacity.entrances import Visitors, entrance
from kplan.capacity.headroom import Use
from kplan.capacity.limits import LEVEL
from kplan.capacity.trace import Trace
from kplan.errors import KplanError

_WEEK_S = 7 * 86_400.0
UNSTABLE = "more comes than the limit lets in, and what waits grows for as long as that lasts"


class Delays(Struct, frozen=True):
    """How the calls of a trace fare at a limit in one month."""

    month: str
    use: float
    """Mean use while the trace runs: that of the busiest hour, for a trace of a week that of the week."""
    found: Admission | None
    why: str = ""
    """Why it is not known; empty where it is."""


def delays(use: Use, trace: Trace, month: int, name: str) -> Delays:
    """The delays of a trace whose calls fill the limit as much as the design does in a month.

    Their times and how unlike they are stay those of the trace.

    month, name   of the plan, counted from 0, and as it is called
    """
    hours = use.hours[month]
    mean = float(hours.mean() if trace.span_s >= _WEEK_S else hours.max())
    if mean >= 1:
        return Delays(name, mean, None, f"unstable: {UNSTABLE}")
    try:
        return Delays(name, mean, _admitted(use, trace, mean))
    except KplanError as e:
        return Delays(name, mean, None, str(e))


def _admitted(use: Use, trace: Trace, mean: float) -> Admission:
    """Raises KplanError where the trace does not say what the limit counts, or no call of it ever fits."""
    limit, visitors = use.limit, Visitors.of(trace)
    if limit.counting.kind == LEVEL:
        raise KplanError(f"{limit.id} limits what is there at once; it is no rate")
    whole = mean_per_s(trace.at_s, visitors.charged(limit))
    times = whole / (float(limit.per_second) * mean) if mean else 0.0
    if not times:
        raise KplanError(f"the calls take nothing of {limit.id}")
    return admission(trace.at_s, [entrance(limit, visitors, times)])
