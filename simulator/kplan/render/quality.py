"""How right the designs are, as columns of printed cells: one table for every format."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from kplan.engine.results import DesignQuality, DesignResult, Results
from kplan.render.columns import Column
from kplan.render.format import accuracy, between, per_1000

NOTHING = "–"

Cell = Callable[[DesignQuality], str]


def quality_columns(results: Results) -> tuple[Column, ...]:
    """What stands right of a design's name; empty where the scenario says nothing of quality.

    Columns in which no design has anything are left out.
    """
    if all(design.quality is None for design in results.designs):
        return ()
    asked: tuple[tuple[str, Cell, int, bool], ...] = (
        ("floors", lambda quality: quality.standing.value if quality.standing else "", 0, True),
        ("right", lambda quality: _share(quality.point), 0, False),
        ("between", _between, 2, False),
        ("served", lambda quality: _share(quality.served), 3, False),
        ("per 1,000 right", lambda quality: _usd(quality.cost_per_correct_usd), 4, False),
        ("with wrong ones", lambda quality: _usd(quality.with_errors_usd), 5, False),
        ("rests on", lambda quality: quality.basis, 6, True),
    )
    made = (
        Column(head, tuple(_cell(cell, design) for design in results.designs), dropped_at, is_text)
        for head, cell, dropped_at, is_text in asked
    )
    return tuple(column for column in made if any(column.cells) and set(column.cells) != {NOTHING})


def _cell(cell: Cell, design: DesignResult) -> str:
    return NOTHING if design.quality is None else cell(design.quality) or NOTHING


def _share(part: Decimal | None) -> str:
    return "" if part is None else accuracy(part)


def _usd(usd_per_query: Decimal | None) -> str:
    return "" if usd_per_query is None else per_1000(usd_per_query)


def _between(quality: DesignQuality) -> str:
    found = quality.interval
    return "" if found is None else between(found.low, found.high)
