"""The sections of the page in their order: a new one is a template in `sections/` and a line here."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from kplan.engine.results import Results
from kplan.render import tradeoffs
from kplan.render.times import time_rows


class Section(Struct, frozen=True):
    """One section: `sections/NAME.html.j2`, which the page's head leads to where it has a title."""

    name: str
    """Its file, and the anchor that the head leads to."""
    title: str = ""
    """What the head of the page calls it; nothing leads to one without."""
    is_shown: Callable[[Results], bool] = bool
    """Whether the results have something for it."""

    @property
    def template(self) -> str:
        """Its file among the templates."""
        return f"sections/{self.name}.html.j2"


def has_limits(results: Results) -> bool:
    """Whether a scenario says which limits its designs have to fit."""
    return any(design.fit is not None for design in results.designs)


SECTIONS = (
    Section("verdict"),
    Section("money", "Per query"),
    Section("months", "Months"),
    Section("capacity", "Capacity", has_limits),
    Section("whatif", "What if"),
    Section("flips", "Flips", lambda results: bool(results.flips)),
    Section("sensitivity", "Sensitivity", lambda results: results.provenance.draws is not None),
    Section("tradeoffs", "Trade-offs", tradeoffs.is_shown),
    Section("designs", "Designs"),
    Section("queries", "Queries", lambda results: results.provenance.sample is not None),
    Section("latency", is_shown=lambda results: bool(time_rows(results.designs))),
    Section("stages", "Stages"),
    Section("events"),
    Section("checks", "Checks", lambda results: any(plan.scenario.checks for plan in results.plans)),
    Section("claims", "Claims", lambda results: bool(results.claims)),
    Section("assumptions"),
    Section("prices", "Prices"),
    Section("method", "Method"),
)


def shown(results: Results) -> tuple[Section, ...]:
    """The sections that the results have something for."""
    return tuple(section for section in SECTIONS if section.is_shown(results))
