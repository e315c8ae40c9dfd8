"""What a contract states, as nodes of the plan's graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase

from msgspec import Struct
from msgspec.structs import replace

from kplan.form.graph import Graph, Node, Op
from kplan.money import ONE, ZERO

WILD = "*?["
"""What makes a name a glob."""


def fits(pattern: str, ref: str) -> bool:
    """Whether a full name is this one, or fits this glob in any case."""
    return (
        fnmatchcase(ref.lower(), pattern.lower()) if any(sign in pattern for sign in WILD) else ref == pattern
    )


class Ladder(Struct, frozen=True):
    """Steps of a meter: each unit of a month pays the part of the price of the step it falls in.

    starts   units from which each step holds; the first from 0
    parts    of the book's price [0..1]
    """

    title: str
    starts: tuple[Node, ...]
    parts: tuple[Node, ...]

    def given_back(self, graph: Graph, units: Node) -> Node:
        """Units of the month times the part of the price that each does not pay."""
        zero, one = graph.number(ZERO), graph.number(ONE)
        found = []
        for n, (start, part) in enumerate(zip(self.starts, self.parts, strict=True)):
            until = self.starts[n + 1] if n + 1 < len(self.starts) else None
            below = units if until is None else graph.apply(Op.MIN, units, until)
            inside = graph.apply(Op.MAX, zero, graph.apply(Op.SUBTRACT, below, start)) if n else below
            if not graph.is_number(part, ONE):
                off = one if graph.is_number(part, ZERO) else graph.apply(Op.SUBTRACT, one, part)
                found.append(graph.product(inside, off))
        return graph.sum(found)


class Terms(Struct, frozen=True):
    """A contract with its amounts as nodes."""

    id: str
    models: tuple[str, ...]
    """`provider/model`, or globs of them."""
    fee: Node | None
    minimum: Node | None
    commitment: Node | None
    ladders: Mapping[str, Ladder]
    """By meter."""

    def on(self, node_of: Callable[[Node], Node]) -> Terms:
        """The same terms with their nodes in another graph."""

        def moved(node: Node | None) -> Node | None:
            return None if node is None else node_of(node)

        def rung(ladder: Ladder) -> Ladder:
            starts, parts = map(node_of, ladder.starts), map(node_of, ladder.parts)
            return replace(ladder, starts=tuple(starts), parts=tuple(parts))

        ladders = {meter: rung(ladder) for meter, ladder in self.ladders.items()}
        amounts = (moved(self.fee), moved(self.minimum), moved(self.commitment))
        return Terms(self.id, self.models, *amounts, ladders)

    def covers(self, ref: str) -> bool:
        """Whether a model, `provider/model`, stands under the contract."""
        return any(fits(pattern, ref) for pattern in self.models)

    @property
    def labels(self) -> frozenset[str]:
        """What its lines are called."""
        terms = (
            "fee",
            "minimum",
            "commitment",
            *(f"{m} {ladder.title}" for m, ladder in self.ladders.items()),
        )
        return frozenset(self.label(term) for term in terms)

    def label(self, term: str) -> str:
        """What the line of a term is called."""
        return f"{self.id} {term}"

    @property
    def is_owed(self) -> bool:
        """Whether a design that uses none of the models pays all the same."""
        return any(amount is not None for amount in (self.fee, self.minimum, self.commitment))

    @property
    def inputs(self) -> tuple[Node, ...]:
        """The amounts, counts and parts that it states."""
        amounts = [node for node in (self.fee, self.minimum, self.commitment) if node is not None]
        steps = [node for ladder in self.ladders.values() for node in (*ladder.starts, *ladder.parts)]
        return (*amounts, *steps)
