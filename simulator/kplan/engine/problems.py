"""Collects what is wrong with a scenario, so that everything is told at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from kplan.errors import KplanError, Problem
from kplan.scenario.model import Scenario
from kplan.scenario.names import dotted
from kplan.scenario.tree import Place


@dataclass
class Problems:
    """Problems with their places in one scenario; each is kept once."""

    scenario: Scenario
    found: dict[Problem, None] = field(default_factory=dict)

    @contextmanager
    def at(self, path: Place) -> Iterator[None]:
        """Keep what goes wrong inside as a problem of this place, and go on."""
        try:
            yield
        except KplanError as error:
            self.keep(path, error)

    def keep(self, path: Place, error: KplanError) -> None:
        """Keep the problems of an error, with this place where they have none."""
        placed = error.at(self.scenario.mark(path), dotted(path))
        self.found |= dict.fromkeys(placed.problems)

    def raise_all(self) -> None:
        """Raise KplanError with all of them, in the order of the file, if there are any."""
        if self.found:
            unplaced = [problem for problem in self.found if problem.mark is None]
            placed = [(problem.mark, problem) for problem in self.found if problem.mark is not None]
            in_order = [problem for _, problem in sorted(placed, key=lambda pair: pair[0])]
            raise KplanError([*in_order, *unplaced])
