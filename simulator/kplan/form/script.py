"""The graph as a program for an interpreter in a page: numbers, and steps in the order of arrays.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from kplan.form.graph import Graph, Node, Op

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
"""Five bits each, and a sixth that says whether more follow; the lowest five come first."""
_HALF = len(DIGITS) // 2

_SIGNS: Mapping[Op, str] = {
    Op.ADD: "+",
    Op.SUM: "+",
    Op.SUBTRACT: "-",
    Op.MULTIPLY: "*",
    Op.GROW: "*",
    Op.DIVIDE: "/",
    Op.MIN: "min",
    Op.MAX: "max",
    Op.GREATER: ">",
    Op.CEIL: "ceil",
    Op.IF: "if",
    Op.LOOK: "look",
}
"""What a step does. All but the last three are left folds; arrays.py says what each means to the last bit."""


class Script(Struct, frozen=True):
    """A program: first come the leaves, then each step puts one more value behind them.

    values  of the leaves: float64, what they are as planned
    shapes  what a step does and over how many values, `*2`: a step begins with the number of its shape
    steps   all steps as numbers in `DIGITS`: the shape, then for each argument how far back it lies
    slots   where the values of leaves and targets lie, and of all nodes between them
    """

    values: tuple[float, ...]
    shapes: tuple[str, ...]
    steps: str
    slots: Mapping[Node, int]

    @classmethod
    def of(cls, graph: Graph, targets: Iterable[Node]) -> Script:
        """The program for these targets, out of the nodes under them and no others."""
        under = graph.under(targets, by_mean=True)
        leaves = [node for node in under if graph.entries[node].op is Op.LEAF]
        slots = {node: slot for slot, node in enumerate(leaves)}
        shapes: dict[str, int] = {}
        numbers: list[int] = []
        n_values = len(leaves)
        for node in under:
            entry = graph.entries[node]
            if entry.op is Op.RANDOM:
                slots[node] = slots[entry.args[0]]
            elif entry.op is not Op.LEAF:
                shape = f"{_SIGNS[entry.op]}{len(entry.args)}"
                numbers.append(shapes.setdefault(shape, len(shapes)))
                numbers += (n_values - slots[arg] for arg in entry.args)
                slots[node] = n_values
                n_values += 1
        values = tuple(float(graph.entries[node].value) for node in leaves)
        return cls(values, tuple(shapes), "".join(map(_written, numbers)), slots)

    def as_json(self) -> dict[str, object]:
        """For the page; a leaf without a value, such as a missing rate, is the word NaN."""
        values = [value if value == value else "NaN" for value in self.values]
        return {"values": values, "shapes": self.shapes, "steps": self.steps}


def _written(number: int) -> str:
    text = ""
    while number >= _HALF:
        text += DIGITS[_HALF + number % _HALF]
        number //= _HALF
    return text + DIGITS[number]
