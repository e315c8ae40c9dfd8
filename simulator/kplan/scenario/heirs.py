"""Designs that would follow if one that they extend named a model for a stage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from kplan.kinds.choice import Shares
from kplan.money import plain
from kplan.scenario.flow import stages_of
from kplan.scenario.layers import lineage
from kplan.scenario.model import Scenario
from kplan.scenario.placed import PlacedStage

Said: TypeAlias = "str | Mapping[str, Said]"
"""A model, shares of several, or one of these for each class, as a scenario says it."""


def heirs(scenario: Scenario, design: str, stage: str) -> Iterator[tuple[str, Said]]:
    """Designs whose stage would take over the model that `designs.DESIGN.models.STAGE` names.

    With what they have to say to keep the model that the stage runs on in them now.
    """
    for name in scenario.designs:
        above = [each for each, _ in lineage(scenario, name)]
        nearer = above[above.index(design) + 1 :] if design in above else []
        runs = {
            query_class: placed
            for query_class in (scenario.classes if nearer else ())
            for placed in stages_of(scenario, name, query_class)
            if placed.id == stage
        }
        if any(not _says_itself(placed, nearer) for placed in runs.values()):
            yield name, _said(runs)


def _says_itself(placed: PlacedStage, nearer: list[str]) -> bool:
    """Whether a class, or a design nearer than the one that is extended, names the stage's model."""
    kind, by, _, *stage = placed.model_path if len(placed.model_path) > 3 else (*placed.model_path, "", "")
    return kind == "mix" or (kind == "designs" and by in nearer and stage[:1] == [placed.id])


def _said(runs: Mapping[str, PlacedStage]) -> Said:
    by_class = {query_class: _shares(placed.models) for query_class, placed in runs.items()}
    first, *others = by_class.values()
    return first if all(each == first for each in others) else by_class


def _shares(shares: Shares) -> Said:
    return shares[0][0] if len(shares) == 1 else {model: plain(share) for model, share in shares}
