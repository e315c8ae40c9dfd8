"""The workbook as a whole: its sheets in order, its properties, its mark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO

from xlsxwriter import Workbook

from kplan.engine.results import Results
from kplan.render.format import plain_text
from kplan.render.marks import PLACEHOLDER, PROPERTY
from kplan.render.workbook import budget, checks, inputs, latency, notes, prices, sensitivity, stages, summary
from kplan.render.workbook.export import LATENCY, SENSITIVITY, SHEETS, Export, export_of
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
_WRITERS: dict[str, Callable[[Sheet, Export], None]] = {
    "Inputs": inputs.write,
    "Prices": prices.write,
    "Stages": stages.write,
    "Budget": budget.write,
    "Summary": summary.write,
    "Checks": checks.write,
    "Notes": notes.write,
}
"""In the order of writing: a sheet refers to cells of those before it."""


def workbook(results: Results) -> bytes:
    """The workbook's bytes, with a placeholder where the mark goes."""
    export = export_of(results)
    content = BytesIO()
    with Workbook(content, OPTIONS) as book:
        _properties(book, export)
        styles = Styles(book)
        more = dict(_more(results))
        names = (*SHEETS, *more)
        sheets = {name: Sheet(book.add_worksheet(name, PlainWorksheet), name, styles) for name in names}
        for name, write in (_WRITERS | more).items():
            write(sheets[name], export)
    return content.getvalue()


def _more(results: Results) -> Iterator[tuple[str, Callable[[Sheet, Export], None]]]:
    """Sheets of values that only some scenarios have."""
    if any(design.time for design in results.designs):
        yield LATENCY, latency.write
    if results.provenance.draws:
        yield SENSITIVITY, sensitivity.write


def _properties(book: Workbook, export: Export) -> None:
    provenance = export.results.provenance
    book.set_properties(
        {
            "title": plain_text(export.title)[:250],
            "subject": "Cost plan of an LLM pipeline",
            "author": f"kplan {provenance.kplan_version}",
            "comments": f"scenario sha256 {provenance.scenario_sha256}",
            "created": CREATED.replace(tzinfo=None),
        }
    )
    book.set_custom_property(PROPERTY, PLACEHOLDER)
    book.set_calc_mode("auto")
