"""The workbook as openpyxl reads it back: the engine's values, live formulas, plain text, the same bytes."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from openpyxl import Workbook

from kplan.engine.results import ClaimResult, Flip, Results
from kplan.form.decimals import Decimals
from kplan.render.marks import is_ours, marked
from kplan.render.xlsx import render
from support import simulated
from workbooks import (
    RICH,
    VARIANTS,
    cells,
    constants,
    formulas,
    found,
    opened,
    relative,
    results_of,
    uneven_rows,
    variants_of,
)

SHEETS = [
    *("Summary", "Inputs", "Prices", "Models", "Stages", "Budget", "Sensitivity", "Checks", "Notes", "Steps"),
]
HIDDEN = "_kplan"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workbook")


@pytest.fixture(scope="module")
def rich(folder: Path) -> Results:
    return results_of(folder, RICH)


@pytest.fixture(scope="module")
def content(rich: Results) -> bytes:
    return render(rich)


@pytest.fixture(scope="module")
def live(content: bytes) -> Workbook:
    return opened(content)


@pytest.fixture(scope="module")
def shown(content: bytes) -> Workbook:
    return opened(content, values=True)


def test_sheets_in_order_each_with_its_title(live: Workbook) -> None:
    assert live.sheetnames == [*SHEETS, HIDDEN]
    assert [sheet.title for sheet in live if sheet.sheet_state != "visible"] == [HIDDEN]
    assert live["Summary"]["A1"].value == "Rich"
    assert [live[name]["A1"].value for name in SHEETS[1:]] == SHEETS[1:]
    assert not any(sheet.merged_cells.ranges for sheet in live)


def test_the_verdict_stands_word_for_word(live: Workbook, rich: Results) -> None:
    said = [
        live["Summary"].cell(4 + n, 1).value for n in range(len(rich.verdict.headline + rich.verdict.caveats))
    ]
    assert said == [*rich.verdict.headline, *rich.verdict.caveats]


def test_summary_shows_the_engines_figures(shown: Workbook, rich: Results) -> None:
    sheet = shown["Summary"]
    for design in rich.designs:
        row = found(sheet, 1, f"+ {design.id}" if design.added else design.id)
        per_query, per_1000, first, total, saved, share, over = (c.value for c in sheet[row][1:8])
        assert per_query == float(design.cost_per_query_usd)
        assert per_1000 == pytest.approx(float(design.cost_per_query_usd) * 1000, rel=1e-15)
        assert first == float(design.months[0].cost_usd)
        assert total == float(design.total_usd)
        assert over == sum(month.over_budget for month in design.months)
        if design.saving is None:
            assert (saved, share) == (0, 0)
        else:
            assert saved == float(design.saving.usd)
            assert design.saving.share is not None
            assert share == float(design.saving.share)


def test_costs_by_stage_are_the_engines(shown: Workbook, rich: Results) -> None:
    sheet = shown["Summary"]
    head = found(sheet, 1, "Cost per 1,000 queries")
    names = [cell.value for cell in sheet[head]]
    for n, design in enumerate(rich.designs, 1):
        for stage in design.stages:
            assert sheet.cell(head + n, 1 + names.index(stage.id)).value == pytest.approx(
                float(stage.cost_per_query_usd) * 1000, rel=1e-15
            )
        if "again" not in [stage.id for stage in design.stages]:
            assert sheet.cell(head + n, 1 + names.index("again")).value == "–"


def test_an_extra_stage_stands_where_its_design_has_it(shown: Workbook) -> None:
    head = found(shown["Summary"], 1, "Cost per 1,000 queries")
    assert [c.value for c in shown["Summary"][head]][1:6] == ["expand", "answer", "verify", "again", "Total"]


def test_budget_shows_every_month_of_the_ledger(shown: Workbook, rich: Results) -> None:
    sheet = shown["Budget"]
    for design in rich.designs:
        band = found(sheet, 1, f"+ {design.id}" if design.added else design.id)
        labels = [sheet.cell(band + n, 1).value for n in range(1, 7)]
        assert labels == [
            *("Usage", "Fixed costs", "Contingency", "Total", "Cumulative", "Headroom to budget"),
        ]
        months = [sheet.cell(band + 4, column).value for column in range(4, 18)]
        assert months == [float(month.cost_usd) for month in design.months]
        assert sheet.cell(band + 4, 3).value == float(design.total_usd)
        assert sheet.cell(band + 5, 17).value == pytest.approx(float(design.total_usd), rel=1e-15)
        for n in range(14):
            parts = sum(sheet.cell(band + row, 4 + n).value for row in (1, 2, 3))
            assert parts == pytest.approx(months[n], rel=1e-14)


def test_queries_by_price_period(shown: Workbook, rich: Results) -> None:
    """March 2027 is split at the 15th; the parts add up to the month."""
    sheet, plan = shown["Budget"], rich.plans[0]
    values = Decimals(plan.graph)
    row = found(sheet, 1, "Queries")
    march = [cell.value for cell in sheet[row]].index(float(values[plan.month_queries[4]]))
    early = sheet.cell(found(sheet, 1, "Queries at prices from 2026-11-01"), march + 1).value
    late = sheet.cell(found(sheet, 1, "Queries at prices from 2027-03-15"), march + 1).value
    assert early + late == pytest.approx(sheet.cell(row, march + 1).value, rel=1e-15)
    assert early / late == pytest.approx(14 / 17, rel=1e-14)


def test_price_events_are_marked_in_their_month_and_listed(shown: Workbook, rich: Results) -> None:
    sheet = shown["Budget"]
    marks = [cell.value for cell in sheet[found(sheet, 1, "Events")]]
    assert [n - 3 for n, mark in enumerate(marks) if mark == "price"] == [4, 9]
    texts = [str(cell.value) for cell in cells(sheet) if cell.column == 1]
    assert all(any(text.startswith(event.text) for text in texts) for event in rich.events)


def test_every_input_of_the_graph_has_a_blue_cell(live: Workbook, rich: Results) -> None:
    sheet, graph = live["Inputs"], rich.plans[0].graph
    blue = [c.value for c in cells(sheet) if c.font.color is not None and c.font.color.rgb == "FF0000FF"]
    named = [float(e.value) for e in graph.entries if e.kind == "input"]
    assert sorted(blue) == sorted([*named, 12_000])
    fills = {c.fill.fgColor.rgb for c in cells(sheet) if c.font.color.rgb == "FF0000FF"}
    assert fills == {"FFFFF9DF"}


def test_inputs_say_unit_range_and_source(live: Workbook) -> None:
    sheet = live["Inputs"]
    row = found(sheet, 1, "lookup.params.chunks")
    assert [c.value for c in sheet[row]][1:4] == [2, "chunks", "2 to 20"]
    row = found(sheet, 1, "chunk_tokens")
    assert re.fullmatch(r"test\.kplan\.yaml, line \d+", str(sheet.cell(row, 5).value))
    assert any("2 to 20" in str(rule.error) for rule in sheet.data_validations.dataValidation)


def test_prices_are_written_as_the_vendor_does(live: Workbook, shown: Workbook, rich: Results) -> None:
    sheet = live["Prices"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5) if row[0].value]
    assert (
        len(rows) == len({row.id for row in rich.price_rows} | {"haiku cached, haiku input over 10000"})
        or rows
    )
    for n, row in enumerate(rows, 5):
        assert row[5] == f"=$D{n}/$E{n}"
        assert shown["Prices"].cell(n, 6).value == pytest.approx(row[3] / row[4], rel=1e-15)
        assert sheet.cell(n, 4).font.color.rgb == "FF0000FF"
    dated = [row for row in rows if row[1] == "sonnet" and row[2] == "input"]
    assert {str(row[10])[:10] for row in dated} == {"-", "2027-03-15"}
    assert {row[12] for row in dated} == {"effective", "announced"}


def test_each_charge_is_quantity_times_rate(live: Workbook) -> None:
    sheet = live["Stages"]
    titles = [cell.value for cell in sheet[4]]
    quantity, rate, cost, share, mixed = (
        titles.index(name) + 1
        for name in (
            "Quantity per query",
            "US$ per unit",
            "Cost per query",
            "Share of queries",
            "Cost per query of the mix",
        )
    )
    charges = [row[0].row for row in sheet.iter_rows(min_row=5) if row[2].value]
    assert len(charges) > 50
    shapes = {
        tuple(relative(str(sheet.cell(row, c).value), row, c) for c in (cost, mixed)) for row in charges
    }
    assert shapes == {("=R[0]C9*R[0]C10", "=R[0]C11*R[0]C12")}
    price = r"(?:Prices!\$F\$\d+|0)"
    chosen = rf"CHOOSE\(Models!\$I\$\d+(?:,{price})+\)"
    assert all(re.fullmatch(f"=(?:{price}|{chosen})", str(sheet.cell(row, rate).value)) for row in charges)
    assert all("Inputs!" in str(sheet.cell(row, share).value) for row in charges)
    assert all(re.search("Inputs!|Steps!", str(sheet.cell(row, quantity).value)) for row in charges)


def test_subtotals_are_the_usage_cost_of_each_price_period(shown: Workbook, rich: Results) -> None:
    sheet = shown["Stages"]
    last = sheet.max_column
    totals = [sheet.cell(c.row, last).value for c in cells(sheet) if c.column == 2 and c.value == "Total"]
    assert totals == [float(usd) for design in rich.designs for usd in design.epochs_usd]


def test_one_row_one_formula(live: Workbook) -> None:
    assert uneven_rows(live) == []


def test_no_constants_in_formulas(live: Workbook) -> None:
    assert constants(live) == set()


def test_only_functions_that_every_spreadsheet_has(live: Workbook) -> None:
    used = {name for text in formulas(live).values() for name in re.findall(r"([A-Z]+)\(", text)}
    assert used <= {
        "IF", "MIN", "MAX", "SUM", "INT", "ABS", "COUNTIF", "SUMPRODUCT", "EDATE", "MONTH", "INDEX",
        "EXACT", "ISNUMBER", "ROWS", "AND", "CHOOSE",
    }  # fmt: skip


def test_every_formula_has_the_engines_value(live: Workbook, shown: Workbook) -> None:
    written = formulas(live)
    assert len(written) > 500
    assert all(shown[sheet][cell].value is not None for sheet, cell in written)


def test_checks_pass_and_nothing_has_moved(shown: Workbook) -> None:
    sheet = shown["Checks"]
    assert [sheet[cell].value for cell in ("B4", "B5", "B6")] == [0, 0, 0]
    words = {cell.value for cell in cells(sheet) if cell.column == 6 and cell.row > 7}
    assert words == {"OK", "as exported", "Result"}
    assert any(cell.value == "the shares of the mix add up to 1" for cell in cells(sheet))


def test_links_are_green_and_formulas_black(live: Workbook) -> None:
    for (sheet, cell), text in formulas(live).items():
        if sheet in ("Stages", "Summary") and re.fullmatch(r"=[A-Z][a-z]+!\$[A-Z]+\$\d+", text):
            assert live[sheet][cell].font.color.rgb == "FF00692B", (sheet, cell)


def test_pages_fit_and_say_where_they_come_from(live: Workbook, rich: Results) -> None:
    for sheet in (live[name] for name in SHEETS):
        upright = sheet.title in ("Summary", "Checks")
        assert sheet.page_setup.orientation == ("portrait" if upright else "landscape")
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToWidth in (None, 1)
        assert f"kplan {rich.provenance.kplan_version}" in str(sheet.oddFooter.left.text)
        assert rich.provenance.scenario_sha256[:12] in str(sheet.oddFooter.left.text)
        assert sheet.freeze_panes


def test_notes_tell_what_is_left_out_and_what_it_was_made_from(live: Workbook, rich: Results) -> None:
    text = "\n".join(str(cell.value) for cell in cells(live["Notes"]))
    for said in (
        *rich.not_included,
        *rich.notes,
        rich.provenance.scenario_sha256,
        rich.provenance.book_sha256,
    ):
        assert said in text
    assert all(event.text in text for event in rich.events)


def test_claims_and_flips_are_told(rich: Results) -> None:
    claim = ClaimResult("c1", "42%", "not reproduced", "f", None, None, "", "post", "42% printed, 72% found")
    flip = Flip("split", "again", Decimal("0.08"), Decimal("0.9"), "all-sonnet", True, "all-sonnet above 90%")
    told = replace(rich, claims=(claim,), flips=(flip,))
    texts = [str(cell.value) for cell in cells(opened(render(told))["Notes"])]
    assert "42% printed, 72% found [not reproduced]" in texts
    assert "all-sonnet above 90%" in texts


def test_pins_that_an_added_design_overrides_are_told_once(tmp_path: Path) -> None:
    results = simulated(
        tmp_path,
        "volume: 100/month\n"
        "stages: {a: {input: 10, output: 1}, b: {input: 10, output: 1, model: sonnet}}\n"
        "designs: {x: haiku}\n",
    )
    texts = [str(cell.value) for cell in cells(opened(render(results))["Notes"])]
    assert [text for text in texts if "overrides" in text] == [
        "haiku everywhere overrides the pinned model of b"
    ]


def test_same_results_same_bytes(content: bytes, rich: Results, folder: Path) -> None:
    """In this process and in another one with other hashes."""
    assert render(rich) == content
    script = (
        "import sys, pathlib; from workbooks import RICH, results_of; from kplan.render.xlsx import render;"
        "sys.stdout.buffer.write(render(results_of(pathlib.Path(sys.argv[1]), RICH)))"
    )
    paths = [p for p in sys.path if p]
    again = subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        env={"PYTHONHASHSEED": "7", "PYTHONPATH": ":".join(paths), "TZ": "Asia/Tokyo"},
        capture_output=True,
        check=True,
    )
    assert again.stdout == content


def test_kplan_knows_its_own_workbook_until_someone_edits_it(content: bytes, live: Workbook) -> None:
    assert is_ours(content, ".xlsx")
    edited = BytesIO()
    opened(content).save(edited)
    assert not is_ours(edited.getvalue(), ".xlsx")


def test_document_properties(live: Workbook) -> None:
    assert live.properties.title == "Rich"
    assert str(live.properties.created).startswith("2000-01-01")


HOSTILE = [
    "=1+1",
    "+a",
    "-b",
    "@c",
    "{=1}",
    "http://x.test",
    "<script>",
    "a&b",
    "\u202ex",
    "mailto:a@b",
    "'q",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(tmp_path: Path, name: str) -> None:
    """As a design, a stage, a class, a fixed cost, a param's source and the title."""
    quoted = "'" + name.replace("'", "''") + "'"
    text = f"""
name: {quoted}
volume: 1_000/month
months: 2027-01..2027-02
params: {{n: {{value: 5, unit: {quoted}, source: {quoted}}}}}
stages: {{{quoted}: {{input: 10 * n, output: 20}}}}
mix: {{{quoted}: {{share: 100%}}}}
designs: {{{quoted}: haiku}}
fixed: {{{quoted}: $1/month}}
tags: {{team: {quoted}}}
singles: false
"""
    content = render(results_of(tmp_path, text))
    plain = name.replace("\u202e", "")
    book = opened(content)
    assert book["Summary"]["A1"].value == plain
    hits = [c for sheet in book if sheet.title != HIDDEN for c in cells(sheet) if c.value == plain]
    assert len(hits) >= 8
    assert {c.data_type for c in hits} == {"s"}
    assert not any(c.hyperlink for sheet in book for c in cells(sheet))
    if name[0] in "=+-@":
        assert all(c.style is not None and c.quotePrefix for c in hits)
    with zipfile.ZipFile(BytesIO(content)) as parts:
        assert not any("externalLink" in part or "hyperlink" in part for part in parts.namelist())


