"""Price cells of a stage whichever model it runs on: quantities and rates that follow the choice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kplan.engine.plan import Charge
from kplan.form.graph import Graph, Node
from kplan.money import ZERO

_Slot = tuple[str, int, int]
"""Meter, tier, and which one of those: cells of different models that stand in one row."""


class Cells(Struct, frozen=True):
    """The charges of one stage, class and epoch on each of its models.

    by_option   the charges on each model, in the order of the options
    """

    graph: Graph
    choice: Node
    planned: int
    """The place of the planned model, from 0."""
    by_option: Sequence[Sequence[Charge]]

    def joined(self) -> list[Charge]:
        """One charge a cell: quantity and rate are looked up by the model picked; 0 where it has none."""
        held = [dict(_slots(charges)) for charges in self.by_option]
        slots = dict.fromkeys(slot for option in (held[self.planned], *held) for slot in option)
        return [self._joined([option.get(slot) for option in held]) for slot in slots]

    def _joined(self, charges: Sequence[Charge | None]) -> Charge:
        zero = self.graph.number(ZERO)
        there = [charge for charge in (charges[self.planned], *charges) if charge is not None]
        quantity = self.graph.look(self.choice, (c.quantity if c else zero for c in charges))
        rate = self.graph.look(self.choice, (c.rate if c else zero for c in charges))
        return replace(
            there[0],
            quantity=quantity,
            rate=rate,
            cost=self.graph.product(quantity, rate),
            drawn=quantity,
            options=tuple(charge.row if charge else None for charge in charges),
        )

    def billed(self) -> list[Charge]:
        """The charges of each model by itself: what contracts look at; 0 unless it is picked."""
        return [self._only(option, charge) for option, held in enumerate(self.by_option) for charge in held]

    def _only(self, option: int, charge: Charge) -> Charge:
        zero = self.graph.number(ZERO)
        amounts = (charge.quantity if n == option else zero for n in range(len(self.by_option)))
        quantity = self.graph.look(self.choice, amounts)
        cost = self.graph.product(quantity, charge.rate)
        return replace(charge, quantity=quantity, cost=cost, drawn=quantity)


def _slots(charges: Iterable[Charge]) -> Iterable[tuple[_Slot, Charge]]:
    seen: Counter[tuple[str, int]] = Counter()
    for charge in charges:
        key = charge.meter, charge.row.over_input_tokens
        yield (*key, seen[key]), charge
        seen[key] += 1
