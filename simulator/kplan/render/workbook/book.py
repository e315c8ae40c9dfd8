"""The workbook as a whole: its sheets in order, its properties, its mark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from io import BytesIO

from xlsxwriter import Workbook

from kplan.engine.results import Provenance, Results
from kplan.render.format import plain_text
from kplan.render.marks import PLACEHOLDER, PROPERTY
from kplan.render.workbook import (
    budget,
    checks,
    inputs,
    latency,
    map,  # noqa: A004 - what the sheet is
    models,
    notes,
    prices,
    sensitivity,
    stages,
    steps,
    summary,
)
from kplan.render.workbook.export import (
    BUDGET,
    CAPACITY,
    CHECKS,
    INPUTS,
    LATENCY,
    MODELS,
    NOTES,
    PRICES,
    SENSITIVITY,
    STAGES,
    STEPS,
    SUMMARY,
    Export,
    export_of,
    title_of,
)
from kplan.render.workbook.mapped import SHEET
from kplan.render.workbook.sheet import PlainWorksheet, Sheet
from kplan.render.workbook.styles import Styles

CREATED = datetime(2000, 1, 1, tzinfo=UTC)
"""Date of every workbook, so that the same input gives the same bytes."""
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
TABS = (SUMMARY, INPUTS, PRICES, MODELS, STAGES, BUDGET, SENSITIVITY, LATENCY, CAPACITY, CHECKS, NOTES, STEPS)
"""In the order of the tabs."""


def _capacity(sheet: Sheet, export: Export) -> None:
    """What plans without `limits` never import."""
    from kplan.render.workbook import capacity

    capacity.write(sheet, export.results.study, export.footer)


_WRITERS: tuple[tuple[str, Callable[[Sheet, Export], None]], ...] = (
    (MODELS, models.write),
    (INPUTS, inputs.write),
    (PRICES, prices.write),
    (STEPS, steps.write),
    (STAGES, stages.write),
    (MODELS, models.costs),
    (BUDGET, budget.write),
    (SUMMARY, summary.write),
    (SENSITIVITY, sensitivity.write),
    (LATENCY, latency.write),
    (CAPACITY, _capacity),
    (CHECKS, checks.write),
    (NOTES, notes.write),
)
"""In the order of writing: a sheet refers to cells of those before it."""
_WANTED: Mapping[str, Callable[[Export], bool]] = {
    CAPACITY: lambda export: export.results.make_study is not None,
    LATENCY: lambda export: any(design.time for design in export.results.designs),
    MODELS: models.is_wanted,
    STEPS: lambda export: any(cells.steps for cells in export.variants),
}
"""Sheets that only some exports need."""


def workbook(results: Results) -> bytes:
    """The workbook's bytes, with a placeholder where the mark goes."""
    export = export_of(results)
    content = BytesIO()
    with Workbook(content, OPTIONS) as book:
        set_properties(book, export.results.provenance, "Cost plan of an LLM pipeline")
        styles = Styles(book)
        names = [name for name in TABS if name not in _WANTED or _WANTED[name](export)]
        sheets = {name: Sheet(book.add_worksheet(name, PlainWorksheet), name, styles) for name in names}
        for name, write in _WRITERS:
            if name in sheets:
                write(sheets[name], export)
        map.write(Sheet(book.add_worksheet(SHEET, PlainWorksheet), SHEET, styles), export, sheets)
    return content.getvalue()


def set_properties(book: Workbook, made: Provenance, subject: str) -> None:
    """Title, origin and the place of the mark."""
    book.set_properties(
        {
            "title": plain_text(title_of(made))[:250],
            "subject": subject,
            "author": f"kplan {made.kplan_version}",
            "comments": f"scenario sha256 {made.scenario_sha256}",
            "created": CREATED.replace(tzinfo=None),
        }
    )
    book.set_custom_property(PROPERTY, PLACEHOLDER)
    book.set_calc_mode("auto")
