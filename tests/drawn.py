"""Scenarios of tests, compiled to what draws their queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kplan.engine.compile import Compiled, compile_plan
from kplan.engine.flow.formulas import Law
from kplan.engine.flow.sampler import MOST_WAYS, Sampler
from kplan.engine.flow.speeds import Speeds
from kplan.engine.flow.streams import Streams
from kplan.engine.montecarlo.flows import samplers
from kplan.engine.montecarlo.found import DesignSample, Sample
from kplan.engine.montecarlo.study import Each, Study
from kplan.form.arrays import Array
from kplan.form.decimals import Decimals
from kplan.prices.book import Book
from kplan.scenario.load import load_scenario
from support import book_of

AROUND = "volume: 100_000/month\nmonths: 2027-01..2027-01\n"


@dataclass
class Pipeline:
    """A scenario's plan, and what draws its queries."""

    compiled: Compiled
    laws: Mapping[str, Law]
    speeds: Speeds

    @classmethod
    def of(
        cls,
        folder: Path,
        text: str,
        book: Book | None = None,
        laws: Mapping[str, Law] | None = None,
        speeds: Speeds | None = None,
    ) -> Pipeline:
        """Of a scenario's stages and designs as text."""
        path = folder / "drawn.kplan.yaml"
        path.write_text(text if "volume:" in text else AROUND + text, encoding="utf-8")
        compiled = compile_plan(load_scenario(path), book or book_of())
        return cls(compiled, laws or {}, speeds or Speeds())

    def sampler(self, most_ways: int = MOST_WAYS, design: str = "d", query_class: str = "all") -> Sampler:
        """What draws one class under one design."""
        return samplers(self.compiled, self.laws, self.speeds, most_ways)[design][query_class]

    def exact_usd(self, design: str = "d") -> float:
        """Expected usage cost of a query."""
        planned = next(each for each in self.compiled.plan.designs if each.id == design)
        return float(Decimals(self.compiled.plan.graph)[planned.usage_per_query[0]])

    def study(
        self, n: int, seed: int = 1, most_ways: int = MOST_WAYS, each: Each = map
    ) -> dict[str, DesignSample]:
        """What n queries of each design come to."""
        by_design = samplers(self.compiled, self.laws, self.speeds, most_ways)
        values = Decimals(self.compiled.plan.graph)
        return Study(self.compiled.plan, by_design, Sample(n, seed), values).run(each)


def costs(sampler: Sampler, n_chunks: int = 4, n: int = 65_536, seed: int = 1) -> Array:
    """The cost of each of many queries [USD]."""
    return np.concatenate([sampler.chunk(Streams(seed, chunk), n).costs() for chunk in range(n_chunks)])


def sigmas(drawn: Array, expected: float) -> float:
    """How many standard errors the mean is off."""
    error = float(drawn.std()) / np.sqrt(drawn.size)
    off = abs(float(drawn.mean()) - expected)
    return off / error if error > 1e-12 * abs(expected) else off / max(abs(expected), 1e-300) * 1e9


def chances(sampler: Sampler) -> Array:
    """Chance of each way, shape (ways,), by the rules that part them; all streams are independent."""
    assert sampler.table is not None
    found = np.zeros(sampler.table.outcomes.cost_usd.size)
    found[0] = 1.0
    for split in sampler.table.splits:
        rows = np.arange(found.size) if split.rows is None else split.rows
        here = found[rows]
        found[rows] = 0.0
        bounds = [0.0, *split.bounds, 1.0]
        for n, step in enumerate(np.cumsum([0, *split.steps])):
            held = here > 0
            found[rows[held] + step] += here[held] * (bounds[n + 1] - bounds[n])
    return found
