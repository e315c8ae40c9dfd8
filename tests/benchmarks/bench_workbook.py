"""How long a plan of 50 designs x 20 stages x 24 months takes as a workbook, beside bare formula cells.

CPU seconds of whole processes, run in turn: `kplan simulate` with nothing but the workbook written, and
XlsxWriter writing as many formulas as that workbook has, each `=A1*B1` with a value, and nothing else.
"""

from __future__ import annotations

import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENV = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
DESIGNS, STAGES, MONTHS = 50, 20, 24
RUNS = 3
LIMIT = 3.0
"""Largest ratio that is allowed."""
MODELS = ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-4-5")

BARE = """
import sys, xlsxwriter
with xlsxwriter.Workbook(sys.argv[1]) as book:
    sheet = book.add_worksheet()
    for n in range(int(sys.argv[2])):
        sheet.write_formula(n // 20, n % 20, "=A1*B1", None, 1.5)
"""


def scenario(designs: int, stages: int, months: int) -> str:
    """A plan in which every stage has its own tokens and every design its own models."""
    said = [
        f"  s{k}: {{input: chunks * {1000 + 7 * k} + {100 + k}, output: {100 + 3 * k}}}"
        for k in range(stages)
    ]
    models = [
        ", ".join(f"s{k}: {MODELS[(n + k) % len(MODELS)]}" for k in range(stages)) for n in range(designs)
    ]
    chosen = [f"  d{n}: {{models: {{{each}}}}}" for n, each in enumerate(models)]
    return "\n".join(
        (
            f"volume: {{queries_per_month: 250_000, start: 2026-12, months: {months}, growth_per_month: 2%}}",
            "params: {chunks: {value: 8, range: [2, 20]}}",
            *("stages:", *said),
            *("designs:", *chosen),
            "budget: $200_000/month\ncontingency: 10%\nfixed: {store: $450/month}\nsingles: false\n",
        )
    )


def n_formulas(path: Path) -> int:
    """Formula cells of a workbook."""
    with zipfile.ZipFile(path) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        return sum(len(re.findall(rb"<f>", book.read(name))) for name in sheets)


def cpu_s(command: Sequence[str]) -> float:
    """User and system time of one run of a command [s]."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT, env=ENV
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def measured(designs: int, stages: int, months: int, runs: int) -> tuple[int, float, float]:
    """Formulas of the workbook, and the median times of kplan and of bare formula cells [s]."""
    with tempfile.TemporaryDirectory() as folder:
        plan, out = Path(folder) / "plan.kplan.yaml", Path(folder) / "plan.xlsx"
        plan.write_text(scenario(designs, stages, months), encoding="utf-8")
        simulate = [
            sys.executable,
            "-m",
            "kplan",
            "simulate",
            str(plan),
            "-o",
            str(out),
            "--force",
            "--quiet",
        ]
        cpu_s(simulate)
        n = n_formulas(out)
        bare = [sys.executable, "-c", BARE, str(Path(folder) / "bare.xlsx"), str(n)]
        times = [(cpu_s(simulate), cpu_s(bare)) for _ in range(runs)]
    whole, alone = (statistics.median(each) for each in zip(*times, strict=True))
    return n, whole, alone


def main() -> None:
    """Print the ratio with the figures it is made of."""
    n, whole, bare = measured(DESIGNS, STAGES, MONTHS, RUNS)
    size = f"{DESIGNS} designs x {STAGES} stages x {MONTHS} months"
    print(f"{whole:7.3f} s CPU  kplan simulate, workbook of {size}: {n:,} formulas")
    print(f"{bare:7.3f} s CPU  XlsxWriter, {n:,} bare formula cells")
    print(f"workbook / bare formula cells: {whole / bare:.2f} (promised: under {LIMIT:g})")


if __name__ == "__main__":
    main()
