"""What is known of each model at each stage: its declared tier, its measured score, its floor."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar

from msgspec import Struct

from kplan.amounts import between
from kplan.engine.models import rated
from kplan.engine.problems import Problems
from kplan.errors import KplanError
from kplan.prices.book import Book
from kplan.quality.intervals import Standing
from kplan.scenario.model import Scenario
from kplan.scenario.quality import Quality, Score

K = TypeVar("K")
V = TypeVar("V")

DECLARED = "declared, not measured"
Floor = Decimal | str


def says_quality(scenario: Scenario) -> bool:
    """Whether the scenario says anything from which a design's quality follows."""
    changes = (stage for design in scenario.designs.values() for stage in design.stages.values())
    everywhere = [*scenario.stages.values(), *changes]
    accuracies = any(getattr(stage, name, None) for stage in everywhere for name in ("check", "joint"))
    return accuracies or bool(scenario.quality or scenario.tiers)


class Scores(Struct, frozen=True):
    """Tiers and scores of a scenario by the models' full names."""

    scenario: Scenario
    book: Book
    tiers: Mapping[str, str]
    """Full name of a model -> its tier."""
    measured: Mapping[tuple[str, str], Score]
    """Stage and full name of a model -> its score."""

    @classmethod
    def of(cls, scenario: Scenario, book: Book) -> Scores:
        """Raises KplanError, each with its place, for unknown models and those that stand twice."""
        problems = Problems(scenario)
        tiers: dict[str, str] = {}
        measured: dict[tuple[str, str], Score] = {}
        for place, ref in rated(scenario):
            with problems.at(place):
                model = book.find(ref).ref
                within = str(place[1] if place[0] == "tiers" else place[2])
                if place[0] == "tiers":
                    _once(tiers, model, within, f"{ref} is in tier {within} and in another one")
                elif scenario.quality is not None:
                    score = scenario.quality.measured[within][ref]
                    _once(measured, (within, model), score, f"{ref} has two scores at stage {within}")
        problems.raise_all()
        return cls(scenario, book, tiers, measured)

    @property
    def quality(self) -> Quality:
        """What the scenario says of quality; nothing where it says nothing."""
        return self.scenario.quality or Quality()

    def score(self, stage: str, ref: str) -> Score | None:
        """The measured score of a model at a stage; none where there is none."""
        return self.measured.get((stage, self.book.find(ref).ref))

    def against(self, stage: str, floor: Floor, ref: str) -> tuple[Standing, str]:
        """How a model at a stage stands to its floor, and why."""
        return self._by_tier(floor, ref) if isinstance(floor, str) else self._by_score(stage, floor, ref)

    def _by_tier(self, floor: str, ref: str) -> tuple[Standing, str]:
        tier = self.tiers.get(self.book.find(ref).ref)
        if tier is None:
            return Standing.UNKNOWN, f"{ref} is in no tier"
        order = list(self.scenario.tiers)
        clears = order.index(tier) >= order.index(floor)
        return (Standing.CLEARS if clears else Standing.FAILS), f"{ref} is declared {tier}"

    def _by_score(self, stage: str, floor: Decimal, ref: str) -> tuple[Standing, str]:
        score = self.score(stage, ref)
        if score is None:
            return Standing.UNKNOWN, f"{ref} has no score at {stage}"
        found = score.interval(self.quality.confidence)
        why = f"{ref} passed {score} at {stage}, {between(found.low, found.high)}"
        return found.against(floor), why


def _once(found: dict[K, V], key: K, value: V, twice: str) -> None:
    if key in found:
        raise KplanError(f"{twice}; leave one of them out")
    found[key] = value
