"""Stages laid over one another: the pipeline, what designs change, what a class of queries changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from msgspec import Struct, field

from kplan.errors import KplanError, Problem
from kplan.form.numbers import clipped
from kplan.kinds import DEFAULT_KIND, KINDS
from kplan.kinds.block import Block
from kplan.scenario.buys import Buy
from kplan.scenario.designs import Design
from kplan.scenario.drafts import Draft, without
from kplan.scenario.model import Scenario
from kplan.scenario.names import meant, nearest
from kplan.scenario.own_gpus import OwnGpus
from kplan.scenario.stages import StageChange
from kplan.scenario.tree import Place
from kplan.scenario.values import circle

MAX_ANCESTORS = 50

_MISSPELT = 0.8
"""How like a stage's name must be to that of another to be taken for it [0..1]."""

Lineage = tuple[tuple[str, Design], ...]
"""A design after all those it extends, by id."""


def lineage(scenario: Scenario, design_id: str) -> Lineage:
    """The design after all those it extends; raises KplanError for a circle or an unknown name."""
    steps: list[str] = []
    name: str | None = design_id
    while name is not None:
        path = ("designs", steps[-1], "extends") if steps else ("designs",)
        if name not in scenario.designs:
            raise KplanError(
                scenario.problem(path, f"no design `{clipped(name)}`{meant(name, scenario.designs)}")
            )
        if name in steps:
            loop = circle([*steps[steps.index(name) :], name])
            raise KplanError(scenario.problem(path, f"designs that extend each other: {loop}"))
        if len(steps) == MAX_ANCESTORS:
            raise KplanError(
                scenario.problem(path, f"more than {MAX_ANCESTORS} designs that extend each other")
            )
        steps.append(name)
        name = scenario.designs[name].extends
    return tuple((step, scenario.designs[step]) for step in reversed(steps))


def bought(scenario: Scenario, design_id: str) -> dict[str, tuple[Buy | OwnGpus, Place]]:
    """What a design buys by the name of the model, with its place: its own, and of those it extends.

    Raises KplanError for a null that takes nothing away.
    """
    found: dict[str, tuple[Buy | OwnGpus, Place]] = {}
    for name, design in lineage(scenario, design_id):
        for model, buy in design.buys.items():
            here = ("designs", name, "buys", model)
            if buy is not None:
                found[model] = (buy, here)
            elif found.pop(model, None) is None and not scenario.is_null_over(here):
                what = f"no units of `{clipped(model)}` are bought that could be dropped{meant(model, found)}"
                raise KplanError(scenario.problem(here, what))
    return found


def says_buys(scenario: Scenario) -> bool:
    """Whether some design says that it buys units."""
    return any(design.buys for design in scenario.designs.values())


