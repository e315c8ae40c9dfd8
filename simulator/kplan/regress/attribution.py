"""Why a bill changed: the change of each of its lines, split over the factors of the bill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import NamedTuple, Protocol

from msgspec import Struct

from kplan.engine.ledger import Kind, LedgerRow, grouped_usd
from kplan.money import ZERO, exact
from kplan.regress.ledger_usage import LedgerUsage
from kplan.regress.plan_usage import PlanUsage
from kplan.regress.runs import Run, RunDesign
from kplan.regress.shapley import Factor, Sides, settled, shapley

Effects = Mapping[Factor, Decimal]


class LineId(NamedTuple):
    """A line of a design's bill: a stage, a fixed cost, a contract's line, or the contingency."""

    kind: Kind
    name: str


class Usage(Protocol):
    """What the stages of one design come to when each factor is taken from either side."""

    @property
    def factors(self) -> Sequence[Factor]:
        """What the change is split over."""

    def stage_usd(self, stage: str, sides: Sides) -> Fraction:
        """The stage's cost over the horizon [USD]."""

    def monthly_usd(self, kind: Kind, name: str, sides: Sides) -> Fraction | None:
        """A monthly line that depends on more than an amount, over the horizon [USD]; else none."""


def lines_usd(rows: Sequence[LedgerRow]) -> dict[LineId, Decimal]:
    """The lines of a design's bill, kind by kind, with their sums over the horizon [USD]."""
    sums = grouped_usd(rows, lambda row: LineId(row.kind, row.stage or row.label))
    return dict(sorted(sums.items(), key=lambda item: list(Kind).index(item[0].kind)))


def effects_alone(lines: Mapping[LineId, Decimal]) -> dict[LineId, Effects]:
    """The bill of a design that the other side lacks, as effects that add up to its lines exactly [USD].

    Its calls come or go by flow, and what it pays by the month by fixed; a contingency follows what it is
    counted on. No volume, price or token of it is another one: there is nothing that it could have been.
    """
    usage = sum((Fraction(usd) for line, usd in lines.items() if line.kind is Kind.USAGE), Fraction(0))
    rate = _contingency_rate(lines) or Fraction(0)
    found: dict[LineId, Effects] = {}
    for line, usd in lines.items():
        is_usage, whole = line.kind is Kind.USAGE, Fraction(usd)
        flow = rate * usage if line.kind is Kind.CONTINGENCY else whole if is_usage else Fraction(0)
        parts = {Factor.FLOW: flow} if is_usage else {Factor.FLOW: flow, Factor.FIXED: whole - flow}
        found[line] = settled(parts, usd)
    return found


class Attribution(Struct, frozen=True):
    """Why the bills of one side differ from those of the other, design by design.

    The bill of a stage is queries (volume) x calls per query (flow) x units per call (tokens) x shares of
    models (models) x price of a unit on the day (price). What each factor adds is its Shapley value: the
    average, over every order in which the factors could change, of what changing it adds (Shapley 1953;
    see `regress.shapley`). A stage or class that one side lacks has no calls there: it comes or goes by
    flow, at the tokens and models of the side that has it. Where one side has no mix, its calls are taken
    apart into the classes of the other: see `regress.paired`. A model or meter without a price in one book
    takes the other's; tokens that a model has no price for in either, its own side's. A fixed cost is
    amount (fixed) x months (volume); where the book prices it, units (fixed) x price (price) x months. A
    contract's terms are fixed, and what they look at is the usage by all its factors: see `MonthlyUsage`.
    What units cost and serve is an amount of its side (fixed).
    The contingency follows its base: it is rate (fixed) x all other lines, so that a dearer model's
    contingency is due to the model's price. A design that one side lacks is held against no bill at all:
    see `effects_alone`.
    Where a side is a saved result, flow, tokens and models are one factor: see `LedgerUsage`. A contract's
    line is then an amount of its side (fixed), since a ledger does not tell the terms; nor does a lock.
    """

    base: Run
    head: Run

    def effects(self, old: RunDesign, new: RunDesign) -> dict[LineId, Effects]:
        """Each line's change over the horizon as effects that add up to it exactly [USD]."""
        bill = Bill.of(self.usage(old, new), (self.base.lines(old), self.head.lines(new)), (old, new))
        return {
            line: settled(shapley(bill.usage.factors, partial(bill.line_usd, line)), bill.delta_usd(line))
            for line in bill.lines
        }

    def usage(self, old: RunDesign, new: RunDesign) -> Usage:
        """The finest account of the stages that both sides allow."""
        if old.id in self.base.plans and new.id in self.head.plans:
            return PlanUsage(old.design, (self.base.plans[old.id](), self.head.plans[new.id]()))
        return LedgerUsage.of((self.base, self.head), (old, new))


