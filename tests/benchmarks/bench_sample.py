"""How long drawing 10 million queries takes, beside drawing the same variates in the same chunks.

CPU time of one thread. The queries are of six stages with a route and a second pass; they are drawn with
cost, latency and percentiles: once with lognormal tokens, once with branches alone.
"""

from __future__ import annotations

import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import log, sqrt
from pathlib import Path

import msgspec
import numpy as np

from kplan.engine.compile import Compiled, compile_plan
from kplan.engine.flow.speeds import Speed, Speeds
from kplan.engine.flow.streams import Streams
from kplan.engine.montecarlo.flows import samplers
from kplan.engine.montecarlo.found import Sample
from kplan.engine.montecarlo.study import CHUNK, Study
from kplan.form.arrays import Array
from kplan.form.decimals import Decimals
from kplan.prices.book import load_book
from kplan.scenario.load import load_scenario

QUERIES = 10_000_000
RUNS = 3
LIMITS = {"tokens": 1.8, "branches": 2.5}
"""Largest ratios that are allowed."""
MOST_BYTES = 1 << 30

SIX_STAGES = """
volume: 10_000_000/month
months: 2027-01..2027-01
stages:
  rewrite: {input: 400, output: 60}
  search: {kind: route, classifier: sort, shares: {narrow: 70%, broad: 30%}, stages: {
    sort: {input: 300, output: 5}, narrow: {input: 2_500, output: 200}, broad: {input: 12_000, output: 350}}}
  answer: {input: 6_000, output: 450}
  check: {input: 7_000, output: 40, chance: 60%}
  again: {kind: second_pass, after: check, input: 8_000, output: 600, chance: 12%}
designs:
  one: {models: {default: claude-haiku-5-5, answer: claude-sonnet-5-5, again: claude-sonnet-5-5}}
"""
SPEEDS = Speeds({"claude-haiku-5-5": Speed(0.3, 150.0), "claude-sonnet-5-5": Speed(0.6, 80.0)})


@dataclass(frozen=True)
class Lognormal:
    """Tokens with a mean, and a standard deviation of 80 % of it."""

    mean: float

    def draw(self, rng: np.random.Generator, n: int) -> Array:
        """Independent draws, shape (n,)."""
        sigma = sqrt(log(1 + 0.8**2))
        return rng.lognormal(log(self.mean) - sigma**2 / 2, sigma, n)


class Told(Streams, frozen=True):
    """Streams that tell which of them were asked for."""

    names: list[str] = msgspec.field(default_factory=list)

    def of(self, name: str) -> np.random.Generator:
        """The stream of a name."""
        self.names.append(name)
        return super().of(name)


def compiled() -> Compiled:
    """The six stages, in kplan's own book."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "six.kplan.yaml"
        path.write_text(SIX_STAGES, encoding="utf-8")
        return compile_plan(load_scenario(path), load_book([]))


def laws(plan: Compiled) -> dict[str, Lognormal]:
    """Lognormal tokens for every input and output."""
    return {
        entry.name: Lognormal(float(entry.value))
        for entry in plan.plan.graph.entries
        if entry.name.startswith("stages.") and entry.name.endswith((".input", ".output"))
    }


def studies(n: int) -> dict[str, tuple[Callable[[], object], Callable[[], object]]]:
    """What is compared: drawing n queries, and drawing their variates alone."""
    found = {}
    for name in LIMITS:
        plan = compiled()
        drawn = laws(plan) if name == "tokens" else {}
        by_design = samplers(plan, drawn, SPEEDS)
        study = Study(plan.plan, by_design, Sample(n), Decimals(plan.plan.graph))
        told = Told(1, 0)
        by_design["one"]["all"].chunk(told, CHUNK)
        found[name] = (study.run, lambda names=told.names, own=drawn: variates(n, names, own))
    return found


def variates(n: int, names: list[str], drawn: dict[str, Lognormal]) -> None:
    """The same draws of the same streams, chunk by chunk, and nothing done with them."""
    room = np.empty(CHUNK)
    by_stream = {name: drawn.get(name.removeprefix("all/").rsplit("/", 1)[0]) for name in names}
    for chunk in range(-(-n // CHUNK)):
        streams, size = Streams(1, chunk), min(CHUNK, n - chunk * CHUNK)
        for name, law in by_stream.items():
            if law is None:
                streams.of(name).random(out=room[:size])
            else:
                law.draw(streams.of(name), size)


def cpu_s(work: Callable[[], object]) -> float:
    """CPU time [s]."""
    start = time.process_time()
    work()
    return time.process_time() - start


def ratios(n: int, runs: int) -> dict[str, float]:
    """CPU time of drawing queries over that of drawing variates; medians of runs in turn."""
    found = {}
    for name, (queries, alone) in studies(n).items():
        pairs = [(cpu_s(queries), cpu_s(alone)) for _ in range(runs)]
        whole, bare = (statistics.median(times) for times in zip(*pairs, strict=True))
        print(f"{whole:7.3f} s CPU  {n:,} queries, {name} drawn")
        print(f"{bare:7.3f} s CPU  the same variates, bare")
        found[name] = statistics.median(one / other for one, other in pairs)
    return found


def main() -> None:
    """Print each ratio, and the memory."""
    for name, ratio in ratios(QUERIES, RUNS).items():
        print(f"queries with cost, latency, percentiles / variates, {name}: {ratio:.2f} (<= {LIMITS[name]})")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"{most / 2**20:.0f} MB at most (promised: under {MOST_BYTES / 2**20:.0f})")


if __name__ == "__main__":
    main()
