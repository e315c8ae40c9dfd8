"""The samples in reports/samples: what each example scenario comes to, and the page that links them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gallery.index import CAPACITY, Card, card, page
from kplan.capacity.study import Study, study
from kplan.engine.results import Results
from kplan.regress.run import books_of, run
from kplan.render import CAPACITY_WRITERS, WRITERS, render
from kplan.render.sections import has_limits
from kplan.scenario.load import ALL, has_variants

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "reports" / "samples"
INDEX = "index.html"
ENDING = ".kplan.yaml"
FORMATS = ("html", "markdown")
"""Of every scenario."""
WORKBOOKS = ("knowledge-base", "rag-services", "support", "uncertain-rag")
"""Scenarios of which the workbook is kept, too: growth, fixed costs, a price change, ranges."""


@dataclass(frozen=True)
class Sample:
    """What one scenario comes to."""

    files: Mapping[str, bytes]
    """By file name; the page is the first."""
    card: Card
    """What the index says of it."""


def scenarios() -> tuple[Path, ...]:
    """Every example scenario, by name."""
    return tuple(sorted((ROOT / "scenarios").glob(f"*{ENDING}")))


def name_of(path: Path) -> str:
    """The scenario's name without its ending."""
    return path.name.removesuffix(ENDING)


def simulated(path: Path) -> Results:
    """A scenario under all its variants, where it has any."""
    variants = (ALL,) if has_variants(path) else ()
    options = tuple(word for name in variants for word in ("--variant", name))
    return run(path, variants=variants, options=options)


def sample(path: Path) -> Sample:
    """The scenario's page, its Markdown, for some its workbook, and its page on capacity if it has limits."""
    name, results = name_of(path), simulated(path)
    formats = (*FORMATS, *(("xlsx",) if name in WORKBOOKS else ()))
    files = {f"{name}{WRITERS[each].suffix}": render(each, results) for each in formats}
    if has_limits(results):
        files[f"{name}{CAPACITY}"] = render("html", studied(results), CAPACITY_WRITERS)
    return Sample(files, card(results, name, (*files, f"../../scenarios/{path.name}")))


def studied(results: Results) -> Study:
    """How the designs fit their limits."""
    return study(results, books_of({plan.variant: plan.scenario for plan in results.plans}))


def index(samples: Iterable[Sample]) -> bytes:
    """The page that links them."""
    return page([sample.card for sample in samples])
