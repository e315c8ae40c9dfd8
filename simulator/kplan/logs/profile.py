"""What a log of calls says about a pipeline: tokens, models and visits of its stages, and its traffic."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from msgspec import Struct

from kplan.logs.calls import SkippedRows
from kplan.logs.instants import DAYS_PER_MONTH


class TokenProfile(Struct, frozen=True):
    """The tokens of one kind in the calls of a stage."""

    n: int
    """Calls, those without such tokens included."""
    total: int
    percentiles: Mapping[int, int]
    """Percent -> the least number that so many percent of the calls do not exceed."""
    max: int

    @property
    def mean(self) -> Fraction:
        """Tokens per call, exact."""
        return Fraction(self.total, self.n)


class ModelUse(Struct, frozen=True):
    """The calls of a stage that one model took."""

    model: str
    n_calls: int
    totals: Mapping[str, int]
    """Tokens of each kind in all of them."""


class StageProfile(Struct, frozen=True):
    """The calls of one stage."""

    id: str
    n_calls: int
    n_visits: int
    """Queries with a call to this stage; without traces, its calls."""
    tokens: Mapping[str, TokenProfile]
    """In the inclusive convention; kinds that the log has no column for are missing."""
    models: tuple[ModelUse, ...]
    """The most called first."""

    @property
    def calls_per_visit(self) -> Fraction:
        """Calls that a query makes which comes to the stage."""
        return Fraction(self.n_calls, self.n_visits)

    def part(self, name: str) -> Fraction:
        """Share of the input that is `cached`, or `cache_write`, over all calls [0..1]."""
        whole = self.tokens["input"].total
        return Fraction(self.tokens[name].total, whole) if name in self.tokens and whole else Fraction(0)

    def skew(self) -> Skew | None:
        """Where a model's share of the tokens is farthest from its share of the calls; None for one model."""
        if len(self.models) < 2:
            return None
        return max(
            (
                Skew(
                    use.model,
                    Fraction(use.n_calls, self.n_calls),
                    name,
                    Fraction(use.totals[name], each.total),
                )
                for name, each in self.tokens.items()
                if each.total
                for use in self.models
            ),
            key=lambda skew: abs(skew.tokens - skew.calls),
            default=None,
        )


class Skew(Struct, frozen=True):
    """A model whose calls are larger or smaller than those of other models at the same stage."""

    model: str
    calls: Fraction
    """Its share of the calls [0..1]."""
    kind: str
    tokens: Fraction
    """Its share of the tokens of this kind [0..1]."""


class Traffic(Struct, frozen=True):
    """When queries came."""

    n_queries: int
    span_days: float
    """From the start of the first one to that of the last."""
    first: date | None
    """Day of the first, UTC; None where times count from no date."""
    last: date | None

    @property
    def queries_per_month(self) -> Fraction:
        """As many as would come in a mean month [1 per month]: n - 1 intervals over the span."""
        return (self.n_queries - 1) * Fraction(DAYS_PER_MONTH) / Fraction(self.span_days)


class Profile(Struct, frozen=True):
    """A log of calls as the stages of a pipeline, in their order."""

    file: str
    n_rows: int
    n_calls: int
    n_queries: int
    has_traces: bool
    stages: tuple[StageProfile, ...]
    traffic: Traffic | None
    skipped: tuple[SkippedRows, ...]
    notes: tuple[str, ...]
    """What to know about the figures."""

    @property
    def n_skipped(self) -> int:
        """Rows that no call is made of."""
        return sum(len(skipped.lines) for skipped in self.skipped)

    def chance(self, stage: StageProfile) -> Fraction:
        """Share of the queries that visit the stage [0..1]."""
        return Fraction(stage.n_visits, self.n_queries)
