"""What two plans tell of a change: every factor of a stage's bill can be taken from either of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from kplan.engine.ledger import Kind
from kplan.errors import KplanError
from kplan.regress.monthly_usage import MonthlyUsage
from kplan.regress.paired import Slots, paired_slots
from kplan.regress.priced import Billed, PricedCalls, PricedPlan, Runner, Slot, SlotId
from kplan.regress.same import same_factors
from kplan.regress.shapley import Factor, Sides


@dataclass
class PlanUsage:
    """Two plans whose volume, flow, tokens, models and prices can be combined at will."""

    design: str
    sides: tuple[PricedCalls, PricedCalls]
    factors = (Factor.VOLUME, Factor.FLOW, Factor.TOKENS, Factor.MODELS, Factor.PRICE, Factor.FIXED)
    _slots: tuple[Slots, Slots] = field(init=False)
    _queries: list[dict[date, Fraction]] = field(init=False)
    _monthly: MonthlyUsage | None = None
    _same: frozenset[Factor] = frozenset()
    _billed: dict[tuple[SlotId, int, int, int, date], list[Billed]] = field(default_factory=dict)
    _stages: dict[tuple[str, tuple[int, ...]], Fraction] = field(default_factory=dict)

    def __post_init__(self) -> None:
        base, head = self.sides
        self._slots = paired_slots(self.design, self.sides)
        if isinstance(base, PricedPlan) and isinstance(head, PricedPlan):
            self._monthly = MonthlyUsage((base, head), self.query)
            self._same = same_factors((base, head), self._slots)
        start = min(side.horizon.starts_on for side in self.sides)
        end = max(side.horizon.ends_on for side in self.sides)
        models = {runner.model for slots in self._slots for slot in slots.values() for runner in slot.runners}
        cuts = {start}.union(*(side.change_days(models, start, end) for side in self.sides))
        self._queries = [side.queries(sorted(cuts)) for side in self.sides]

    def stage_usd(self, stage: str, sides: Sides) -> Fraction:
        """Sum over classes and calls of queries x flow x cost of a call [USD]."""
        key = (stage, tuple(sides[factor] for factor in self.factors[:-1]))
        if key not in self._stages:
            ids = dict.fromkeys(id_ for slots in self._slots for id_ in slots if id_[2] == stage)
            self._stages[key] = sum((self._slot_usd(id_, sides) for id_ in ids), Fraction(0))
        return self._stages[key]

    def _slot_usd(self, id_: SlotId, sides: Sides) -> Fraction:
        running = self._slots[sides[Factor.FLOW]].get(id_)
        if running is None or not running.flow:
            return Fraction(0)
        tokens, models = self._side(id_, sides[Factor.TOKENS]), self._side(id_, sides[Factor.MODELS])
        each = self._queries[sides[Factor.VOLUME]].items()
        usd = sum((n * self._call_usd(id_, tokens, models, sides[Factor.PRICE], day) for day, n in each))
        return running.flow * usd

    def _side(self, id_: SlotId, wanted: int) -> int:
        """The wanted side, or the only one that has the call."""
        return wanted if id_ in self._slots[wanted] else 1 - wanted

    def _call_usd(self, id_: SlotId, tokens: int, models: int, prices: int, day: date) -> Fraction:
        return sum((each.usd for each in self._call(id_, tokens, models, prices, day)), Fraction(0))

    def _call(self, id_: SlotId, tokens: int, models: int, prices: int, day: date) -> list[Billed]:
        """What one call bills, averaged over the models that run it."""
        key = (id_, tokens, models, prices, day)
        if key not in self._billed:
            self._billed[key] = self._made(id_, tokens, models, prices, day)
        return self._billed[key]

    def _made(self, id_: SlotId, tokens: int, models: int, prices: int, day: date) -> list[Billed]:
        slots = (self._slots[tokens][id_], self._slots[models][id_])
        return [
            each.times(runner.share)
            for runner in slots[1].runners
            for each in self._priced(runner, slots, models, prices, day)
        ]

    def _priced(
        self, runner: Runner, slots: tuple[Slot, Slot], models: int, prices: int, day: date
    ) -> tuple[Billed, ...]:
        """A call at the wanted prices, or at the nearest thing that has one; see `attributed`."""
        wanted, other, own = self.sides[prices], self.sides[1 - prices], self.sides[models]
        tries = [(side, slot.usage, day) for slot in slots for side in (wanted, other)]
        for side, usage, on in tries:
            try:
                return side.billed(runner, usage, on)
            except KplanError:
                continue
        return own.billed(runner, slots[1].usage, own.horizon.starts_on)

    def query(self, sides: Sides, day: date) -> Iterator[Billed]:
        """What one query of the whole mix bills on a day."""
        for id_ in dict.fromkeys(id_ for slots in self._slots for id_ in slots):
            running = self._slots[sides[Factor.FLOW]].get(id_)
            if running is not None and running.flow:
                tokens, models = self._side(id_, sides[Factor.TOKENS]), self._side(id_, sides[Factor.MODELS])
                for each in self._call(id_, tokens, models, sides[Factor.PRICE], day):
                    yield each.times(running.flow)

    def monthly_usd(self, kind: Kind, name: str, sides: Sides) -> Fraction | None:
        """A contract's line, or a fixed cost that the book prices, over the horizon [USD]; else none.

        None, too, where a side is a lock, which holds what such lines came to, but not their terms.
        """
        if self._monthly is None:
            return None
        told = {factor: 0 if factor in self._same else side for factor, side in sides.items()}
        return self._monthly.usd(kind, name, told)
