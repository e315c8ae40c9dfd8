"""One limit of a provider: what it counts, how much it allows, for which models, and since when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase

from msgspec import Struct

from kplan.money import ZERO, exact, plain

BUCKETS = ("request", "input", "cache_write", "cache_read", "output", "max_tokens")
"""What a call has in disjoint parts: itself, uncached input, cache writes, reads, output; its max_tokens."""
RATES = ("requests", "input", "output", "tokens")
LEVELS = ("concurrency", "batch_requests", "batch_tokens")
MEASURES = (*RATES, *LEVELS)
BUCKET, WINDOW, LEVEL = "bucket", "window", "level"
KINDS = (BUCKET, WINDOW, LEVEL)
"""Bucket: refilled all the time; window: a counter that starts anew; level: as much as that at once."""
THIRD_PARTY = "third party"
STATUSES = ("vendor", THIRD_PARTY, "estimated", "own")

Weights = Mapping[str, Decimal]
"""What one unit of each bucket counts."""
Amounts = Mapping[str, Decimal]
"""What a call has in each bucket."""


class Counting(Struct, frozen=True):
    """How a provider counts what calls use, and how it holds them to a limit."""

    name: str
    measures: str
    counts: tuple[Weights, ...]
    """Charged when the call comes: of several sums the largest."""
    kind: str
    settles: Weights | None = None
    """What the charge is corrected to when the call ends; None where it stays."""
    per_s: Decimal = ZERO
    """What the limit's amount is for [s]; 0 for a level."""
    window_s: Decimal = ZERO
    """The bucket holds what comes in within this time, or the counter starts anew after it [s]."""

    def charge(self, call: Amounts) -> Decimal:
        """What a call is charged when it comes."""
        return max(weighed(weights, call) for weights in self.counts)

    def settled(self, call: Amounts) -> Decimal:
        """What a call is charged in the end."""
        return self.charge(call) if self.settles is None else weighed(self.settles, call)

    @property
    def is_batch(self) -> bool:
        """Whether it counts what waits in batches, and not the calls that are answered at once."""
        return self.measures.startswith("batch")

    @property
    def needs_max_tokens(self) -> bool:
        """Whether max_tokens plays a part."""
        return any(weights.get("max_tokens") for weights in self.counts)


def weighed(weights: Weights, call: Amounts) -> Decimal:
    """The sum of a call's amounts, each times its weight; a bucket that the call lacks is 0."""
    with exact():
        return sum((weight * call.get(bucket, ZERO) for bucket, weight in weights.items()), ZERO)


class Limit(Struct, frozen=True):
    """One number of a provider's table."""

    provider: str
    pool: str
    """The models that share it; the model itself where it shares with none."""
    models: tuple[str, ...]
    """Ids, or globs of ids."""
    tier: str
    service: str
    """Where a provider sells several ways of calling; empty for all of them."""
    counting: Counting
    amount: Decimal
    """In `counting.per_s`, or at once."""
    valid_from: date | None = None
    valid_to: date | None = None
    """First day, UTC, on which it no longer holds."""
    source: str = ""
    source_url: str = ""
    checked_on: date | None = None
    status: str = "vendor"
    note: str = ""

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """All that selects it, but for its dates."""
        return (self.provider, self.pool, self.service, self.tier, self.counting.name)

    @property
    def id(self) -> str:
        """Readable and unique in a book: `anthropic claude-opus-4.x Start input @2026-10-01`."""
        since = f"@{self.valid_from}" if self.valid_from else ""
        return " ".join(filter(None, (*self.key, since)))

    @property
    def title(self) -> str:
        """What people call it: `anthropic claude-sonnet-5-5 input (Start)`."""
        account = " ".join(filter(None, (self.service, self.tier)))
        return f"{self.provider} {self.pool} {self.counting.name}" + (f" ({account})" if account else "")

    @property
    def per_second(self) -> Decimal:
        """What it lets in [units/s]; only of rates, and cut to 28 digits."""
        return self.amount / self.counting.per_s

    def holds_on(self, day: date) -> bool:
        """Whether the day lies in [valid_from, valid_to)."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day < self.valid_to
        )

    def covers(self, names: tuple[str, ...]) -> bool:
        """Whether it holds for a model of these names: its id, or one of its aliases."""
        return any(fnmatchcase(name, pattern) for name in names for pattern in self.models)

    def shares_days(self, other: Limit) -> bool:
        """Whether there is a day on which both hold."""
        return (self.valid_from or date.min) < (other.valid_to or date.max) and (
            other.valid_from or date.min
        ) < (self.valid_to or date.max)

    def said(self) -> str:
        """The amount in words: `2,000,000 a minute`, `200,000 at once`."""
        return f"{self.amount:,f} {self.span()}"

    def span(self) -> str:
        """What the amount is for: `a minute`, `at once`."""
        spans = {Decimal(1): "a second", Decimal(60): "a minute", Decimal(86_400): "a day", ZERO: "at once"}
        return spans.get(self.counting.per_s, f"in {plain(self.counting.per_s)} s")


class Unnumbered(Struct, frozen=True):
    """Models that a provider holds to no number that could be planned with."""

    provider: str
    models: tuple[str, ...]
    service: str
    why: str
    source: str = ""
    source_url: str = ""

    def covers(self, names: tuple[str, ...]) -> bool:
        """Whether it is said of a model of these names."""
        return any(fnmatchcase(name, pattern) for name in names for pattern in self.models)
