"""The workbook worked out anew by LibreOffice, which by default would believe the values stored in it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from openpyxl import Workbook

from kplan.engine.ledger import Kind
from kplan.engine.results import Results
from kplan.money import ZERO, exact
from kplan.prices.book import Book
from kplan.render.xlsx import render
from libreoffice import forced_profile
from services import BOOK, PIPELINE
from support import book_of, priced
from workbooks import (
    BLOCKS,
    CONTRACTS,
    RICH,
    VARIANTS,
    formulas,
    found,
    moving_book,
    opened,
    results_of,
    variants_of,
)

pytestmark = pytest.mark.slow

Recalculate = Callable[[bytes], Workbook]

PIPELINES = pytest.mark.parametrize(
    ("text", "book"), [(RICH, moving_book()), (PIPELINE, BOOK)], ids=["rich", "services"]
)


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LibreOffice profile that trusts no stored value."""
    return forced_profile(tmp_path_factory.mktemp("profile"))


def converted(soffice: str, profile: Path, folder: Path, content: bytes, kind: str) -> Path:
    """The workbook loaded by LibreOffice and saved as another kind."""
    source, out = folder / "book.xlsx", folder / "out"
    source.write_bytes(content)
    options = ["--headless", "--norestore", "--nologo", "--nofirststartwizard"]
    options += [f"-env:UserInstallation={profile.as_uri()}", "--convert-to", kind, "--outdir", str(out)]
    subprocess.run([soffice, *options, str(source)], check=True, capture_output=True, timeout=180)
    return next(out.iterdir())


@pytest.fixture
def recalculate(soffice: str, profile: Path, tmp_path: Path) -> Recalculate:
    def run(content: bytes) -> Workbook:
        path = converted(soffice, profile, tmp_path, content, "xlsx:Calc MS Excel 2007 XML")
        return opened(path.read_bytes(), values=True)

    return run


def test_the_recalculation_is_a_real_one(recalculate: Recalculate) -> None:
    """A cell =A1*2 that claims to be 999 comes out as 6."""
    content = BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        sheet.write_number(0, 0, 3)
        sheet.write_formula(0, 1, "=A1*2", None, 999)
    assert opened(content.getvalue(), values=True).active["B1"].value == 999
    assert recalculate(content.getvalue()).active["B1"].value == 6


def emptied(content: bytes) -> bytes:
    """The workbook without any stored value: openpyxl keeps formulas only."""
    found = BytesIO()
    opened(content).save(found)
    return found.getvalue()


def edited(content: bytes, edits: dict[tuple[str, str], Any]) -> bytes:
    """The workbook with other values in some cells, named by sheet and label."""
    book = opened(content)
    for (sheet, label), value in edits.items():
        book[sheet].cell(found(book[sheet], 1, label), 2).value = value
    saved = BytesIO()
    book.save(saved)
    return saved.getvalue()


def lines(results: Results, design: str) -> Decimal:
    """The sum of the absolute lines of a design: what a rounding error is relative to."""
    own = next(d for d in results.designs if d.id == design)
    with exact():
        return sum(
            (abs(r.cost_usd) for r in results.ledger if (r.design, r.variant) == (own.design, own.variant)),
            ZERO,
        )


def assert_totals(sheet: Any, results: Results) -> None:
    """Every design's cost per query, first month, total and months over budget on the summary."""
    for design in results.designs:
        row = found(sheet, 1, f"+ {design.id}" if design.added else design.id)
        per_query, _, first, total, _, _, over = (cell.value for cell in sheet[row][1:8])
        slack = 1e-12 * float(lines(results, design.id))
        assert abs(total - float(design.total_usd)) <= slack, design.id
        assert abs(first - float(design.months[0].cost_usd)) <= slack, design.id
        assert per_query == pytest.approx(float(design.cost_per_query_usd), rel=1e-12)
        assert over == sum(month.over_budget for month in design.months)


