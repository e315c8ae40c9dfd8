"""From an evaluated plan to designs, stages, months and savings, all summed from the ledger's lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from kplan.engine.calendar import month_after
from kplan.engine.ledger import Kind, LedgerRow, grouped_usd, total_usd
from kplan.engine.plan import Charge, FixedCharge, Period, Plan, PlannedDesign
from kplan.engine.results import DesignResult, MonthCost, Saving, StageResult
from kplan.form.decimals import Decimals
from kplan.money import ONE, ZERO, exact, quotient


def ledger_of(plan: Plan, values: Decimals) -> list[LedgerRow]:
    """Every charge of the plan: usage by period and class, then fixed amounts and contingency by month.

    Products are exact: the lines are made within one exact context.
    """
    rows: list[LedgerRow] = []
    with exact():
        queries = {
            (period, id_): values[period.queries] * values[share]
            for period in plan.periods
            for id_, share in plan.shares.items()
        }
        for design in plan.designs:
            lines = [_Line.of(plan, values, charge) for charge in design.charges if values[charge.quantity]]
            rows += [
                line.row(period, queries[period, line.charge.query_class])
                for period in plan.periods
                for line in lines
                if line.charge.epoch == period.epoch
            ]
            rows += _monthly(plan, values, design)
    return rows


class _Line(Struct, frozen=True):
    """A charge with what is the same for it in every period."""

    charge: Charge
    cost_per_query_usd: Decimal
    filled: Callable[..., LedgerRow]

    @classmethod
    def of(cls, plan: Plan, values: Decimals, charge: Charge) -> _Line:
        cost_per_query_usd = values[charge.cost]
        filled = partial(
            LedgerRow,
            variant=plan.variant,
            design=charge.design,
            query_class=charge.query_class,
            stage=charge.stage,
            model=charge.model,
            meter=charge.meter,
            price_row=charge.row.id,
            kind=Kind.USAGE,
            label="",
            quantity_per_query=values[charge.quantity],
            unit_price_usd=values[charge.rate],
            cost_per_query_usd=cost_per_query_usd,
        )
        return cls(charge, cost_per_query_usd, filled)

    def row(self, period: Period, queries: Decimal) -> LedgerRow:
        return self.filled(
            month=period.month,
            starts_on=period.starts_on,
            ends_on=period.ends_on,
            queries=queries,
            cost_usd=self.cost_per_query_usd * queries,
        )


def _monthly(plan: Plan, values: Decimals, design: PlannedDesign) -> Iterable[LedgerRow]:
    """Fixed amounts, contracts' lines that are not 0, and contingency, month by month."""
    for index, (month, node) in enumerate(zip(plan.months, plan.month_queries, strict=True)):
        queries = values[node]
        for fixed in design.fixed:
            if fixed.charges:
                bought = (
                    charge
                    for charge in fixed.charges
                    if charge.period.month == month and (values[charge.quantity] or not charge.stage)
                )
                yield from (_fixed_row(plan, values, design, fixed.label, charge) for charge in bought)
            else:
                amount = values[fixed.months[index]]
                yield _month_row(plan, design, month, queries, Kind.FIXED, fixed.label, amount)
        for line in design.lines:
            if amount := values[line.months[index]]:
                row = _month_row(plan, design, month, queries, line.kind, line.label, amount)
                yield replace(row, model=line.model, meter=line.meter)
        if design.contingencies:
            amount = values[design.contingencies[index]]
            yield _month_row(plan, design, month, queries, Kind.CONTINGENCY, "contingency", amount)


def _fixed_row(
    plan: Plan, values: Decimals, design: PlannedDesign, label: str, charge: FixedCharge
) -> LedgerRow:
    """Units of a period at the book's price, as if they were one query."""
    return LedgerRow(
        variant=plan.variant,
        design=design.id,
        query_class="",
        stage=charge.stage,
        model=charge.model,
        meter=charge.meter,
        price_row=charge.row.id,
        month=charge.period.month,
        starts_on=charge.period.starts_on,
        ends_on=charge.period.ends_on,
        kind=Kind.FIXED,
        label=label,
        quantity_per_query=values[charge.quantity],
        unit_price_usd=values[charge.rate],
        cost_per_query_usd=values[charge.cost],
        queries=ONE,
        cost_usd=values[charge.cost],
    )


