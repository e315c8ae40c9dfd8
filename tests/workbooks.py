"""Scenarios for the workbook's tests that use everything the language has, and readers of what comes out."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from kplan.engine.results import Results
from kplan.engine.simulate import simulate
from kplan.prices.book import Book
from kplan.scenario.load import load_scenario, load_variants
from support import book_of, priced

RICH = """
name: Rich
volume: {queries_per_day: 8_000, start: 2026-11, months: 14, growth_per_month: 3%,
  seasonality: [1, 0.97, 1.08, 1, 0.98, 0.95, 0.88, 0.84, 1.05, 1.12, 1.10, 0.92]}
params:
  chunks: {value: 8, unit: chunks, range: [2, 20], source: logs}
  chunk_tokens: 1_200
  redo: 8%
stages:
  expand: {input: 180, output: 120}
  answer: {input: chunks * chunk_tokens + 900, cached: 30%, output: 650, calls: "ceil(chunks / 3)"}
  verify: {input: "max(chunks * chunk_tokens, 4_000) + 1_600", output: "if(chunks > 5, 150, 90)", retries: 2%}
designs:
  all-sonnet: sonnet
  split:
    models: {default: haiku, answer: {sonnet: 70%, opus: 30%}}
    stages:
      again: {after: verify, chance: redo, like: answer, input: chunks * chunk_tokens + 1_750, model: opus}
mix:
  lookup: {share: 60%, params: {chunks: 2}}
  analysis: {share: 40%, params: {chunks: 15}, stages: {answer: {output: 1_200}}}
baseline: all-sonnet
budget: $12_000/month
contingency: 10%
fixed: {vector store: $50.25/month, licences: $120/month}
tags: {team: search}
"""
CONTRACTS = (
    RICH.replace("fixed: {", "fixed: {users: {model: bucket, meter: page, quantity: chunks * 1_000 + 500}, ")
    + """
contracts:
  files: {models: bucket, fee: $25/month, included: {page: 6_000}, minimum: $40/month}
  tokens:
    models: [haiku, sonnet]
    commitment: $250_000
    included: {input: 10_000_000}
    steps: {output: {0: 100%, 20_000_000: 90%, 90_000_000: 60%}}
  all: {models: test/o*, minimum: chunks * 1_000}
"""
)
"""RICH under contracts of every kind; the price of `bucket` moves inside a month."""
VARIANTS = """
volume: {queries_per_month: 10_000, start: 2026-12, months: 3}
params: {n: 500}
stages: {answer: {input: n, output: 100}}
designs: {one: haiku, two: sonnet}
singles: false
budget: $5/month
variants:
  more: {params: {n: 5_000}}
  later: {volume: {start: 2027-02, months: 2}, budget: $40/month}
"""


BLOCKS = """
volume: {queries_per_month: 10_000, start: 2026-11, months: 14}
params: {n: 2.5}
prompt_caches: {system: {tokens: 400, shared: true, warm: 60%}}
stages:
  agent:
    kind: loop
    turns: n
    context: 2_300
    stages:
      think: {input: 120, output: 180, model: {haiku: 70%, opus: 30%}}
      act: {kind: code, adds: 400}
  serve:
    kind: fallback
    fails: {again: 1%, second: 2%}
    rejected: {again: 8%}
    outage: 2%
    outage_of: again
    stages:
      again: {kind: retry, failure: 5%, attempts: 3, stages: {primary: {input: 900, output: 300}}}
      second: {like: primary, model: opus}
  pick:
    kind: route
    shares: {small: 70%, large: 30%}
    classifier: tell
    confusion: {small: {small: 90%, large: 10%}, large: {small: 5%, large: 95%}}
    stages:
      tell: {input: 500, output: 2, model: haiku, prefix: system}
      small: {input: 1000, output: 200}
      large: {kind: steps, stages: {plan: {input: 500, output: 500}, write: {input: 1500, output: 900}}}
  chat: {kind: loop, stop: 20%, most: 6, stages: {reply: {input: 60, output: 250, model: opus}}}
designs:
  all: {models: {default: opus}}
  cheap: {models: {default: haiku}}
