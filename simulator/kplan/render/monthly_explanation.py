"""A fixed cost, a contract or a purchase of a design taken apart: month by month, like ones together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby

from msgspec import Struct

from kplan.amounts import added, share
from kplan.engine.plan import FixedCost, Plan, PlannedDesign
from kplan.engine.results import DesignResult, Results
from kplan.engine.terms import Terms
from kplan.form.decimals import Decimals
from kplan.money import quotient
from kplan.prices.rows import PriceRow

FIXED, CONTRACTS, BUYS = "fixed", "contracts", "buys"


class MonthAmount(Struct, frozen=True):
    """A line of a month [USD]; with units and a price row where it is their product."""

    label: str
    cost_usd: Decimal
    units: Decimal | None = None
    row: PriceRow | None = None


class Span(Struct, frozen=True):
    """Months that are alike: what the lines look at, and the lines, which add up to the month."""

    first: str
    last: str
    seen: tuple[MonthAmount, ...]
    lines: tuple[MonthAmount, ...]

    @property
    def cost_usd(self) -> Decimal:
        """Of each of the months."""
        return added(line.cost_usd for line in self.lines)


class MonthlyExplanation(Struct, frozen=True):
    """What stands under `fixed`, `contracts` or `buys`, as a design pays it [USD]."""

    design: DesignResult
    group: str
    label: str
    about: tuple[str, ...]
    """Names and globs that a contract is about; whose calls units serve."""
    spans: tuple[Span, ...]
    total_usd: Decimal

    @property
    def name(self) -> str:
        """As it is asked for."""
        return f"{self.design.id}.{self.group}.{self.label}"


def monthly_explanation(results: Results, figure: str) -> MonthlyExplanation | None:
    """Of `DESIGN.fixed.NAME`, `.contracts.NAME` or `.buys.MODEL`; none where the figure is no such thing."""
    for design in results.designs:
        if any(figure == f"{design.id}.{stage.id}" for stage in design.stages):
            return None
    for design in results.designs:
        plan = next(plan for plan in results.plans if plan.variant == design.variant)
        for cost in _planned(plan, design).fixed:
            if figure == f"{design.id}.{FIXED}.{cost.label}":
                return _fixed(plan, design, cost)
        for terms in plan.contracts:
            if figure == f"{design.id}.{CONTRACTS}.{terms.id}":
                return _contract(plan, design, terms)
        for model in dict.fromkeys(each.model for each in _planned(plan, design).bought):
            if figure == f"{design.id}.{BUYS}.{model}":
                return _purchase(plan, design, model)
    return None


def monthly_names(results: Results, design: DesignResult) -> list[str]:
    """What can be asked for of a design besides its stages."""
    plan = next(plan for plan in results.plans if plan.variant == design.variant)
    fixed = [f"{design.id}.{FIXED}.{cost.label}" for cost in _planned(plan, design).fixed]
    bought = dict.fromkeys(f"{design.id}.{BUYS}.{each.model}" for each in _planned(plan, design).bought)
    return [*fixed, *(f"{design.id}.{CONTRACTS}.{terms.id}" for terms in plan.contracts), *bought]


def _planned(plan: Plan, design: DesignResult) -> PlannedDesign:
    return next(each for each in plan.designs if each.id == design.design)


def _fixed(plan: Plan, design: DesignResult, cost: FixedCost) -> MonthlyExplanation:
    values = Decimals(plan.graph)
    months = []
    for month, node in zip(plan.months, cost.months, strict=True):
        bought = [charge for charge in cost.charges if charge.period.month == month]
        lines = [
            MonthAmount(f"{c.stage} {c.meter}".lstrip(), values[c.cost], values[c.quantity], c.row)
            for c in bought
            if values[c.quantity] or not c.stage
        ]
        months.append(((), tuple(lines) or (MonthAmount("as stated", values[node]),)))
    return _made(design, FIXED, cost.label, (), plan.months, months)


def _contract(plan: Plan, design: DesignResult, terms: Terms) -> MonthlyExplanation:
    """Its own lines, below the usage and the other contracts' credits that they look at."""
    values = Decimals(plan.graph)
    planned = _planned(plan, design)
    months = []
    for n in range(len(plan.months)):
        seen, lines = tuple(_seen(planned, terms, values, n)), tuple(_lines(planned, terms, values, n))
        months.append((seen, lines))
    return _made(design, CONTRACTS, terms.id, terms.models, plan.months, months)


def _seen(design: PlannedDesign, terms: Terms, values: Decimals, n: int) -> Iterator[MonthAmount]:
    for m in design.metered:
        if terms.covers(m.model):
            yield MonthAmount(f"{m.model} {m.meter}", values[m.months[n]], values[m.units[n]])
    for line in design.lines:
        if line.model and terms.covers(line.model) and line.label not in terms.labels:
            yield MonthAmount(f"{line.label} {line.model}", values[line.months[n]])


def _lines(design: PlannedDesign, terms: Terms, values: Decimals, n: int) -> Iterator[MonthAmount]:
    for line in design.lines:
        if line.label in terms.labels and values[line.months[n]]:
            yield MonthAmount(f"{line.label} {line.model}".strip(), values[line.months[n]])


def _purchase(plan: Plan, design: DesignResult, model: str) -> MonthlyExplanation:
    """What its units cost, and what they take off the bill of the calls that they serve."""
    values, planned = Decimals(plan.graph), _planned(plan, design)
    bought = [each for each in planned.bought if each.model == model]
    saved = {line.label: line for line in planned.lines if line.served}
    months = []
    for n in range(len(plan.months)):
        seen, lines = [], []
        for each in bought:
            line = saved[each.credit]
            off_usd, share_served = values[line.months[n]], values[line.served[n]]
            if share_served:
                whole = f"calls to {each.billed}, {share(share_served)} of them served"
                seen.append(MonthAmount(whole, quotient(-off_usd, share_served)))
            lines.append(MonthAmount(f"{each.units:,} x {each.label}", each.usd_per_month[n]))
            lines.append(MonthAmount("calls that they serve", off_usd))
        months.append((tuple(seen), tuple(lines)))
    about = tuple(dict.fromkeys(each.billed for each in bought))
    return _made(design, BUYS, model, about, plan.months, months)


def _made(
    design: DesignResult,
    group: str,
    label: str,
    about: tuple[str, ...],
    names: Sequence[str],
    months: Sequence[tuple[tuple[MonthAmount, ...], tuple[MonthAmount, ...]]],
) -> MonthlyExplanation:
    spans = []
    for (seen, lines), alike in groupby(zip(names, months, strict=True), key=lambda each: each[1]):
        held = [name for name, _ in alike]
        spans.append(Span(held[0], held[-1], seen, lines))
    total = added(line.cost_usd for _, lines in months for line in lines)
    return MonthlyExplanation(design, group, label, about, tuple(spans), total)
