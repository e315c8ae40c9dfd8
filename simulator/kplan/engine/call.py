"""The price of one call, component by component, through the same cells as every plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from kplan.errors import KplanError
from kplan.form.cells import Cell, assign
from kplan.form.decimals import Decimals
from kplan.form.graph import Graph, LeafKind
from kplan.money import ONE, ZERO, counted, exact
from kplan.prices.book import Book
from kplan.prices.meters import chain, is_input
from kplan.prices.models import ModelRow
from kplan.prices.rows import PriceRow


@dataclass(frozen=True, slots=True)
class Component:
    """One priced bucket of a call."""

    meter: str
    quantity: Decimal
    row: PriceRow
    usd_per_unit: Decimal
    cost_usd: Decimal
    note: str
    """Why this row, where it is not the meter's own."""


@dataclass(frozen=True, slots=True)
class CallPrice:
    """What one call costs; the components add up to the cost, exactly."""

    model: ModelRow
    at: datetime
    mode: str
    region: str
    cost_usd: Decimal
    components: tuple[Component, ...]


def price_call(
    book: Book,
    ref: str,
    usage: Mapping[str, Decimal],
    at: datetime,
    mode: str = "standard",
    region: str = "",
    *,
    allow_retired: bool = False,
) -> CallPrice:
    """Price one call.

    usage   units of each meter in disjoint buckets (`prices.meters.disjoint` makes them)
    at      the instant of the call; without a time zone it is UTC
    A model that bills per request is billed one `request` unless the usage says how many.
    Raises KplanError for a model, meter, mode or region that the book does not price on that day, and
    for a call outside the model's life. Its size is not checked: a call that was made is priced.
    """
    model = book.find(ref)
    if not allow_retired:
        book.alive(model, at.date())
    rates = book.rates_at(model, at, mode, region)
    if rates.has("request"):
        usage = {"request": ONE, **usage}
    graph = Graph()
    nodes = {
        meter: graph.leaf(meter, quantity, LeafKind.INPUT) for meter, quantity in usage.items() if quantity
    }
    components = _components(assign(graph, nodes, rates), Decimals(graph))
    with exact():
        total = sum((component.cost_usd for component in components), ZERO)
    return CallPrice(model, at, mode, region, total, components)


def check_size(model: ModelRow, usage: Mapping[str, Decimal], who: str = "") -> None:
    """Raise KplanError where a call's input or output is more than the model takes, if that is known.

    who   what the message begins with: whose call it is
    """
    with exact():
        n_input = sum((n for meter, n in usage.items() if is_input(meter)), ZERO)
        n_output = sum((n for meter, n in usage.items() if chain(meter)[-1] == "output"), ZERO)
    for n, limit, what in (
        (n_input, model.context_window, "input tokens is above the context window"),
        (n_output, model.max_output, "output tokens is above the largest output"),
    ):
        if limit is not None and n > limit:
            raise KplanError(f"{who}a call of {counted(n)} {what} of {model.ref}, {limit:,}")


def _components(cells: tuple[Cell, ...], values: Decimals) -> tuple[Component, ...]:
    """The cells that hold anything; a call of nothing has none."""
    components = []
    for cell in cells:
        quantity, rate = values[cell.quantity], values[cell.rate]
        if quantity:
            with exact():
                cost_usd = quantity * rate
            components.append(Component(cell.meter, quantity, cell.row, rate, cost_usd, cell.note))
    return tuple(components)
