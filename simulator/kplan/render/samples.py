"""What drawn queries came to, as printed cells: one place for the terminal, Markdown and the page."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from kplan.engine.montecarlo.found import DesignSample, Estimate
from kplan.engine.results import DesignResult, Results
from kplan.money import exact, rounded
from kplan.ranges import Interval, step, within
from kplan.render.columns import Column, Figures
from kplan.render.format import duration, per_query, plain_text, share

_BINS = Decimal("0.002")
"""Part of an amount by which its bin may be off, where amounts are drawn."""
SAID = (
    "Each query is drawn at the prices of the first day; ± is a 95 % confidence interval. Months have the"
    " plan's number of queries: from P10 to P90 is what the queries' differences alone make of the bill."
)


def title(results: Results) -> str:
    """What was drawn: `1,000,000 queries of each design, seed 1`."""
    sample = results.provenance.sample
    return f"{sample.n:,} queries of each design, seed {sample.seed}" if sample else ""


def sampled(results: Results) -> list[tuple[DesignResult, DesignSample]]:
    """The designs whose queries were drawn."""
    return [(design, design.sample) for design in results.designs if design.sample]


def sample_columns(results: Results) -> tuple[Column, ...]:
    """The cost of a query: its mean, percentiles, and what that makes of the first month."""
    found = sampled(results)
    columns = [_estimates("per query", [sample.all.cost_usd.mean for _, sample in found], 0)]
    columns += [
        Column(
            f"P{percent}",
            tuple(percentile(sample, percent) for _, sample in found),
            dropped_at,
            values=tuple((sample.all.cost_usd.percentiles[percent].value,) for _, sample in found),
        )
        for percent, dropped_at in ((50, 4), (95, 0), (99, 2))
    ]
    columns.append(
        Column(
            "first month",
            tuple(first_month(d, sample) for d, sample in found),
            1,
            values=tuple(_month(d, sample) for d, sample in found),
        )
    )
    if any(sample.all.time_s for _, sample in found):
        columns.append(
            Column(
                "P95 time",
                tuple(_time(sample) for _, sample in found),
                3,
                values=tuple(_seconds(sample) for _, sample in found),
                parts=("in s",),
            )
        )
    if any(sample.all.stopped.value for _, sample in found):
        stopped = [sample.all.stopped.value for _, sample in found]
        columns.append(
            Column("stop", tuple(map(share, stopped)), 3, values=tuple((part,) for part in stopped))
        )
    if any(sample.paired for _, sample in found):
        paired = [sample.paired.mean_usd if sample.paired else None for _, sample in found]
        columns.append(_estimates(_against(found), paired, 5))
    return tuple(columns)


def _estimates(head: str, found: Sequence[Estimate | None], dropped_at: int) -> Column:
    """Means with their errors, a cell each; the interval stands in the values."""
    return Column(
        head,
        tuple("" if each is None else with_error(each) for each in found),
        dropped_at,
        values=tuple(() if each is None else (each.value, each.low, each.high) for each in found),
        parts=("", "low", "high"),
    )


def with_error(estimate: Estimate) -> str:
    """`$0.04601 ± 0.00002`; as it is printed otherwise where draws do not differ."""
    if not estimate.off:
        return f"{'-' if estimate.value < 0 else ''}{per_query(abs(estimate.value))}"
    return f"{_usd(estimate.value, estimate.off)} ± {_cut(estimate.off, estimate.off)}"


def percentile(sample: DesignSample, percent: int) -> str:
    """A percentile with the digits that are known of it."""
    found = sample.all.cost_usd.percentiles[percent]
    with exact():
        off = max(found.off, Decimal(0) if sample.is_by_way else found.value * _BINS)
    return _usd(found.value, off) if off else per_query(found.value)


def first_month(design: DesignResult, sample: DesignSample) -> str:
    """`$460 ($458–$462)`; without a range under contracts, whose terms bend what a month may come to."""
    usd = design.months[0].cost_usd
    if not sample.months:
        return within(usd, None)
    month = sample.months[0]
    return within(usd, Interval(month.p10_usd, usd, month.p90_usd))


def _month(design: DesignResult, sample: DesignSample) -> Figures:
    usd = design.months[0].cost_usd
    return (usd, sample.months[0].p10_usd, sample.months[0].p90_usd) if sample.months else (usd,)


def _time(sample: DesignSample) -> str:
    found = sample.all.time_s
    return "" if found is None else duration(found.percentiles[95].value)


def _against(found: list[tuple[DesignResult, DesignSample]]) -> str:
    others = {sample.paired.against for _, sample in found if sample.paired}
    return f"against {plain_text(others.pop())}" if len(others) == 1 else "against the baseline"


def _seconds(sample: DesignSample) -> Figures:
    found = sample.all.time_s
    return () if found is None else (found.percentiles[95].value,)


def _usd(value: Decimal, off: Decimal) -> str:
    return f"{'-' if value < 0 else ''}${_cut(abs(value), off)}"


def _cut(value: Decimal, off: Decimal) -> str:
    """To the last place that is known; `step` says which."""
    places = max(0, -step(off).adjusted())
    return f"{rounded(value, places):,f}"
