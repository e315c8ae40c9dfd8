"""How much of what a design costs rests on prices and figures for which nobody states a source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from msgspec import Struct

from kplan.engine.ledger import Kind, LedgerRow, total_usd
from kplan.engine.plan import Plan
from kplan.engine.results import Results
from kplan.form.graph import LeafKind, Node
from kplan.money import ZERO, quotient
from kplan.render.format import money, plain_text, share
from kplan.scenario.names import dotted
from kplan.scenario.params import Param
from kplan.scenario.tree import Place

HOW = (
    "Each line of usage or fixed cost counts whole: under prices where its price row names neither a source"
    " nor an address, under figures where any number in its quantity names none. Only params and tokenizers"
    " can name one; a number written straight into a stage or a fixed cost cannot. Queries, shares of the"
    " mix, constants inside arithmetic, agreed terms and contingency are not looked at."
)
_COUNTED = (Kind.USAGE, Kind.FIXED)
_Line = tuple[str, str, str, str, str]
"""Design, class, stage, meter and price row of a line of usage."""


class Unsourced(Struct, frozen=True):
    """What a design costs over the plan, and how much of that has no source [USD]."""

    design: str
    """Its id in the results."""
    counted_usd: Decimal
    """Usage and fixed costs."""
    prices_usd: Decimal
    """Of these, at prices without a source."""
    figures_usd: Decimal
    """Of these, in quantities that rest on a figure without one."""
    either_usd: Decimal
    """Under one of the two, or both."""

    def part(self, usd: Decimal) -> Decimal:
        """So much of what is counted [0..1]; 0 where nothing costs anything."""
        return quotient(usd, self.counted_usd) if self.counted_usd else ZERO


def unsourced(results: Results, only: str = "") -> tuple[Unsourced, ...]:
    """Each design of the results, in their order, or only that of this id."""
    open_rows = {row.id for row in results.price_rows if not (row.source or row.source_url)}
    resting = {plan.variant: _lines_on_open_figures(plan) for plan in results.plans}
    lines: dict[tuple[str, str], list[LedgerRow]] = {}
    for row in results.ledger:
        if row.kind in _COUNTED:
            lines.setdefault((row.variant, row.design), []).append(row)

    def has_open_price(row: LedgerRow) -> bool:
        return row.price_row in open_rows

    def rests_on_open_figure(row: LedgerRow) -> bool:
        if row.kind is Kind.FIXED:
            return not row.price_row or (row.label, row.price_row) in resting[row.variant].fixed
        key = (row.design, row.query_class, row.stage, row.meter, row.price_row)
        return key in resting[row.variant].usage

    def found(design: str, rows: list[LedgerRow]) -> Unsourced:
        def usd(is_open: Callable[[LedgerRow], bool]) -> Decimal:
            return total_usd(filter(is_open, rows))

        return Unsourced(
            design,
            total_usd(rows),
            usd(has_open_price),
            usd(rests_on_open_figure),
            usd(lambda row: has_open_price(row) or rests_on_open_figure(row)),
        )

    return tuple(
        found(each.id, lines.get((each.variant, each.design), []))
        for each in results.designs
        if only in ("", each.id)
    )


def said(results: Results) -> str:
    """The same of the design that the headline is about, in a sentence."""
    main = results.verdict.design
    found = unsourced(results, only=main)[0]
    prices, figures = (share(found.part(usd)) for usd in (found.prices_usd, found.figures_usd))
    return (
        f"Of the {money(found.counted_usd)} that usage and fixed costs of {plain_text(main)} come to,"
        f" {prices} rests on prices without a source and {figures} on figures without one."
    )


class _Open(Struct, frozen=True):
    """Lines whose quantities rest on a figure without a source."""

    usage: frozenset[_Line]
    fixed: frozenset[tuple[str, str]]
    """Label and price row."""


def _lines_on_open_figures(plan: Plan) -> _Open:
    is_open = _open_nodes(plan)
    usage = frozenset(
        (charge.design, charge.query_class, charge.stage, charge.meter, charge.row.id)
        for design in plan.designs
        for charge in design.charges
        if is_open[charge.quantity]
    )
    fixed = frozenset(
        (cost.label, charge.row.id)
        for design in plan.designs
        for cost in design.fixed
        for charge in cost.charges
        if is_open[charge.quantity]
    )
    return _Open(usage, fixed)


def _open_nodes(plan: Plan) -> list[bool]:
    """For each node of the graph, whether a number without a source goes into it."""
    graph, named = plan.graph, frozenset(_sourced(plan))
    found: list[bool] = []
    for n, entry in enumerate(graph.entries):
        is_open = entry.kind is LeafKind.INPUT and bool(entry.name) and entry.name not in named
        into = (*entry.args, *graph.baked.get(Node(n), ()))
        found.append(is_open or any(found[node] for node in into if node < n))
    return found


def _sourced(plan: Plan) -> Iterator[str]:
    """Names of the inputs that state a source."""
    scenario = plan.scenario
    places: dict[Place, Param] = {("params", name): param for name, param in scenario.params.items()}
    for class_id in scenario.mix:
        seen = scenario.params_of(class_id)
        places |= {("mix", class_id, "params", name): param for name, param in seen.items()}
    yield from (dotted(place) for place, param in places.items() if param.source)
    for name, tokenizer in scenario.tokenizers.items():
        if tokenizer.source:
            yield dotted(("tokenizers", name))
