"""Metrics by name: the figures of results that a check may put bounds on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from types import MappingProxyType

from msgspec import Struct

from kplan.engine.fit import Fit
from kplan.engine.results import DesignResult, MonthCost, StageResult
from kplan.engine.targets import TIME_FIGURES
from kplan.engine.under_load import PERCENTILES, UNDER_LOAD
from kplan.errors import KplanError
from kplan.form.numbers import clipped
from kplan.regress.figures import FIGURES, LATENCY
from kplan.regress.units import Unit
from kplan.scenario.names import meant

EVERY = "*"
"""As DESIGN: every design that the scenario itself writes."""
SHARE = "share."
"""Before a stage: its part of the design's usage cost per query."""


class Metric(Struct, frozen=True):
    """How a figure is read off a design."""

    unit: Unit
    read: Callable[[DesignResult], Decimal]
    detail: Callable[[DesignResult], str] = lambda _: ""
    """Where in the plan it is, for people: ` in 2027-01`."""
    is_locked: bool = False
    """Whether what a lock holds of a design (`lock.baseline`) is enough to read it."""
    is_age: bool = False
    """Whether it counts up to today: `read` then gives the day from which on, as an ordinal."""


class Reading(Struct, frozen=True):
    """A metric of one design."""

    name: str
    """`DESIGN.METRIC`, with `@variant` where there is one."""
    design: DesignResult
    metric: Metric
    value: Decimal | None
    """[USD], a part [0..1], [s], or a number of months or days; none for an age where no day was said."""

    @property
    def detail(self) -> str:
        """Where in the plan the value is found; empty where that says nothing."""
        return self.metric.detail(self.design)


def _saving(design: DesignResult) -> Decimal:
    if design.saving is None:
        raise KplanError(f"{clipped(design.design)} is the baseline itself and has no saving")
    if design.saving.share is None:
        against = clipped(design.saving.against)
        raise KplanError(f"{clipped(design.design)} has no saving in percent: {against} costs $0")
    return design.saving.share


def _against(design: DesignResult) -> str:
    return f" against {design.saving.against}" if design.saving else ""


def _over_budget(design: DesignResult) -> list[MonthCost]:
    if design.budget_usd_per_month is None:
        raise KplanError("there is no budget; say one at the top: `budget: $20_000/month`")
    return [month for month in design.months if month.over_budget]


def _first_over(design: DesignResult) -> str:
    over = _over_budget(design)
    return f", first {over[0].month}" if over else ""


def _dearest(design: DesignResult) -> MonthCost:
    return max(design.months, key=lambda month: month.cost_usd)


def _checked_on(design: DesignResult) -> Decimal:
    oldest = design.oldest_price
    if oldest is None:
        raise KplanError(f"{clipped(design.design)} pays no price of a book")
    if oldest.on is None:
        hint = "write it into your book"
        raise KplanError(f"nobody knows when {clipped(oldest.row, 200)} was checked: no `checked_on`; {hint}")
    return Decimal(oldest.on.toordinal())


def _oldest(design: DesignResult) -> str:
    return f" ({design.oldest_price.row}, checked {design.oldest_price.on})" if design.oldest_price else ""


def _fit(design: DesignResult) -> Fit:
    if design.fit is None:
        hint = "limits: {accounts: {anthropic: Start}}"
        raise KplanError(f"there are no limits to fit into; say whose hold, for example `{hint}`")
    if not design.fit.limit:
        raise KplanError(design.fit.text)
    return design.fit


def _headroom(design: DesignResult) -> Decimal:
    found = _fit(design).headroom
    if found is None:
        raise KplanError(
            f"{clipped(design.design)} takes nothing of its limits: there is no headroom to bound"
        )
    return found


def _least_room(design: DesignResult) -> str:
    return f" in {_fit(design).month}, of {_fit(design).limit}"


def _saturation(design: DesignResult) -> Decimal:
    return Decimal(_fit(design).months_left or 0)


def _full_month(design: DesignResult) -> str:
    found = _fit(design)
    return f", {found.limit} is full in {found.full_month}" if found.full_month else " and more"


def _under_load(name: str) -> Metric:
    """A percentile of the time of a query in the busiest minute of the plan [s]."""

    def read(design: DesignResult) -> Decimal:
        found = design.under_load
        if found is None:
            _fit(design)
            raise KplanError(f"{name}{UNDER_LOAD} is worked out where a check of the scenario names it")
        if found.why:
            raise KplanError(found.why)
        return found.times_s[name]

    return Metric(Unit.SECONDS, read, lambda d: f" in {d.under_load.month}" if d.under_load else "")


def _timed(name: str) -> Metric:
    """The mean or a percentile of the time of a query [s]."""
    return Metric(Unit.SECONDS, FIGURES[f"{LATENCY}{name}"])


METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        "per_query": Metric(Unit.USD_PER_QUERY, FIGURES["per_query"], is_locked=True),
        "per_month": Metric(
            Unit.USD_PER_MONTH, FIGURES["per_month"], lambda d: f" in {d.months[0].month}", is_locked=True
        ),
        "total": Metric(Unit.USD, FIGURES["total"], is_locked=True),
        "total_per_query": Metric(Unit.USD_PER_QUERY, FIGURES["total_per_query"], is_locked=True),
        "dearest_month": Metric(
            Unit.USD_PER_MONTH,
            lambda d: _dearest(d).cost_usd,
            lambda d: f" in {_dearest(d).month}",
            is_locked=True,
        ),
        "saving": Metric(Unit.SHARE, _saving, _against, is_locked=True),
        "months_over_budget": Metric(
            Unit.MONTHS, lambda d: Decimal(len(_over_budget(d))), _first_over, is_locked=True
        ),
        "headroom": Metric(Unit.SHARE, _headroom, _least_room),
        "saturation": Metric(Unit.MONTHS, _saturation, _full_month),
        **{f"{name}{UNDER_LOAD}": _under_load(name) for name in PERCENTILES},
        "price_age": Metric(Unit.DAYS, _checked_on, _oldest, is_age=True),
        **{f"{LATENCY}{name}": _timed(name) for name in TIME_FIGURES},
    }
)
"""What `DESIGN.NAME` may name, besides a stage and `share.STAGE`; a new metric is one line here."""


def readings(name: str, designs: Sequence[DesignResult], today: date | None = None) -> tuple[Reading, ...]:
    """The metric of each design that the name means; at least one.

    designs   those of one variant, in whose names the variant is left out
    today     for ages
    Under `*` a design without the stage, or the baseline's own saving, is passed over.
    Raises KplanError for a design, stage or metric that is not there, and for a name that means two.
    """
    name = name.strip()
    if name.startswith(f"{EVERY}."):
        rest = name.removeprefix(f"{EVERY}.")
        written = [design for design in designs if not design.added]
        return tuple(_one([(design, rest)], today) for design in _concerned(rest, written))
    found = [
        (design, rest)
        for design in designs
        if name.startswith(f"{design.design}.")
        for rest in [name.removeprefix(f"{design.design}.")]
        if any(_meanings(design, rest))
    ]
    if not found:
        raise _unknown(name, designs)
    return (_one(found, today),)


def _concerned(rest: str, designs: Sequence[DesignResult]) -> list[DesignResult]:
    """The designs that `*.rest` is about."""
    found = [design for design in designs if any(_meanings(design, rest))]
    if not found:
        raise _no_metric(rest, designs, "any design")
    if rest != "saving":
        return found
    if saving := [design for design in found if design.saving is not None]:
        return saving
    raise KplanError("no design has a saving; that takes a second design beside the baseline")


def _one(found: Sequence[tuple[DesignResult, str]], today: date | None) -> Reading:
    """The reading that is meant; raises KplanError where that could be several."""
    meant_by = [(design, rest, metric) for design, rest in found for metric in _meanings(design, rest)]
    design, rest, metric = meant_by[0]
    if len(meant_by) > 1:
        raise KplanError(f"`{clipped(f'{design.design}.{rest}')}` means several things; rename a stage")
    return Reading(f"{design.id}.{rest}", design, metric, _value(metric, design, today))


def _value(metric: Metric, design: DesignResult, today: date | None) -> Decimal | None:
    value = metric.read(design)
    if not metric.is_age:
        return value
    return None if today is None else Decimal(today.toordinal()) - value


def _meanings(design: DesignResult, rest: str) -> Iterator[Metric]:
    """What may be meant by the part of a metric's name behind the design."""
    if rest in METRICS:
        yield METRICS[rest]
    for stage in design.stages:
        if rest == stage.id:
            yield Metric(Unit.USD_PER_QUERY, partial(_stage_cost_usd, stage), is_locked=True)
        if rest == f"{SHARE}{stage.id}":
            yield Metric(Unit.SHARE, partial(_stage_share, stage), is_locked=True)


def _stage_cost_usd(stage: StageResult, _: DesignResult) -> Decimal:
    return stage.cost_per_query_usd


def _stage_share(stage: StageResult, _: DesignResult) -> Decimal:
    return stage.share


def _unknown(name: str, designs: Sequence[DesignResult]) -> KplanError:
    """Why a name means nothing: its design is not there, or the design has no such metric."""
    near = [design for design in designs if name.startswith(f"{design.design}.")]
    if near:
        design = max(near, key=lambda each: len(each.design))
        rest = name.removeprefix(f"{design.design}.")
        return _no_metric(rest, [design], clipped(design.design))
    if "." not in name:
        return KplanError(f"`{clipped(name)}` is no metric; write DESIGN.{', DESIGN.'.join(METRICS)}")
    said = name.partition(f".{SHARE}")[0] if f".{SHARE}" in name else name.rpartition(".")[0]
    hint = meant(said, [design.design for design in designs])
    return KplanError(f"no design `{clipped(said)}`{hint}")


def _no_metric(rest: str, designs: Sequence[DesignResult], whose: str) -> KplanError:
    stages = dict.fromkeys(stage.id for design in designs for stage in design.stages)
    if rest.startswith(SHARE):
        stage = rest.removeprefix(SHARE)
        return KplanError(f"no stage `{clipped(stage)}` in {whose}{meant(stage, stages)}")
    known = [*METRICS, *stages, *(f"{SHARE}{stage}" for stage in stages)]
    return KplanError(f"no metric or stage `{clipped(rest)}` in {whose}{meant(rest, known)}")
