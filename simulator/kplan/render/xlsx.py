"""The budget workbook: live formulas with kplan's own values in them."""

from __future__ import annotations

from kplan.engine.results import Results
from kplan.render.marks import marked


def render(results: Results) -> bytes:
    """The workbook's bytes; the same results give the same bytes."""
    from kplan.render.workbook.book import workbook

    return marked(workbook(results), ".xlsx")
