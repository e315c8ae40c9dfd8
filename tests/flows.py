"""Flows made in tests: of a scenario's text to what a query does, exactly and way by way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from hypothesis import reject

from kplan.engine.calls import Callers
from kplan.engine.flow.brute import MOST_STEPS, enumerated
from kplan.engine.flow.exact import expected
from kplan.engine.flow.expectation import Expected
from kplan.engine.flow.prompt import Caches
from kplan.engine.flow.ways import Enumerated, Prefix
from kplan.engine.flow.whole import Flow
from kplan.errors import KplanError
from kplan.form.bind import Parameters
from kplan.form.decimals import Decimals
from kplan.form.graph import Graph
from kplan.scenario.load import load_scenario

AROUND = "volume: 1_000/month\nmonths: 2027-01..2027-03\n"


@dataclass
class Both:
    """One flow, read by both interpreters."""

    flow: Flow
    warm: dict[tuple[str, str], Fraction]

    def __post_init__(self) -> None:
        self.values = Decimals(self.flow.graph)

    @cached_property
    def expected(self) -> Expected:
        """What the exact interpreter says; worked out when asked for."""
        flow = self.flow
        warm = {key: flow.graph.leaf(f"warm {key}", _decimal(chance)) for key, chance in self.warm.items()}
        return expected(flow.graph, flow.body, flow.node, Caches(flow.caches, warm))

    def brute(self, most_steps: int = MOST_STEPS) -> Enumerated:
        """Every way of a query."""
        prefixes = {
            name: Prefix(Fraction(self.values[cache.tokens]), cache.ttl)
            for name, cache in self.flow.caches.items()
        }
        node = self.flow.node
        return enumerated(
            self.flow.body, lambda each: Fraction(self.values[node(each)]), prefixes, self.warm, most_steps
        )

    def visits(self) -> dict[str, Fraction]:
        """Expected visits by stage; those of no chance are left out."""
        found = {stage: Fraction(self.values[node]) for stage, node in self.expected.visits.items()}
        return {stage: visits for stage, visits in found.items() if visits}

    def calls(self) -> dict[tuple[str, str], Fraction]:
        """Expected calls by stage and model."""
        found: dict[tuple[str, str], Fraction] = {}
        for each in self.expected.calls:
            for model, share in each.models:
                key = (each.stage, model)
                times = Fraction(self.values[each.times]) * Fraction(share)
                found[key] = found.get(key, Fraction(0)) + times
        return {key: calls for key, calls in found.items() if calls}

    def units(self) -> dict[tuple[str, str, str], Fraction]:
        """Expected units by stage, model and meter."""
        found: dict[tuple[str, str, str], Fraction] = {}
        for each in self.expected.calls:
            for model, share in each.models:
                times = Fraction(self.values[each.times]) * Fraction(share)
                for meter, node in each.usage.items():
                    key = (each.stage, model, meter)
                    found[key] = found.get(key, Fraction(0)) + times * Fraction(self.values[node])
        return {key: units for key, units in found.items() if units}

    @property
    def stopped(self) -> Fraction:
        """Chance that the query stops on the way."""
        return Fraction(self.values[self.expected.stopped])


def _decimal(chance: Fraction) -> Decimal:
    return Decimal(chance.numerator) / Decimal(chance.denominator)


def both(
    folder: Path, text: str, warm: dict[tuple[str, str], Fraction] | None = None, design: str = "d"
) -> Both:
    """The flow of a design of a scenario; without designs, one that runs model `m` everywhere."""
    path = folder / "flow.kplan.yaml"
    path.write_text(AROUND + text + ("" if "designs:" in text else "\ndesigns: {d: m}\n"), encoding="utf-8")
    scenario, graph = load_scenario(path), Graph()
    parameters = Parameters(graph, {name: param.value for name, param in scenario.params.items()})
    callers = Callers(scenario, graph, parameters, [date(2027, 1, 1)])
    query_class, stages = next(iter(callers.placed(design).items()))
    return Both(callers.flow(query_class, stages), warm or {})


def brute_if_small(found: Both, most_steps: int) -> Enumerated:
    """Every way of a flow that hypothesis makes; those of too many steps are left out."""
    try:
        return found.brute(most_steps)
    except KplanError:
        reject()


def assert_the_same_if_small(found: Both, most_steps: int) -> None:
    """As `assert_the_same`, for flows that hypothesis makes: those with too much to follow are left out."""
    brute = brute_if_small(found, most_steps)
    try:
        assert_the_same(found, brute)
    except KplanError as error:
        if "steps to follow" in str(error) or "ways that later stages could tell apart" in str(error):
            reject()
        raise


def assert_the_same(found: Both, brute: Enumerated | None = None) -> Enumerated:
    """Both interpreters say the same, to the last digit.

    brute   every way, where that is known
    """
    brute = found.brute() if brute is None else brute
    assert sum(way.chance for way in brute.ways) == 1
    assert found.visits() == brute.visits()
    assert found.calls() == {key: calls for key, calls in brute.calls().items() if calls}
    assert found.units() == {key: units for key, units in brute.units().items() if units}
    assert found.stopped == brute.stopped
    return brute
