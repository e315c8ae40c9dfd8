"""What a bill does not hold: said every time, since an omission looks like a saving."""

from __future__ import annotations

from kplan.form.expressions import Number
from kplan.kinds.call import ModelCall
from kplan.money import ZERO
from kplan.scenario.model import Scenario

_THINGS = {"embedding": "embed", "vector store": "vector"}
"""What pipelines pay for besides model calls -> the word by which a scenario would mention it."""


def not_included(scenario: Scenario) -> tuple[str, ...]:
    """Things that pipelines like this one pay for and the scenario does not mention."""
    mentioned = " ".join([*scenario.fixed, *scenario.stages]).lower()
    stages = [stage for stage in scenario.stages.values() if isinstance(stage, ModelCall)]
    missing = [thing for thing, word in _THINGS.items() if word not in mentioned]
    if all(stage.retries == Number(ZERO) for stage in stages):
        missing.append("retries")
    if all(stage.cached == Number(ZERO) for stage in stages):
        missing.append("prompt caching")
    if not scenario.fixed:
        missing.append("fixed costs")
    return tuple(missing)
