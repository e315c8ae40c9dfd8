"""How bursty a trace is: peaks over means, dispersion, intervals, tokens, hours of the week."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from msgspec import Struct

from kplan.capacity.buckets import Charges, Seconds
from kplan.capacity.trace import Trace
from kplan.capacity.week import HOURS_OF_WEEK, HourFactors, normalised
from kplan.errors import KplanError

PEAK_WINDOWS_S = (60.0, 10.0, 1.0)
DISPERSION_WINDOW_S = 60.0
_MINUTE_S, _HOUR_S = 60.0, 3_600.0
_STAMP_S = 1e-5
"""Stamps are held as days, less than this off: one on the minute must not fall before it."""
_QUANTILES = (0.5, 0.95, 0.99)
_FEWEST_OF_HOUR = 100
"""Calls of a trace's busiest hour that are worth following by themselves."""


class Bursts(Struct, frozen=True):
    """What a planner asks of a trace."""

    n_calls: int
    span_s: float
    mean_per_s: float
    peak_to_mean: Mapping[float, float]
    """Calls of the busiest window over the mean one, by the window's length [s]."""
    dispersion: float
    """Index of dispersion of the calls in 60 s: variance over mean; 1 for Poisson arrivals."""
    interval_cv: float
    """Standard deviation of the times between calls over their mean; 1 for Poisson arrivals."""
    tokens: Mapping[str, TokenFigures]


class TokenFigures(Struct, frozen=True):
    """Tokens of a call in one bucket, and of the busiest minute."""

    mean: float
    p50: float
    p95: float
    p99: float
    mean_per_minute: float
    peak_per_minute: float


def bursts(trace: Trace) -> Bursts:
    """The figures of a trace; raises KplanError for one of no duration."""
    if trace.span_s <= 0:
        raise KplanError(f"{trace.file}: all calls have the same stamp; a trace needs some duration")
    intervals = np.diff(trace.at_s)
    return Bursts(
        n_calls=len(trace),
        span_s=trace.span_s,
        mean_per_s=len(trace) / trace.span_s,
        peak_to_mean={window_s: peak_to_mean(trace.at_s, window_s) for window_s in PEAK_WINDOWS_S},
        dispersion=dispersion(trace.at_s),
        interval_cv=float(intervals.std() / intervals.mean()),
        tokens={name: _figures(trace, charges) for name, charges in trace.tokens.items()},
    )


def by_window(at_s: Seconds, window_s: float, weights: Charges | None = None) -> Charges:
    """Calls, or what they weigh, in each window from the first call on; the last one may be cut short."""
    windows = ((at_s + _STAMP_S) / window_s).astype(np.int64)
    found: Charges = np.bincount(windows, weights=weights).astype(np.float64)
    return found


def _whole_windows(at_s: Seconds, window_s: float, weights: Charges | None = None) -> Charges:
    """The same without the last window, unless it is the only one."""
    counts = by_window(at_s, window_s, weights)
    return counts[:-1] if len(counts) > 1 else counts


def peak_to_mean(at_s: Seconds, window_s: float, weights: Charges | None = None) -> float:
    """The busiest window over the mean one, of calls or of what they weigh; 1 where they weigh nothing."""
    counts = _whole_windows(at_s, window_s, weights)
    return float(counts.max() / counts.mean()) if counts.any() else 1.0


def dispersion(at_s: Seconds) -> float:
    """Variance of the calls in 60 s over their mean, unbiased; NaN for a trace of less than two windows."""
    counts = _whole_windows(at_s, DISPERSION_WINDOW_S)
    return float(counts.var(ddof=1) / counts.mean()) if len(counts) > 1 else float("nan")


def _figures(trace: Trace, charges: Charges) -> TokenFigures:
    p50, p95, p99 = np.quantile(charges, _QUANTILES).tolist()
    per_minute = float(charges.sum()) / trace.span_s * _MINUTE_S
    peak = float(by_window(trace.at_s, _MINUTE_S, charges).max())
    return TokenFigures(float(charges.mean()), p50, p95, p99, per_minute, peak)


def hour_factors(trace: Trace, tz: str = "UTC") -> HourFactors:
    """Calls in each hour of the week over the mean hour, each hour by how often the trace saw it.

    tz   whose clock counts the hours, Monday 00:00 first
    Raises KplanError for a trace without dates, or that does not see every hour of the week.
    """
    if trace.starts_at is None:
        raise KplanError(f"{trace.file}: its times count from no date, so hours of the week are not known")
    starts = trace.starts_at.astimezone(ZoneInfo(tz))
    offset_s = _into_week_s(starts)
    hour = ((trace.at_s + offset_s) / _HOUR_S).astype(np.int64)
    counts = np.bincount(hour % HOURS_OF_WEEK, minlength=HOURS_OF_WEEK)
    seen_s = _seen_s(offset_s, offset_s + trace.span_s)
    if (seen_s < _HOUR_S / 2).any():
        n_unseen = int((seen_s < _HOUR_S / 2).sum())
        raise KplanError(
            f"{trace.file}: {n_unseen} of {HOURS_OF_WEEK} hours of the week lie outside the trace; say `week`"
        )
    return normalised(counts / seen_s)


def _into_week_s(moment: datetime) -> float:
    hours = moment.weekday() * 24 + moment.hour
    return hours * _HOUR_S + moment.minute * _MINUTE_S + moment.second + moment.microsecond / 1e6


def _seen_s(start_s: float, end_s: float) -> Charges:
    """How long a span, counted from a Monday 00:00, lies in each hour of the week [s], shape (168,)."""
    first, last = int(start_s // _HOUR_S), int(end_s // _HOUR_S)
    hours = np.arange(first, last + 1)
    seen = np.minimum(end_s, (hours + 1) * _HOUR_S) - np.maximum(start_s, hours * _HOUR_S)
    return np.bincount(hours % HOURS_OF_WEEK, weights=seen, minlength=HOURS_OF_WEEK).astype(np.float64)


def busiest_hour(at_s: Seconds) -> slice:
    """Which calls of a trace came in its busiest hour, for what is set to the rate of the plan's busiest.

    The quiet hours of a longer trace would else make room for more than that. Of an hour with few calls
    nothing can be told: then they are all that the trace has.
    """
    ends = np.searchsorted(at_s, at_s + _HOUR_S, side="left")
    first = int((ends - np.arange(at_s.size)).argmax())
    last = int(ends[first])
    is_enough = last - first >= _FEWEST_OF_HOUR and at_s[last - 1] > at_s[first]
    return slice(first, last) if is_enough else slice(0, at_s.size)
