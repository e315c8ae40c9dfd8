"""Stages laid over one another: the pipeline, what designs change, what a class of queries changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from kplan.errors import KplanError, Problem
from kplan.form.numbers import clipped
from kplan.kinds import DEFAULT_KIND, KINDS
from kplan.kinds.stage import Stage
from kplan.scenario.designs import Design
from kplan.scenario.model import Scenario
from kplan.scenario.names import meant
from kplan.scenario.stages import StageChange
from kplan.scenario.tree import Place
from kplan.scenario.values import circle

MAX_ANCESTORS = 50

Lineage = tuple[tuple[str, Design], ...]
"""A design after all those it extends, by id."""


@dataclass
class Draft:
    """A stage while its layers are laid on: each field with the place that said it last."""

    id: str
    path: Place
    fields: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    is_whole: bool = True
    """False where what it is like could not be filled in."""

    @property
    def kind(self) -> str:
        """The kind that the layers agreed on."""
        return self.fields.get("kind") or DEFAULT_KIND

    @property
    def model(self) -> type[Stage]:
        """The pydantic model of the stage's kind."""
        return KINDS[self.kind]

    def lay(self, said: Mapping[str, Any], path: Place) -> None:
        """Lay fields over the draft; null takes a field back."""
        for name, value in said.items():
            self.fields.pop(name, None)
            self.places[name] = (*path, name)
            if value is not None:
                self.fields[name] = value

    def fill(self, other: Draft) -> None:
        """Take from the other stage what `like` copies and this one does not say."""
        for name in self.model.copied:
            if name not in self.fields and name in other.fields:
                self.fields[name] = other.fields[name]
                self.places[name] = other.places.get(name, other.path)


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


@dataclass
class Layers:
    """The stages of one design and class, with what is wrong with them."""

    scenario: Scenario
    drafts: dict[str, Draft] = field(default_factory=dict)
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
        layers.fill()
        return layers

    def lay(self, changes: Mapping[str, StageChange | None], path: Place, elsewhere: frozenset[str]) -> None:
        """Lay changes over the stages, but for those to stages that only other designs have.

        elsewhere   stages of the whole scenario; empty where a change to any of them is meant here
        """
        for stage_id, change in changes.items():
            here = (*path, stage_id)
            is_here = stage_id in self.drafts
            if not is_here and (stage_id in elsewhere or not self._made(stage_id, here, change)):
                continue
            if change is None:
                del self.drafts[stage_id]
            else:
                self.drafts[stage_id].lay(change.said(), here)

    def _made(self, stage_id: str, here: Place, change: StageChange | None) -> bool:
        """A new stage, if the change says enough to be one; else that is a problem."""
        said = change.said() if change is not None else {}
        if "like" in said or {"input", "output"} <= said.keys():
            self.drafts[stage_id] = Draft(stage_id, here)
            return True
        hint = meant(stage_id, self.drafts)
        use = "to drop" if change is None else "to change"
        more = "" if change is None else " (a new one needs input and output, or like)"
        self.wrong(here, f"no stage `{clipped(stage_id)}` {use}{hint}{more}")
        return False

    def fill(self) -> None:
        """Fill in what stages take from those they are like."""
        for name in self._in_turn("like", "stages that are like each other"):
            draft = self.drafts[name]
            like = draft.fields.get("like")
            if like in self.drafts:
                draft.fill(self.drafts[like])
            elif like is not None:
                self.wrong(draft.places["like"], f"no stage `{clipped(like)}`{meant(like, self.drafts)}")
                draft.is_whole = False

    def in_order(self) -> list[Draft]:
        """The stages as a query meets them: in the order written, those with `after` behind that one."""
        self._in_turn("after", "stages that come after each other")
        behind: dict[str | None, list[str]] = {None: []}
        for name, draft in self.drafts.items():
            after = draft.fields.get("after")
            if after is not None and after not in self.drafts:
                self.wrong(draft.places["after"], f"no stage `{clipped(after)}`{meant(after, self.drafts)}")
                after = None
            behind.setdefault(after, []).append(name)
        ordered: list[Draft] = []
        waiting = behind[None][::-1]
        while waiting:
            name = waiting.pop()
            ordered.append(self.drafts[name])
            waiting.extend(behind.get(name, [])[::-1])
        return ordered

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

    def wrong(self, path: Place, what: str) -> None:
        """Note a problem at a place of the scenario."""
        self.problems.append(self.scenario.problem(path, what))
