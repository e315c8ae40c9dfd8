"""50 designs of 20 stages over 24 months, written as page and workbook, beside XlsxWriter's bare cells.

Both sides are whole processes. The bare side is a workbook of as many cells, each a formula with its value,
on as many sheets: what writing them costs whoever writes them.
"""

from __future__ import annotations

import re
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import side_by_side

from large import many

SIZE = (50, 20, 24)
"""Designs, stages, months."""
MODELS = ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5")
LIMIT = 3
"""Largest ratio that is allowed."""

_BARE = """
import sys, xlsxwriter
counts = [int(each) for each in sys.argv[2:]]
with xlsxwriter.Workbook(sys.argv[1]) as book:
    for count in counts:
        sheet = book.add_worksheet()
        for n in range(count):
            row, column = divmod(n, 26)
            sheet.write_formula(row, column, f"=B{row + 1}*Inputs!$C${column + 1}", None, n / 7)
"""


def cells(workbook: Path) -> list[int]:
    """How many cells each sheet of a workbook holds."""
    with zipfile.ZipFile(workbook) as archive:
        sheets = sorted(name for name in archive.namelist() if name.startswith("xl/worksheets/sheet"))
        return [len(re.findall(rb"<c [^>]*[^/]>", archive.read(name))) for name in sheets]


def main() -> None:
    """Print the ratio with the figures it is made of."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "large.kplan.yaml").write_text(many(*SIZE, MODELS), encoding="utf-8")
        page, book = folder / "large.html", folder / "large.xlsx"
        outputs = ["-o", str(page), "-o", str(book), "--force", "--quiet"]
        simulate = [sys.executable, "-m", "kplan", "simulate", str(folder / "large.kplan.yaml"), *outputs]
        side_by_side({"once, to count the cells": simulate}, runs=0)
        counts, size_kb = cells(book), page.stat().st_size // 1000
        bare: Sequence[str] = [sys.executable, "-c", _BARE, str(folder / "bare.xlsx"), *map(str, counts)]
        times = side_by_side({"kplan": simulate, "bare": bare}, runs=5)
    said = "{} designs x {} stages x {} months".format(*SIZE)
    print(f"{times['kplan']:7.3f} s CPU  kplan simulate, {said}: a page of {size_kb} kB and a workbook")
    print(f"{times['bare']:7.3f} s CPU  XlsxWriter, {sum(counts):,} bare formula cells, as many as it holds")
    print(f"kplan / bare cells: {times['kplan'] / times['bare']:.2f} (promised: under {LIMIT})")


if __name__ == "__main__":
    main()
