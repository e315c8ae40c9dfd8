"""`model: cheapest`: what is chosen, at what prices, and why nothing is."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kplan.engine.results import Results
from kplan.errors import KplanError
from kplan.prices.models import ModelRow
from support import book_of, priced, simulated

TIERS = "tiers: {fast: [haiku, mini], mid: [sonnet], frontier: [opus]}\n"
TWO = (
    "stages: {a: {input: 10, output: 10, floor: mid, model: cheapest},"
    " b: {input: 10, output: 10, floor: fast}}\n"
)
RATES = {
    "haiku": {"input": "1", "output": "5"},
    "mini": {"input": "2", "output": "1"},
    "sonnet": {"input": "3", "output": "15"},
    "opus": {"input": "15", "output": "75"},
}


def run(folder: Path, text: str, **options: object) -> Results:
    return simulated(
        folder, "volume: 100/month\nsingles: false\n" + text, options.pop("book", book_of(RATES))
    )  # type: ignore[arg-type]


def models(results: Results, design: str = "auto") -> dict[str, tuple[str, ...]]:
    return {stage.id: stage.models for stage in results.design(design).stages}


def test_the_cheapest_of_each_floor_for_each_stages_own_tokens(tmp_path: Path) -> None:
    """read: 1 000 in is $.001 on haiku, $.002 on mini; write: 1 000 out is $.005 and $.001."""
    stages = (
        "stages: {read: {input: 1_000, output: 0, floor: fast},"
        " write: {input: 0, output: 1_000, floor: fast}, judge: {input: 10, output: 10, floor: mid}}\n"
    )
    results = run(tmp_path, TIERS + stages + "designs: {auto: cheapest}\n")
    assert models(results) == {"read": ("haiku",), "write": ("mini",), "judge": ("sonnet",)}
    assert (
        "auto: read runs on haiku, the cheapest of 4 that clear fast (haiku is declared fast, not measured)"
        in (results.notes)
    )


def test_only_where_it_is_said(tmp_path: Path) -> None:
    stages = TWO
    results = run(tmp_path, TIERS + stages + "designs: {auto: opus, pinned: {models: {a: opus, b: haiku}}}\n")
    assert models(results) == {"a": ("sonnet",), "b": ("opus",)}
    assert models(results, "pinned") == {"a": ("opus",), "b": ("haiku",)}


def test_a_tie_goes_by_name(tmp_path: Path) -> None:
    rates = {name: {"input": "1", "output": "1"} for name in ("b", "a", "c")}
    stages = "stages: {s: {input: 10, output: 10, floor: only}}\n"
    results = run(
        tmp_path, "tiers: {only: [b, a, c]}\n" + stages + "designs: {auto: cheapest}\n", book=book_of(rates)
    )
    assert models(results) == {"s": ("a",)}


def test_measured_floors_are_for_the_lower_bound(tmp_path: Path) -> None:
    """412 of 500 is 78.8 % at least: below 79 % haiku clears, above it does not."""
    measured = "quality: {measured: {s: {haiku: 412/500, sonnet: 480/500}}}\n"
    for floor, chosen in (("78.7%", "haiku"), ("78.8%", "sonnet")):
        stages = f"stages: {{s: {{input: 10, output: 10, floor: {floor}}}}}\n"
        results = run(tmp_path, measured + stages + "designs: {auto: cheapest}\n")
        assert models(results) == {"s": (chosen,)}


def test_classes_may_need_another_model(tmp_path: Path) -> None:
    """Easy queries read, hard ones write: on haiku reading is cheaper, on mini writing."""
    stages = (
        "params: {in: 1_000, out: 0}\nmix: {easy: 50%, hard: {share: 50%, params: {in: 0, out: 1_000}}}\n"
    )
    stages += "stages: {s: {input: in, output: out, floor: fast}}\n"
    results = run(tmp_path, TIERS + stages + "designs: {auto: cheapest}\n")
    assert models(results) == {"s": ("haiku", "mini")}
    assert any("s runs on mini in class hard" in note for note in results.notes)


def test_prices_over_the_whole_plan_decide(tmp_path: Path) -> None:
    """Haiku becomes ten times as dear after one month of twelve, so mini is cheaper over the year."""
    later = priced("haiku", "input", "10", valid_from=date(2027, 2, 1))
    first = {"haiku": {"output": "5"}, "mini": RATES["mini"]}
    book = book_of(first, (priced("haiku", "input", "1", valid_to=date(2027, 2, 1)), later))
    stages = "stages: {s: {input: 1_000, output: 0, floor: fast}}\n"
    text = "tiers: {fast: [haiku, mini]}\n" + stages + "designs: {auto: cheapest}\n"
    assert models(run(tmp_path, text, book=book)) == {"s": ("mini",)}
    assert models(run(tmp_path, "months: 2027-01..2027-01\n" + text, book=book)) == {"s": ("haiku",)}


def test_a_model_that_cannot_run_the_stage_is_passed_over(tmp_path: Path) -> None:
    """Haiku's window holds 5 000 tokens: it takes the small stage, not the large one."""
    book = book_of(RATES, models=(ModelRow("test", "haiku", context_window=5_000),))
    stages = (
        "stages: {small: {input: 1_000, output: 0, floor: fast},"
        " large: {input: 9_000, output: 0, floor: fast}}\n"
    )
    results = run(tmp_path, TIERS + stages + "designs: {auto: cheapest}\n", book=book)
    assert models(results) == {"small": ("haiku",), "large": ("mini",)}