singles: false
budget: $900/month
"""


def moving_book() -> Book:
    """Haiku with a long-context tier, sonnet with prices that change inside a month, opus as ever."""
    moved = date(2027, 3, 15)
    rows = (
        priced("haiku", "input", "2", over_input_tokens=10_000),
        priced("sonnet", "input", "3", valid_to=moved),
        priced("sonnet", "input", "4.5", valid_from=moved, status="announced"),
        priced("sonnet", "output", "15", valid_to=date(2027, 8, 1)),
        priced("sonnet", "output", "12", valid_from=date(2027, 8, 1)),
        priced("bucket", "page", "0.01", per=1, valid_to=moved),
        priced("bucket", "page", "0.02", per=1, valid_from=moved),
    )
    rates = {
        "haiku": {"input": "1", "output": "5", "cache_read": "0.1"},
        "sonnet": {"cache_read": "0.3"},
        "opus": {"input": "15", "output": "75", "cache_read": "1.5"},
    }
    return book_of(rates, rows)


def results_of(folder: Path, text: str, book: Book | None = None, *, sets: tuple[str, ...] = ()) -> Results:
    path = folder / "test.kplan.yaml"
    path.write_text(text, encoding="utf-8")
    return simulate(load_scenario(path, sets=sets), book or moving_book())


def variants_of(folder: Path, text: str) -> Results:
    path = folder / "test.kplan.yaml"
    path.write_text(text, encoding="utf-8")
    return simulate(load_variants(path, (), "all"), moving_book())


def opened(content: bytes, *, values: bool = False) -> Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return load_workbook(BytesIO(content), data_only=values)


def cells(sheet: Any) -> Iterator[Cell]:
    assert isinstance(sheet, Worksheet)
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value is not None:
                assert isinstance(cell, Cell)
                yield cell


def formulas(book: Workbook) -> dict[tuple[str, str], str]:
    """Every formula by sheet and cell."""
    return {
        (sheet.title, cell.coordinate): str(cell.value)
        for sheet in book
        for cell in cells(sheet)
        if cell.data_type == "f"
    }


def relative(formula: str, row: int, column: int) -> str:
    """The formula with its references counted from its own cell, as R1C1 does."""

    def moved(match: re.Match[str]) -> str:
        column_fixed, letters, row_fixed, digits = match.groups()
        at = sum((ord(c) - 64) * 26**n for n, c in enumerate(reversed(letters)))
        shown_column = f"C{at}" if column_fixed else f"C[{at - column}]"
        return f"{f'R{digits}' if row_fixed else f'R[{int(digits) - row}]'}{shown_column}"

    return re.sub(r"(\$?)\b([A-Z]{1,3})(\$?)(\d+)\b", moved, formula)


def uneven_rows(book: Workbook) -> list[str]:
    """Rows of the budget whose months hold more than one formula; growth alone begins with a 1."""
    sheet, uneven = book["Budget"], []
    for row in sheet.iter_rows(min_row=5, min_col=4):
        texts = [relative(str(c.value), c.row, c.column) for c in row if c.value is not None]
        label = str(sheet.cell(row[0].row, 1).value)
        if label == "Growth" and texts.pop(0) != "=1":
            uneven.append(label)
        is_live = any(text.startswith("=") for text in texts)
        if is_live and len(set(texts)) > 1:
            uneven.append(label)
    return uneven


def constants(book: Workbook) -> set[str]:
    """Numbers that stand in formulas, but for those that everyone knows: 0, 1 and the rule on near ties."""
    numbers: set[str] = set()
    for text in formulas(book).values():
        bare = re.sub(r'"[^"]*"', "", text)
        bare = re.sub(r"\$?\b[A-Z]{1,3}\$?\d+\b", "", bare)
        numbers |= set(re.findall(r"\d+(?:\.\d+)?", bare))
    return numbers - {"0", "1", "0.000001", "0.000000001"}


def told_wrong(
    stored: Workbook, live: Workbook, again: Callable[[list[tuple[str, int, int]]], Sequence[Any]]
) -> list[tuple[str, str]]:
    """Formulas whose stored value is not what another engine gives: their sheets and cells.

    again   the engine's values of cells, each a sheet, a row and a column
    """
    written = formulas(live)
    values = again([(sheet, live[sheet][cell].row, live[sheet][cell].column) for sheet, cell in written])
    pairs = zip(written, values, strict=True)
    return [place for place, value in pairs if not _is_same(stored[place[0]][place[1]].value, value)]


def _is_same(stored: object, again: object) -> bool:
    """Differences of equal amounts are no better than those."""
    if isinstance(stored, int | float) and isinstance(again, int | float):
        return abs(stored - again) <= 1e-9 * max(abs(stored), abs(again), 1)
    return stored == again


def found(sheet: Any, column: int, text: str, nth: int = 0) -> int:
    """The row in whose column the text stands."""
    rows = [cell.row for cell in cells(sheet) if cell.column == column and cell.value == text]
    return int(rows[nth])


def values_right(sheet: Any, row: int, first: int, last: int) -> list[Any]:
    return [sheet[f"{get_column_letter(column)}{row}"].value for column in range(first, last + 1)]
