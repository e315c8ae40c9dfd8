"""What is told of a design below its tables, head by head: one order for the screen and for Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from kplan.capacity.pattern import Pattern
from kplan.capacity.study import DesignStudy
from kplan.render.capacity import loaded, units, words


def about(design: DesignStudy, pattern: Pattern, *, has_tables: bool) -> Iterator[tuple[str, list[str]]]:
    """What else is known of a design, each under its head.

    has_tables   whether all offers stand in a table below
    """
    yield "In flight", [*words.in_flight(design), *(loaded.in_flight(design.loaded) if design.loaded else ())]
    if told := [*loaded.under_load(design, is_traced=pattern.trace is not None)]:
        yield "Under load", told
    if design.bought:
        yield "Buys", [*units.bought(design, is_all=has_tables)]
    if lines := [*units.on_offer(design, is_all=has_tables)]:
        yield "On offer", lines
    if design.actions:
        yield "Next", [*words.next_steps(design)]
    if design.delays:
        yield "Bursts", [*words.bursts(design, pattern)]
    if design.headroom.skipped:
        yield "Not counted", [f"{each.what}: {each.why}." for each in design.headroom.skipped]
    if notes := dict.fromkeys(use.demand.note for use in design.headroom.uses if use.demand.note):
        yield "Counted", [f"{note}." for note in notes]
