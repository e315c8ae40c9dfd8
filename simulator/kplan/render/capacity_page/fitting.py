"""Designs beside their limits, as both pages show them: the one on capacity and the one on costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from kplan.capacity.fits import Fitted
from kplan.capacity.headroom import Headroom, Use
from kplan.capacity.pattern import Pattern
from kplan.engine.results import DesignResult, Results
from kplan.render.page import full_name, is_baseline


class Fitting(Struct, frozen=True, eq=False):
    """One design with its limits over the months of the plan."""

    design: DesignResult
    name: str
    """As it is printed where no heading names its variant."""
    headroom: Headroom
    months: tuple[str, ...]
    traffic: Pattern
    is_shown: bool
    """Whether the verdict on costs is about it."""

    @property
    def binding(self) -> Use | None:
        """The limit that is full first; None where none is known."""
        return self.headroom.binding

    @property
    def style(self) -> str:
        """Class of its line in a chart; empty for one of the others."""
        return "main" if self.is_shown else "base" if is_baseline(self.design) else ""


def fittings(results: Results) -> tuple[Fitting, ...]:
    """The designs of a scenario with limits: the one in question first, those that kplan added last."""
    found = [
        Fitting(
            design,
            full_name(results, design.id),
            design.fit.whole,
            design.fit.months,
            design.fit.traffic,
            design.id == results.verdict.design,
        )
        for design in results.designs
        if isinstance(design.fit, Fitted) and design.fit.whole and design.fit.traffic
    ]
    return tuple(sorted(found, key=lambda each: (not each.is_shown, each.design.added)))


def written(found: Iterable[Fitting]) -> list[Fitting]:
    """Those that the scenario writes down, and the one in question."""
    return [each for each in found if each.is_shown or not each.design.added]


def traffics(found: Iterable[Fitting]) -> Mapping[str, Pattern]:
    """How traffic comes, by variant."""
    return {each.design.variant: each.traffic for each in found}
