"""A live plan costs what is planned, and with another model picked what a scenario with that one costs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from kplan.engine.plan import Pick, Plan, PlannedDesign
from kplan.engine.results import Results
from kplan.engine.simulate import simulate
from kplan.engine.uncertainty.found import Draws
from kplan.form.arrays import evaluate
from kplan.form.decimals import Decimals
from kplan.kinds.choice import ModelChoice
from kplan.prices.book import Book
from kplan.prices.models import ModelRow
from kplan.regress.run import run
from kplan.scenario.load import ALL, has_variants, load_scenario
from support import RATES, book_of, priced, simulated

SCENARIOS = sorted((Path(__file__).parents[3] / "scenarios").glob("*.kplan.yaml"))
SMALL = ModelRow("test", "small", context_window=8_000)
BOOK = book_of(
    {**RATES, "tiered": {"input": "1", "output": "4"}, "small": {"input": "0.1", "output": "0.2"}},
    rows=(
        priced("tiered", "input", "2", over_input_tokens=200_000),
        priced("tiered", "output", "9", over_input_tokens=200_000),
        priced("tiered", "cache_read", "0.25"),
    ),
    models=(SMALL,),
)
TEXT = """
volume: 1000/month
months: 2027-01..2027-03
tokenizers: {opus: 1.3}
stages:
  first: {input: 150_000, output: 100, cached: 40%, retries: 10%}
  last:  {input: 250_000, output: 300, chance: 25%}
