"""The words of the verdict: honest in every case."""

from __future__ import annotations

from pathlib import Path

from kplan.engine.simulate import simulate
from kplan.scenario.load import load_scenario
from support import book_of, simulated

ONE_STAGE = "stages: {a: {input: 1_000_000, output: 0}}\n"


def test_one_design_alone(tmp_path: Path) -> None:
    verdict = simulated(tmp_path, "volume: 100/month\n" + ONE_STAGE + "designs: {x: haiku}\n").verdict
    assert verdict.headline == ("x costs $100 a month.",)
    assert verdict.caveats == (
        "No quality is stated: cheapest of the designs shown, not known to be good enough.",
    )


def test_the_baseline_is_the_cheapest_written(tmp_path: Path) -> None:
    verdict = simulated(
        tmp_path, "volume: 100/month\n" + ONE_STAGE + "designs: {x: haiku, y: sonnet}\n"
    ).verdict
    assert verdict.headline == ("x costs $100 a month, the cheapest of the designs written.",)
    assert (verdict.design, verdict.baseline, verdict.cheapest, verdict.cheapest_single) == ("x",) * 4


def test_a_named_baseline(tmp_path: Path) -> None:
    text = "volume: 100/month\nbaseline: y\n" + ONE_STAGE + "designs: {x: haiku, y: sonnet}\n"
    assert simulated(tmp_path, text).verdict.headline == ("x costs $100 a month, 67% less than y ($300).",)


def test_months_that_differ_are_told_over_the_horizon(tmp_path: Path) -> None:
    volume = (
        "volume: {queries_per_month: 100, start: 2027-01, months: 2, growth_per_month: 10%}\nbaseline: y\n"
    )
    text = volume + ONE_STAGE + "designs: {x: haiku, y: sonnet}\n"
    assert simulated(tmp_path, text).verdict.headline == (
        "x costs $210 over 2 months, 67% less than y ($630).",
    )


def test_designs_that_cost_the_same(tmp_path: Path) -> None:
    text = "volume: 100/month\nbaseline: y\n" + ONE_STAGE + "designs: {x: haiku, y: haiku}\n"
    assert simulated(tmp_path, text).verdict.headline[0] == ("x costs $100 a month, as much as y ($100).")


def test_a_tiny_saving_is_not_printed_as_none(tmp_path: Path) -> None:
    text = "volume: 100/month\nbaseline: y\n" + ONE_STAGE + "designs: {x: haiku, y: dearer}\n"
    book = book_of({"haiku": {"input": "1", "output": "5"}, "dearer": {"input": "1.001", "output": "5"}})
    assert simulated(tmp_path, text, book).verdict.headline == (
        "x costs $100 a month, <1% less than y ($100).",
    )


def test_within_budget_is_said(tmp_path: Path) -> None:
    text = "volume: 100/month\nbudget: $100/month\n" + ONE_STAGE + "designs: {x: haiku}\n"
    assert simulated(tmp_path, text).verdict.headline[1] == (
        "Every design written stays within the $100 monthly budget."
    )
    over = simulated(tmp_path, text.replace("$100/", "$99.99/")).verdict.headline[1]
    assert over == "x breaks the $100 budget in 12 of 12 months, first 2027-01."


def test_variants_that_rank_alike_and_variants_that_do_not(tmp_path: Path) -> None:
    path = tmp_path / "v.kplan.yaml"
    path.write_text(
        "months: 2027-01..2027-02\nvolume: 100/month\nsingles: false\nparams: {out: 0}\n"
        "stages: {a: {input: 1_000_000, output: out}}\ndesigns: {x: cheap-in, y: cheap-out}\n"
        "variants:\n  reading: {params: {out: 0}}\n  writing: {params: {out: 1_000_000}}\n"
        "  both: {params: {out: 500}}\n"
    )
    book = book_of({"cheap-in": {"input": "1", "output": "50"}, "cheap-out": {"input": "2", "output": "5"}})
    scenarios = {name: load_scenario(path, variant=name) for name in ("reading", "writing", "both")}
    verdict = simulate(scenarios, book).verdict
    assert verdict.headline[0] == "The ranking of the designs differs between variants: 2 different orders."
    assert verdict.headline[1:] == (
        "y is cheaper than x under writing, dearer under reading, both.",
        "reading: x is the cheapest design written, and the baseline.",
        "writing: y is the cheapest design written, 86% less than x.",
        "both: x is the cheapest design written, and the baseline.",
    )
    alike = simulate({name: scenarios[name] for name in ("reading", "both")}, book).verdict
    assert alike.headline[0] == "The designs rank alike under every variant."
