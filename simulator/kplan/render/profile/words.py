"""Sentences on a profile that several formats print."""

from __future__ import annotations

from kplan.engine.columns.given import UNITS_PER_DAY
from kplan.logs.calls import spans
from kplan.logs.profile import Profile, TokenProfile, Traffic

_LINES = 5
"""Spans of lines that are shown for a reason; JSON has all of them."""


def rows_read(profile: Profile) -> str:
    """What became of the rows: `2,343 rows = 2,340 calls + 3 skipped, in 1,000 queries`."""
    skipped = f" + {profile.n_skipped:,} skipped" if profile.skipped else ""
    rows = f"{some(profile.n_rows, 'row')} = {some(profile.n_calls, 'call')}{skipped}"
    return f"{rows}, in {some(profile.n_queries, 'query')}"


def skipped_rows(profile: Profile) -> list[str]:
    """A reason a line, with how many rows and where they stand: `2 x no stage, lines 5, 9`."""
    return [f"{len(each.lines):,} x {each.why}, {spans(each.lines, _LINES)}" for each in profile.skipped]


def when(traffic: Traffic) -> str:
    """How long the log goes on: `1,000 queries in 2.5 days (2026-11-01 to 2026-11-03)`."""
    days = traffic.span_days
    span = f"{days:.3g} day{'s' * (days != 1)}" if days >= 1 else f"{days * UNITS_PER_DAY['h']:.3g} hours"
    if days * UNITS_PER_DAY["h"] < 1:
        span = f"{days * UNITS_PER_DAY['m']:.3g} minutes"
    dates = " to ".join(dict.fromkeys(str(day) for day in (traffic.first, traffic.last) if day))
    return f"{some(traffic.n_queries, 'query')} in {span}{f' ({dates})' if dates else ''}"


def seen(tokens: TokenProfile) -> str:
    """The percentiles and the most of a call: `p50 9,800, p95 18,000, p99 20,100, max 40,000`."""
    ranks = ", ".join(f"p{percent} {value:,}" for percent, value in tokens.percentiles.items())
    return f"{ranks}, max {tokens.max:,}"


def some(n: int, noun: str) -> str:
    """`1 call`, `2 calls`, `2 queries`."""
    return f"{n:,} {noun if n == 1 else noun.removesuffix('y') + 'ie' * noun.endswith('y') + 's'}"
