"""What the page is given: programs, knobs, pickers and points as one JSON text, a variant after the other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from random import Random
from typing import Any

from markupsafe import Markup
from msgspec import Struct

from kplan.engine.plan import Pick, Plan, PlannedDesign
from kplan.engine.results import DesignResult, Results
from kplan.form.decimals import Decimals
from kplan.form.graph import Node
from kplan.form.lines import Lines
from kplan.form.script import Script
from kplan.quality.intervals import Standing
from kplan.render import charts
from kplan.render.format import plain_text
from kplan.render.whatif import slider
from kplan.render.whatif.figures import Figures, Reach
from kplan.render.whatif.knobs import Knob, knobs
from kplan.render.whatif.points import N_POINTS, answers, moves, with_figures
from kplan.scenario.heirs import heirs

_SEED = 5
_NAMED = 3
"""Figures that are named one by one."""
_ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
"""What would end a script tag, or begin anything in one."""


class View(Struct, frozen=True):
    """What the templates are given."""

    data: Markup
    """JSON for a script tag of type application/json."""
    n_knobs: int
    has_pickers: bool


def view(results: Results, seed: int = _SEED) -> View | None:
    """The what-if over these results; none where nothing in them can be moved.

    Every variant has a program of its own, since variants may differ in anything; the page shows one at a
    time, and a chooser where there are several.
    seed   of the points at which the page checks itself
    """
    boards = [Board(results, plan) for plan in results.live or results.plans]
    if not any(board.knobs or board.choices for board in boards):
        return None
    made = results.provenance
    data = {
        "file": made.scenario_file,
        "name": plain_text(made.scenario_name),
        "options": list(made.options),
        "variants": [board.as_json(_rng(seed, board.plan.variant)) for board in boards],
    }
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    for sign, written in _ESCAPED.items():
        text = text.replace(sign, written)
    has_pickers = any(board.choices for board in boards)
    return View(Markup(text), max(len(board.knobs) for board in boards), has_pickers)  # noqa: S704 - escaped


def _rng(seed: int, variant: str) -> Random:
    return Random(f"{seed} {variant}")  # noqa: S311 - points of a check, no secrets


class Board(Struct, frozen=True, dict=True):
    """One variant: its figures, and all that moves them."""

    results: Results
    plan: Plan

    @cached_property
    def figures(self) -> tuple[Figures, ...]:
        """Of each design, in the plan's order."""
        return tuple(Figures.of(design) for design in self.plan.designs)

    @cached_property
    def reach(self) -> Reach:
        """What the figures are made of."""
        return Reach.of(self.plan, self.figures)

    @cached_property
    def baked(self) -> dict[Node, tuple[str, ...]]:
        """Inputs that feed what was computed beforehand -> what that is."""
        return self.reach.baked_from()

    @cached_property
    def found(self) -> list[Knob]:
        """Everything with bounds that some figure rests on, whether or not figures follow it."""
        return knobs(self.plan, self.reach.used | self.baked.keys())

    @cached_property
    def knobs(self) -> list[Knob]:
        """The sliders."""
        moving = [each for each in self.found if each.node not in self.baked]
        return with_figures(self.plan, self.figures, moving)

    @cached_property
    def choices(self) -> dict[Node, list[int]]:
        """The numbers of the models that may be chosen, by the leaf that holds the choice."""
        return {pick.choice: list(range(1, len(pick.models) + 1)) for pick in self.picks}

    @cached_property
    def picks(self) -> list[Pick]:
        """The choices that some figure follows."""
        found = (pick for design in self.plan.designs for pick in design.picks)
        return [pick for pick in found if pick.choice in self.reach.used]

    @cached_property
    def script(self) -> Script:
        """The program of all figures and chances."""
        nodes = [node for each in self.figures for node in each.nodes]
        return Script.of(self.plan.graph, [*nodes, *(chance for _, _, chance in self._chances())])

    def as_json(self, rng: Random) -> dict[str, Any]:
        """The whole variant for the page."""
        moved = moves(self.knobs, self.choices, rng, N_POINTS)
        return {
            "name": self.plan.variant,
            "months": self.plan.months,
            "program": self.script.as_json(),
            "knobs": [self._knob(knob) for knob in self.knobs],
            "baked": [{"label": plain_text(knob.label), "why": self._why(knob)} for knob in self.found
                      if knob.node in self.baked],
            "picks": [self._pick(pick) for pick in self.picks],
            "held": {design.id: _plain(design.held) for design in self.plan.designs if design.picks},
            "designs": list(self._designs()),
            "chances": list(self._break_evens()),
            "asks": self._asks(),
            "points": [
                [list(move.values()), answer]
                for move, answer in zip(moved, answers(self.plan, self.figures, moved), strict=True)
            ],
        }  # fmt: skip

    def _knob(self, knob: Knob) -> dict[str, Any]:
        return {
            "at": knob.place,
            "label": plain_text(knob.label),
            "group": knob.group,
            "unit": plain_text(knob.unit),
            "form": knob.form,
            "slot": None if knob.node is None else self.script.slots[knob.node],
            "planned": float(knob.planned),
            "low": float(knob.low),
            "high": float(knob.high),
            "step": float(slider.step(knob)),
            "places": slider.places(knob),
            "log": knob.is_log,
            "sure": knob.takes_back,
        }

    def _pick(self, pick: Pick) -> dict[str, Any]:
        return {
            "design": pick.design,
            "stage": pick.stage,
            "label": plain_text(pick.stage),
            "slot": self.script.slots[pick.choice],
            "models": pick.models,
            "planned": pick.planned,
            "refused": _plain(pick.refused),
            "heirs": dict(heirs(self.plan.scenario, pick.design, pick.stage)),
        }

    def _why(self, knob: Knob) -> str:
        assert knob.node is not None
        first, *more = self.baked[knob.node]
        named = f"{first} and {len(more)} more" if len(more) > _NAMED else ", ".join((first, *more))
        return f"it feeds {plain_text(named)}, which kplan worked out beforehand"

    def _result(self, design: PlannedDesign) -> DesignResult:
        return self.results.design(self.plan.name_of(design.id))

    def _designs(self) -> Iterator[dict[str, Any]]:
        slots, colours = self.script.slots, charts.stage_colours(self.results)
        for design, figures in zip(self.plan.designs, self.figures, strict=True):
            result = self._result(design)
            yield {
                "id": design.id,
                "name": plain_text(design.id),
                "added": design.added,
                "single": plain_text(design.single_model),
                "baseline": result.saving is None and not design.added,
                "clears": _clears(result),
                "total": slots[figures.total],
                "months": [slots[month] for month in figures.months],
                "query": slots[figures.per_query],
                "stages": [[plain_text(name), slots[cost], colours[name]] for name, cost in figures.stages],
            }

    def _asks(self) -> dict[str, bool]:
        """What the verdict may say: is a floor asked, is quality stated, have wrong answers a price."""
        found = [self._result(design).quality for design in self.plan.designs]
        return {
            "floor": any(each is not None and each.standing is not None for each in found),
            "quality": any(each is not None for each in found),
            "errors": any(each is not None and each.with_errors_usd is not None for each in found),
        }

    @cached_property
    def _lines(self) -> Lines:
        return Lines(Decimals(self.plan.graph))

    def _chances(self) -> Iterator[tuple[str, Node, Node]]:
        """Stated chances of designs written that rest on one slider: stages, the input, the chance."""
        sliders = {knob.node for knob in self.knobs}
        names: dict[tuple[Node, Node], dict[str, None]] = {}
        for design in self.plan.designs:
            for stage in design.stages if not design.added else ():
                inputs = {node for chance in stage.chances for node in self._lines.inputs(chance)}
                if len(stage.chances) == 1 and len(inputs) == 1 and inputs <= sliders:
                    names.setdefault((next(iter(inputs)), stage.chances[0]), {})[stage.id] = None
        for (variable, chance), stages in names.items():
            yield ", ".join(stages), variable, chance

    def _break_evens(self) -> Iterator[dict[str, Any]]:
        """The chances with what is a straight line in each: two evaluations tell the rest."""
        slots = self.script.slots
        for stages, variable, chance in self._chances():
            straight = [int(self._lines.is_line(each.total, variable)) for each in self.figures]
            if self._lines.is_line(chance, variable):
                yield {
                    "stage": plain_text(stages),
                    "variable": slots[variable],
                    "chance": slots[chance],
                    "straight": straight,
                }


def _plain(reasons: Mapping[str, str]) -> dict[str, str]:
    return {plain_text(name): plain_text(why) for name, why in reasons.items()}


def _clears(result: DesignResult) -> bool:
    return result.quality is not None and result.quality.standing is Standing.CLEARS
