"""The price of one call, component by component, through the same cells as every plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from kplan.errors import KplanError
from kplan.form.cells import Cell, assign
from kplan.form.decimals import Decimals
from kplan.form.graph import Graph, Node
from kplan.money import ONE, ZERO, counted, exact
from kplan.prices.book import Book, in_utc
from kplan.prices.meters import Disjoint, chain, is_input
from kplan.prices.models import ModelRow
from kplan.prices.rates import Rates
from kplan.prices.rows import PriceRow


class Component(Struct, frozen=True):
    """One priced bucket of a call."""

    meter: str
    quantity: Decimal
    row: PriceRow
    usd_per_unit: Decimal
    cost_usd: Decimal
    note: str
    """Why this row, where it is not the meter's own."""


class CallPrice(Struct, frozen=True):
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
    usage: Disjoint,
    at: datetime,
    mode: str = "standard",
    region: str = "",
    *,
    allow_retired: bool = False,
) -> CallPrice:
    """Price one call; see `CallPricer.price`."""
    return CallPricer(book, allow_retired=allow_retired).price(ref, usage, at, mode, region)


class CallPricer:
    """Prices calls from one book; what calls have in common is worked out once.

    allow_retired   also price calls outside their model's life
    """

    def __init__(self, book: Book, *, allow_retired: bool = False) -> None:
        self.book = book
        self._allow_retired = allow_retired
        self._forms: dict[tuple[Rates, tuple[str, ...]], CallForm] = {}

    def price(
        self,
        ref: str,
        usage: Disjoint,
        at: datetime,
        mode: str = "standard",
        region: str = "",
    ) -> CallPrice:
        """Price one call.

        usage   units of each meter in disjoint buckets; `prices.meters.disjoint` alone makes them
        at      the instant of the call; without a time zone it is UTC
        A model that bills per request is billed one `request` unless the usage says how many.
        Raises KplanError for a model, meter, mode or region that the book does not price on that day, and
        for a call outside the model's life. Its size is not checked: a call that was made is priced.
        """
        rates = self.rates(ref, at, mode, region)
        whole = {"request": ONE, **usage} if rates.has("request") else usage
        counts = {meter: count for meter, count in whole.items() if count}
        components = self._form(rates, tuple(counts)).components(tuple(counts.values()))
        with exact():
            total = sum((component.cost_usd for component in components), ZERO)
        return CallPrice(rates.model, in_utc(at), mode, region, total, components)

    def rates(self, ref: str, at: datetime, mode: str = "standard", region: str = "") -> Rates:
        """The rates of a call; raises KplanError where the model does not live or has no price."""
        model, utc = self.book.find(ref), in_utc(at)
        if not self._allow_retired:
            self.book.alive(model, utc.date())
        return self.book.rates_at(model, utc, mode, region)

    def _form(self, rates: Rates, meters: tuple[str, ...]) -> CallForm:
        if (rates, meters) not in self._forms:
            self._forms[rates, meters] = CallForm.of(rates, meters)
        return self._forms[rates, meters]


class CallForm(Struct, frozen=True):
    """The price cells of calls that use the same meters at the same rates, still without their counts."""

    graph: Graph
    counts: tuple[Node, ...]
    """A leaf for each meter."""
    cells: tuple[tuple[Cell, Decimal], ...]
    """Each with its rate [USD per unit]."""

    @classmethod
    def of(cls, rates: Rates, meters: tuple[str, ...]) -> CallForm:
        """Raises KplanError for a meter that nothing prices."""
        graph = Graph()
        counts = {meter: graph.leaf(meter, ZERO) for meter in meters}
        values, cells = Decimals(graph), assign(graph, counts, rates)
        return cls(graph, tuple(counts.values()), tuple((cell, values[cell.rate]) for cell in cells))

    def components(self, counts: tuple[Decimal, ...]) -> tuple[Component, ...]:
        """The cells that hold anything; a call of nothing has none."""
        values = Decimals(self.graph, dict(zip(self.counts, counts, strict=True)))
        found = [(cell, values[cell.quantity], rate) for cell, rate in self.cells]
        with exact():
            return tuple(
                Component(cell.meter, quantity, cell.row, rate, quantity * rate, cell.note)
                for cell, quantity, rate in found
                if quantity
            )


def check_size(model: ModelRow, usage: Mapping[str, Decimal], who: str = "") -> None:
    """Raise KplanError where a call's input or output is more than the model takes, if that is known.

    who   what the message begins with: whose call it is
    """
    for limit in limits(model):
        with exact():
            n = sum((count for meter, count in usage.items() if limit.counts(meter)), ZERO)
        if n > limit.most:
            raise KplanError(f"{who}a call of {counted(n)} {limit.what} is above {limit.said}")


class Limit(Struct, frozen=True):
    """The most that a model takes or gives in one call [tokens]."""

    root: str
    """The meter that counts toward it, with all under it."""
    most: int
    what: str
    """What is counted."""
    said: str
    """What the limit is, in words."""

    def counts(self, meter: str) -> bool:
        """Whether a meter counts toward it."""
        return is_input(meter) if self.root == "input" else chain(meter)[-1] == self.root


def limits(model: ModelRow) -> tuple[Limit, ...]:
    """Those that are known."""
    found = (
        ("input", model.context_window, "the context window"),
        ("output", model.max_output, "the largest output"),
    )
    return tuple(
        Limit(root, most, f"{root} tokens", f"{said} of {model.ref}, {most:,}")
        for root, most, said in found
        if most is not None
    )
