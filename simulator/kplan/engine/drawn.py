"""Calls whose size differs from draw to draw: which laws a plan rests on, and which calls grow too large."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from kplan.amounts import chance
from kplan.engine.call import limits
from kplan.engine.plan import Charge
from kplan.errors import KplanError
from kplan.form.decimals import Decimals
from kplan.form.graph import Graph, Node, Op
from kplan.form.law import Law
from kplan.money import counted
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
        entry = graph.entries[node]
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
        above, largest = share_above(graph, total, limit.most), _largest(graph, total)
        if above and largest is not None:
            size = f"a call of up to {counted(largest)} {limit.what}"
            raise KplanError(f"{size} is above {limit.said}; truncate it with `most:`")
        if above > TOLERATED:
            raise KplanError(
                f"{chance(above)} of the calls have more {limit.what} than {limit.said}; truncate the"
                " distribution with `most:`, or take a model with more room"
            )
        if above >= _TOLD:
            yield f"{chance(above)} of the calls have more {limit.what} than {limit.said}, and are priced too"


def in_tiers(graph: Graph, usage: Mapping[str, Node], rates: Rates) -> Iterator[str]:
    """Which share of the calls pays a long-context price, where the size of the input is random."""
    total = graph.sum(node for meter, node in usage.items() if is_input(meter))
    if not graph.randoms(total):
        return
    rated = [rates.tiers(meter) for meter in usage if rates.has(meter)]
    for over in sorted({tier.over_input_tokens for each in rated for tier in each.tiers} - {0}):
        above = share_above(graph, total, over)
        if above >= _TOLD:
            where = f"in the tier of {rates.model.ref} above {over:,} input tokens"
            yield f"{chance(above)} of the calls are {where}"


def share_above(graph: Graph, node: Node, limit: int) -> Decimal:
    """P(node > limit) over the draws [0..1]."""
    from kplan.form.expectation import expectation  # numpy and scipy: only where something varies

    return expectation(graph, graph.apply(Op.GREATER, node, graph.number(Decimal(limit))))


def _largest(graph: Graph, node: Node) -> Decimal | None:
    """The node where every draw is the largest there is; none where one has no largest."""
    largest: dict[Node, Decimal] = {}
    for each in graph.randoms(node):
        law = graph.entries[each].law
        if law is None or law.most is None:
            return None
        largest[each] = law.most
    return Decimals(graph, largest)[node]
