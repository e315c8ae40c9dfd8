"""The capacity workbook: one sheet of values, as the budget workbook has it."""

from __future__ import annotations

from io import BytesIO

from kplan.capacity.study import Study
from kplan.render.marks import marked


def render(study: Study) -> bytes:
    """The workbook's bytes; the same study gives the same bytes."""
    from xlsxwriter import Workbook

    from kplan.render.workbook import capacity
    from kplan.render.workbook.book import OPTIONS, set_properties
    from kplan.render.workbook.export import CAPACITY, footer
    from kplan.render.workbook.sheet import PlainWorksheet, Sheet
    from kplan.render.workbook.styles import Styles

    content, made = BytesIO(), study.results.provenance
    with Workbook(content, OPTIONS) as book:
        set_properties(book, made, "Capacity plan of an LLM pipeline")
        sheet = Sheet(book.add_worksheet(CAPACITY, PlainWorksheet), CAPACITY, Styles(book))
        capacity.write(sheet, study, footer(made))
    return marked(content.getvalue(), ".xlsx")
