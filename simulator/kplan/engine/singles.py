"""The one-model designs that kplan adds, so that nobody compares only what they thought of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kplan.errors import KplanError
from kplan.kinds.call import ModelCall
from kplan.kinds.choice import ModelChoice
from kplan.prices.book import Book
from kplan.scenario.designs import DEFAULT_MODEL, Design
from kplan.scenario.flow import PlacedStage, stages_of
from kplan.scenario.model import Scenario


def with_singles(scenario: Scenario, book: Book) -> tuple[Scenario, Mapping[str, tuple[str, ...]]]:
    """The scenario with a design for each chat model it names, that model everywhere.

    Returns the widened scenario, and the designs added, each with the stages whose pins it overrides.
    An added design has the base stages without any design's extras; stages pinned to a model that is
    not for chat (an embedding, say) keep it. A design that the user wrote already is not added again.
    """
    if not scenario.singles:
        return scenario, {}
    written = {_shape(scenario, design) for design in scenario.designs}
    added: dict[str, tuple[str, ...]] = {}
    designs = dict(scenario.designs)
    seen: set[str] = set()
    for ref in dict.fromkeys(_refs(scenario)):
        model = _chat_model(book, ref, scenario)
        if model is None or model in seen:
            continue
        seen.add(model)
        id_ = ref if ref not in designs else f"all {ref}"
        pins = tuple(_chat_pins(scenario, book))
        design = Design(models={DEFAULT_MODEL: _one(ref), **dict.fromkeys(pins, _one(ref))})
        candidate = scenario.model_copy(update={"designs": {**designs, id_: design}})
        if _shape(candidate, id_) not in written:
            designs[id_] = design
            added[id_] = tuple(pin for pin in pins if _pin(scenario, pin) != _one(ref))
    return scenario.model_copy(update={"designs": designs}), added


def _one(ref: str) -> ModelChoice:
    return ModelChoice.of(ref)


def _refs(scenario: Scenario) -> Iterator[str]:
    """Every model that the scenario names, in the order written."""
    for design in scenario.designs.values():
        for choice in design.models.values():
            yield from choice.refs()
        for change in design.stages.values():
            own = change.said().get("model") if change is not None else None
            if isinstance(own, ModelChoice):
                yield from own.refs()
    for name in scenario.stages:
        if pin := _pin(scenario, name):
            yield from pin.refs()
    yield from scenario.candidates


def _pin(scenario: Scenario, stage: str) -> ModelChoice | None:
    """The model that a base stage is pinned to, if it is."""
    found = scenario.stages[stage]
    return found.model if isinstance(found, ModelCall) else None


def _chat_pins(scenario: Scenario, book: Book) -> Iterator[str]:
    """Base stages pinned to chat models: an added design overrides them."""
    for name in scenario.stages:
        pin = _pin(scenario, name)
        if pin is not None and all(_chat_model(book, ref, scenario) for ref in pin.refs()):
            yield name


def _chat_model(book: Book, ref: str, scenario: Scenario) -> str | None:
    """The full name of a model that bills output tokens; none for others and for unknown ones.

    An unknown model is a problem of the stage that names it, and is told there.
    """
    try:
        model = book.find(ref)
        meters = {
            row.meter
            for row in book.rows(model)
            if row.mode == scenario.prices.mode or row.mode == "standard"
        }
    except KplanError:
        return None
    return model.ref if "output" in meters else None


def _shape(scenario: Scenario, design: str) -> tuple[tuple[tuple[object, ...], ...], ...]:
    """What makes two designs equal: the same stages with the same numbers and models, class by class."""
    return tuple(
        tuple(_stage_shape(placed) for placed in stages_of(scenario, design, query_class))
        for query_class in scenario.classes
    )


def _stage_shape(placed: PlacedStage) -> tuple[object, ...]:
    numbers = placed.stage.model_dump(exclude={"after", "like", "model"})
    return placed.id, repr(sorted(numbers.items())), placed.models