def test_variants_have_a_column_each_and_follow_the_first(tmp_path: Path) -> None:
    """A value that a variant has as the first one has it follows that; any other is an input."""
    results = variants_of(tmp_path, VARIANTS)
    book = opened(render(results))
    shown = opened(render(results), values=True)
    names = [plan.variant or "base" for plan in results.plans]
    inputs = book["Inputs"]
    assert [c.value for c in inputs[4]][1 : 1 + len(names)] == names
    n_row, output = found(inputs, 1, "n"), found(inputs, 1, "answer.output")
    assert names == ["more", "later"]
    assert [inputs.cell(n_row, column).value for column in (2, 3)] == [5_000, 500]
    assert [inputs.cell(output, column).value for column in (2, 3)] == [100, f"=$B{output}"]
    summary = shown["Summary"]
    for design in results.designs:
        assert summary.cell(found(summary, 1, design.id), 5).value == float(design.total_usd)
    assert shown["Checks"]["B4"].value == 0


def test_months_outside_a_variant_stay_empty(tmp_path: Path) -> None:
    results = variants_of(tmp_path, VARIANTS)
    sheet = opened(render(results), values=True)["Budget"]
    months = [str(cell.value)[:7] for cell in sheet[4]][3:]
    assert months == ["2026-12", "2027-01", "2027-02", "2027-03"]
    later = next(d for d in results.designs if d.id == "one@later")
    row = found(sheet, 1, "one@later") + 2
    amounts = [sheet.cell(row, column).value for column in range(4, 8)]
    assert amounts == [None, None, *(float(month.cost_usd) for month in later.months)]


