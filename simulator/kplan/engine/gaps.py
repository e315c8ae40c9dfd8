"""What a bill does not hold: said every time, since an omission looks like a saving."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from kplan.engine.plan import Plan
from kplan.kinds.call import NONE
from kplan.kinds.stage import Stage
from kplan.prices.meters import chain
from kplan.scenario.flow import laid_out
from kplan.scenario.model import Scenario
from kplan.scenario.placed import PlacedStage


def not_included(plans: Iterable[Plan]) -> tuple[str, ...]:
    """Things that pipelines like these pay for and no design of any variant has."""
    variants = list(plans)
    stages = [stage for plan in variants for stage in _stages(plan.scenario)]
    fixed = [label for plan in variants for label in (*plan.scenario.fixed, *plan.scenario.contracts)]
    mentioned = " ".join([*fixed, *(stage.id for stage in stages)]).lower()
    billed = {meter for plan in variants for meter in _meters(plan)}
    missing = [*_services(billed, mentioned)]
    if not any(_tries_again(stage.stage) for stage in stages):
        missing.append("retries")
    if not any(cache in chain(meter) for meter in billed for cache in ("cache_read", "cache_write_5m")):
        missing.append("prompt caching")
    return (*missing, "fixed costs") if not fixed else tuple(missing)


def _tries_again(stage: Stage) -> bool:
    return stage.kind == "retry" or getattr(stage, "retries", NONE) != NONE


def _services(billed: Collection[str], mentioned: str) -> Iterator[str]:
    """What pipelines pay for besides model calls.

    billed     meters that some design is billed
    mentioned  names of stages and fixed costs: a word in them may stand for a thing
    """
    if "embedding" not in billed and "embed" not in mentioned:
        yield "embedding"
    if "vector" in mentioned:
        return
    parts = {"read_unit": "reads", "storage_gb_month": "storage", "write_unit": "writes"}
    missing = [part for meter, part in parts.items() if meter not in billed and part not in mentioned]
    if len(missing) == len(parts):
        yield "vector store"
    elif missing and "read_unit" in billed:
        yield f"vector {' and '.join(missing)}"


def _meters(plan: Plan) -> Iterator[str]:
    yield from (charge.meter for design in plan.designs for charge in design.charges)
    yield from (charge.meter for design in plan.designs for cost in design.fixed for charge in cost.charges)


def _stages(scenario: Scenario) -> list[PlacedStage]:
    return [
        stage
        for design in scenario.designs
        for query_class in scenario.classes
        for stage in laid_out(scenario, design, query_class)[0]
    ]
