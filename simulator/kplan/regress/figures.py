"""Computed figures by name: `final.verify`, `final@A.per_query`, or arithmetic over them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import partial

from kplan.engine.results import DesignResult, Results
from kplan.engine.targets import TIME_FIGURES
from kplan.errors import KplanError
from kplan.form.constant import constant
from kplan.form.expressions import names, parse
from kplan.form.numbers import clipped
from kplan.scenario.names import meant

_IN_BRACKETS = re.compile(r"\[([^\[\]]*)\]")

LATENCY = "latency."
"""Before `mean` or a percentile: the time of a query."""


def _timed(design: DesignResult, name: str) -> Decimal:
    if design.time is None or design.time.whole.times is None:
        why = "; ".join(design.time.unknown) if design.time else ""
        what = why or "nothing says how fast its models are; say it under `latency`"
        raise KplanError(f"the latency of {clipped(design.id)} is unknown: {what}")
    return design.time.whole.times.by_name()[name]


FIGURES: Mapping[str, Callable[[DesignResult], Decimal]] = {
    "per_query": lambda design: design.cost_per_query_usd,
    "per_month": lambda design: design.months[0].cost_usd,
    "total": lambda design: design.total_usd,
    "total_per_query": lambda design: design.total_per_query_usd,
    **{f"{LATENCY}{name}": partial(_timed, name=name) for name in TIME_FIGURES},
}
"""What `DESIGN.NAME` may name, besides a stage (its cost per query) [USD], times in [s]; per_month is the
first month."""


def references(figure: str) -> tuple[str, ...]:
    """The `DESIGN.NAME`s of a figure: those in brackets, or the whole text where there are none."""
    return tuple(_IN_BRACKETS.findall(figure)) or (figure,)


def design_of(reference: str) -> str:
    """The design's part of `DESIGN.NAME`, with its `@variant`."""
    return _parts(reference)[0]


def _parts(reference: str) -> tuple[str, str]:
    """The design and the name of `DESIGN.NAME`."""
    design, _, name = reference.strip().rpartition(".")
    return (
        (design.removesuffix(f".{LATENCY[:-1]}"), f"{LATENCY}{name}")
        if _is_timed(design, name)
        else (design, name)
    )


def _is_timed(design: str, name: str) -> bool:
    return design.endswith(f".{LATENCY[:-1]}") and f"{LATENCY}{name}" in FIGURES


def evaluated(figure: str, results: Results) -> Decimal:
    """A figure [USD, s of time]: `DESIGN.STAGE`, `DESIGN.per_query`, or arithmetic with each in brackets.

    Stages cost per query. Raises KplanError for a design, stage or figure that is not there.
    """
    if not _IN_BRACKETS.search(figure):
        return _figure(figure.strip(), results)
    if loose := names(parse(_IN_BRACKETS.sub("1", figure))):
        raise KplanError(f"`{clipped(min(loose))}` stands outside brackets; write figures as [DESIGN.NAME]")
    values = {f"figure_{n}": _figure(name.strip(), results) for n, name in enumerate(references(figure))}
    in_order = iter(values)
    return constant(parse(_IN_BRACKETS.sub(lambda _: next(in_order), figure)), values)


def _figure(reference: str, results: Results) -> Decimal:
    designs = {design.id: design for design in results.designs}
    design = designs.get(design_of(reference))
    if design is None:
        raise KplanError(_no_design(reference, designs))
    name = _parts(reference)[1]
    stages = {stage.id: stage.cost_per_query_usd for stage in design.stages}
    if name in stages and name in FIGURES:
        raise KplanError(f"`{name}` is a stage of {design.id} and a figure of every design; rename the stage")
    if name not in stages and name not in FIGURES:
        hint = meant(name, [*stages, *FIGURES])
        raise KplanError(f"no stage or figure `{clipped(name)}` in {design.id}{hint}")
    return stages[name] if name in stages else FIGURES[name](design)


def _no_design(reference: str, designs: Iterable[str]) -> str:
    shown = clipped(reference)
    timed, _, name = reference.strip().rpartition(f".{LATENCY}")
    if timed in designs:
        return f"no time `{clipped(name)}` of {clipped(timed)}{meant(name, TIME_FIGURES)}"
    if any(f"{design}." in reference for design in designs):
        return f"`{shown}` is no single figure; in arithmetic each stands in brackets: [DESIGN.NAME]"
    if "." not in reference:
        return f"`{shown}` is no figure; write DESIGN.STAGE or DESIGN.{', DESIGN.'.join(FIGURES)}"
    name = design_of(reference)
    return f"no design `{clipped(name)}`{meant(name, designs)}"
