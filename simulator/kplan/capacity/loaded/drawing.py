"""Draws the queries of a design: which way each goes, what its calls have and how long they take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from kplan.capacity.loaded.tracks import ClassNodes, Tracker, Tracks, joined
from kplan.engine.calls import Callers
from kplan.engine.flow.choice import Drawn
from kplan.engine.flow.crowd import Crowd
from kplan.engine.flow.formulas import Formulas
from kplan.engine.flow.prompt import Caches
from kplan.engine.flow.streams import Streams
from kplan.engine.flow.whole import Flow
from kplan.engine.montecarlo.flows import variables
from kplan.engine.plan import Plan, PlannedDesign
from kplan.engine.singles import Single, chat_models
from kplan.engine.speed_table import SpeedTable
from kplan.form.arrays import Array
from kplan.form.bind import Parameters
from kplan.form.decimals import Decimals
from kplan.form.graph import Graph, Node
from kplan.money import ZERO
from kplan.prices.book import Book


@dataclass
class Drawer:
    """The queries of a plan's designs, in a graph of their own, which changes no cost.

    Equal seeds give the same queries, and designs that share a stage share its random numbers.
    """

    plan: Plan
    book: Book

    def __post_init__(self) -> None:
        scenario, values = self.plan.scenario, Decimals(self.plan.graph)
        params = {name: param.value for name, param in scenario.params.items()}
        months = [date.fromisoformat(f"{month}-01") for month in self.plan.months]
        self._graph = Graph()
        self._callers = Callers(scenario, self._graph, Parameters(self._graph, params), months)
        self._chat = chat_models(scenario, self.book)
        self._table = SpeedTable.of(scenario, self.book)
        self._shares = {name: float(values[node]) for name, node in self.plan.shares.items()}

    def tracks(self, design: PlannedDesign, n: int, seed: int) -> Tracks:
        """The ways of n queries of a design whose models' speeds are all known."""
        placed = self._callers.placed(design.id)
        if design.added:
            placed = Single(design.single_model, self._chat).everywhere(placed)
        flows, _, warm = self._callers.followed(design.id, placed)
        streams = Streams(seed, 0)
        return joined(n, list(self._classes(flows, Caches({}, warm), streams, n)))

    def _classes(
        self, flows: Mapping[str, Flow], caches: Caches, streams: Streams, n: int
    ) -> Iterator[ClassNodes]:
        drawn = streams.of("class").random(n)
        bounds = np.cumsum([self._shares[name] for name in flows])
        which = np.minimum(np.searchsorted(bounds, drawn, side="right"), len(flows) - 1)
        for number, (name, flow) in enumerate(flows.items()):
            queries = np.flatnonzero(which == number)
            if queries.size:
                tracker = self._tracker(name, flow, caches, streams, queries.size)
                yield ClassNodes(queries, *tracker.tracked(flow.body))

    def _tracker(self, name: str, flow: Flow, caches: Caches, streams: Streams, n: int) -> Tracker:
        nothing = self._graph.number(ZERO)
        known = Caches(flow.caches, caches.warm)
        formulas = Formulas(self._graph, flow.node, lambda *_: nothing, known, variables(flow, {}))

        def draw(stream: str, node: Node) -> Array:
            return formulas.variables[node].law.draw(streams.of(stream), n)

        speeds = self._table.speeds(self._graph, flow.stages, flow.node)
        factors = {ref: float(factor) for ref, factor in self._table.factors.items()}
        return Tracker(
            Crowd(n),
            Drawn(streams, n),
            formulas,
            speeds,
            name,
            draw,
            mode=self.plan.scenario.prices.mode,
            factors=factors,
        )
