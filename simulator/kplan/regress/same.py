"""Which factors of a bill are the same on both sides, so that it does not matter whose is taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kplan.form.decimals import Decimals
from kplan.form.graph import Graph
from kplan.regress.paired import Slots
from kplan.regress.priced import PricedPlan
from kplan.regress.shapley import Factor
from kplan.scenario.monthly import MonthlyUse
from kplan.scenario.values import Values


def same_factors(sides: tuple[PricedPlan, PricedPlan], both: tuple[Slots, Slots]) -> frozenset[Factor]:
    """Factors of a design's bill that both sides have alike: a split over them gives 0.

    both   the design's calls on each side, paired
    """
    common = both[0].keys() & both[1].keys()
    alike = {
        Factor.FLOW: {id_: slot.flow for id_, slot in both[0].items()}
        == {id_: slot.flow for id_, slot in both[1].items()},
        Factor.TOKENS: all(both[0][id_].usage == both[1][id_].usage for id_ in common),
        Factor.MODELS: all(both[0][id_].runners == both[1][id_].runners for id_ in common),
        **{factor: read(sides[0]) == read(sides[1]) for factor, read in _READ.items()},
    }
    return frozenset(factor for factor, is_same in alike.items() if is_same)


def _volume(side: PricedPlan) -> object:
    values = Decimals(side.plan.graph)
    return side.plan.months, tuple(values[node] for node in side.plan.month_queries)


def _price(side: PricedPlan) -> object:
    scenario = side.plan.scenario
    return side.book.sha256, scenario.prices.freeze, scenario.prices.known_on, scenario.profile


def _fixed(side: PricedPlan) -> object:
    """Amounts, units and terms as they come out, whatever expressions say them."""
    plan, scenario = side.plan, side.plan.scenario
    graph_values, params = Decimals(plan.graph), Values.of(scenario.params)
    bought = {
        label: (entry.model_copy(update={"quantity": None}), params.value(entry.quantity))
        if isinstance(entry, MonthlyUse)
        else entry
        for label, entry in scenario.fixed.items()
    }
    numbers = Graph()
    terms = tuple(each.on(lambda node: numbers.number(graph_values[node])) for each in plan.contracts)
    return bought, terms, numbers.entries


_READ: Mapping[Factor, Callable[[PricedPlan], object]] = {
    Factor.VOLUME: _volume,
    Factor.PRICE: _price,
    Factor.FIXED: _fixed,
}
