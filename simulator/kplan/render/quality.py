"""How right the designs are, as columns of printed cells: one table for every format."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from kplan.engine.results import DesignQuality, DesignResult, Results
from kplan.render.columns import RANGE, Column, Figures
from kplan.render.format import accuracy, between, per_1000

NOTHING = "–"

Cell = Callable[[DesignQuality], str]
Behind = Callable[[DesignQuality], Figures]
"""What a cell shows, unrounded."""


def quality_columns(results: Results) -> tuple[Column, ...]:
    """What stands right of a design's name; empty where the scenario says nothing of quality.

    Columns in which no design has anything are left out.
    """
    if all(design.quality is None for design in results.designs):
        return ()
    asked: tuple[tuple[str, Cell, int, Behind | None], ...] = (
        ("floors", lambda quality: quality.standing.value if quality.standing else "", 0, None),
        ("right", lambda quality: _share(quality.point), 0, lambda quality: _known(quality.point)),
        ("between", _between, 2, _ends),
        ("served", lambda quality: _share(quality.served), 3, lambda quality: _known(quality.served)),
        (
            "per 1,000 right",
            lambda quality: _usd(quality.cost_per_correct_usd),
            4,
            lambda quality: _thousand(quality.cost_per_correct_usd),
        ),
        (
            "with wrong ones",
            lambda quality: _usd(quality.with_errors_usd),
            5,
            lambda quality: _thousand(quality.with_errors_usd),
        ),
        ("rests on", lambda quality: quality.basis, 6, None),
    )
    made = (
        Column(
            head,
            tuple(_cell(cell, design) for design in results.designs),
            dropped_at,
            is_text=behind is None,
            values=tuple(_figures(behind, design) for design in results.designs),
            parts=("low", "high") if behind is _ends else RANGE,
        )
        for head, cell, dropped_at, behind in asked
    )
    return tuple(column for column in made if any(column.cells) and set(column.cells) != {NOTHING})


def _cell(cell: Cell, design: DesignResult) -> str:
    return NOTHING if design.quality is None else cell(design.quality) or NOTHING


def _figures(behind: Behind | None, design: DesignResult) -> Figures:
    return () if behind is None or design.quality is None else behind(design.quality)


def _known(value: Decimal | None) -> Figures:
    return () if value is None else (value,)


def _thousand(usd_per_query: Decimal | None) -> Figures:
    return () if usd_per_query is None else (usd_per_query.scaleb(3),)


def _ends(quality: DesignQuality) -> Figures:
    found = quality.interval
    return () if found is None else (found.low, found.high)


def _share(part: Decimal | None) -> str:
    return "" if part is None else accuracy(part)


def _usd(usd_per_query: Decimal | None) -> str:
    return "" if usd_per_query is None else per_1000(usd_per_query)


def _between(quality: DesignQuality) -> str:
    found = quality.interval
    return "" if found is None else between(found.low, found.high)