@pytest.mark.parametrize(
    ("text", "book"), [(RICH, moving_book()), (PIPELINE, BOOK)], ids=["rich", "services"]
)
def test_totals_are_the_engines(recalculate: Recalculate, tmp_path: Path, text: str, book: Book) -> None:
    results = results_of(tmp_path, text, book)
    again = recalculate(emptied(render(results)))
    assert_totals(again["Summary"], results)
    assert (again["Checks"]["B4"].value, again["Checks"]["B5"].value) == (0, 0)


@pytest.mark.parametrize(
    ("text", "book"), [(RICH, moving_book()), (PIPELINE, BOOK)], ids=["rich", "services"]
)
def test_every_stored_value_is_what_its_formula_gives(
    recalculate: Recalculate, tmp_path: Path, text: str, book: Book
) -> None:
    """Each of them, not only the totals; amounts near zero are differences of large ones."""
    content = render(results_of(tmp_path, text, book))
    stored, again = opened(content, values=True), recalculate(content)
    written = formulas(opened(content))
    for sheet, cell in written:
        one, other = stored[sheet][cell].value, again[sheet][cell].value
        label = str(stored[sheet].cell(stored[sheet][cell].row, 1).value)
        near = 1e-8 if sheet == "Checks" or label == "Headroom to budget" else 0
        if isinstance(one, float | int):
            assert other == pytest.approx(one, rel=1e-11, abs=near), (sheet, cell, written[sheet, cell])
        else:
            assert one == other, (sheet, cell, written[sheet, cell])


EDITS: dict[str, tuple[dict[tuple[str, str], Any], tuple[str, ...]]] = {
    "params": (
        {("Inputs", "chunk_tokens"): 700, ("Inputs", "lookup.params.chunks"): 11, ("Inputs", "redo"): 0.25},
        ("params.chunk_tokens=700", "mix.lookup.params.chunks=11", "params.redo=25%"),
    ),
    "volume": (
        {
            ("Inputs", "queries_per_day"): 12_345,
            ("Inputs", "growth_per_month"): 0.07,
            ("Inputs", "seasonality.3"): 2,
        },
        (
            "volume.queries_per_day=12345",
            "volume.growth_per_month=7%",
            "volume.seasonality=[1, 0.97, 2, 1, 0.98, 0.95, 0.88, 0.84, 1.05, 1.12, 1.10, 0.92]",
        ),
    ),
    "money": (
        {("Inputs", "budget"): 40_000, ("Inputs", "vector store"): 900, ("Inputs", "contingency"): 0.5},
        ("budget=$40_000/month", "fixed.vector store=$900/month", "contingency=50%"),
    ),
    "stages": (
        {
            ("Inputs", "answer.cached"): 0.9,
            ("Inputs", "verify.retries"): 0.5,
            ("Inputs", "expand.input"): 20_000,
        },
        ("stages.answer.cached=90%", "stages.verify.retries=50%", "stages.expand.input=20_000"),
    ),
}
"""Cells to change, and the same said to the engine; `stages` takes a call over the long-context threshold."""


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_gives_what_the_engine_gives_for_it(
    recalculate: Recalculate, tmp_path: Path, name: str
) -> None:
    cells, sets = EDITS[name]
    before = render(results_of(tmp_path, RICH))
    after = results_of(tmp_path, RICH, sets=sets)
    book = recalculate(edited(before, cells))
    assert_totals(book["Summary"], after)
    assert book["Checks"]["B4"].value == 0
    assert book["Checks"]["B5"].value > 0
    assert "HAVE MOVED" in {str(c.value)[8:18] for row in book["Summary"].iter_rows(max_row=12) for c in row}


SIZES = {
    "the tokenizer's factor": ("big", "2", "tokenizers.big=2"),
    "a size under the least": ("gb", "0.2", "params.gb=0.2"),
    "documents that are split": ("chunk_tokens", "441", "params.chunk_tokens=441"),
    "written to the cache": ("answer.cache_write", "0.5", "stages.answer.cache_write=50%"),
    "units of a meter": ("answer.usage.web_search", "7", "stages.answer.usage.web_search=7"),
    "pieces of work": ("look.minutes", "9", "stages.look.minutes=9"),
}
"""A cell to change, and the same said to the engine."""