designs: {plain: tiered, other: sonnet, dear: opus, tiny: {models: {default: haiku}}}
candidates: [small]
"""


def _designs(results: Results) -> Iterator[tuple[Plan, PlannedDesign, PlannedDesign]]:
    for plan, live in zip(results.plans, results.live, strict=True):
        for planned, design in zip(plan.designs, live.designs, strict=True):
            yield plan, planned, design


def _of_design(results: Results, name: str) -> PlannedDesign:
    return next(design for _, _, design in _designs(results) if design.id == name)


def _pick(results: Results, design: str, stage: str) -> Pick:
    return next(pick for pick in _of_design(results, design).picks if pick.stage == stage)


def _picked(results: Results, design: str, **models: str) -> Decimal:
    """Total of a live design with these models picked for its stages [USD]."""
    picks = {stage: _pick(results, design, stage) for stage in models}
    chosen = {
        picks[stage].choice: Decimal(picks[stage].models.index(model) + 1) for stage, model in models.items()
    }
    return Decimals(results.plans[0].graph, dict(chosen))[_of_design(results, design).total]


def _written(folder: Path, text: str, book: Book, design: str, **models: str) -> Decimal:
    """Total of the design where the scenario itself names these models for its stages [USD]."""
    simulated(folder, text, book)
    base = load_scenario(folder / "test.kplan.yaml")
    old = base.designs[design]
    new = {**old.models, **{stage: ModelChoice.of(model) for stage, model in models.items()}}
    designs = {**base.designs, design: old.model_copy(update={"models": new})}
    return simulate(base.model_copy(update={"designs": designs}), book).design(design).total_usd


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.name.split(".")[0])
def test_the_examples_cost_what_is_planned_at_the_planned_models(path: Path) -> None:
    results = run(path, variants=ALL if has_variants(path) else (), draws=Draws(n=0))
    for plan, planned, live in _designs(results):
        values = Decimals(plan.graph)
        assert [values[node] for node in live.month_costs] == [values[node] for node in planned.month_costs]
        assert [values[node] for node in live.usage_per_query] == [
            values[node] for node in planned.usage_per_query
        ]
        assert [(stage.id, values[stage.cost]) for stage in live.stages] == [
            (stage.id, values[stage.cost]) for stage in planned.stages
        ]
        assert values[live.total] == values[planned.total]
        assert {pick.stage for pick in live.picks}.isdisjoint(live.held)
        assert {stage.id for stage in planned.stages if stage.models} <= {
            *(pick.stage for pick in live.picks),
            *live.held,
        }


@pytest.mark.parametrize("model", ["tiered", "sonnet", "opus", "haiku"])
@pytest.mark.parametrize("design", ["plain", "other", "dear"])
def test_a_picked_model_costs_what_it_would_if_written(tmp_path: Path, design: str, model: str) -> None:
    """Long-context tiers, cache reads without a rate of their own, and a tokenizer go with the model."""
    results = simulated(tmp_path, TEXT, BOOK)
    for stages in (("first",), ("last",), ("first", "last")):
        models = dict.fromkeys(stages, model)
        assert _picked(results, design, **models) == _written(tmp_path, TEXT, BOOK, design, **models)


def test_both_stages_on_models_of_their_own(tmp_path: Path) -> None:
    results, models = simulated(tmp_path, TEXT, BOOK), {"first": "opus", "last": "tiered"}
    picked = _picked(results, "tiny", **models)
    assert picked == _written(tmp_path, TEXT, BOOK, "tiny", **models)
    assert picked != _picked(results, "tiny", first="tiered", last="opus")


def test_a_model_that_is_too_small_is_refused_with_the_reason(tmp_path: Path) -> None:
    pick = _pick(simulated(tmp_path, TEXT, BOOK), "plain", "first")
    assert pick.models == ("tiered", "sonnet", "opus", "haiku")
    assert pick.planned == 1
    assert list(pick.refused) == ["small"]
    assert "8,000" in pick.refused["small"]


CHANGING = book_of(
    rows=(
        priced("late", "input", "1", valid_to=date(2027, 2, 10)),
        priced("late", "input", "2", valid_from=date(2027, 2, 10)),
        priced("late", "output", "1"),
    )
)


def test_prices_that_change_within_the_plan_follow_the_model(tmp_path: Path) -> None:
    text = TEXT.replace("tiny: {models: {default: haiku}}", "tiny: late").replace(
        "plain: tiered", "plain: haiku"
    )
    text = text.replace("candidates: [small]", "")
    results = simulated(tmp_path, text, CHANGING)
    assert len(results.plans[0].epochs) == 2
    for design, model in (("plain", "late"), ("tiny", "haiku")):
        assert _picked(results, design, last=model) == _written(tmp_path, text, CHANGING, design, last=model)


def test_a_model_whose_price_changes_when_nothing_else_does_is_refused(tmp_path: Path) -> None:
    """No design runs on it, so the months are not cut where its price changes."""
    text = TEXT.replace("small", "late").replace("tiered", "haiku") + "singles: false\n"
    pick = _pick(simulated(tmp_path, text, CHANGING), "plain", "first")
    assert pick.refused == {
        "late": "its price changes on 2027-02-10, when no design's does; name it in a design"
    }


CONTRACT = """
contracts:
  big:  {models: "*/opus", minimum: $900/month}
  rest: {models: "*/sonnet", included: {output: 100_000}, fee: $50/month}
"""


@pytest.mark.parametrize("model", ["tiered", "sonnet", "opus"])
def test_contracts_look_at_the_model_that_is_picked(tmp_path: Path, model: str) -> None:
    results = simulated(tmp_path, TEXT + CONTRACT, BOOK)
    for design in ("plain", "other", "dear"):
        picked = _picked(results, design, first=model)
        assert picked == _written(tmp_path, TEXT + CONTRACT, BOOK, design, first=model)


CORPUS = """
volume: 1000/month
months: 2027-01..2027-02
stages:
  index: {kind: ingestion, documents: 2_000, stages: {read: {input: 1_000, output: 300, model: sonnet}}}
  answer: {input: 100, output: 50}
