"""What to know about the figures of a profile: what was assumed, and what the log does not say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from kplan.amounts import share
from kplan.form.numbers import clipped
from kplan.logs.calls import Calls
from kplan.logs.profile import StageProfile, Traffic
from kplan.money import quotient

_SKEW = Fraction(1, 100)
"""Shares of calls and tokens that differ by less are not worth a word."""


def remarks(
    calls: Calls, stages: Sequence[StageProfile], n_queries: int, traffic: Traffic | None
) -> Iterator[str]:
    """Sentences without a full stop."""
    if calls.trace is None and len(stages) > 1:
        yield (
            f"no column of traces: a query is counted for each call of the most called stage ({n_queries:,});"
            " which calls belong together is not known"
        )
    if "cached" not in calls.tokens:
        yield "no column of cached tokens: nothing counts as cached"
    yield from _on_time(calls, traffic)
    yield from filter(None, map(_on_mix, stages))
    if calls.unused:
        yield f"columns that are not used: {', '.join(clipped(name) or '(no name)' for name in calls.unused)}"


def _on_time(calls: Calls, traffic: Traffic | None) -> Iterator[str]:
    if calls.at is None:
        return
    if calls.at.n_unread:
        yield f"{calls.at.n_unread:,} of {len(calls):,} timestamps cannot be read; write 2026-11-01T14:30:00Z"
    if not calls.at.is_days and calls.at.n_unread < len(calls):
        yield "timestamps are numbers of no known unit; --time-unit s, ms, us or ns says it"
    elif traffic and traffic.span_days < 1:
        yield "the log covers less than a day: the month is extrapolated from those hours alone"


def _on_mix(stage: StageProfile) -> str:
    skew = stage.skew()
    if skew is None or abs(skew.tokens - skew.calls) < _SKEW:
        return ""
    return (
        f"{clipped(stage.id)}: {clipped(skew.model)} takes {_percent(skew.calls)} of the calls and"
        f" {_percent(skew.tokens)} of the {skew.kind} tokens, but a mix bills every call at the mean of all;"
        " --by-model writes a stage for each model"
    )


def _percent(part: Fraction) -> str:
    return share(quotient(Decimal(part.numerator), Decimal(part.denominator)))
