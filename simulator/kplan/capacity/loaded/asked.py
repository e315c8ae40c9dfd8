"""Designs under load for the checks that ask for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from kplan.capacity.fits import headrooms_of
from kplan.capacity.headroom import Headroom
from kplan.capacity.loaded.scene import Effort, Scene
from kplan.capacity.loaded.study import busiest
from kplan.capacity.loaded.written import QUANTILES
from kplan.capacity.pattern import limit_book, pattern
from kplan.engine.montecarlo.numbers import decimal
from kplan.engine.plan import Plan, PlannedDesign
from kplan.engine.results import DesignResult, Results
from kplan.engine.under_load import UnderLoad
from kplan.errors import KplanError
from kplan.prices.book import Book

_QUERIES = (Effort().queries, 40_000, 320_000)
"""How many are followed, one after the other, until they are enough."""


def with_loads(results: Results, books: Mapping[str, Book], asked: Iterable[str]) -> Results:
    """The results, the designs that checks ask for with how long their queries take under load.

    books   the price book of each variant
    asked   metrics, `DESIGN.p95_under_load` or `*.p95_under_load`
    """
    wanted = {metric.rpartition(".")[0] for metric in asked}
    found = {
        name: each
        for plan in results.plans
        if plan.scenario.limits is not None
        for name, each in _of_plan(plan, results, books[plan.variant], wanted)
    }
    designs = tuple(replace(design, under_load=found.get(design.id)) for design in results.designs)
    return replace(results, designs=designs)


def _of_plan(plan: Plan, results: Results, book: Book, wanted: set[str]) -> Iterator[tuple[str, UnderLoad]]:
    traffic, limits = pattern(plan.scenario), limit_book(plan.scenario)
    scenes = [Scene(plan, book, traffic, limits, Effort(queries=n)) for n in _QUERIES]
    planned = {each.id: each for each in plan.designs}
    for headroom in headrooms_of(plan, book, traffic, limits):
        design = results.design(plan.name_of(headroom.design))
        if design.design in wanted or ("*" in wanted and not design.added):
            yield design.id, _under_load(scenes, planned[headroom.design], design, headroom)


def _under_load(
    scenes: Sequence[Scene], planned: PlannedDesign, design: DesignResult, headroom: Headroom
) -> UnderLoad:
    """With as many queries as it takes; unknown where the most are too few."""
    unknown = f"the latency of {design.id} under load is unknown"
    try:
        for scene in scenes:
            month, point = busiest(scene, planned, design, headroom)
            if not point.is_short:
                times = {name: decimal(point.at(part).value) for name, part in QUANTILES.items()}
                return UnderLoad(month, times)
    except KplanError as e:
        return UnderLoad("", {}, f"{unknown}: {e}")
    why = f"so near to the load that is unstable, {_QUERIES[-1]:,} queries are too few to tell"
    return UnderLoad("", {}, f"{unknown}: {why}")
