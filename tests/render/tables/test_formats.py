"""Tables in every format: CSV that reads back exactly, screens that fit, Markdown that stays Markdown."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from rich.cells import cell_len

from kplan.checksum import is_as_written
from kplan.errors import KplanError
from kplan.regress.run import run
from kplan.regress.saved import Saved
from kplan.render import TABLE_WRITERS, render
from kplan.render.tables import NAMES, View, every, saved_of, text, view
from kplan.render.tables.csv import folder
from kplan.render.tables.groups import GROUPINGS
from kplan.render.tables.table import Table
from kplan.render.tables.table import cells as printed

RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r")


def views(saved: Saved) -> list[View]:
    """Every table that there is, of all designs."""
    grouped = [view(saved, by=name, designs=["all"]) for name in GROUPINGS]
    return [*grouped, *(view(saved, table=name, top=100) for name in every(saved) if name in NAMES)]


@pytest.fixture(scope="module")
def all_shown(example: Saved) -> list[View]:
    return views(example)


def frame(content: bytes) -> pd.DataFrame:
    return pd.read_csv(BytesIO(content), dtype=str, keep_default_na=False)


def test_csv_reads_back_to_the_exact_numbers(example: Saved) -> None:
    tables = every(example)
    files = folder(example)
    assert set(files) == {f"{name}.csv" for name in tables}
    n_numbers = 0
    for name, content in files.items():
        found = frame(content)
        rows = [(table, row) for table in tables[name.removesuffix(".csv")] for row in table.rows]
        assert len(found) == len(rows)
        for n, (table, row) in enumerate(rows):
            for field, value in zip(table.fields, row, strict=True):
                if isinstance(value, Decimal):
                    assert Decimal(str(found.loc[n, field.name])) == value
                    n_numbers += 1
    assert n_numbers > 100


def test_costs_of_the_csv_add_up_to_the_totals_of_the_json(example: Saved) -> None:
    files = folder(example)
    totals = {(d["design"], d["variant"]): Decimal(d["total"]) for d in example.document["designs"]}
    for name in ("ledger", *(f"by-{grouping}" for grouping in GROUPINGS)):
        found: dict[tuple[str, str], Decimal] = {}
        for line in frame(files[f"{name}.csv"]).to_dict("records"):
            key = (line["design"], line["variant"])
            found[key] = found.get(key, Decimal(0)) + Decimal(line["cost_usd"])
        assert {key: usd.quantize(Decimal("1e-15")) for key, usd in found.items()} == {
            key: usd.quantize(Decimal("1e-15")) for key, usd in totals.items()
        }


def test_numbers_are_numbers_for_pandas_and_negative_ones_too(example: Saved) -> None:
    found = pd.read_csv(BytesIO(folder(example)["designs.csv"]))
    assert found["total_usd"].dtype.kind in "fi"
    assert found["saving_usd"].dtype.kind == "f"
    if example.run.name == "knowledge-base":
        assert (found["saving_usd"] < 0).any()


def test_no_cell_of_a_csv_is_run(hostile: Saved) -> None:
    n_guarded = 0
    for content in folder(hostile).values():
        for column, cells in frame(content).items():
            for cell in cells:
                if cell.startswith(RUN_BY_SPREADSHEETS):
                    assert str(column).endswith(("_usd", "_pct", "difference", "off")), (column, cell)
                    Decimal(cell)
                n_guarded += cell.startswith("'")
    assert n_guarded > 50


@pytest.mark.parametrize(
    "width",
    [40, pytest.param(60, marks=pytest.mark.slow), 80, pytest.param(120, marks=pytest.mark.slow), 200],
)
def test_no_line_is_longer_than_the_screen(all_shown: list[View], width: int) -> None:
    for shown in all_shown:
        lines = text.render(shown, width, color=False).splitlines()
        assert max(map(cell_len, lines)) <= width
        assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize("width", [60, 80, 200])
def test_hostile_names_on_a_screen(hostile: Saved, width: int) -> None:
    for shown in views(hostile):
        screen = text.render(shown, width, color=False)
        assert "\x1b" not in screen
        assert max(map(cell_len, screen.splitlines())) <= width


def test_the_verdict_stands_first(example: Saved) -> None:
    headline = example.document["verdict"]["headline"][0]
    for shown in (view(example, by="month"), view(example, table="prices")):
        assert text.render(shown, 200, color=False).startswith(headline[:60])
        assert render("markdown", shown, TABLE_WRITERS).startswith(b"**")


def cell(line: str, place: int) -> str:
    return line.split("|")[place].strip().strip("*").replace("\\", "")


def amount(printed: str) -> Decimal:
    return Decimal(printed.strip("$%<>").replace(",", "") or 0)


def test_printed_rows_add_up_or_the_table_says_that_they_are_rounded(all_shown: list[View]) -> None:
    n_said = n_exact = 0
    for shown in all_shown:
        text_of = render("markdown", shown, TABLE_WRITERS).decode()
        for part in text_of.partition("<!--")[0].split("\n## ")[1:]:
            lines = [line for line in part.splitlines() if line.startswith("| ")]
            heads = [head.strip() for head in lines[0].split("|")]
            if not lines[-1].startswith("| **total**"):
                continue
            for place, head in enumerate(heads):
                if head not in ("a month", "first month", "share") and not head.endswith(" months"):
                    continue
                cells = [cell(line, place) for line in lines[1:]]
                parts = sum(map(amount, cells[:-1]))
                is_exact = parts == amount(cells[-1]) and not re.search("[<>]", "".join(cells))
                is_said = re.search(rf"Rounded: [^;]*{head}[,;]", part) is not None
                assert is_exact or is_said, (head, part)
                n_said, n_exact = n_said + is_said, n_exact + is_exact
    assert n_exact > 3


def test_markdown_of_hostile_names_stays_a_table(hostile: Saved) -> None:
    for shown in views(hostile):
        page = render("markdown", shown, TABLE_WRITERS).decode()
        lines = [line for line in page.splitlines() if line.startswith("|")]
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}
        assert lines
        assert len(widths) <= 2
        assert "\x1b" not in page


def test_markdown_is_short_and_counts_what_it_leaves_out(example: Saved) -> None:
    shown = view(example, table="ledger")
    page = render("markdown", shown, TABLE_WRITERS).decode()
    assert len(page) < 60_000
    missing = re.search(r"Left out for length: (\d+) lines", page)
    n_lines = sum(line.startswith("| ") for line in page.splitlines()) - 1
    assert n_lines + int(missing[1] if missing else 0) == len(example.document["ledger"])


def test_json_has_each_row_as_strings(all_shown: list[View]) -> None:
    for shown in all_shown:
        found = json.loads(render("json", shown, TABLE_WRITERS))
        assert (found["kind"], found["schema_version"]) == ("kplan/tables", 1)
        assert is_as_written(found)
        for table, said in zip(shown.tables, found["tables"], strict=True):
            assert len(said["rows"]) == len(table.rows)
            names = [field.name for field in table.fields if field.name]
            assert all(list(row) == names for row in said["rows"])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"by": "stag"}, "no table stag; did you mean stage?"),
        ({"table": "pricez"}, "no table pricez; did you mean prices?"),
        ({"by": "stage", "designs": ["leen", "stratifed"]}, "no design leen; did you mean lean?"),
        ({"table": "claims"}, "no table claims; it has designs, stages, prices"),
    ],
)
def test_names_that_are_not_there(made: Saved, asked: dict[str, str], said: str) -> None:
    if made.run.name != "knowledge-base":
        return
    with pytest.raises(KplanError, match=re.escape(said)):
        view(made, **asked)  # type: ignore[arg-type]


def test_designs_go_by_id_and_by_name(example: Saved) -> None:
    first = example.run.designs[0]
    ids = [design.id for design in example.run.designs if design.design == first.design]
    assert [t.title for t in view(example, by="model", designs=[first.id]).tables] == [
        f"{first.id}, by model"
    ]
    assert len(view(example, by="model", designs=[first.design]).tables) == len(ids)
    assert len(view(example, by="model", designs=["all"]).tables) == len(example.run.designs)
    told = example.document["verdict"]["design"]
    assert [t.title for t in view(example, by="model").tables] == [f"{told}, by model"]


def test_tables_have_columns_of_their_own(example: Saved) -> None:
    for tables in every(example).values():
        for table in tables:
            names = [field.name for field in table.fields if field.name]
            assert len(set(names)) == len(names)
            assert all(len(row) == len(table.fields) for row in table.lines)


def test_percents_are_printed_as_in_the_report_and_kept_in_full(tmp_path: Path) -> None:
    """412 of 500: 0.7877 to 0.8564 by Clopper and Pearson; $6.55 is 46.748% less than $12.30."""
    path = tmp_path / "x.kplan.yaml"
    path.write_text(
        "volume: 100/month\nsingles: false\n"
        "quality: {measured: {a: {claude-haiku-4-5: 412/500, claude-sonnet-5-5: 465/500}}}\n"
        "stages: {b: {input: 700, output: 20, model: claude-haiku-4-5}, a: {input: 4_000, output: 350}}\n"
        "designs: {x: claude-sonnet-5-5, y: claude-haiku-4-5}\n"
    )
    saved = saved_of(run(path))
    (quality,) = view(saved, table="quality").tables
    shown = {field.head: printed(quality, place, quality.lines) for place, field in quality.shown}
    assert (shown["from"], shown["to"]) == (("90.3%", "78.7%"), ("95.1%", "85.7%"))
    (designs,) = view(saved, table="designs").tables
    shown = {field.head: printed(designs, place, designs.lines) for place, field in designs.shown}
    assert shown["saves %"] == ("", "46.7%")


def test_a_table_that_is_empty_is_no_table() -> None:
    assert Table("x", "x", (), ()).lines == ()


def test_the_total_has_no_bar_and_the_dearest_row_the_longest(made: Saved) -> None:
    for grouping in GROUPINGS:
        lines = text.render(view(made, by=grouping), 200, color=False).splitlines()
        (total,) = [line for line in lines if line.startswith("total ")]
        assert "█" not in total
        assert any("█" in line for line in lines)