class Layers(Struct):
    """The stages of one design and class, with what is wrong with them."""

    scenario: Scenario
    drafts: dict[str, Draft] = field(default_factory=dict)
    dropped: dict[str, Place] = field(default_factory=dict)
    """Where each stage was dropped that is not there any more."""
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def of(cls, scenario: Scenario, designs: Lineage, class_id: str) -> Layers:
        """Base, then each design of the lineage, then the class; then what stages are like is filled in."""
        layers = cls(scenario)
        for stage_id, stage in scenario.stages.items():
            draft = layers.drafts[stage_id] = Draft(stage_id, ("stages", stage_id))
            draft.lay({name: getattr(stage, name) for name in stage.model_fields_set}, draft.path)
        for design_id, design in designs:
            layers.lay(design.stages, ("designs", design_id, "stages"), frozenset())
        if class_id in scenario.mix:
            elsewhere = frozenset(scenario.stages).union(*(each.stages for each in scenario.designs.values()))
            layers.lay(scenario.mix[class_id].stages, ("mix", class_id, "stages"), elsewhere)
        layers._without_blocks()
        layers._without_names()
        layers.fill()
        return layers

    def lay(self, changes: Mapping[str, StageChange | None], path: Place, elsewhere: frozenset[str]) -> None:
        """Lay changes over the stages, but for those to stages that only other designs have.

        elsewhere   stages of the whole scenario; empty where a change to any of them is meant here
        """
        kept = [name for name in self.drafts if name not in changes or changes[name] is not None]
        for stage_id, change in changes.items():
            here = (*path, stage_id)
            if stage_id in self.drafts:
                if change is None:
                    del self.drafts[stage_id]
                    self.dropped[stage_id] = here
                else:
                    self.drafts[stage_id].lay(change.said(), here)
            elif change is None and (stage_id in self.dropped or self.scenario.is_null_over(here)):
                self.dropped[stage_id] = here
            elif stage_id not in elsewhere:
                self._add(stage_id, here, change.said() if change is not None else None, kept)

    def _add(self, stage_id: str, here: Place, said: Mapping[str, Any] | None, kept: Collection[str]) -> None:
        """Add a stage if enough is said of it, and it is not one of those kept misspelt."""
        if said is None:
            self.wrong(here, f"no stage `{clipped(stage_id)}` to drop{meant(stage_id, self.drafts)}")
            return
        kind = KINDS[said.get("kind") or DEFAULT_KIND]
        if not ("like" in said or ("kind" in said and not kind.needed) or set(kind.needed) <= said.keys()):
            more = f" (a new one needs {' and '.join(kind.needed)}, or like)"
            self.wrong(here, f"no stage `{clipped(stage_id)}` to change{meant(stage_id, self.drafts)}{more}")
            return
        near = nearest(stage_id, kept, _MISSPELT)
        if near and said.keys().isdisjoint(("after", "inside")) and said.get("like") != near:
            hint = f"did you mean {clipped(near)}? (say `after:` to add a stage of this name)"
            self.wrong(here, f"a new stage `{clipped(stage_id)}`: {hint}")
        self.drafts[stage_id] = Draft(stage_id, here)
        self.drafts[stage_id].lay(said, here)

    def fill(self) -> None:
        """Fill in what stages take from those they are like."""
        for name in self._in_turn("like", "stages that are like each other"):
            draft = self.drafts[name]
            like = draft.fields.get("like")
            if like in self.drafts:
                draft.fill(self.drafts[like])
            elif like is not None:
                self.wrong(draft.places["like"], self._absent(like))
                draft.is_whole = False

    def in_order(self) -> list[Draft]:
        """The stages as a query meets them: in the order written, those with `after` behind that one.

        What stands in a block comes behind the block; a stage with `after` stands in the block of that one.
        """
        self._in_turn("inside", "blocks that are inside each other")
        self._in_turn("after", "stages that come after each other")
        first: dict[str | None, list[str]] = {}
        behind: dict[str, list[str]] = {}
        for name, draft in self.drafts.items():
            after = self._after(draft)
            if after is None:
                first.setdefault(self._inside(draft), []).append(name)
            else:
                behind.setdefault(after, []).append(name)
        ordered: list[Draft] = []
        waiting: list[tuple[str, str | None]] = [(name, None) for name in reversed(first.get(None, []))]
        while waiting:
            name, block = waiting.pop()
            draft = self.drafts[name]
            self._stand(draft, block)
            ordered.append(draft)
            waiting.extend((each, block) for each in reversed(behind.get(name, [])))
            waiting.extend((each, name) for each in reversed(first.get(name, [])))
        return ordered

    def _stand(self, draft: Draft, block: str | None) -> None:
        """Note where a stage stands: for one with `after`, that is where the other one does."""
        said = draft.fields.get("inside")
        if said is not None and said != block and said in self.drafts:
            where = "no block" if block is None else f"block {clipped(block)}"
            after = clipped(str(draft.fields.get("after")))
            self.wrong(draft.places["inside"], f"it comes after {after}, which is in {where}")
        if block is not None:
            draft.fields["inside"] = block

    def _after(self, draft: Draft) -> str | None:
        """The stage that this one comes behind; none where it names none, or one that is not there."""
        after: str | None = draft.fields.get("after")
        if after is None or after in self.drafts:
            return after
        is_told = after in self.dropped and after == draft.fields.get("like")
        if not is_told:
            self.wrong(draft.places["after"], self._absent(after))
        return None

    def _inside(self, draft: Draft) -> str | None:
        """The block of the stage; none where it names none, or one that is not there."""
        block: str | None = draft.fields.get("inside")
        if block is None or block in self.drafts:
            return block
        self.wrong(draft.places["inside"], self._absent(block))
        return None

    def standing(self) -> dict[str, tuple[str | None, bool]]:
        """The block that each stage is inside of, none where it is not there; and whether it is a block."""
        blocks = {name: self.drafts[name].fields.get("inside") for name in self.drafts}
        return {
            name: (block if block in self.drafts else None, issubclass(self.drafts[name].model, Block))
            for name, block in blocks.items()
        }

    def gone_from(self, block: str) -> Place | None:
        """Where the last of a block's own stages was dropped, if any was."""
        inside = {name: getattr(stage, "inside", None) for name, stage in self.scenario.stages.items()}
        return next((self.dropped[n] for n in reversed(self.dropped) if inside.get(n) == block), None)

    def _without_blocks(self) -> None:
        """Drop the stages of blocks that were dropped."""
        gone = {
            n: self.dropped[b]
            for n, d in self.drafts.items()
            if (b := d.fields.get("inside")) in self.dropped
        }
        while gone:
            self.dropped |= gone
            self.drafts = {name: draft for name, draft in self.drafts.items() if name not in gone}
            gone = {
                n: self.dropped[b] for n, d in self.drafts.items() if (b := d.fields.get("inside")) in gone
            }

    def _without_names(self) -> None:
        """Take dropped stages out of what blocks say by stage: chances of failing, ways of a route."""
        gone = self.dropped.keys() - self.drafts.keys()
        for draft in self.drafts.values() if gone else ():
            for name in getattr(draft.model, "by_stage", ()):
                if name in draft.fields:
                    draft.fields[name] = without(draft.fields[name], gone)

    def _in_turn(self, field: str, what: str) -> list[str]:
        """The stages, each behind the one its field names; a circle of them is a problem."""
        named = {name: draft.fields.get(field) for name, draft in self.drafts.items()}
        needs = {name: {other} if other in named else set() for name, other in named.items()}
        try:
            return list(TopologicalSorter(needs).static_order())
        except CycleError as e:
            steps = e.args[1][::-1]
            self.wrong(self.drafts[steps[0]].places[field], f"{what}: {circle(steps)}")
            for draft in self.drafts.values():
                draft.is_whole = False
            return []

    def _absent(self, stage_id: str) -> str:
        """What to say of a stage that another one names and that is not there."""
        no_stage = f"no stage `{clipped(stage_id)}`"
        if stage_id not in self.dropped:
            return no_stage + meant(stage_id, self.drafts)
        place = self.dropped[stage_id]
        noun = "class" if place[0] == "mix" else "design"
        return f"{no_stage}; {noun} {clipped(str(place[1]))} drops it at {self.scenario.mark(place)}"

    def wrong(self, path: Place, what: str) -> None:
        """Note a problem at a place of the scenario."""
        self.problems.append(self.scenario.problem(path, what))
