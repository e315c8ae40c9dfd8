"""Tables of a study: every figure is the study's own, CSV reads back exactly, and nothing in it runs."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest

from kplan.capacity.study import Study
from kplan.regress.run import run
from kplan.render.capacity.csv import folder, render
from kplan.render.capacity.tables import LISTINGS, every

SCENARIOS = Path(__file__).parents[3] / "scenarios"
BY_LIMIT = ("limits", "months", "hours")


@pytest.fixture(scope="module")
def example() -> Study:
    found = run(SCENARIOS / "agent-limits.kplan.yaml").study
    assert isinstance(found, Study)
    return found


def frame(content: bytes) -> pd.DataFrame:
    return pd.read_csv(BytesIO(content), dtype=str, keep_default_na=False)


def test_csv_reads_back_to_the_exact_numbers(example: Study) -> None:
    tables, files = every(example), folder(example)
    assert list(files) == [f"{name}.csv" for name in tables]
    n_numbers = 0
    for name, table in tables.items():
        found = frame(files[f"{name}.csv"])
        assert len(found) == len(table.rows)
        for n, row in enumerate(table.rows):
            for field, value in zip(table.fields, row, strict=True):
                if field.name and isinstance(value, Decimal):
                    assert Decimal(str(found.loc[n, field.name])) == value
                    n_numbers += 1
    assert n_numbers > 1_000


def test_months_are_every_limit_in_every_month(example: Study) -> None:
    found = frame(render(example))
    uses = [(each, use) for each in example.designs for use in each.headroom.uses]
    assert len(found) == len(uses) * 12
    for n, (each, use) in enumerate(uses):
        for month in (0, 11):
            row = found.loc[12 * n + month]
            assert (row["design"], row["limit"], row["month"]) == (
                each.design.design,
                use.limit.title,
                each.months[month],
            )
            figures = [float(row[name]) for name in ("mean_use", "peak_use", "headroom_share")]
            assert figures == [use.mean[month], use.peak[month], use.headroom[month]]
            assert float(row["queries_per_s"]) == each.queries_per_s[month]


def test_hours_are_the_fullest_months_of_the_limit_that_binds(example: Study) -> None:
    found = frame(folder(example)["hours.csv"])
    assert len(found) == 168 * len(example.designs)
    use = example.designs[1].binding
    assert use is not None
    rows = found[found["design"] == "split"].reset_index(drop=True)
    assert (rows.loc[139, "weekday"], rows.loc[139, "hour"], rows.loc[139, "month"]) == (
        "Sat",
        "19",
        "2027-12",
    )
    assert float(rows.loc[139, "peak_use"]) == use.hours[11, 139] * 1.5 == use.peak[11]


def test_every_name_of_a_field_is_there_once_and_ends_in_its_unit(example: Study) -> None:
    units = {"usd", "use", "share", "units", "s", "query", "months", "left", "month", "calls", "hour"}
    for name, listing in LISTINGS.items():
        table = listing.table(name, example)
        names = [field.name for field in table.fields if field.name]
        assert len(names) == len(set(names))
        for place, field in enumerate(table.fields):
            if any(isinstance(row[place], Decimal) for row in table.rows):
                assert field.name.rpartition("_")[2] in units, field.name


def test_a_limit_without_use_has_no_end(tmp_path: Path) -> None:
    """A stage of no output: what has no end is an empty cell, and no word that is no number."""
    own = "provider: anthropic\nlimits: [{models: [claude-haiku-4-5], tier: T, output: 5, input: 1_000}]\n"
    (tmp_path / "own.yaml").write_text(own)
    (tmp_path / "s.kplan.yaml").write_text(
        "volume: 10/day\nmonths: 2027-01..2027-01\nlimits: {accounts: {anthropic: T}, book: own.yaml}\n"
        "stages: {a: {input: 100, output: 0}}\ndesigns: {x: claude-haiku-4-5}\nsingles: false\n"
    )
    study = run(tmp_path / "s.kplan.yaml").study
    assert isinstance(study, Study)
    found = frame(folder(study)["limits.csv"]).set_index("limit")
    unused = found.loc["anthropic claude-haiku-4-5 output (T)"]
    assert (unused["headroom_share"], unused["months_left"], unused["busiest_hour"]) == ("", "", "")
    assert (unused["peak_use"], unused["full_month"]) == ("0", "")
    assert "inf" not in folder(study)["limits.csv"].decode()


def test_no_text_is_a_formula(tmp_path: Path) -> None:
    own = (
        "provider: anthropic\nlimits: [{models: [claude-haiku-4-5], tier: T, input: 5_000, pool: '=1+1',"
        " source: '@SUM(A1)', note: '+1'}]\n"
    )
    (tmp_path / "own.yaml").write_text(own)
    (tmp_path / "s.kplan.yaml").write_text(
        "volume: 10/day\nmonths: 2027-01..2027-01\nlimits: {accounts: {anthropic: T}, book: own.yaml}\n"
        "stages: {a: {input: 100, output: 0}}\ndesigns: {'=cmd()': claude-haiku-4-5}\nsingles: false\n"
    )
    study = run(tmp_path / "s.kplan.yaml").study
    assert isinstance(study, Study)
    cells = [str(cell) for content in folder(study).values() for cell in frame(content).to_numpy().ravel()]
    assert "'=cmd()" in cells
    assert "'@SUM(A1)" in cells
    assert not any(cell.startswith(("=", "+", "@", "\t")) for cell in cells)