def test_services_stay_live(recalculate: Recalculate, tmp_path: Path) -> None:
    before = render(results_of(tmp_path, PIPELINE, BOOK))
    for label, value, said in SIZES.values():
        after = results_of(tmp_path, PIPELINE, BOOK, sets=(said,))
        changed = edited(before, {("Inputs", label): float(value)})
        assert_totals(recalculate(changed)["Summary"], after)


CONTRACT_EDITS: dict[str, tuple[dict[tuple[str, str], Any], tuple[str, ...]]] = {
    "none": ({}, ()),
    "terms": (
        {
            ("Inputs", "files.fee"): 90,
            ("Inputs", "files.included.page"): 9_000,
            ("Inputs", "files.minimum"): 1,
            ("Inputs", "tokens.commitment"): 400_000,
            ("Inputs", "tokens.steps.output.20_000_000"): 0.5,
        },
        (
            "contracts.files.fee=90",
            "contracts.files.included.page=9_000",
            "contracts.files.minimum=1",
            "contracts.tokens.commitment=400_000",
            "contracts.tokens.steps.output.20_000_000=50%",
        ),
    ),
    "usage": (
        {("Inputs", "queries_per_day"): 2_000, ("Inputs", "chunks"): 12, ("Inputs", "contingency"): 0.3},
        ("volume.queries_per_day=2_000", "params.chunks=12", "contingency=30%"),
    ),
    "idle": ({("Inputs", "queries_per_day"): 1}, ("volume.queries_per_day=1",)),
}


@pytest.mark.parametrize("name", CONTRACT_EDITS)
def test_contracts_are_live(recalculate: Recalculate, tmp_path: Path, name: str) -> None:
    """Top-ups and credits follow what moves their usage; not exactly, since a top-up is a difference."""
    cells, sets = CONTRACT_EDITS[name]
    before = render(results_of(tmp_path, CONTRACTS))
    after = results_of(tmp_path, CONTRACTS, sets=sets)
    book = recalculate(edited(before, cells))
    assert_totals(book["Summary"], after)
    assert book["Checks"]["B4"].value == 0
    kinds = {row.kind for row in after.ledger}
    assert kinds >= {Kind.FEE, Kind.CREDIT, Kind.TRUE_UP}


def test_an_edited_price_moves_what_it_prices(recalculate: Recalculate, tmp_path: Path) -> None:
    """Twice the price of every row is twice the usage; fixed costs stay."""
    results = results_of(tmp_path, RICH)
    book = opened(render(results))
    sheet = book["Prices"]
    for row in range(5, sheet.max_row + 1):
        if sheet.cell(row, 4).value is not None:
            sheet.cell(row, 4).value *= 2
    saved = BytesIO()
    book.save(saved)
    summary = recalculate(saved.getvalue())["Summary"]
    for design in results.designs:
        row = found(summary, 1, f"+ {design.id}" if design.added else design.id)
        assert summary.cell(row, 2).value == pytest.approx(2 * float(design.cost_per_query_usd), rel=1e-12)


def test_variants(recalculate: Recalculate, tmp_path: Path) -> None:
    results = variants_of(tmp_path, VARIANTS)
    assert_totals(recalculate(emptied(render(results)))["Summary"], results)


def test_pages_show_every_number(soffice: str, profile: Path, tmp_path: Path) -> None:
    """No ##### for a column too narrow, no error, in what LibreOffice prints."""
    pdftotext = shutil.which("pdftotext")
    path = converted(soffice, profile, tmp_path, render(results_of(tmp_path, RICH)), "pdf")
    assert path.read_bytes().startswith(b"%PDF")
    if pdftotext is not None:
        text = subprocess.run([pdftotext, str(path), "-"], capture_output=True, check=True, text=True).stdout
        assert "Cost per query" in text
        assert "kplan workbook map" not in text
        assert not any(sign in text for sign in ("###", "#NAME", "#REF", "#VALUE", "#DIV", "#N/A", "Err:"))


