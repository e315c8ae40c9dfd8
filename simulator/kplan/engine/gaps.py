"""What a bill does not hold: said every time, since an omission looks like a saving."""

from __future__ import annotations

from collections.abc import Iterable

from kplan.form.expressions import Number
from kplan.money import ZERO
from kplan.scenario.flow import laid_out
from kplan.scenario.model import Scenario
from kplan.scenario.placed import PlacedStage

_THINGS = {"embedding": "embed", "vector store": "vector"}
"""What pipelines pay for besides model calls -> the word by which a scenario would mention it."""


def not_included(scenarios: Iterable[Scenario]) -> tuple[str, ...]:
    """Things that pipelines like these pay for and no design of any variant has."""
    variants = list(scenarios)
    stages = [stage for scenario in variants for stage in _stages(scenario)]
    fixed = [label for scenario in variants for label in scenario.fixed]
    mentioned = " ".join([*fixed, *(stage.id for stage in stages)]).lower()
    missing = [thing for thing, word in _THINGS.items() if word not in mentioned]
    if not any(_states(stage, "retries") for stage in stages):
        missing.append("retries")
    if not any(_states(stage, "cached") for stage in stages):
        missing.append("prompt caching")
    return (*missing, "fixed costs") if not fixed else tuple(missing)


def _stages(scenario: Scenario) -> list[PlacedStage]:
    return [
        stage
        for design in scenario.designs
        for query_class in scenario.classes
        for stage in laid_out(scenario, design, query_class)[0]
    ]


def _states(stage: PlacedStage, field: str) -> bool:
    return getattr(stage.stage, field, Number(ZERO)) != Number(ZERO)
