"""Ratios that the project promises, each measured side by side in one run: `make bench`.

CPU seconds of whole processes (user + system, from the kernel), medians of alternating runs. Nothing here
is asserted by the tests: machines are noisy, ratios are for reading.
"""

from __future__ import annotations

import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[2]
FLAGSHIP = ROOT / "scenarios" / "knowledge-base.kplan.yaml"
RUNS = 7
ENV = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Bytecode is kept, as it is where a package is installed."""

_MODULES = """
import sys
from kplan.cli.main import exit_code
assert exit_code({argv!r}) == 0
print("\\n".join(name for name in sys.modules if not name.startswith(("kplan", "__"))))
"""


def cpu_s(command: Sequence[str]) -> float:
    """User and system time of one run of a command [s]."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT, env=ENV
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def side_by_side(commands: dict[str, Sequence[str]], runs: int = RUNS) -> dict[str, float]:
    """Median CPU time of each command, run in turn after a warm-up [s]; nan for those of no run."""
    found: dict[str, list[float]] = {name: [] for name in commands}
    for run in range(runs + 1):
        for name, command in commands.items():
            seconds = cpu_s(command)
            if run:
                found[name].append(seconds)
    return {name: statistics.median(seconds or [math.nan]) for name, seconds in found.items()}


def main() -> None:
    """Print each ratio with the figures it is made of."""
    with tempfile.TemporaryDirectory() as folder:
        simulate = ["simulate", str(FLAGSHIP), "--force", "--quiet"]
        simulate += ["-o", f"{folder}/a.html", "-o", f"{folder}/a.xlsx"]
        listing = _MODULES.format(argv=simulate)
        names = subprocess.run(
            [sys.executable, "-c", listing], check=True, capture_output=True, text=True, cwd=ROOT
        )
        modules = names.stdout.split()
        assert "pandas" not in modules, "pandas is on the simulate path"
        bare = "import importlib\nfor name in " + repr(modules) + ":\n    importlib.import_module(name)"
        commands: dict[str, Sequence[str]] = {
            "kplan simulate, page and workbook": [sys.executable, "-m", "kplan", *simulate],
            "the modules it imports, bare": [sys.executable, "-c", bare],
            "kplan --help": [sys.executable, "-m", "kplan", "--help"],
        }
        if find_spec("litellm"):
            commands["import litellm"] = [sys.executable, "-c", "import litellm"]
        times = side_by_side(commands)
    for name, seconds in times.items():
        print(f"{seconds:7.3f} s CPU  {name}")
    ratio = times["kplan simulate, page and workbook"] / times["the modules it imports, bare"]
    print(f"kplan simulate / bare imports: {ratio:.2f} (promised: at most 2.5)")
    for name in (
        "bench_large.py",
        "bench_book.py",
        "bench_calls.py",
        "bench_limits.py",
        "bench_queues.py",
        "bench_sample.py",
        "bench_variants.py",
    ):
        subprocess.run([sys.executable, str(ROOT / "tests" / "benchmarks" / name)], check=True, cwd=ROOT)


if __name__ == "__main__":
    main()