class Bill(Struct, frozen=True):
    """A design's bill, each factor of which can be taken from either side."""

    usage: Usage
    sums: tuple[Mapping[LineId, Decimal], Mapping[LineId, Decimal]]
    """Each side's lines as its ledger has them [USD]."""
    lines: tuple[LineId, ...]
    fixed: tuple[Mapping[str, Fraction], Mapping[str, Fraction]]
    """Each side's fixed costs of a month [USD]."""
    n_months: tuple[int, int]
    rates: tuple[Fraction, Fraction]
    """Each side's contingency over all that it is counted on."""

    @classmethod
    def of(
        cls,
        usage: Usage,
        rows: tuple[Sequence[LedgerRow], Sequence[LedgerRow]],
        designs: tuple[RunDesign, RunDesign],
    ) -> Bill:
        """From the ledgers of both sides."""
        sums = (lines_usd(rows[0]), lines_usd(rows[1]))
        n_months = (len(designs[0].months), len(designs[1].months))
        stages = [LineId(Kind.USAGE, stage) for design in designs for stage in design.stages]
        others = [line for side in sums for line in side if line.kind is not Kind.USAGE]
        return cls(
            usage=usage,
            sums=sums,
            lines=tuple(dict.fromkeys([*stages, *others])),
            fixed=(_fixed(sums[0], n_months[0]), _fixed(sums[1], n_months[1])),
            n_months=n_months,
            rates=_contingency_rates(*sums),
        )

    def delta_usd(self, line: LineId) -> Decimal:
        """What the line costs more on the head's side [USD]."""
        with exact():
            return self.sums[1].get(line, ZERO) - self.sums[0].get(line, ZERO)

    def line_usd(self, line: LineId, sides: Sides) -> Fraction:
        """What the line costs where each factor is taken from one of the sides [USD]."""
        if line.kind is Kind.USAGE:
            return self.usage.stage_usd(line.name, sides)
        if line.kind is not Kind.CONTINGENCY:
            return self._monthly_usd(line, sides)
        others = [other for other in self.lines if other.kind is not Kind.CONTINGENCY]
        rate = self.rates[sides[Factor.FIXED]]
        return rate * sum((self.line_usd(other, sides) for other in others), Fraction(0))

    def _monthly_usd(self, line: LineId, sides: Sides) -> Fraction:
        found = self.usage.monthly_usd(line.kind, line.name, sides)
        if found is not None:
            return found
        if line.kind is Kind.FIXED:
            usd = self.fixed[sides[Factor.FIXED]].get(line.name, Fraction(0))
            return usd * self.n_months[sides[Factor.VOLUME]]
        return Fraction(self.sums[sides[Factor.FIXED]].get(line, ZERO))


def _fixed(lines: Mapping[LineId, Decimal], n_months: int) -> dict[str, Fraction]:
    """Each fixed cost of a month [USD]."""
    return {line.name: Fraction(usd) / n_months for line, usd in lines.items() if line.kind is Kind.FIXED}


def _contingency_rates(*sides: Mapping[LineId, Decimal]) -> tuple[Fraction, Fraction]:
    """Each side's contingency over all that it is counted on; a bill of nothing tells none: the other's."""
    base, head = map(_contingency_rate, sides)
    none = Fraction(0)
    return (head or none) if base is None else base, (base or none) if head is None else head


def _contingency_rate(lines: Mapping[LineId, Decimal]) -> Fraction | None:
    on = sum((Fraction(usd) for line, usd in lines.items() if line.kind is not Kind.CONTINGENCY), Fraction(0))
    held = sum((Fraction(usd) for line, usd in lines.items() if line.kind is Kind.CONTINGENCY), Fraction(0))
    return held / on if on else None
