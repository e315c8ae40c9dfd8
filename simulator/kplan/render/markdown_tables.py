"""Sections of the Markdown report that are tables of the result: sums of the ledger, checks, prices."""

from __future__ import annotations

from collections.abc import Iterator

from kplan.engine.results import Results
from kplan.render import sentences
from kplan.render.format import markdown_text
from kplan.render.tables import one, saved_of
from kplan.render.tables.groups import added_up
from kplan.render.tables.markdown import table_lines

GROUPINGS = ("stage", "model", "class", "meter")
"""Months stand in a table of their own, design beside design."""


def sums(results: Results) -> Iterator[tuple[str, list[str]]]:
    """The whole bill of the design that the verdict is about, added up each way that tells anything.

    Title and lines; a sum of one group is left out, and stages where the bill is nothing but their usage.
    """
    saved = saved_of(results)
    told = [design for design in saved.run.designs if design.id == results.verdict.design]
    for grouping in GROUPINGS:
        for table in added_up(saved, grouping, told):
            is_usage_alone = grouping == "stage" and len(table.rows) == len(told[0].stages)
            if len(table.rows) > 1 and not is_usage_alone:
                yield table.title, list(table_lines(table))


def checks(results: Results) -> list[str]:
    """How the scenario's checks came out; empty without checks."""
    saved = saved_of(results)
    lines = [line for table in one(saved, "checks", saved.run.designs) for line in table_lines(table)]
    said = sentences.checks_summary(results)
    return [markdown_text(f"{said}."), "", *lines] if lines else []


def prices(results: Results) -> list[str]:
    """Which book, and every price that was paid."""
    saved = saved_of(results)
    lines = [line for table in one(saved, "prices", saved.run.designs) for line in table_lines(table)]
    return [markdown_text(sentences.prices(results)), "", *lines]