designs: {one: haiku, two: opus}
contracts: {all: {models: "*", minimum: $20/month, steps: {output: {0: 100%, 100_000: 50%}}}}
"""


def test_contracts_count_documents_once_and_not_for_every_query(tmp_path: Path) -> None:
    """650 000 units of output in the first month, of which 600 000 are the documents'."""
    results = simulated(tmp_path, CORPUS, book_of())
    for plan, planned, live in _designs(results):
        values = Decimals(plan.graph)
        assert values[live.total] == values[planned.total]
    picked = _picked(results, "one", answer="opus")
    assert picked == _written(tmp_path, CORPUS, book_of(), "one", answer="opus")


MIXED = """
volume: 1000/month
mix:
  easy: {share: 60%, stages: {work: {output: 50}}}
  hard: {share: 40%}
stages:
  work:  {input: 1000, output: 500}
  check: {input: 900, output: 10}
  own:   {input: 100, output: 10, model: {haiku: 50%, sonnet: 50%}}
  loop:
    kind: loop
    turns: 3
    context: 500
    cache: 5m
    stages: {step: {input: 100, output: 50}}
designs:
  one: haiku
  by-class: {models: {default: sonnet, work: {easy: haiku, hard: opus}}}
"""


def test_stages_that_keep_their_model_say_why(tmp_path: Path) -> None:
    results = simulated(tmp_path, MIXED, book_of())
    one, by_class = _of_design(results, "one"), _of_design(results, "by-class")
    assert [pick.stage for pick in one.picks] == ["work", "check"]
    assert [pick.stage for pick in by_class.picks] == ["check"]
    assert one.held["own"] == "several models share its calls"
    assert one.held["step"] == "it uses a prompt cache, which each model keeps for itself"
    assert by_class.held["work"] == "its model differs by class of queries"
    assert _of_design(results, "opus").held["work"] == "kplan added this design: one model everywhere"
    assert _picked(results, "one", work="opus") == _written(tmp_path, MIXED, book_of(), "one", work="opus")


def test_a_model_that_a_class_names_stays(tmp_path: Path) -> None:
    """What a class says is stronger than what a design says."""
    text = MIXED.replace("work: {output: 50}", "work: {output: 50, model: haiku}")
    results = simulated(tmp_path, text, book_of())
    assert _of_design(results, "one").held["work"] == "a class of queries names its model"


def test_a_stage_without_another_model_says_so(tmp_path: Path) -> None:
    text = "volume: 10/month\nstages: {work: {input: 100, output: 10}}\ndesigns: {one: haiku}\n"
    design = _of_design(simulated(tmp_path, text, book_of()), "one")
    assert design.picks == ()
    assert design.held == {"work": "the scenario names no other chat model"}
    small = simulated(tmp_path, text.replace("100", "9_000") + "candidates: [small]\n", BOOK)
    assert "8,000" in _of_design(small, "one").held["work"]


def test_prices_by_the_hour_are_cells_of_their_own(tmp_path: Path) -> None:
    """Two rows of one meter hold at different hours of the day."""
    windows = (
        priced("night", "input", "1", hours="00:00-08:00"),
        priced("night", "input", "3", hours="08:00-24:00"),
        priced("night", "output", "4"),
    )
    book, text = book_of(rows=windows), TEXT.replace("tiered", "night").replace("candidates: [small]", "")
    results = simulated(tmp_path, text, book)
    for design, model in (("other", "night"), ("plain", "opus")):
        picked = _picked(results, design, first=model)
        assert picked == _written(tmp_path, text, book, design, first=model)


def test_numpy_picks_for_each_variant_by_itself(tmp_path: Path) -> None:
    results = simulated(tmp_path, TEXT, BOOK)
    pick, design = _pick(results, "plain", "first"), _of_design(results, "plain")
    numbers = np.array([1.0, 2.0, 3.0, 4.0, 2.0])
    (totals,) = evaluate(results.plans[0].graph, [design.total], {pick.choice: numbers})
    exact = [float(_picked(results, "plain", first=pick.models[int(n) - 1])) for n in numbers]
    assert np.allclose(totals, exact, rtol=1e-12, atol=0)
    assert len(set(exact)) == 4
