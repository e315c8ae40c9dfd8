"""Calls whose size differs from draw to draw: which laws a plan rests on, and which calls grow too large."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from msgspec import Struct

from kplan.amounts import chance
from kplan.engine.call import limits
from kplan.engine.parts import PartOfWhole
from kplan.engine.plan import Charge
from kplan.engine.problems import Problems
from kplan.errors import KplanError
from kplan.form.graph import Graph, Node, Op
from kplan.form.law import Law
from kplan.form.visits import largest
from kplan.money import ZERO, counted, quotient
from kplan.prices.meters import is_input
from kplan.prices.models import ModelRow
from kplan.prices.rates import Rates

TOLERATED = Decimal("0.001")
"""Largest share of calls without a largest size that may be larger than the model takes [0..1]."""
_TOLD = Decimal("1e-6")
"""Smallest share of calls that is worth a word [0..1]."""


def laws_of(graph: Graph, charges: Iterable[Charge]) -> dict[str, Law]:
    """The laws of everything random that goes into the charges, by name of the draw."""
    found: dict[str, Law] = {}
    for node in sorted({node for charge in charges for node in graph.randoms(charge.drawn)}):
        entry = graph.entries[graph.others.get(node, node)]
        if entry.law is not None:
            found.setdefault(entry.name, entry.law)
    return found


def too_large(graph: Graph, usage: Mapping[str, Node], model: ModelRow) -> Iterator[str]:
    """What to say of calls that are larger than the model takes, where their size is random.

    Raises KplanError where there can be such calls and their size has a largest value, and where they are
    more than 0.1 % of the calls: then the tail of the law is no rare accident.
    """
    for limit in limits(model):
        total = graph.sum(node for meter, node in usage.items() if limit.counts(meter))
        if not graph.randoms(total):
            continue
        above, top = share_above(graph, total, limit.most), largest(graph, total)
        if above and top is not None:
            size = f"a call of up to {counted(top)} {limit.what}"
            raise KplanError(f"{size} is above {limit.said}; truncate it with `most:`")
        if above > TOLERATED:
            raise KplanError(
                f"{chance(above)} of the calls have more {limit.what} than {limit.said}; truncate the"
                " distribution with `most:`, or take a model with more room"
            )
        if above >= _TOLD:
            yield f"{chance(above)} of the calls have more {limit.what} than {limit.said}, and are priced too"


class InTier(Struct):
    """Calls of a stage, and those of them that pay a long-context price, of one query on average."""

    calls: Decimal = ZERO
    above: Decimal = ZERO

    @property
    def share(self) -> Decimal:
        """Of the calls, those that pay it [0..1]."""
        return quotient(self.above, self.calls) if self.calls else ZERO

    def said(self, model: str, over: int) -> str:
        """In words; empty where it is not worth any."""
        where = f"in the tier of {model} above {over:,} input tokens"
        return f"{chance(self.share)} of the calls are {where}" if self.share >= _TOLD else ""


def in_tiers(graph: Graph, usage: Mapping[str, Node], rates: Rates) -> Iterator[tuple[int, Decimal]]:
    """Which share of the calls has more input than each limit of the rates [0..1]."""
    total = graph.sum(node for meter, node in usage.items() if is_input(meter))
    rated = [rates.tiers(meter) for meter in usage if rates.has(meter)]
    for over in sorted({tier.over_input_tokens for each in rated for tier in each.tiers} - {0}):
        yield over, share_above(graph, total, over)


def refuse_draws(graph: Graph, parts: Iterable[PartOfWhole], problems: Problems) -> None:
    """Keep as problems the shares that leave 0 and 1 in some draws of what they are worked out from."""
    for each in parts:
        if each.is_whole or not graph.randoms(each.node):
            continue
        outside = share_above(graph, each.node, 1) + share_below_0(graph, each.node)
        if outside > ZERO:
            what = f"{each.what} leaves 0 to 1 in {chance(outside)} of the queries"
            problems.keep(each.place, KplanError(f"{what}; cut the distribution off (`least:`, `most:`)"))


def share_above(graph: Graph, node: Node, limit: int) -> Decimal:
    """P(node > limit) over the draws [0..1]."""
    from kplan.form.expectation import expectation  # numpy and scipy: only where something varies

    return expectation(graph, graph.apply(Op.GREATER, node, graph.number(Decimal(limit))))


def share_below_0(graph: Graph, node: Node) -> Decimal:
    """P(node < 0) over the draws [0..1]; 0 where it is not worth a word."""
    if not graph.randoms(node) or graph.entries[node].op is Op.RANDOM:
        return ZERO
    below = share_above(graph, graph.apply(Op.SUBTRACT, graph.number(ZERO), node), 0)
    return below if below >= _TOLD else ZERO