def test_a_long_expression_gets_steps_that_can_be_read(tmp_path: Path) -> None:
    doubled = "n"
    for _ in range(6):
        doubled = f"if({doubled} > 3, {doubled} - 1, {doubled} + 2)"
    text = f"""
volume: 1_000/month
months: 2027-01..2027-02
params: {{n: 50}}
stages: {{a: {{input: "{doubled}", output: 20}}}}
designs: {{d: haiku}}
singles: false
"""
    book = opened(render(results_of(tmp_path, text)))
    assert max(len(text) for text in formulas(book).values()) < 1_500
    row = found(book["Steps"], 1, "step 1")
    assert "params.n" in str(book["Steps"].cell(row, 3).value)


def test_a_division_by_zero_in_a_branch_not_taken_is_no_failure(tmp_path: Path) -> None:
    """The step shows the error that a spreadsheet has there; the total does not."""
    parts = " + ".join(f"{n} / n" for n in range(1, 60))
    text = f"""
volume: 1_000/month
months: 2027-01..2027-02
params: {{n: 0}}
stages: {{a: {{input: "if(n > 0, {parts}, 10)", output: 20}}}}
designs: {{d: opus}}
singles: false
"""
    results = results_of(tmp_path, text)
    book = opened(render(results), values=True)
    assert book["Steps"].cell(found(book["Steps"], 1, "step 1"), 2).value == "#DIV/0!"
    assert book["Summary"].cell(found(book["Summary"], 1, "d"), 5).value == float(
        results.designs[0].total_usd
    )