def _month_row(
    plan: Plan,
    design: PlannedDesign,
    month: str,
    queries: Decimal,
    kind: Kind,
    label: str,
    cost_usd: Decimal,
) -> LedgerRow:
    periods = [period for period in plan.periods if period.month == month]
    return LedgerRow(
        variant=plan.variant,
        design=design.id,
        query_class="",
        stage="",
        model="",
        meter="",
        price_row="",
        month=month,
        starts_on=periods[0].starts_on,
        ends_on=month_after(periods[0].starts_on),
        kind=kind,
        label=label,
        quantity_per_query=ZERO,
        unit_price_usd=ZERO,
        cost_per_query_usd=ZERO,
        queries=queries,
        cost_usd=cost_usd,
    )


def designs_of(plan: Plan, values: Decimals, rows: Sequence[LedgerRow]) -> list[DesignResult]:
    """The plan's designs with their savings against the baseline and the cheapest single model."""
    by_design: dict[str, list[LedgerRow]] = {design.id: [] for design in plan.designs}
    for row in rows:
        by_design[row.design].append(row)
    totals = {id_: total_usd(found) for id_, found in by_design.items()}
    singles = [design.id for design in plan.designs if design.single_model]
    single = min(singles, key=lambda id_: totals[id_], default=None)
    baseline = plan.scenario.baseline or plan.designs[0].id
    return [
        DesignResult(
            id=plan.name_of(design.id),
            design=design.id,
            variant=plan.variant,
            added=design.added,
            single_model=design.single_model,
            cost_per_query_usd=values[design.usage_per_query[0]],
            months=_months(plan, values, by_design[design.id]),
            total_usd=totals[design.id],
            total_per_query_usd=_per_query(plan, values, totals[design.id]),
            saving=_saving(plan, totals, design.id, baseline),
            saving_vs_cheapest_single=_saving(plan, totals, design.id, single),
            stages=_stages(values, design),
            budget_usd_per_month=plan.scenario.budget_usd_per_month,
            epochs_usd=tuple(values[node] for node in design.usage_per_query),
            pins_overridden=design.pins_overridden,
            is_settled_at_end=any(each.commitment for each in plan.scenario.contracts.values()),
        )
        for design in plan.designs
    ]


def _per_query(plan: Plan, values: Decimals, total: Decimal) -> Decimal:
    with exact():
        queries = sum((values[node] for node in plan.month_queries), ZERO)
    return quotient(total, queries) if queries else ZERO


def _months(plan: Plan, values: Decimals, rows: Sequence[LedgerRow]) -> tuple[MonthCost, ...]:
    costs = grouped_usd(rows, lambda row: row.month)
    budget = plan.scenario.budget_usd_per_month
    return tuple(
        MonthCost(month, values[queries], costs.get(month, ZERO), _over(costs.get(month, ZERO), budget))
        for month, queries in zip(plan.months, plan.month_queries, strict=True)
    )


def _over(cost_usd: Decimal, budget_usd: Decimal | None) -> bool:
    return budget_usd is not None and cost_usd > budget_usd


def _saving(plan: Plan, totals: dict[str, Decimal], design: str, against: str | None) -> Saving | None:
    if against is None or design == against:
        return None
    with exact():
        usd = totals[against] - totals[design]
    share = quotient(usd, totals[against]) if totals[against] else None
    return Saving(plan.name_of(against), usd, share)


def _stages(values: Decimals, design: PlannedDesign) -> tuple[StageResult, ...]:
    whole = values[design.usage_per_query[0]]
    return tuple(
        StageResult(
            id=stage.id,
            kind=stage.kind,
            block=stage.block,
            models=stage.models,
            visits=values[stage.visits],
            chance=values[stage.chances[0]] if len(stage.chances) == 1 else None,
            cost_per_query_usd=values[stage.cost],
            share=quotient(values[stage.cost], whole) if whole else ZERO,
        )
        for stage in design.stages
    )
