"""`kplan import` says exactly what was edited, and the scenario that it writes gives the same figures."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import pytest

from edited import (
    SCENARIOS,
    Edits,
    Exported,
    Value,
    drawn,
    edited,
    exported_results,
    exported_value,
    written,
)
from kplan.engine.uncertainty.found import Draws
from kplan.errors import KplanError
from kplan.regress.run import run
from kplan.render.readback.edits import Readback, readback
from kplan.render.readback.imported import Imported, imported
from kplan.render.readback.opened import opened
from libreoffice import converted, forced_profile

N_ROUNDS, N_QUICK = 20, 4
"""Rounds for each of the scenarios, a hundred imports together; and those that quick tests only read."""
ROUNDS = {
    "rag": "",
    "knowledge-base": "",
    "router": "all",
    "rag-services": "",
    "shared-chunk-prefix": "all",
}
"""Mixes, volumes, budgets and seasons; shares, prices by books; variants, some of which follow others."""


@pytest.fixture(scope="module", params=ROUNDS)
def given(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    variants = ROUNDS[request.param]
    path = SCENARIOS / f"{request.param}.kplan.yaml"
    results = run(path, variants=variants, draws=Draws(n=0), options=("--variant", "all") if variants else ())
    return exported_results(results, tmp_path_factory.mktemp("exported"))


def expected(given: Exported, edits: Edits) -> dict[tuple[str, str], Value]:
    """Variant and name of every number that is another one now: cells that follow an edited one are, too."""
    cells, found = given.mapped, {}
    for (sheet, cell), mapped in cells.items():
        formula = str(given.book.formulas[sheet][cell].value)
        follows = (sheet, formula.removeprefix("=$").replace("$", ""))
        value = edits.get((sheet, cell), edits.get(follows) if formula.startswith("=$") else None)
        if value is not None and value != exported_value(mapped):
            found |= {(variant, mapped.name): value for variant in mapped.variants}
    return found


def said(read: Readback) -> dict[tuple[str, str], Value]:
    """The same of what was read back."""
    return {
        (variant, each.mapped.name): each.after
        for each in (*read.edits, *read.chosen)
        for variant in each.mapped.variants
    }


@pytest.mark.parametrize("number", range(N_QUICK))
def test_eight_random_edits_are_found_exactly(given: Exported, tmp_path: Path, number: int) -> None:
    edits = drawn(random.Random(number), given.mapped)
    path = written(given.content, edits, tmp_path / "budget.xlsx")
    read = readback(opened(path))
    assert said(read) == expected(given, edits)
    assert all(edit.before == Decimal(edit.mapped.exported) for edit in read.edits)


def test_a_workbook_as_exported_has_no_edits(given: Exported) -> None:
    read = readback(given.book)
    assert (read.edits, read.chosen, read.notes) == ((), (), ())
    assert read.totals
    assert all(shown == pytest.approx(before, rel=Decimal("1e-15")) for before, shown in read.totals.values())


def accepted(given: Exported, number: int, out: Path) -> tuple[Edits, Imported]:
    """Edits that the engine takes, imported; it refuses prompts shorter than what they are said to hold."""
    name = given.results.provenance.scenario_file
    rng = random.Random(number)
    for _ in range(10):
        edits = drawn(rng, given.mapped)
        path = written(given.content, edits, out.parent / "budget.xlsx")
        try:
            return edits, imported(path, SCENARIOS / name, (), out)
        except KplanError as refused:
            if not all(problem.mark for problem in refused.problems):
                raise
    raise AssertionError("every set of edits is refused")


@pytest.mark.parametrize(
    "number", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, N_ROUNDS))]
)
def test_the_scenario_gives_what_the_graph_gives(given: Exported, tmp_path: Path, number: int) -> None:
    """What is imported is what was edited, and simulating it = the plan's own graph with the same numbers, to
    the last digit kept."""
    out = tmp_path / "whatif.yaml"
    edits, found = accepted(given, number, out)
    assert said(found.read) == expected(given, edits)
    for file, content in found.files.items():
        file.write_bytes(content)
    results = run(out, variants="all" if "--variant" in found.options else (), draws=Draws(n=0))
    values = expected(given, edits)
    cells = given.mapped.values()
    for plan in given.results.live:
        own = [
            (mapped, values[plan.variant, mapped.name])
            for mapped in cells
            if (plan.variant, mapped.name) in values
        ]
        under = edited(plan, own)
        for design in plan.designs:
            if design.added:  # one model everywhere: there may be other models now
                continue
            total = results.design(plan.name_of(design.id)).total_usd
            assert abs(total - under.values[design.total]) <= Decimal("1e-40") * total
    assert not [line for line in found.warnings if "comes to" in line]


HEIRS = """
volume: 1_000/month
months: 2027-01..2027-02
stages:
  one: {input: 1_000, output: 100}
  two: {input: 500, output: 900}
designs:
  first: claude-haiku-5-5
  by-default: {extends: first, stages: {one: {output: 50}}}
  names-it: {extends: first, models: {one: claude-opus-5-5}}
  by-share: {extends: by-default, models: {default: {claude-haiku-5-5: 50%, claude-opus-5-5: 50%}}}
singles: false
"""


def test_designs_that_extend_one_with_another_model_keep_theirs(tmp_path: Path) -> None:
    """The workbook exchanges the model of one design; in a scenario those that extend it follow."""
    path = tmp_path / "heirs.kplan.yaml"
    path.write_text(HEIRS, encoding="utf-8")
    given = exported_results(run(path, draws=Draws(n=0)), tmp_path)
    [cell] = [cell for cell, mapped in given.mapped.items() if mapped.name == "designs.first.models.one"]
    changed = written(given.content, {cell: "claude-opus-5-5"}, tmp_path / "budget.xlsx")
    found = imported(changed, path, (), tmp_path / "whatif.yaml")
    before, after = (
        {design.id: design.total_usd for design in results.designs}
        for results in (given.results, found.results)
    )
    assert {name for name in before if after[name] != before[name]} == {"first"}
    assert "names-it" not in found.files[tmp_path / "whatif.yaml"].decode()


@pytest.mark.slow
def test_libreoffice_saves_what_can_be_imported(soffice: str, given: Exported, tmp_path: Path) -> None:
    """It writes the file anew, hidden sheet, formulas, numbers and all; and works it out."""
    edits = drawn(random.Random(7), given.mapped)
    path = written(given.content, edits, tmp_path / "budget.xlsx")
    profile = forced_profile(tmp_path / "profile")
    (saved,) = converted(soffice, profile, [path], tmp_path / "out")
    read = readback(opened(saved))
    assert said(read) == expected(given, edits)
    assert all(shown is not None for _, shown in read.totals.values())