def test_an_input_that_changes_nothing_says_so(tmp_path: Path) -> None:
    text = """
volume: 1_000/month
months: 2027-01..2027-02
params: {n: 5, idle: 7}
stages: {a: {input: n, output: 20}}
designs: {d: opus}
singles: false
"""
    sheet = opened(render(results_of(tmp_path, text)))["Inputs"]
    assert str(sheet.cell(found(sheet, 1, "idle"), 5).value).endswith("; no design uses it")
    assert "no design" not in str(sheet.cell(found(sheet, 1, "n"), 5).value)


def test_a_free_pipeline_divides_by_nothing(tmp_path: Path) -> None:
    """No charge, no cost, no saving: zeros, not errors."""
    text = """
volume: 1_000/month
months: 2027-01..2027-02
stages: {a: {input: 0, output: 0}}
designs: {d: opus, e: haiku}
singles: false
"""
    book = opened(render(results_of(tmp_path, text)), values=True)
    row = found(book["Summary"], 1, "e")
    assert [c.value for c in book["Summary"][row]][1:7] == [0, 0, 0, 0, 0, 0]


def test_books_that_differ_by_variant_are_told_apart(tmp_path: Path) -> None:
    """One row id, two prices: each variant's formulas go to its own."""
    from kplan.engine.simulate import simulate
    from kplan.scenario.load import load_variants
    from support import book_of

    path = tmp_path / "test.kplan.yaml"
    path.write_text(
        "volume: 1_000/month\nmonths: 2027-01..2027-02\nstages: {a: {input: 10, output: 20}}\n"
        "designs: {d: m}\nsingles: false\nvariants: {old: {}, new: {}}\n",
        encoding="utf-8",
    )
    books = {n: book_of({"m": {"input": usd, "output": "5"}}) for n, usd in (("old", "1"), ("new", "2"))}
    results = simulate(load_variants(path, (), "all"), books)
    content = render(results)
    prices = opened(content)["Prices"]
    rows = {(c[3].value, c[15].value) for c in prices.iter_rows(min_row=5) if c[2].value == "input"}
    assert rows == {(1, "old"), (2, "new")}
    summary = opened(content, values=True)["Summary"]
    for design in results.designs:
        assert summary.cell(found(summary, 1, design.id), 2).value == float(design.cost_per_query_usd)


