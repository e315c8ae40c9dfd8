"""How right designs are: floors, bounds, points with their assumption, and what right answers cost."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from kplan.engine.results import DesignQuality, Results
from kplan.money import rounded
from kplan.quality.composition import frechet, product
from kplan.quality.intervals import Interval, Standing, interval
from support import book_of, simulated

D = Decimal
STAGES = "stages: {find: {input: 1_000, output: 0}, write: {input: 0, output: 1_000}}\n"
MEASURED = "measured: {find: {haiku: 950/1000, sonnet: 990/1000}, write: {haiku: 412/500, sonnet: 465/500}}"
DESIGNS = "designs: {cheap: haiku, mixed: {models: {default: haiku, write: sonnet}}, good: sonnet}\n"


def run(folder: Path, text: str) -> Results:
    return simulated(folder, f"volume: 100/month\nsingles: false\n{text}", book_of())


def quality(results: Results, design: str) -> DesignQuality:
    found = results.design(design).quality
    assert found is not None
    return found


def test_nothing_is_said_of_quality_where_nothing_is_asked(tmp_path: Path) -> None:
    results = run(tmp_path, STAGES + DESIGNS)
    assert all(design.quality is None for design in results.designs)


def test_a_whole_lies_between_frechets_bounds_of_its_stages(tmp_path: Path) -> None:
    """Two scores make the bounds of each hold with 97.5 %, so that both hold with 95 %."""
    found = quality(run(tmp_path, f"quality: {{{MEASURED}}}\n" + STAGES + DESIGNS), "mixed")
    scores = [interval(950, 1000, D("0.975")), interval(465, 500, D("0.975"))]
    assert found.interval == frechet(scores)
    assert found.point is None
    assert found.basis == "bounds from find, write, whatever depends on what"
    assert found.cost_per_correct_usd is None


def test_a_product_is_a_point_and_names_its_assumption(tmp_path: Path) -> None:
    """.95 x .93 = .8835; haiku reads for $.001, sonnet writes for $.015: $.016 / .8835."""
    text = f"quality: {{{MEASURED}, assume: product, wrong_answer: $0.25}}\n" + STAGES + DESIGNS
    found = quality(run(tmp_path, text), "mixed")
    assert found.point == D("0.8835")
    assert found.basis == "product of find, write, assumed independent"
    assert found.cost_per_correct_usd is not None
    assert rounded(found.cost_per_correct_usd, 9) == rounded(D("0.016") / D("0.8835"), 9)
    assert found.with_errors_usd == D("0.016") + D("0.25") * (1 - D("0.8835"))
    scores = [interval(950, 1000, D("0.975")), interval(465, 500, D("0.975"))]
    assert found.interval == frechet(scores)


def test_a_chain_was_measured_so_its_bounds_are_products(tmp_path: Path) -> None:
    text = f"quality: {{{MEASURED}, assume: chain}}\n" + STAGES + DESIGNS
    found = quality(run(tmp_path, text), "mixed")
    scores = [interval(950, 1000, D("0.975")), interval(465, 500, D("0.975"))]
    assert found.interval == Interval(product([s.low for s in scores]), product([s.high for s in scores]))
    assert (found.point, found.basis) == (D("0.8835"), "chain of find, write")


def test_a_whole_that_was_measured_goes_first(tmp_path: Path) -> None:
    text = f"quality: {{{MEASURED}, end_to_end: {{mixed: 188/200}}}}\n" + STAGES + DESIGNS
    found = quality(run(tmp_path, text), "mixed")
    assert (found.point, found.interval) == (D("0.94"), interval(188, 200, D("0.95")))
    assert found.basis == "measured end to end, 188 of 200"


def test_one_stage_needs_no_assumption(tmp_path: Path) -> None:
    text = "quality: {measured: {write: {haiku: 412/500}}}\n" + STAGES + "designs: {cheap: haiku}\n"
    found = quality(run(tmp_path, text), "cheap")
    assert (found.point, found.basis) == (D("0.824"), "write alone")
    assert found.interval == interval(412, 500, D("0.95"))


def test_a_missing_score_is_unknown_and_never_clears(tmp_path: Path) -> None:
    text = (
        f"quality: {{{MEASURED}, floor: 1%}}\n"
        + STAGES
        + "designs: {big: opus, half: {models: {find: opus, write: haiku}}}\n"
    )
    results = run(tmp_path, text)
    for design, reason in (("big", "opus has no score at find"), ("half", "opus has no score at find")):
        found = quality(results, design)
        assert found.standing is Standing.UNKNOWN
        assert found.reasons[0].startswith(reason)
    assert quality(results, "half").interval is not None
    assert quality(results, "half").interval.high < 1  # type: ignore[union-attr]


def test_a_missing_score_fails_where_another_stage_is_too_bad(tmp_path: Path) -> None:
    text = (
        f"quality: {{{MEASURED}, floor: 90%}}\n"
        + STAGES
        + "designs: {half: {models: {find: opus, write: haiku}}}\n"
    )
    assert quality(run(tmp_path, text), "half").standing is Standing.FAILS


@pytest.mark.parametrize(
    ("floor", "standing"),
    [("90.39%", "clears"), ("90.40%", "undecided"), ("95.07%", "undecided"), ("95.08%", "fails")],
)
def test_the_floor_of_a_stage_is_for_the_lower_bound(tmp_path: Path, floor: str, standing: str) -> None:
    """465 of 500 are 90.399 to 95.076 % (scipy's binomtest, exact)."""
    stages = f"stages: {{write: {{input: 0, output: 1_000, floor: {floor}}}}}\n"
    measured = "quality: {measured: {write: {sonnet: 465/500}}}\n"
    assert (
        quality(run(tmp_path, measured + stages + "designs: {good: sonnet}\n"), "good").standing == standing
    )


def test_floors_by_tier(tmp_path: Path) -> None:
    stages = "stages: {find: {input: 1, output: 0, floor: fast}, write: {input: 1, output: 9, floor: mid}}\n"
    results = run(
        tmp_path,
        "tiers: {fast: haiku, mid: sonnet}\n" + stages + DESIGNS.replace("good: sonnet", "big: opus"),
    )
    assert quality(results, "cheap").standing is Standing.FAILS
    assert quality(results, "cheap").reasons == ("haiku is declared fast",)
    assert quality(results, "mixed").standing is Standing.CLEARS
    assert quality(results, "mixed").is_declared
    assert quality(results, "big").standing is Standing.UNKNOWN
    assert quality(results, "mixed").basis == "by tier: declared, not measured"


def test_every_model_of_a_stage_must_clear_its_floor(tmp_path: Path) -> None:
    stages = "stages: {write: {input: 1, output: 9, floor: mid}}\n"
    designs = "designs: {both: {models: {write: {haiku: 10%, sonnet: 90%}}}}\n"
    results = run(tmp_path, "tiers: {fast: haiku, mid: sonnet}\n" + stages + designs)
    assert quality(results, "both").standing is Standing.FAILS


def test_shares_of_models_and_of_classes_mix(tmp_path: Path) -> None:
    """Half are hard; of the easy ones haiku writes 40 %: .5 (.4 x .824 + .6 x .93) + .5 x .93."""
    mix = "mix: {easy: 50%, hard: 50%}\n"
    writes = "{easy: {haiku: 40%, sonnet: 60%}, hard: sonnet}"
    designs = f"designs: {{routed: {{models: {{find: sonnet, write: {writes}}}}}}}\n"
    text = "quality: {measured: {write: {haiku: 412/500, sonnet: 465/500}}}\n" + mix + STAGES + designs
    found = quality(run(tmp_path, text), "routed")
    assert found.point == D("0.5") * (D("0.4") * D("0.824") + D("0.6") * D("0.93")) + D("0.5") * D("0.93")


def test_a_stage_that_few_visit_spoils_few(tmp_path: Path) -> None:
    """A tenth of the queries are written anew at .824: 1 - .1 x .176."""
    stages = "stages: {write: {input: 0, output: 1_000, chance: 10%}}\n"
    text = "quality: {measured: {write: {haiku: 412/500}}}\n" + stages + "designs: {cheap: haiku}\n"
    assert quality(run(tmp_path, text), "cheap").point == D("0.9824")


def test_a_stage_in_a_block_spoils_as_many_as_come_by(tmp_path: Path) -> None:
    """A route sends 30 % to a stage that is right in .824: 1 - .3 x .176."""
    stages = (
        "stages: {gate: {kind: route, shares: {easy: 70%, write: 30%}, stages: {easy: {input: 1, output: 1},"
        " write: {input: 0, output: 1_000}}}}\n"
    )
    text = "quality: {measured: {write: {haiku: 412/500}}}\n" + stages + "designs: {cheap: haiku}\n"
    assert quality(run(tmp_path, text), "cheap").point == D("0.9472")


def test_a_design_of_which_no_floor_is_asked_does_not_clear_any(tmp_path: Path) -> None:
    designs = "designs: {free: haiku, asked: {models: {default: sonnet}, stages: {write: {floor: mid}}}}\n"
    results = run(tmp_path, "tiers: {fast: haiku, mid: sonnet}\n" + STAGES + designs)
    assert quality(results, "asked").standing is Standing.CLEARS
    assert quality(results, "free").standing is Standing.UNKNOWN
    assert quality(results, "free").reasons == ("no floor is asked of it",)


CHECK = "check: {right: 80%, accepts_right: 95%, catches_wrong: 84%, fixes_wrong: 60%, keeps_right: 97%"


def second(more: str) -> str:
    return (
        f"stages: {{write: {{input: 0, output: 1_000}}, redo: {{kind: second_pass, like: write, {more}}}}}\n"
    )


def test_a_second_pass_stands_in_for_what_it_corrects(tmp_path: Path) -> None:
    """.76 + .04 x .97 + .2 x .84 x .6 = .8996, whatever the first model's own score is."""
    measured = "quality: {measured: {write: {haiku: 412/500}}}\n"
    found = quality(run(tmp_path, measured + second(CHECK + "}") + "designs: {d: haiku}\n"), "d")
    assert found.point == D("0.8996")
    assert found.basis == "write after redo (declared, not measured) alone"
    assert found.is_declared


def test_what_is_held_back_is_told(tmp_path: Path) -> None:
    """As rechecked in tests/quality; served and right are shares of all queries."""
    again = ", again_accepts_right: 95%, again_catches_wrong: 84%}"
    results = run(tmp_path, second(CHECK + again) + "designs: {d: haiku}\n")
    found = quality(results, "d")
    right = D("0.76") + (D("0.04") * D("0.97") + D("0.168") * D("0.6")) * D("0.95")
    wrong = D("0.032") + (D("0.04") * D("0.03") + D("0.168") * D("0.4")) * D("0.16")
    assert (found.point, found.served) == (right, right + wrong)
    (note,) = [note for note in results.notes if note.startswith("redo of d")]
    assert "20.8% of the first answers are rejected, 93.56% of the queries are served" in note


def test_a_second_pass_of_unknown_quality_widens_the_bounds(tmp_path: Path) -> None:
    """It may spoil, or mend, every one of the 8 % that it replaces."""
    measured = "quality: {measured: {write: {haiku: 412/500}}}\n"
    found = quality(run(tmp_path, measured + second("chance: 8%") + "designs: {d: haiku}\n"), "d")
    bounds = interval(412, 500, D("0.95"))
    assert found.interval == Interval(bounds.low - D("0.08"), bounds.high + D("0.08"))
    assert found.point is None


def test_independence_is_said_and_joint_cases_are_used(tmp_path: Path) -> None:
    """RouteLLM's MMLU counts (see tests/quality/test_joint.py): .800 where independence says .848."""
    first = "check: {right: 68.08%, accepts_right: 90%, catches_wrong: 70%, second_right: 80.58%}"
    joint = (
        "check: {accepts_right: 90%, catches_wrong: 70%},"
        " joint: {both: 8818, first_only: 742, second_only: 2497, neither: 1985}"
    )
    for said, right, is_said in ((first, "0.848", True), (joint, "0.800", False)):
        results = run(tmp_path, second(said) + "designs: {d: haiku}\n")
        point = quality(results, "d").point
        assert point is not None
        assert rounded(point, 3) == D(right)
        assert any("assumed independent" in note for note in results.notes) is is_said
        visits = next(stage.visits for stage in results.design("d").stages if stage.id == "redo")
        assert rounded(visits, 2) == D("0.29")


def test_savings_are_against_the_cheapest_single_that_clears(tmp_path: Path) -> None:
    """Haiku alone is cheapest and fails; sonnet alone is the cheapest that clears."""
    stages = "stages: {find: {input: 1_000, output: 0}, write: {input: 0, output: 1_000, floor: 90%}}\n"
    text = "volume: 100/month\nquality: {measured: {write: {haiku: 412/500, sonnet: 465/500}}}\n"
    results = simulated(tmp_path, text + stages + DESIGNS, book_of())
    saving = results.design("mixed").saving_vs_cheapest_single
    assert saving is not None
    assert saving.against == "good"
    assert rounded(saving.share or D(0), 12) == rounded(D(1) / 9, 12)
    assert results.verdict.cheapest_single == "good"


SCORED = "quality: {measured: {small: {haiku: 50/100}, large: {haiku: 70/100}}%s}\n"
ROUTE = (
    "stages: {r: {kind: route, shares: {small: 60%, large: 40%},"
    " stages: {small: {input: 1, output: 1}, large: {input: 1, output: 1}}}}\n"
)


@pytest.mark.parametrize("assume", ["", ", assume: product", ", assume: chain"])
def test_of_a_routes_ways_each_query_takes_one(tmp_path: Path, assume: str) -> None:
    """.6 x .5 + .4 x .7 = .58, whatever depends on what; as if all met both it would be .7 x .88 = .616."""
    found = quality(run(tmp_path, SCORED % assume + ROUTE + "designs: {d: haiku}\n"), "d")
    assert found.point == D("0.58")
    small, large = (interval(n, 100, D("0.975")) for n in (50, 70))
    assert found.interval is not None
    assert rounded(found.interval.low, 9) == rounded(D("0.6") * small.low + D("0.4") * large.low, 9)
    assert rounded(found.interval.high, 9) == rounded(D("0.6") * small.high + D("0.4") * large.high, 9)
    if not assume:
        assert found.basis == "small, large, of which each query takes one"


def test_a_route_in_a_route_behind_a_stage_that_half_the_queries_visit(tmp_path: Path) -> None:
    """1 - .5 (1 - (.6 x .5 + .4 (.25 x .7 + .75))), times the .9 of what comes first."""
    text = """
quality: {measured: {first: {haiku: 90/100}, small: {haiku: 50/100}, large: {haiku: 70/100}}, assume: product}
stages:
  first: {input: 1, output: 1}
  r:
    kind: route
    chance: 50%
    shares: {small: 60%, more: 40%}
    stages:
      small: {input: 1, output: 1}
      more:
        kind: route
        shares: {large: 25%, free: 75%}
        stages: {large: {input: 1, output: 1}, free: {input: 1, output: 1}}
designs: {d: haiku}
"""
    right = 1 - D("0.5") * (1 - (D("0.6") * D("0.5") + D("0.4") * (D("0.25") * D("0.7") + D("0.75"))))
    assert quality(run(tmp_path, text), "d").point == D("0.9") * right


def test_a_second_pass_counts_where_its_stage_is_visited(tmp_path: Path) -> None:
    """.8 x .95 + (.8 x .05 + .2 x .6) x .9 = .904 are right there, of 30 % of the queries: 1 - .3 x .096."""
    text = """
stages:
  r:
    kind: route
    shares: {easy: 70%, hard: 30%}
    stages:
      easy: {input: 1, output: 1}
      hard:
        kind: steps
        stages:
          answer: {input: 1, output: 1}
          again:
            kind: second_pass
            like: answer
            check: {right: 80%, accepts_right: 95%, catches_wrong: 60%, second_right: 90%}
designs: {d: haiku}
"""
    found = run(tmp_path, text)
    assert quality(found, "d").point == 1 - D("0.3") * (1 - D("0.904"))
    assert [stage.visits for stage in found.design("d").stages if stage.id == "again"] == [D("0.048")]


def test_classes_meet_a_stage_in_a_block_each_in_its_own_share(tmp_path: Path) -> None:
    """All of the hard queries run sonnet at 70 %, none of the easy ones anything that is measured."""
    text = """
quality: {measured: {large: {haiku: 50/100, sonnet: 70/100}}}
mix: {easy: {share: 50%, stages: {r: {shares: {small: 1, large: 0}}}}, hard: 50%}
stages:
  r:
    kind: route
    shares: {small: 0, large: 1}
    stages: {small: {input: 1, output: 1}, large: {input: 1, output: 1}}
designs: {d: {models: {default: haiku, large: {easy: haiku, hard: sonnet}}}}
"""
    assert quality(run(tmp_path, text), "d").point == D("0.5") + D("0.5") * D("0.7")


def test_scores_of_what_documents_go_through_say_nothing_of_queries(tmp_path: Path) -> None:
    text = """
quality: {measured: {answer: {haiku: 80/100}, describe: {haiku: 10/100}}, assume: product}
stages:
  answer: {input: 1, output: 1}
  index: {kind: ingestion, documents: 10, stages: {describe: {input: 1, output: 1}}}
designs: {d: haiku}
"""
    found = quality(run(tmp_path, text), "d")
    assert (found.point, found.basis) == (D("0.8"), "answer alone")
