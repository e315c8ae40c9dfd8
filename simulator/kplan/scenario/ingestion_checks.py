"""What classes of queries say of documents, which are the same for all of them."""

from __future__ import annotations

from collections.abc import Iterator

from kplan.errors import Problem
from kplan.form.numbers import clipped
from kplan.scenario.flow import choices, laid_out
from kplan.scenario.model import ONLY_CLASS, Scenario
from kplan.scenario.pipeline import of_documents

_WHERE = "documents are read in once for all classes of queries"


def ingestion_problems(scenario: Scenario) -> Iterator[Problem]:
    """A problem for each change that a class makes to an ingestion, or to a stage in one."""
    if not scenario.mix:
        return
    held = _of_documents(scenario)
    for class_id, query_class in scenario.mix.items():
        for name in query_class.stages:
            if name in held:
                path = ("mix", class_id, "stages", name)
                what = f"stage {clipped(name)} is one of an ingestion: {_WHERE}"
                yield scenario.problem(path, what, at_key=True)
    for place, choice in choices(scenario):
        name = str(place[-1] if place[-2] == "models" else place[-2])
        if name in held and place[0] != "mix" and choice.by_class:
            what = f"a model for each class of queries at stage {clipped(name)}, which is one of an ingestion"
            yield scenario.problem(place, f"{what}: {_WHERE}")


def _of_documents(scenario: Scenario) -> set[str]:
    """The ingestions and the stages in them, of the pipeline and of all designs."""
    found: set[str] = set()
    for design in (None, *scenario.designs):
        placed, _ = laid_out(scenario, design, ONLY_CLASS)
        for block, stages in of_documents(placed):
            found |= {block.id, *(each.id for each in stages)}
    return found
