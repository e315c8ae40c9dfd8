"""Shares and chances as nodes: what must lie within 0 and 1, or add up to 1, in whichever draw."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from kplan.form.bind import bind
from kplan.form.expressions import Expression, Number
from kplan.form.graph import Graph, Node
from kplan.money import ONE
from kplan.scenario.model import Scenario
from kplan.scenario.names import dotted
from kplan.scenario.placed import PlacedStage
from kplan.scenario.tree import Place


class PartOfWhole(Struct, frozen=True):
    """A share that a stage states, or the sum of those that make a whole."""

    what: str
    """`the failure of ask`."""
    place: Place
    node: Node
    is_whole: bool


def class_shares(scenario: Scenario, graph: Graph, node: Callable[[Expression], Node]) -> dict[str, Node]:
    """Share of each class: a stated number is an input, an expression is worked out of the parameters.

    node   makes nodes of expressions over the params
    """
    if not scenario.mix:
        return dict.fromkeys(scenario.classes, graph.number(ONE))
    return {
        id_: graph.leaf(dotted(("mix", id_, "share")), found.share.value)
        if isinstance(found.share, Number)
        else node(found.share)
        for id_, found in scenario.mix.items()
    }


def parts_of(graph: Graph, stages: Sequence[PlacedStage], names: Mapping[str, Node]) -> Iterator[PartOfWhole]:
    """All that the stages of a flow state as shares; its names are nodes already."""
    for placed in stages:
        wholes: dict[str, list[Node]] = {}
        for field, expression in placed.expressions.items():
            kind = field.partition(".")[0]
            if kind not in placed.stage.parts:
                continue
            node = bind(graph, expression, names)
            yield PartOfWhole(f"the {field} of {placed.id}", placed.place(field), node, is_whole=False)
            if kind in getattr(placed.stage, "wholes", ()):
                wholes.setdefault(field.rpartition(".")[0], []).append(node)
        for field, nodes in wholes.items():
            yield PartOfWhole(
                f"the {field} of {placed.id}", placed.place(field), graph.sum(nodes), is_whole=True
            )