def test_nothing_heavy_is_imported_with_the_writer() -> None:
    script = "import sys, kplan.render.xlsx as x; assert 'xlsxwriter' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], env={"PYTHONPATH": ":".join(sys.path)}, check=True)


@pytest.mark.slow
def test_size_and_speed(tmp_path: Path) -> None:
    """Ten designs of fifteen stages over three years cost less than three times as many bare formulas."""
    stages = "\n".join(f"  s{n}: {{input: n * {100 + n} + {900 + n}, output: {100 + n}}}" for n in range(15))
    designs = "\n".join(f"  d{n}: {('haiku', 'sonnet', 'opus')[n % 3]}" for n in range(3))
    split = "\n".join(f"  m{n}: {{models: {{default: haiku, s{n}: sonnet}}}}" for n in range(7))
    head = "volume: 9_000/month\nmonths: 2026-11..2029-10\nparams: {n: 8}"
    text = f"{head}\nstages:\n{stages}\ndesigns:\n{designs}\n{split}\n"
    results = results_of(tmp_path, text + "budget: $900/month\ncontingency: 10%\n")
    n_formulas = len(formulas(opened(render(results))))
    assert n_formulas > 4_000
    assert min(seconds(lambda: render(results)) for _ in range(3)) < 3 * min(
        seconds(lambda: bare(n_formulas)) for _ in range(3)
    )


