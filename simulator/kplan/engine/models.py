"""Looks up every model that a scenario names, wherever it names it."""

from __future__ import annotations

from collections.abc import Iterator

from kplan.engine.calendar import horizon
from kplan.errors import KplanError, Problem
from kplan.kinds.choice import CHEAPEST
from kplan.prices.book import Book
from kplan.scenario.flow import choices
from kplan.scenario.model import Scenario
from kplan.scenario.monthly import MonthlyUse
from kplan.scenario.tree import Place


def model_problems(scenario: Scenario, book: Book, *, allow_retired: bool = False) -> list[Problem]:
    """What is wrong with the models of a scenario that cannot be simulated for other reasons."""
    day = scenario.prices.freeze or horizon(scenario.volume, book.as_of).starts_on
    found = []
    for place, ref in _named(scenario):
        try:
            model = book.find(ref)
            if not allow_retired:
                book.alive(model, day)
        except KplanError as error:
            found += [scenario.problem(place, problem.what) for problem in error.problems]
    for place, ref in rated(scenario):
        try:
            book.find(ref)
        except KplanError as error:
            found += [scenario.problem(place, problem.what) for problem in error.problems]
    return found


def rated(scenario: Scenario) -> Iterator[tuple[Place, str]]:
    """Models of which something is said to be known; they need not run."""
    for tier, refs in scenario.tiers.items():
        yield from ((("tiers", tier, n), ref) for n, ref in enumerate(refs))
    for stage, scores in scenario.quality.measured.items() if scenario.quality else ():
        yield from ((("quality", "measured", stage, ref), ref) for ref in scores)


def _named(scenario: Scenario) -> Iterator[tuple[Place, str]]:
    for place, choice in choices(scenario):
        for ref in choice.refs():
            if ref != CHEAPEST:
                yield place, ref
    for n, ref in enumerate(scenario.candidates):
        yield ("candidates", n), ref
    for label, use in scenario.fixed.items():
        if isinstance(use, MonthlyUse):
            yield ("fixed", label, "model"), use.model
