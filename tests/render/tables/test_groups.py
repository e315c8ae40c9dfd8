"""Groups of ledger lines: held against sums of the saved JSON's own strings, and adding up to the totals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest

from kplan.regress.saved import Saved
from kplan.render.tables import every, view
from kplan.render.tables.groups import GROUPINGS, added_up
from kplan.render.tables.table import Row, Table

COLUMN = {"stage": "stage", "model": "model", "class": "query_class", "meter": "meter", "month": "month"}


def value(table: Table, row: Row | None, name: str) -> Any:
    assert row is not None
    return row[[field.name for field in table.fields].index(name)]


def by_hand(saved: Saved, design: Mapping[str, Any], column: str) -> dict[str, Fraction]:
    """The sums of the design's lines, from the JSON alone."""
    found: dict[str, Fraction] = defaultdict(Fraction)
    for line in saved.document["ledger"]:
        if (line["design"], line["variant"]) == (design["design"], design["variant"]):
            found[line[column] or f"({line['label'] or line['kind']})"] += Fraction(line["cost_usd"])
    return found


def test_every_column_of_the_ledger_that_groups_is_held_here() -> None:
    assert set(COLUMN) == set(GROUPINGS)


@pytest.mark.parametrize("grouping", GROUPINGS)
def test_sums_are_those_of_the_ledger(example: Saved, grouping: str) -> None:
    tables = added_up(example, grouping, example.run.designs)
    for table, design in zip(tables, example.document["designs"], strict=True):
        found = {value(table, row, grouping): Fraction(value(table, row, "cost_usd")) for row in table.rows}
        assert found == by_hand(example, design, COLUMN[grouping])
        assert Fraction(value(table, table.total, "cost_usd")) == Fraction(design["total"])
        queries = sum(Fraction(month["queries"]) for month in design["cost_per_month"])
        whole = Fraction(value(table, table.total, "cost_per_query_usd"))
        assert abs(whole * queries - Fraction(design["total"])) < Fraction(1, 10**40)


@pytest.mark.parametrize("grouping", GROUPINGS)
@pytest.mark.parametrize("top", [1, 2, 3, 4])
def test_what_is_cut_off_is_one_line(example: Saved, grouping: str, top: int) -> None:
    for whole, cut in zip(
        added_up(example, grouping, example.run.designs),
        added_up(example, grouping, example.run.designs, top),
        strict=True,
    ):
        rest = len(whole.rows) - top
        assert len(cut.rows) == min(top, len(whole.rows))
        assert (cut.more is None) == (rest <= 0)
        if rest > 0:
            assert value(cut, cut.more, grouping) == f"{rest} more"
        for name in ("cost_usd", "share", *(["first_month_usd"] if grouping != "month" else [])):
            parts = sum(Fraction(value(cut, row, name)) for row in cut.lines)
            assert abs(parts - Fraction(value(cut, cut.total, name))) < Fraction(1, 10**50)
        dearest = sorted((value(whole, row, "cost_usd") for row in whole.rows), reverse=True)[:top]
        assert sorted((value(cut, row, "cost_usd") for row in cut.rows), reverse=True) == dearest


def test_groups_stand_by_cost_and_months_by_date(example: Saved) -> None:
    for grouping in GROUPINGS:
        for table in added_up(example, grouping, example.run.designs, 5):
            order = [value(table, row, "month" if grouping == "month" else "cost_usd") for row in table.rows]
            assert order == sorted(order, reverse=grouping != "month")


def test_queries_of_classes_and_of_months(example: Saved) -> None:
    """Each query is of one class and one month."""
    for grouping in ("class", "month"):
        for table, design in zip(
            added_up(example, grouping, example.run.designs), example.document["designs"], strict=True
        ):
            whole = sum(Fraction(month["queries"]) for month in design["cost_per_month"])
            assert sum(Fraction(value(table, row, "queries") or 0) for row in table.rows) == whole
            for row in table.rows:
                if value(table, row, "queries"):
                    usd = Fraction(value(table, row, "cost_per_query_usd")) * Fraction(
                        value(table, row, "queries")
                    )
                    assert abs(usd - Fraction(value(table, row, "cost_usd"))) < Fraction(1, 10**40)


def test_units_of_a_meter(example: Saved) -> None:
    for table, design in zip(
        added_up(example, "meter", example.run.designs), example.document["designs"], strict=True
    ):
        units: dict[str, Fraction] = defaultdict(Fraction)
        for line in example.document["ledger"]:
            if (line["design"], line["variant"]) == (design["design"], design["variant"]):
                units[line["meter"]] += Fraction(line["quantity_per_query"]) * Fraction(line["queries"])
        units.pop("", None)
        found = {value(table, row, "meter"): value(table, row, "units") for row in table.rows}
        assert {name: Fraction(n) for name, n in found.items() if n is not None} == units


def test_a_saved_result_gives_the_tables_of_the_simulation(example: Saved, made: Saved) -> None:
    assert every(example) == every(made)
    for name in GROUPINGS:
        assert view(example, by=name).tables == view(made, by=name).tables


def test_months_over_the_budget_are_marked(example: Saved) -> None:
    for table, design in zip(
        added_up(example, "month", example.run.designs), example.document["designs"], strict=True
    ):
        over = [value(table, row, "month") for row in table.rows if value(table, row, "over_budget")]
        assert over == [month["month"] for month in design["cost_per_month"] if month["over_budget"]]


@pytest.mark.parametrize("grouping", GROUPINGS)
def test_a_cost_per_query_says_what_it_counts_besides_usage(example: Saved, grouping: str) -> None:
    """The table of designs counts usage alone under the same title."""
    tables = added_up(example, grouping, example.run.designs)
    for table, design in zip(tables, example.document["designs"], strict=True):
        own = [line for line in example.document["ledger"] if line["design"] == design["design"]]
        further = {line["kind"] for line in own if Fraction(line["cost_usd"])} - {"usage"}
        said = [note for note in table.notes if note.startswith("per 1,000: usage, ")]
        assert len(said) == bool(further)
        assert all(kind in note for note in said for kind in further)