def test_why_no_model_clears(tmp_path: Path) -> None:
    measured = "quality: {measured: {s: {haiku: 412/500, sonnet: 480/500}}}\ncandidates: opus\n"
    stages = "stages: {s: {input: 10, output: 10, floor: 99%}}\n"
    with pytest.raises(KplanError) as caught:
        run(tmp_path, measured + stages + "designs: {auto: cheapest}\n")
    (problem,) = caught.value.problems
    assert problem.path == "designs.auto.models.default"
    assert problem.what == (
        "no model clears the floor 99% of stage s: opus has no score at s; haiku passed 412 of 500 at s,"
        " 78.7% to 85.7%; sonnet passed 480 of 500 at s, 93.8% to 97.6%"
    )


def test_a_tier_without_enough_is_said_by_model(tmp_path: Path) -> None:
    stages = "stages: {s: {input: 1, output: 1, floor: mid}}\n"
    text = "tiers: {fast: haiku, mid: []}\n" + stages + "designs: {auto: cheapest}\n"
    with pytest.raises(KplanError, match="no model clears the floor mid of stage s: haiku is declared fast"):
        run(tmp_path, text)


def test_an_unknown_model_of_a_tier_is_an_error(tmp_path: Path) -> None:
    text = "tiers: {fast: haikku}\nstages: {s: {input: 1, output: 1}}\ndesigns: {d: haiku}\n"
    with pytest.raises(KplanError, match=r'no model "haikku"; did you mean haiku\?'):
        run(tmp_path, text)


def test_added_designs_run_one_model_where_cheapest_stands(tmp_path: Path) -> None:
    stages = TWO
    results = simulated(
        tmp_path, "volume: 100/month\n" + TIERS + stages + "designs: {auto: opus}\n", book_of(RATES)
    )
    assert {design.id for design in results.designs if design.added} == {"haiku", "mini", "sonnet", "opus"}
    assert models(results, "haiku") == {"a": ("haiku",), "b": ("haiku",)}


def test_the_cheapest_for_documents(tmp_path: Path) -> None:
    """Paid by the month, not by the query: $.005 on haiku, $.001 on mini for 1 000 tokens out."""
    stages = (
        "stages: {ask: {input: 10, output: 1, floor: fast}, index: {kind: ingestion, documents: 1_000,"
        " stages: {describe: {input: 0, output: 1_000, floor: fast}}}}\n"
    )
    for order in ("haiku, mini", "mini, haiku"):
        results = run(tmp_path, f"tiers: {{fast: [{order}]}}\n" + stages + "designs: {auto: cheapest}\n")
        used = {row.stage: row.model for row in results.ledger}
        assert used == {"ask": "test/haiku", "describe": "test/mini"}
