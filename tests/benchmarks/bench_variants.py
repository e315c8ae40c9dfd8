"""100 000 variants of a scenario: kplan's exact evaluation beside the bare numpy arithmetic, in one run.

The bare arithmetic is the scenario's cost written by hand for whole arrays, block by block, with nothing of
kplan in it: what a spreadsheet's author would write who knows numpy. CPU seconds are medians of alternating
runs; memory is the peak resident size of a process that does one of them, imports included.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SCENARIO = ROOT / "scenarios" / "uncertain-rag.kplan.yaml"
N = 100_000
BLOCK = 16_384
RUNS = 7
HAIKU, SONNET, OPUS = (0.1e-6, 0.5e-6), (2e-6, 10e-6), (4e-6, 20e-6)
"""Input and output [USD per token], as the book has them; checked against kplan's totals below."""


def plan_and_values(n: int = N) -> tuple[Any, dict[Any, Any]]:
    """The plan of the scenario, and its draws by node."""
    from kplan.engine.simulate import simulate
    from kplan.engine.uncertainty.found import Draws
    from kplan.engine.uncertainty.parameters import uncertain_of
    from kplan.prices.book import load_book
    from kplan.scenario.load import load_scenario

    plan = simulate(load_scenario(SCENARIO), load_book(), draws=Draws(n=0)).plans[0]
    return plan, {each: each.draws(Draws(n)) for each in uncertain_of(plan)[0]}


def designs() -> Any:
    """The scenario's designs without ranges."""
    from kplan.engine.simulate import simulate
    from kplan.engine.uncertainty.found import Draws
    from kplan.prices.book import load_book
    from kplan.scenario.load import load_scenario

    return simulate(load_scenario(SCENARIO), load_book(), draws=Draws(n=0)).designs


def by_kplan(plan: Any, values: dict[Any, Any]) -> Any:
    """Totals of every design, shape (designs, n) [USD]; also watches that every draw makes sense."""
    from kplan.engine.uncertainty.samples import samples
    from kplan.engine.uncertainty.valid import Guards

    guards = Guards.of(plan, values)
    return samples(plan, {each.node: drawn for each, drawn in values.items()}, N, guards).total


def by_hand(values: dict[Any, Any]) -> Any:
    """The same, per query, per month and over the plan, written out by hand."""
    import numpy as np

    named = {each.name: drawn for each, drawn in values.items()}
    found = np.empty((5, N))
    for start in range(0, N, BLOCK):
        at = slice(start, start + BLOCK)
        chunks, size, answer = named["chunks"][at], named["chunk_tokens"][at], named["answer_tokens"][at]
        simple, hard = named["second_pass_rate"][at], named["second_pass_rate of complex"][at]
        context = chunks * size
        again = 0.7 * simple + 0.3 * hard

        def small(model: tuple[float, float], context: Any = context, answer: Any = answer) -> Any:
            return (
                180 * model[0] + 120 * model[1]
                + context * model[0] + 200 * model[1]
                + (context + answer + 950) * model[0] + 30 * model[1]
            )  # fmt: skip

        def large(model: tuple[float, float], context: Any = context, answer: Any = answer) -> Any:
            return (context + 900) * model[0] + answer * model[1]

        opus = large(OPUS)
        stratified = small(HAIKU) + large(SONNET) + again * opus
        queries = [
            small(SONNET) + large(SONNET),
            stratified,
            stratified + named["flagged"][at] * opus,
            small(HAIKU) + large(HAIKU),
            small(OPUS) + opus,
        ]
        for row, per_query in enumerate(queries):
            months = [per_query * 250_000 for _ in range(12)]
            found[row, at] = sum(months[1:], months[0])
    return found


def cpu_s(call: Any) -> tuple[float, Any]:
    """CPU time of a call [s], and what it gives."""
    before = time.process_time()
    result = call()
    return time.process_time() - before, result


def peak_mb(what: str) -> float:
    """Peak resident size of a process of its own [MB]."""
    code = f"import bench_variants as b; p, v = b.plan_and_values(); {what}; print(b.rss_mb())"
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=Path(__file__).parent
    )
    return float(run.stdout)


def rss_mb() -> float:
    """Peak resident size of this process so far [MB]; Linux counts in kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured() -> tuple[float, float, float]:
    """CPU seconds of kplan and of the bare arithmetic, medians, and how far apart their totals are."""
    import numpy as np

    plan, values = plan_and_values()
    times: dict[str, list[float]] = {"kplan": [], "bare": []}
    apart = 0.0
    for run in range(RUNS + 1):
        seconds, totals = cpu_s(lambda: by_kplan(plan, values))
        bare_s, by_formula = cpu_s(lambda: by_hand(values))
        apart = float(np.max(np.abs(totals / by_formula - 1)))
        if run:
            times["kplan"].append(seconds)
            times["bare"].append(bare_s)
    return statistics.median(times["kplan"]), statistics.median(times["bare"]), apart


def main() -> None:
    """Print both, side by side."""
    from kplan.engine.uncertainty.found import Draws
    from kplan.engine.uncertainty.ranges import with_ranges

    kplan_s, bare_s, apart = measured()
    print(f"{kplan_s:7.3f} s CPU  {N:,} variants of {SCENARIO.name}, 5 designs x 12 months, by kplan")
    print(f"{bare_s:7.3f} s CPU  the bare numpy arithmetic, written by hand (totals within {apart:.1e})")
    print(f"kplan / bare: {kplan_s / bare_s:.2f}")
    plan, values = plan_and_values()
    draws_s, _ = cpu_s(lambda: [each.draws(Draws(N)) for each in values])
    known = designs()
    ranges_s, _ = cpu_s(lambda: with_ranges(plan, known, Draws(N)))
    print(
        f"{ranges_s:7.3f} s CPU  all of it: {draws_s:.3f} s for drawing, then percentiles, ranks, a tornado"
    )
    peak, none = peak_mb("b.by_kplan(p, v)"), peak_mb("None")
    print(f"{peak:7.0f} MB peak with kplan's arrays, {none:.0f} MB before them (promised: under 500)")


if __name__ == "__main__":
    main()
