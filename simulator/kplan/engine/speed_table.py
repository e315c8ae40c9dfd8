"""How fast each model of a scenario is, in each of its stages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from msgspec import Struct

from kplan.engine.entries import entries_of
from kplan.engine.flow.speeds import Speed, Speeds
from kplan.engine.problems import Problems
from kplan.errors import KplanError
from kplan.form.decimals import Decimals
from kplan.form.expressions import Expression
from kplan.form.graph import Graph, Node
from kplan.kinds.stage import RunsOn
from kplan.money import plain
from kplan.prices.book import Book
from kplan.scenario.latency import ModelSpeed
from kplan.scenario.model import Scenario
from kplan.scenario.placed import PlacedStage

_AT_LEISURE = "batch"
"""Mode in which providers answer within a day."""
_PEOPLE = "human"


class SpeedTable(Struct, frozen=True):
    """What a scenario says under `latency`, model by model.

    A stage may say its own. Services need no entry where their stage says what it `takes`, nor do people,
    whose minutes are known.
    """

    scenario: Scenario
    entries: dict[str, ModelSpeed]
    """By model, as the scenario calls it."""
    factors: dict[str, Decimal]
    """Tokens of a model for each of the scenario, where they differ."""

    @classmethod
    def of(cls, scenario: Scenario, book: Book) -> SpeedTable:
        """Raises KplanError for entries that fit no model, or one as well as another entry does."""
        problems = Problems(scenario)
        factors = entries_of("tokenizers", scenario.tokenizers, book, problems)
        entries = entries_of("latency", scenario.latency, book, problems, is_table=True)
        problems.raise_all()
        return cls(
            scenario,
            {ref: scenario.latency[entry] for ref, entry in entries.items()},
            {ref: scenario.tokenizers[entry].factor for ref, entry in factors.items()},
        )

    def speeds(
        self, graph: Graph, stages: Sequence[PlacedStage], bind: Callable[[Expression], Node]
    ) -> Speeds:
        """The speeds of a design's stages in a class."""
        values = Decimals(graph)
        return Speeds(
            stages={
                (placed.id, ref): self._speed(placed, ref, lambda said: values[bind(said)])
                for placed in stages
                for ref, _ in placed.models
            }
        )

    def why_unknown(self, placed: PlacedStage, ref: str) -> str:
        """What is missing for a stage's speed, and what to say."""
        if self._is_batch(placed):
            return f"stage {placed.id} runs in batch mode, which may take a day"
        if placed.runs_on_chat and ref in self.entries:
            hint = f'write for example latency: {{"{ref}": 450ms + 140/s}}'
            return f"nobody says how many tokens a second {ref} writes, which runs {placed.id}; {hint}"
        example = "450ms + 140/s" if placed.runs_on_chat else "40ms"
        hint = f'say for example latency: {{"{ref}": {example}}}'
        return f"nobody says how fast {ref} is, which runs {placed.id}; {hint}"

    def _speed(self, placed: PlacedStage, ref: str, value: Callable[[Expression], Decimal]) -> Speed | None:
        entry = self.entries.get(ref)
        first_s, rate = self._own(placed, "first_token", value), self._own(placed, "tokens_per_s", value)
        if self._is_batch(placed) and first_s is None:
            return None
        if entry is not None:
            first_s, rate = entry.first_token if first_s is None else first_s, rate or entry.tokens_per_s
        if first_s is None:
            return Speed(0.0) if _has_a_time(placed) else None
        factor = float(self.factors.get(ref, 1))
        per_input_s = 0.0 if entry is None else float(entry.per_input_token)
        return Speed(float(first_s), None if rate is None else float(rate) / factor, per_input_s * factor)

    def _is_batch(self, placed: PlacedStage) -> bool:
        return (placed.mode or self.scenario.prices.mode) == _AT_LEISURE

    def _own(self, placed: PlacedStage, name: str, value: Callable[[Expression], Decimal]) -> Decimal | None:
        said: Expression | None = getattr(placed.stage, name, None)
        if said is None:
            return None
        found = value(said)
        if name == "tokens_per_s" and not found:
            what = f"`{name}` comes to {plain(found)}; it must be above 0"
            raise KplanError([self.scenario.problem(placed.place(name), what)])
        return found


def _has_a_time(placed: PlacedStage) -> bool:
    is_service = placed.stage.runs_on is RunsOn.SERVICE
    return is_service and (placed.kind == _PEOPLE or placed.stage.takes is not None)
