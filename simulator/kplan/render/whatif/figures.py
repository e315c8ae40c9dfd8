"""The figures that the page works out anew at every move: a design's total, its months, its parts."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from kplan.engine.plan import Plan, PlannedDesign
from kplan.form.graph import Graph, LeafKind, Node, Op


class Figures(Struct, frozen=True):
    """A design's figures as nodes [USD]."""

    total: Node
    """Over the plan."""
    months: tuple[Node, ...]
    per_query: Node
    """Usage on the first day of the plan."""
    stages: tuple[tuple[str, Node], ...]
    """What each stage adds to that."""

    @classmethod
    def of(cls, design: PlannedDesign) -> Figures:
        """The design's figures."""
        stages = tuple((stage.id, stage.cost) for stage in design.stages)
        return cls(design.total, design.month_costs, design.usage_per_query[0], stages)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All of them."""
        return (self.total, *self.months, self.per_query, *(cost for _, cost in self.stages))


class Reach(Struct, frozen=True):
    """What lies under the page's figures, and what ends there without being followed."""

    graph: Graph
    used: frozenset[Node]

    @classmethod
    def of(cls, plan: Plan, figures: Iterable[Figures]) -> Reach:
        """Everything under these figures."""
        targets = [node for each in figures for node in each.nodes]
        return cls(plan.graph, frozenset(plan.graph.under(targets, by_mean=True)))

    def baked_from(self) -> dict[Node, tuple[str, ...]]:
        """The inputs that feed numbers computed beforehand, which no formula follows -> those numbers."""
        entries = self.graph.entries
        return {
            node: tuple(dict.fromkeys(entries[leaf].name for leaf in leaves))
            for node, leaves in self.graph.feeding(self.used).items()
            if entries[node].op is Op.LEAF and entries[node].kind is LeafKind.INPUT
        }
