"""The stages that a query of some class goes through under some design."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import BaseModel, ValidationError

from kplan.errors import KplanError, Problem
from kplan.form.numbers import clipped
from kplan.kinds import KINDS
from kplan.kinds.choice import ModelChoice, Shares
from kplan.kinds.fields import out_of_bounds
from kplan.kinds.stage import RunsOn
from kplan.scenario.designs import DEFAULT_MODEL
from kplan.scenario.drafts import Draft
from kplan.scenario.layers import Layers, Lineage, lineage
from kplan.scenario.model import Scenario
from kplan.scenario.pipeline import block_problems
from kplan.scenario.placed import Laid, PlacedStage
from kplan.scenario.tree import Place

__all__ = ["PlacedStage", "choices", "laid_out", "stages_of"]


def stages_of(scenario: Scenario, design_id: str, class_id: str) -> tuple[PlacedStage, ...]:
    """The stages of a design for one class of queries, in order.

    Raises KplanError with everything that is wrong with them, each with its place.
    """
    placed, problems = laid_out(scenario, design_id, class_id)
    if problems:
        raise KplanError(problems)
    return placed


def laid_out(
    scenario: Scenario, design_id: str | None, class_id: str
) -> tuple[tuple[PlacedStage, ...], list[Problem]]:
    """As `stages_of`, with the stages that are sound and the problems of all others; laid out once.

    design_id   None for the pipeline without any design's changes; its stages have no models
    """
    found = scenario.laid.get((design_id, class_id))
    if found is None:
        found = scenario.laid[design_id, class_id] = _laid_out(scenario, design_id, class_id)
    return found[0], [*found[1]]


def _laid_out(scenario: Scenario, design_id: str | None, class_id: str) -> Laid:
    try:
        designs = lineage(scenario, design_id) if design_id is not None else ()
    except KplanError as e:
        return (), tuple(e.problems)
    layers = Layers.of(scenario, designs, class_id)
    placed = []
    for draft in layers.in_order():
        path, models = next(_models(scenario, designs, class_id, draft), (draft.path, ()))
        if design_id is not None:
            _check_models(draft, models, path, ("designs", design_id), layers)
        placed.append(_placed(draft, models, path, layers))
    found = tuple(stage for stage in placed if stage is not None)
    for stage, field, what in block_problems(found, layers.standing()):
        gone = layers.gone_from(stage.id) if field == "stages" else None
        layers.wrong(gone or stage.place(field), f"{what} left; drop the block itself" if gone else what)
    return found, tuple(layers.problems)


def _check_models(draft: Draft, models: Shares, path: Place, design: Place, layers: Layers) -> None:
    """Note a stage without the model that its kind needs, or with one where it runs on none."""
    name, kind = clipped(draft.id), draft.kind
    if draft.model.runs_on is RunsOn.NOTHING:
        if models:
            layers.wrong(path, f"stage {name} is of kind {kind}, which runs on no model")
    elif not models and draft.model.runs_on is RunsOn.SERVICE:
        what = f"no model for stage {name}: a stage of kind {kind} names its own, as `model:`"
        layers.wrong(draft.path, f"{what}; designs' defaults are for chat models")
    elif not models:
        layers.wrong(design, f"no model for stage {name}: name one under `models`, or a default for all")


def chat_choices(scenario: Scenario) -> Iterator[tuple[Place, ModelChoice]]:
    """Those of `choices` that are for stages that run on chat models."""
    kinds: dict[str, set[RunsOn]] = {}
    for changes in _all_stages(scenario):
        for name, change in changes.items():
            if (kind := getattr(change, "kind", None)) is not None:
                kinds.setdefault(name, set()).add(KINDS[kind].runs_on)
    for place, choice in choices(scenario):
        name = str(place[-1] if place[-2] == "models" else place[-2])
        if RunsOn.CHAT in kinds.get(name, (RunsOn.CHAT,)):
            yield place, choice


def _all_stages(scenario: Scenario) -> Iterator[Mapping[str, object]]:
    yield scenario.stages
    yield from (design.stages for design in scenario.designs.values())
    yield from (query_class.stages for query_class in scenario.mix.values())


def choices(scenario: Scenario) -> Iterator[tuple[Place, ModelChoice]]:
    """Every choice of models in the scenario with its place, the pipeline's own first."""
    yield from _changed(scenario.stages, ("stages",))
    for design_id, design in scenario.designs.items():
        for name, choice in design.models.items():
            yield ("designs", design_id, "models", name), choice
        yield from _changed(design.stages, ("designs", design_id, "stages"))
    for class_id, query_class in scenario.mix.items():
        yield from _changed(query_class.stages, ("mix", class_id, "stages"))


