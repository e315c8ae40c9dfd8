"""What a plan assumed on the way, in words: said every time, so that no figure rests on silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from kplan.engine.charges import Pricer
from kplan.engine.costs import Costs
from kplan.engine.drawn import laws_of
from kplan.engine.plan import Charge, FixedCharge
from kplan.engine.timeline import Timeline
from kplan.kinds import DEFAULT_KIND, KINDS
from kplan.kinds.stage import Stage
from kplan.money import plain
from kplan.prices.models import ModelRow
from kplan.scenario.flow import laid_out
from kplan.scenario.model import Scenario


def notes(
    scenario: Scenario,
    timeline: Timeline,
    pricer: Pricer,
    charges: Iterable[Charge],
    pins: Mapping[str, tuple[str, ...]],
    costs: Costs,
    tokenizers: Mapping[str, str],
) -> tuple[str, ...]:
    """The plan's assumptions, once each.

    pins        designs that kplan added -> the stages whose pinned models they override
    tokenizers  model name -> the entry of the scenario's `tokenizers` that holds for it
    """
    charges = list(charges)
    bought = [charge for cost in costs.fixed for charge in cost.charges]
    priced: list[Charge | FixedCharge] = [*charges, *bought]
    found = [
        *_dates(scenario, timeline),
        *_models(timeline, pricer, priced),
        *_tokenizers(scenario, pricer, charges, tokenizers),
        *_draws(pricer, charges),
        *_designs(pricer, pins),
        *_stages(scenario),
        *(f"{charge.model}: {charge.note}" for charge in priced if charge.note),
        *_contracts(costs, charges, bought),
        *_units(costs),
    ]
    return tuple(dict.fromkeys(found))


def _stages(scenario: Scenario) -> Iterator[str]:
    """What kinds of stages have to tell, of every design and class."""
    by_design = chain.from_iterable(each.stages.values() for each in scenario.designs.values())
    by_class = chain.from_iterable(each.stages.values() for each in scenario.mix.values())
    said = [*scenario.stages.values(), *by_design, *by_class]
    kinds = {getattr(each, "kind", None) or DEFAULT_KIND for each in said}
    if all(KINDS[kind].notes is Stage.notes for kind in kinds):
        return
    for design in scenario.designs:
        for query_class in scenario.classes:
            for placed in laid_out(scenario, design, query_class)[0]:
                yield from placed.stage.notes(placed.id)


def _contracts(costs: Costs, charges: Sequence[Charge], bought: Sequence[FixedCharge]) -> Iterator[str]:
    """Which designs pay for a contract without using it, and what a free or cheaper unit is worth."""
    for terms in costs.contracts.terms:
        mine = [charge for charge in charges if terms.covers(charge.model)]
        mine_bought = [charge for charge in bought if terms.covers(charge.model)]
        designs = list(dict.fromkeys(charge.design for charge in charges))
        idle = [id_ for id_ in designs if not mine_bought and id_ not in {charge.design for charge in mine}]
        if idle and terms.is_owed:
            unused = f"none of its models is used by {', '.join(idle)}"
            yield f"contract {terms.id} is paid whatever runs; {unused}"
        for meter in terms.ladders:
            common = {charge.rate for charge in mine_bought if charge.meter == meter}
            own = ({c.rate for c in mine if c.meter == meter and c.design == id_} for id_ in designs)
            if any(len(common | rates) > 1 for rates in own):
                yield f"contract {terms.id}: a unit of {meter} is worth the month's average price"


def _units(costs: Costs) -> Iterator[str]:
    """What is bought, and which figures do not follow it."""
    for units in costs.purchases.values():
        yield from (each.said for each in units)
    for units in costs.purchases.values():
        yield from (text for each in units for text in each.assumed)
    if names := ", ".join(costs.purchases):
        yield f"{names}: costs of a query and of stages are those of calls that are paid for one by one"


def _draws(pricer: Pricer, charges: Sequence[Charge]) -> Iterator[str]:
    """The laws of what is random, and what is worth a word of the calls' sizes."""
    for name, law in laws_of(pricer.graph, charges).items():
        yield f"{name}: mean of {law.said}"
    for design, remarks in pricer.remarks.items():
        if design not in pricer.left_out:
            yield from remarks
    for design, tiers in pricer.in_tiers.items():
        if design not in pricer.left_out:
            told = (
                f"{who}{said}" for (who, ref, over), each in tiers.items() if (said := each.said(ref, over))
            )
            yield from told


def _dates(scenario: Scenario, timeline: Timeline) -> Iterator[str]:
    if scenario.volume.start is None:
        yield f"starts in {timeline.plan.starts_on:%Y-%m}, the month after the price book's date"
    if timeline.freeze is not None:
        yield f"prices of {timeline.freeze} held over the whole plan"
    if timeline.known_on is not None:
        yield (
            f"only prices recorded by {timeline.known_on}, and those without a recording date; a price that"
            " ended because of a later one goes on"
        )


def _models(timeline: Timeline, pricer: Pricer, charges: Iterable[Charge | FixedCharge]) -> Iterator[str]:
    used = {charge.model for charge in charges}
    first = timeline.freeze or timeline.plan.starts_on
    for ref, model in pricer.models.items():
        if ref not in (model.id, model.ref):
            yield f"{ref} is an alias of {model.ref}"
        if model.ref in used and _may_be_too_early(timeline, model):
            yield f"{model.ref}: its release date is unknown; priced on {first} as if it was out"


def _tokenizers(
    scenario: Scenario, pricer: Pricer, charges: Iterable[Charge], tokenizers: Mapping[str, str]
) -> Iterator[str]:
    used = {charge.model for charge in charges}
    for ref, entry in tokenizers.items():
        if ref in pricer.models and pricer.models[ref].ref in used:
            said = scenario.tokenizers[entry]
            source = said.source or "no source is given"
            yield f"{pricer.models[ref].ref} makes {plain(said.factor)} tokens of each one said ({source})"


def _may_be_too_early(timeline: Timeline, model: ModelRow) -> bool:
    """Whether prices are taken from before the book's own month for a model of unknown age."""
    first, as_of = timeline.freeze or timeline.plan.starts_on, timeline.book.as_of
    return model.released_on is None and as_of is not None and first < as_of.replace(day=1)


def _designs(pricer: Pricer, pins: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for design, stages in pins.items():
        if stages and design not in pricer.left_out:
            yield f"{design} everywhere overrides the pinned model of {', '.join(stages)}"
    for design, reason in pricer.left_out.items():
        yield f"{design} everywhere is not shown: {reason}"
