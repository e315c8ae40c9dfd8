"""What is wrong with tiers, floors, scores and second passes, as far as names and arithmetic tell."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kplan.errors import KplanError, Problem
from kplan.form.expressions import names
from kplan.form.numbers import clipped, number
from kplan.kinds.choice import ANY, CHEAPEST
from kplan.kinds.second_pass import SecondPass
from kplan.scenario.flow import choices
from kplan.scenario.model import Scenario
from kplan.scenario.names import meant
from kplan.scenario.placed import PlacedStage
from kplan.scenario.second_passes import contradictions
from kplan.scenario.values import Values


def quality_problems(scenario: Scenario) -> Iterator[Problem]:
    """Problems of tiers and scores, and of `cheapest` where it cannot stand."""
    yield from _tiers(scenario)
    yield from _scores(scenario)
    for path, choice in choices(scenario):
        if CHEAPEST not in choice.refs():
            continue
        if path[0] == "mix":
            what = "`cheapest` cannot be said by a class; say it at the stage, or in a design's models"
            yield scenario.problem(path, what)
        elif any(CHEAPEST in dict(shares) and shares != ANY for shares in choice.each()):
            what = "`cheapest` stands for one model: it cannot take a share of the calls"
            yield scenario.problem(path, what)


def _tiers(scenario: Scenario) -> Iterator[Problem]:
    found: dict[str, str] = {}
    for tier, models in scenario.tiers.items():
        if _is_number(tier):
            yield scenario.problem(
                ("tiers", tier), "a tier is a name such as fast, not a number", at_key=True
            )
        for n, model in enumerate(models):
            if model in found:
                what = f"{clipped(model)} is in tier {clipped(found[model])} already; a model has one tier"
                yield scenario.problem(("tiers", tier, n), what)
            found.setdefault(model, tier)


def _is_number(text: str) -> bool:
    try:
        number(text)
    except KplanError:
        return not text.strip() or text.strip()[0].isdigit()
    return True


def _scores(scenario: Scenario) -> Iterator[Problem]:
    if scenario.quality is None:
        return
    stages = {*scenario.stages, *(name for each in scenario.designs.values() for name in each.stages)}
    for stage in scenario.quality.measured:
        if stage not in stages:
            path = ("quality", "measured", stage)
            yield scenario.problem(path, f"no stage `{clipped(stage)}`{meant(stage, stages)}", at_key=True)
    known = {*scenario.designs, *_models(scenario)}
    for design in scenario.quality.end_to_end:
        if design not in known:
            what = f"no design `{clipped(design)}`{meant(design, known)}"
            yield scenario.problem(("quality", "end_to_end", design), what, at_key=True)


def _models(scenario: Scenario) -> set[str]:
    """Models that kplan may add a design for."""
    tiers = (model for models in scenario.tiers.values() for model in models)
    named = (ref for _, choice in choices(scenario) for ref in choice.refs())
    return {*scenario.candidates, *tiers, *named} - {CHEAPEST}


def second_pass_problems(
    scenario: Scenario, stage: PlacedStage, class_id: str, values: Values
) -> Iterator[Problem]:
    """What a second pass states that cannot be true at once."""
    second = stage.stage
    if not isinstance(second, SecondPass) or not (second.check or second.joint):
        return
    used = {name for expression in stage.expressions.values() for name in names(expression)}
    if any(name not in values.known for name in used):
        return
    where = f" (class {clipped(class_id)})" if scenario.mix else ""
    for field, what in contradictions(second, values, scenario.params_of(class_id)):
        yield scenario.problem(stage.place(field), what + where)


def floor_problems(scenario: Scenario, stage: PlacedStage, others: Collection[str]) -> Iterator[Problem]:
    """A floor that names no tier, `cheapest` without a floor, and a second pass that corrects no stage.

    others   all stages of the design
    """
    floor = getattr(stage.stage, "floor", None)
    if isinstance(floor, str) and floor not in scenario.tiers:
        hint = meant(floor, scenario.tiers) or "; the scenario has no `tiers`"
        yield scenario.problem(stage.place("floor"), f"no tier `{clipped(floor)}`{hint}")
    if stage.models == ANY and floor is None:
        what = f"`cheapest` needs a `floor` at stage {clipped(stage.id)}: a tier, or a share such as 90%"
        yield scenario.problem(stage.model_path, what)
    corrects = getattr(stage.stage, "corrects", None)
    if corrects is not None and corrects not in others:
        what = f"no stage `{clipped(corrects)}`{meant(corrects, others)}"
        yield scenario.problem(stage.place("corrects"), what)
