"""`model: cheapest`: the cheapest model that clears a stage's floor, chosen before anything is planned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from msgspec import Struct

from kplan.amounts import accuracy
from kplan.engine.compile import compile_plan
from kplan.engine.problems import Problems
from kplan.engine.scores import Scores
from kplan.errors import KplanError
from kplan.form.decimals import Decimals
from kplan.kinds.choice import ANY
from kplan.money import ZERO, exact
from kplan.prices.book import Book
from kplan.quality.intervals import Standing
from kplan.scenario.flow import stages_of
from kplan.scenario.model import Scenario
from kplan.scenario.tree import Place

Slot = tuple[str, str, str]
"""Design, class and stage for which a model is to be chosen."""


class _Open(Struct, frozen=True):
    """A slot with the models that may take it."""

    slot: Slot
    path: Place
    floor: Decimal | str
    clearing: tuple[str, ...]
    why: Mapping[str, str]
    """Model -> how it stands to the floor."""

    @property
    def said(self) -> str:
        """The floor as it is written."""
        return self.floor if isinstance(self.floor, str) else accuracy(self.floor)

    @property
    def stand_in(self) -> str:
        """What runs here while other slots are priced: the last of the highest tier, which can do most."""
        return self.clearing[-1]


def with_cheapest(
    scenario: Scenario, scores: Scores, book: Book, *, allow_retired: bool = False
) -> tuple[Scenario, tuple[str, ...]]:
    """The scenario with a model in the place of each `cheapest`, and in words what was chosen.

    Candidates are the models of the tiers, those measured at the stage, and `candidates`; of those that
    clear the floor the one on which the stage costs least over the plan is taken, of several the first by
    name. What the stage's model changes at other stages is not looked at.
    Raises KplanError where none clears the floor, or none that does can run.
    """
    slots = [each for design in scenario.designs for each in _slots(scenario, scores, design)]
    if not slots:
        return scenario, ()
    problems = Problems(scenario)
    for each in slots:
        if not each.clearing:
            problems.keep(each.path, KplanError(_none_clears(each)))
    problems.raise_all()
    costs, failures = _costs(scenario, book, slots, allow_retired)
    chosen: dict[Slot, str] = {}
    for each in slots:
        priced = [ref for ref in each.clearing if (each.slot, ref) in costs]
        if priced:
            chosen[each.slot] = min(priced, key=lambda ref: (costs[each.slot, ref], ref))
        for ref in each.clearing if not priced else ():
            problems.keep(each.path, failures[each.slot, ref])
    problems.raise_all()
    return scenario.choosing(chosen), tuple(_said(slots, chosen))


def _slots(scenario: Scenario, scores: Scores, design: str) -> Iterator[_Open]:
    for query_class in scenario.classes:
        for placed in stages_of(scenario, design, query_class):
            floor = getattr(placed.stage, "floor", None)
            if placed.models != ANY or floor is None:
                continue
            standings = {
                ref: scores.against(placed.id, floor, ref) for ref in _candidates(scenario, placed.id, scores)
            }
            clearing = tuple(ref for ref, (standing, _) in standings.items() if standing is Standing.CLEARS)
            why = {ref: why for ref, (_, why) in standings.items()}
            yield _Open((design, query_class, placed.id), placed.model_path, floor, clearing, why)


def _candidates(scenario: Scenario, stage: str, scores: Scores) -> Iterable[str]:
    """The first name of each model that may be chosen."""
    measured = scenario.quality.measured.get(stage, ()) if scenario.quality else ()
    first: dict[str, str] = {}
    for ref in (*scenario.candidates, *measured, *(ref for refs in scenario.tiers.values() for ref in refs)):
        first.setdefault(scores.book.find(ref).ref, ref)
    return first.values()


def _none_clears(slot: _Open) -> str:
    what = f"no model clears the floor {slot.said} of stage {slot.slot[2]}"
    reasons = "; ".join(slot.why.values()) or "there are no tiers, no scores at the stage and no candidates"
    return f"{what}: {reasons}"


def _costs(
    scenario: Scenario, book: Book, slots: list[_Open], allow_retired: bool
) -> tuple[dict[tuple[Slot, str], Decimal], dict[tuple[Slot, str], KplanError]]:
    """What each slot costs on each of its models over the plan [USD], or why it cannot run on it."""
    costs: dict[tuple[Slot, str], Decimal] = {}
    failures: dict[tuple[Slot, str], KplanError] = {}
    stand_ins = {each.slot: each.stand_in for each in slots}
    bare = scenario.model_copy(update={"fixed": {}, "contracts": {}})
    for ref in dict.fromkeys(ref for each in slots for ref in each.clearing):
        mine = [each.slot for each in slots if ref in each.clearing]
        for group in (mine, *([slot] for slot in mine)):
            if all((slot, ref) in costs for slot in group):
                continue
            trial = bare.choosing(stand_ins | dict.fromkeys(group, ref))
            try:
                found = _priced(trial, book, allow_retired)
            except KplanError as error:
                failures |= {(slot, ref): error for slot in group}
                continue
            costs |= {(slot, ref): found.get(slot, ZERO) for slot in group}
    return costs, failures


def _priced(scenario: Scenario, book: Book, allow_retired: bool) -> dict[Slot, Decimal]:
    """Cost of every stage of every design and class over the plan, per share of its class [USD]."""
    plan = compile_plan(scenario, book, allow_retired=allow_retired).plan
    values = Decimals(plan.graph)
    found: dict[Slot, Decimal] = {}
    with exact():
        queries = [
            sum((values[period.queries] for period in plan.periods if period.epoch == n), ZERO)
            for n in range(len(plan.epochs))
        ]
        for design in plan.designs:
            for charge in design.charges:
                slot = (charge.design, charge.query_class, charge.stage)
                found[slot] = found.get(slot, ZERO) + values[charge.cost] * queries[charge.epoch]
            for bought in (each for cost in design.fixed for each in cost.charges if each.stage):
                for query_class in plan.shares:  # documents are those of all classes
                    slot = (design.id, query_class, bought.stage)
                    found[slot] = found.get(slot, ZERO) + values[bought.cost]
    return found


def _said(slots: list[_Open], chosen: Mapping[Slot, str]) -> Iterator[str]:
    """What was chosen for each stage of each design; a class is named where classes differ."""
    for each in slots:
        design, query_class, stage = each.slot
        ref = chosen[each.slot]
        same = {chosen[slot] for slot in chosen if (slot[0], slot[2]) == (design, stage)}
        where = f" in class {query_class}" if len(same) > 1 else ""
        declared = ", not measured" if isinstance(each.floor, str) else ""
        yield (
            f"{design}: {stage} runs on {ref}{where}, the cheapest of {len(each.clearing)} that clear"
            f" {each.said} ({each.why[ref]}{declared})"
        )