BLOCK_EDITS: dict[str, tuple[dict[tuple[str, str], Any], tuple[str, ...]]] = {
    "none": ({}, ()),
    "turns": (
        {("Inputs", "n"): 4.25, ("Inputs", "chat.stop"): 0.5},
        ("params.n=4.25", "stages.chat.stop=50%"),
    ),
    "failures": (
        {
            ("Inputs", "again.failure"): 0.4,
            ("Inputs", "serve.rejected.again"): 0.5,
            ("Inputs", "serve.outage"): 0.1,
        },
        ("stages.again.failure=40%", "stages.serve.rejected.again=50%", "stages.serve.outage=10%"),
    ),
    "shares": (
        {
            ("Inputs", "pick.shares.small"): 0.1,
            ("Inputs", "pick.shares.large"): 0.9,
            ("Inputs", "pick.confusion.large.small"): 0.5,
            ("Inputs", "pick.confusion.large.large"): 0.5,
        },
        (
            "stages.pick.shares={small: 10%, large: 90%}",
            "stages.pick.confusion.large={small: 50%, large: 50%}",
        ),
    ),
}
"""Cells to change, and the same said to the engine."""


@pytest.mark.parametrize("name", BLOCK_EDITS)
def test_blocks_stay_live(recalculate: Recalculate, tmp_path: Path, name: str) -> None:
    cells, sets = BLOCK_EDITS[name]
    before = render(results_of(tmp_path, BLOCKS))
    after = results_of(tmp_path, BLOCKS, sets=sets)
    book = recalculate(edited(before, cells))
    assert_totals(book["Summary"], after)
    assert book["Checks"]["B4"].value == 0


def test_more_turns_than_are_written_out_are_an_error(recalculate: Recalculate, tmp_path: Path) -> None:
    """Of 2.5 turns six are written out: at six the totals are the engine's, above there is none."""
    before = render(results_of(tmp_path, BLOCKS))
    most = recalculate(edited(before, {("Inputs", "n"): 6}))
    assert_totals(most["Summary"], results_of(tmp_path, BLOCKS, sets=("params.n=6",)))
    above = recalculate(edited(before, {("Inputs", "n"): 6.001}))["Summary"]
    shown = [above.cell(found(above, 1, design), 2).value for design in ("all", "cheap")]
    assert shown == ["#DIV/0!"] * 2


MARGINAL = """
volume: {queries_per_month: 10_000, start: 2027-01, months: 2}
params: {n: 300_000}
stages: {answer: {input: n, cached: 40%, output: 100}, short: {input: n / 3, cached: 10%, output: 5}}
designs: {d: m}
budget: $1/month
singles: false
"""


def test_marginal_steps_over_cached_and_fresh_tokens(recalculate: Recalculate, tmp_path: Path) -> None:
    """200 000 tokens at the first price, by their place in the prompt: cached ones come first."""
    rows = [("input", "3", 0), ("input", "6", 200_000), ("cache_read", "1", 0), ("cache_read", "2", 100_000)]
    steps = tuple(
        priced("m", meter, usd, over_input_tokens=over, tier_scope="marginal") for meter, usd, over in rows
    )
    results = results_of(tmp_path, MARGINAL, book_of({"m": {"output": "15"}}, steps))
    answer = 100_000 * 1 + 20_000 * 2 + 80_000 * 3 + 100_000 * 6 + 100 * 15
    short = 10_000 * 1 + 90_000 * 3 + 5 * 15
    assert results.designs[0].cost_per_query_usd * 1_000_000 == answer + short
    book = recalculate(emptied(render(results)))
    assert_totals(book["Summary"], results)
