"""What was measured: a replica at one load, and what a file of such runs held."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from kplan.money import ZERO, quotient

LATENCIES = ("ttft", "itl", "tpot", "e2e")
"""Time to the first token, between tokens, for each output token after the first, and to the last one."""
ALL_AT_ONCE = Decimal("Infinity")
"""The rate of requests that are sent without waiting."""
_FIGURE = re.compile(r"(ttft|itl|tpot|e2e)_(mean|p(\d{1,2}(?:\.\d{1,3})?))")


class Point(Struct, frozen=True):
    """One replica while one load was put on it."""

    requests_per_s: Decimal
    """Requests that it answered."""
    latencies_s: Mapping[str, Decimal]
    """By figure, such as `ttft_p95`; those that the file gives."""
    place: str
    """The file, and where in it."""
    model: str = ""
    input_tokens_per_s: Decimal | None = None
    output_tokens_per_s: Decimal | None = None
    offered_per_s: Decimal | None = None
    """Requests that were sent to it, where a rate was set; `ALL_AT_ONCE` where none was and nothing else."""
    concurrency: Decimal | None = None
    """Requests in flight: what was set, else the mean."""
    gpus: int | None = None
    completed: Decimal | None = None
    failed: Decimal | None = None

    @property
    def failed_share(self) -> Decimal:
        """Of the requests, those that failed; 0 where the file does not count them."""
        if not self.failed:
            return ZERO
        return quotient(self.failed, self.failed + (self.completed or ZERO))

    def tokens(self, meter: str) -> Decimal | None:
        """Mean `input` or `output` tokens of a request; None where the file does not say."""
        per_s = self.input_tokens_per_s if meter == "input" else self.output_tokens_per_s
        return None if per_s is None else quotient(per_s, self.requests_per_s)

    def measured(self) -> tuple[object, ...]:
        """All that was measured, without where it stands: two runs alike in it are one."""
        return (
            self.model,
            self.requests_per_s,
            tuple(sorted(self.latencies_s.items())),
            self.input_tokens_per_s,
            self.output_tokens_per_s,
            self.offered_per_s,
            self.concurrency,
            self.gpus,
            self.completed,
            self.failed,
        )


class SkippedRun(Struct, frozen=True):
    """A file, a run or a row that is no point of the curve."""

    place: str
    why: str


class Found(Struct, frozen=True):
    """What a file, or several, held: every run is a point or skipped."""

    points: tuple[Point, ...] = ()
    skipped: tuple[SkippedRun, ...] = ()
    remarks: tuple[str, ...] = ()


def is_figure(name: str) -> bool:
    """Whether it names a latency: `ttft_p95`, `itl_mean`, `e2e_p99.9`."""
    return _FIGURE.fullmatch(name) is not None


def quantile(name: str) -> Decimal | None:
    """The share of requests that a figure bounds: 0.95 of `ttft_p95`; None of a mean."""
    match = _FIGURE.fullmatch(name)
    return Decimal(match[3]).scaleb(-2) if match and match[3] else None