def _changed(changes: Mapping[str, object], path: Place) -> Iterator[tuple[Place, ModelChoice]]:
    for name, change in changes.items():
        choice = getattr(change, "model", None)
        if choice is not None:
            yield (*path, name, "model"), choice


def _models(
    scenario: Scenario, designs: Lineage, class_id: str, draft: Draft
) -> Iterator[tuple[Place, Shares]]:
    """What the scenario says of a stage's models for a class, the strongest first."""
    has_default = draft.model.runs_on is RunsOn.CHAT
    for path, choice in _choices_for(scenario, designs, class_id, draft.id, has_default):
        design = designs[-1][0] if designs else ""
        shares = scenario.shares_of(choice.for_class(class_id), design, class_id, draft.id)
        if shares:
            yield path, shares


def _choices_for(
    scenario: Scenario, designs: Lineage, class_id: str, stage_id: str, has_default: bool
) -> Iterator[tuple[Place, ModelChoice]]:
    """What is said of the stage itself, down to a null that takes it back; then the designs' defaults."""
    for said, path in _sayings(scenario, designs, class_id, stage_id):
        if said is None:
            break
        yield path, said
    for design_id, design in reversed(designs):
        if has_default and DEFAULT_MODEL in design.models:
            yield ("designs", design_id, "models", DEFAULT_MODEL), design.models[DEFAULT_MODEL]


def _sayings(
    scenario: Scenario, designs: Lineage, class_id: str, stage_id: str
) -> Iterator[tuple[ModelChoice | None, Place]]:
    """Every model said for a stage, with its place, the strongest first; none for a null."""
    if class_id in scenario.mix:
        yield from _of_stage(scenario.mix[class_id].stages, ("mix", class_id, "stages"), stage_id)
    for design_id, design in reversed(designs):
        if stage_id in design.models:
            yield design.models[stage_id], ("designs", design_id, "models", stage_id)
        yield from _of_stage(design.stages, ("designs", design_id, "stages"), stage_id)
    yield from _of_stage(scenario.stages, ("stages",), stage_id)


def _of_stage(
    stages: Mapping[str, BaseModel | None], path: Place, stage_id: str
) -> Iterator[tuple[ModelChoice | None, Place]]:
    change = stages.get(stage_id)
    if change is not None and "model" in change.model_fields_set:
        yield getattr(change, "model", None), (*path, stage_id, "model")


def _placed(draft: Draft, models: Shares, model_path: Place, layers: Layers) -> PlacedStage | None:
    missing = draft.model.lacks(draft.fields) if draft.is_whole else ()
    for name in missing:
        layers.wrong(draft.path, f"no `{name}`: say how much, or `like: STAGE`")
    try:
        stage = draft.model.model_validate(draft.fields)
    except ValidationError as e:
        for error in e.errors(include_url=False):
            _refused(draft, error["type"], error["loc"], out_of_bounds(error) or error["msg"], layers)
        return None
    if missing or not draft.is_whole:
        return None
    return PlacedStage(draft.id, stage, models, draft.path, model_path, draft.places)


def _refused(draft: Draft, kind: str, loc: tuple[int | str, ...], message: str, layers: Layers) -> None:
    name = str(loc[0]) if loc else ""
    what = {
        "missing": f"a stage of kind {draft.kind} needs `{name}`",
        "extra_forbidden": f"`{name}` is not for a stage of kind {draft.kind}",
    }.get(kind, message)
    layers.wrong(draft.places.get(name, draft.path), what)