def seconds(work: Callable[[], Any]) -> float:
    from time import process_time

    start = process_time()
    work()
    return process_time() - start


def bare(n_formulas: int) -> bytes:
    import xlsxwriter

    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for n in range(n_formulas):
            sheet.write_formula(n // 12, n % 12, "=Inputs!$B$7*$C$8", None, 1.5)
    return content.getvalue()


def test_a_name_that_looks_like_a_formula_is_text_in_the_chart_too(tmp_path: Path) -> None:
    text = (
        "months: 2027-01..2027-03\nvolume: 100/month\nstages: {a: {input: 1000, output: 10}}\n"
        "designs: {\"=cmd|'/c calc'!A1\": haiku, +y: sonnet}\n"
    )
    content = render(simulated(tmp_path, text))
    with zipfile.ZipFile(BytesIO(content)) as book:
        charts = "".join(book.read(name).decode() for name in book.namelist() if "chart" in name)
    assert "calc" in charts
    assert not re.search(r"<c:f>[^<]*calc", charts)


def test_bytes_after_the_archive_are_an_edit(tmp_path: Path) -> None:
    text = "volume: 100/month\nstages: {a: {input: 1000, output: 10}}\ndesigns: {x: haiku}\n"
    content = marked(render(simulated(tmp_path, text)), ".xlsx")
    assert is_ours(content, ".xlsx")
    assert not is_ours(content + b"hi\n", ".xlsx")


def test_a_plan_of_ingestion_alone_has_no_chart_and_its_bill(tmp_path: Path) -> None:
    stages = "{index: {kind: ingestion, documents: 125, stages: {read: {input: 8_000, output: 100}}}}"
    results = simulated(tmp_path, f"volume: 1/month\nstages: {stages}\ndesigns: {{x: haiku}}\n")
    workbook = opened(render(results))
    assert workbook["Summary"]._charts == []
    assert results.designs[0].total_usd > 0


def test_stages_on_the_way_of_a_query_are_charted(live: Workbook) -> None:
    assert len(live["Summary"]._charts) == 3


def test_a_class_says_its_own_range_in_percent(tmp_path: Path) -> None:
    text = """
volume: 1_000/month
months: 2027-01..2027-02
params: {redo: {value: 8%, between: [4%, 15%]}}
stages: {a: {input: 100 * redo, output: 20}}
mix: {easy: 70%, hard: {share: 30%, params: {redo: {value: 20%, between: [10%, 35%]}}}}
designs: {d: opus}
singles: false
"""
    sheet = opened(render(results_of(tmp_path, text)))["Inputs"]
    rows = [sheet[found(sheet, 1, name)] for name in ("redo", "hard.params.redo")]
    assert [row[3].value for row in rows] == ["4% to 15% (P10 to P90)", "10% to 35% (P10 to P90)"]
    assert {row[1].number_format for row in rows} == {"0.0###%"}
