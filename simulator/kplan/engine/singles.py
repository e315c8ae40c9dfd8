"""The one-model designs that kplan adds, so that nobody compares only what they thought of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kplan.errors import KplanError
from kplan.kinds.choice import ModelChoice
from kplan.money import ONE
from kplan.prices.book import Book
from kplan.scenario.designs import DEFAULT_MODEL, Design
from kplan.scenario.flow import PlacedStage, chat_choices, laid_out
from kplan.scenario.model import Scenario


class Single(Struct, frozen=True):
    """A design that kplan added: one chat model for every stage that runs on chat models."""

    ref: str
    chat: Mapping[str, str]
    """Every chat model that the scenario names -> its full name."""

    def takes(self, placed: PlacedStage) -> bool:
        """Whether the stage runs on the one model instead: services and embeddings keep their own."""
        return placed.runs_on_chat and all(ref in self.chat for ref, _ in placed.models)

    def applied(self, placed: PlacedStage) -> PlacedStage:
        """The stage as the design runs it, whatever pins or classes say."""
        return replace(placed, models=((self.ref, ONE),)) if self.takes(placed) else placed

    def everywhere(self, placed: Mapping[str, Sequence[PlacedStage]]) -> Mapping[str, list[PlacedStage]]:
        """The stages of every class as the design runs them."""
        return {name: [self.applied(stage) for stage in stages] for name, stages in placed.items()}


Singles = Mapping[str, Single]
Placed = Mapping[str, Sequence[PlacedStage]]
"""Class -> the stages of a design in it."""


def with_singles(scenario: Scenario, book: Book) -> tuple[Scenario, Singles]:
    """The scenario with a design for each chat model it names, that model everywhere.

    Returns the widened scenario, and what was added. An added design has the base stages without any
    design's extras. A design that the user wrote already, alike in all stages, is not added again.
    """
    if not scenario.singles:
        return scenario, {}
    chat = chat_models(scenario, book)
    written = {_shape(scenario, design, chat) for design in scenario.designs}
    added: dict[str, Single] = {}
    for ref in _once(chat):
        id_, single = _free_name(ref, scenario.designs), Single(ref, chat)
        widened = scenario.adding({id_: Design(models={DEFAULT_MODEL: ModelChoice.of(ref)})})
        if _shape(widened, id_, chat, single) not in written:
            scenario, added[id_] = widened, single
    return scenario, added


def pins_overridden(scenario: Scenario, single: Single) -> tuple[str, ...]:
    """Stages for which the pipeline or a class names another chat model than the added design's."""
    found: dict[str, None] = {}
    for place, choice in chat_choices(scenario):
        others = set(choice.refs()) - {single.ref}
        if place[0] in ("stages", "mix") and others and others <= single.chat.keys():
            found[str(place[-2])] = None
    return tuple(found)


def chat_models(scenario: Scenario, book: Book) -> dict[str, str]:
    """Every model named for stages that run on chat models, if it bills output, with its full name.

    Designs' models come first.
    Unknown models are left out here: they are problems, and told as such where the plan is compiled.
    """
    named = list(chat_choices(scenario))
    in_designs = [choice for place, choice in named if place[0] == "designs"]
    elsewhere = [choice for place, choice in named if place[0] != "designs"]
    refs = [ref for choice in (*in_designs, *elsewhere) for ref in choice.refs()]
    found = {}
    for ref in dict.fromkeys([*refs, *scenario.considered]):
        try:
            model = book.find(ref)
            if any(row.meter == "output" for row in book.rows(model)):
                found[ref] = model.ref
        except KplanError:
            continue
    return found


def _free_name(ref: str, designs: Mapping[str, Design]) -> str:
    name = ref
    while name in designs:
        name = f"all {name}"
    return name


def _once(chat: Mapping[str, str]) -> list[str]:
    """The first name of each model."""
    first: dict[str, str] = {}
    for ref, model in chat.items():
        first.setdefault(model, ref)
    return list(first.values())


def _shape(
    scenario: Scenario, design: str, chat: Mapping[str, str], single: Single | None = None
) -> tuple[object, ...]:
    """What makes two designs equal: the same stages with the same numbers and models, class by class."""
    shapes: list[object] = []
    for query_class in scenario.classes:
        placed, _ = laid_out(scenario, design, query_class)
        stages = [single.applied(each) if single else each for each in placed]
        shapes.append(tuple(_stage_shape(stage, chat) for stage in stages))
    return tuple(shapes)


def _stage_shape(placed: PlacedStage, chat: Mapping[str, str]) -> tuple[object, ...]:
    numbers = placed.stage.model_dump(exclude={"after", "like", "model"})
    models = tuple((chat.get(ref, ref), share) for ref, share in placed.models)
    return placed.id, repr(sorted(numbers.items())), models


def placed_stages(scenario: Scenario, design: str, added: Singles) -> Placed:
    """The stages of a design by class, as it runs them."""
    single = added.get(design)
    return {
        name: [single.applied(each) if single else each for each in laid_out(scenario, design, name)[0]]
        for name in scenario.classes
    }
