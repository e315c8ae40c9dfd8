"""The words of the verdict: honest in every case."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from kplan.engine.simulate import simulate
from kplan.scenario.load import load_scenario
from support import book_of, priced, simulated

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
    assert over == "x breaks the $99.99 budget in 12 of 12 months, first 2027-01."


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
        "reading: x is the cheapest design written at $100 a month, the baseline itself.",
        "writing: y is the cheapest design written at $700 a month, 86% less than x.",
        "both: x is the cheapest design written at $103 a month, the baseline itself.",
    )
    alike = simulate({name: scenarios[name] for name in ("reading", "both")}, book).verdict
    assert alike.headline[0] == "The designs rank alike under every variant."


def test_an_uneven_lead_is_told_in_all_and_not_by_the_month(tmp_path: Path) -> None:
    """The price rises on 16 January: 16 of 31 days of that month, all of February."""
    text = "months: 2027-01..2027-02\nvolume: 100/month\nsingles: false\n" + ONE_STAGE
    book = book_of(
        {"steady": {"input": "1.5", "output": "1"}, "rising": {"output": "1"}},
        (
            priced("rising", "input", "1", valid_to=date(2027, 1, 16)),
            priced("rising", "input", "4", valid_from=date(2027, 1, 16)),
        ),
    )
    verdict = simulated(tmp_path, text + "designs: {x: rising, y: steady}\n", book).verdict
    assert verdict.headline[0] == "y costs $300 over 2 months, 54% less than x ($655)."


def test_a_lead_says_against_whom_where_a_third_design_could_be_meant(tmp_path: Path) -> None:
    """y costs $250 less than x, which led before; z, the next, is only $50 dearer."""
    volume = "volume: {queries_per_month: 100, start: 2027-01, months: 2}\nsingles: false\n"
    book = book_of(
        {
            "steady": {"input": "1.5", "output": "1"},
            "next": {"input": "2", "output": "1"},
            "rising": {"output": "1"},
        },
        (
            priced("rising", "input", "1", valid_to=date(2027, 2, 1)),
            priced("rising", "input", "4", valid_from=date(2027, 2, 1)),
        ),
    )
    text = volume + ONE_STAGE + "designs: {x: rising, y: steady, z: next}\n"
    assert simulated(tmp_path, text, book).verdict.headline[0] == (
        "x is cheapest to 2027-01; from 2027-02 y is, by $250 a month against x."
    )


def test_a_lead_that_changes_by_the_month_is_told_in_all(tmp_path: Path) -> None:
    volume = (
        "volume: {queries_per_month: 100, start: 2027-01, months: 3, growth_per_month: 10%}\nsingles: false\n"
    )
    book = book_of(
        {"steady": {"input": "1.5", "output": "1"}, "rising": {"output": "1"}},
        (
            priced("rising", "input", "1", valid_to=date(2027, 2, 1)),
            priced("rising", "input", "4", valid_from=date(2027, 2, 1)),
        ),
    )
    verdict = simulated(tmp_path, volume + ONE_STAGE + "designs: {x: rising, y: steady}\n", book).verdict
    assert verdict.headline[0] == ("x is cheapest to 2027-01; from 2027-02 y is, by $578 in all to 2027-03.")
    assert verdict.headline[1] == "Over all 3 months y costs $497, 52% less than x ($1,024)."


def test_every_variant_has_its_caveat_and_its_budget(tmp_path: Path) -> None:
    path = tmp_path / "v.kplan.yaml"
    path.write_text(
        "months: 2027-01..2027-02\nvolume: 100/month\nbudget: $400/month\n"
        + ONE_STAGE
        + "designs: {x: sonnet, y: opus}\ncandidates: [haiku]\n"
        "variants: {calm: {budget: $400/month}, tight: {budget: $200/month}}\n"
    )
    scenarios = {name: load_scenario(path, variant=name) for name in ("calm", "tight")}
    results = simulate(scenarios, book_of())
    assert results.verdict.caveats == (
        "calm: Not proven cheapest: all haiku would cost $100, 67% less again.",
        "tight: Not proven cheapest: all haiku would cost $100, 67% less again.",
    )
    assert "tight: x breaks the $200 budget in 2 of 2 months, first 2027-01." in results.verdict.headline
    assert "calm: x breaks" not in " ".join(results.verdict.headline)
    assert results.budget_usd_per_month is None
    assert results.verdict.cheapest == "haiku@calm"


def test_a_design_of_one_variant_alone_changes_no_ranking(tmp_path: Path) -> None:
    path = tmp_path / "v.kplan.yaml"
    path.write_text(
        "months: 2027-01..2027-02\nvolume: 100/month\nsingles: false\n"
        + ONE_STAGE
        + "designs: {x: haiku, y: sonnet}\n"
        "variants: {more: {designs: {z: opus}}, fewer: {budget: $9/month}}\n"
    )
    scenarios = {name: load_scenario(path, variant=name) for name in ("more", "fewer")}
    assert simulate(scenarios, book_of()).verdict.headline[0] == "The designs rank alike under every variant."


def test_a_tie_changes_no_leader(tmp_path: Path) -> None:
    """y is cheaper in January; from February x costs the same."""
    text = "months: 2027-01..2027-03\nvolume: 100/month\nsingles: false\n" + ONE_STAGE
    book = book_of(
        {"steady": {"input": "1", "output": "1"}, "falling": {"output": "1"}},
        (
            priced("falling", "input", "2", valid_to=date(2027, 2, 1)),
            priced("falling", "input", "1", valid_from=date(2027, 2, 1)),
        ),
    )
    verdict = simulated(tmp_path, text + "designs: {x: falling, y: steady}\n", book).verdict
    assert verdict.headline == ("y costs $300 over 3 months, 25% less than x ($400).",)


def test_one_design_under_many_variants_ranks_with_nobody(tmp_path: Path) -> None:
    path = tmp_path / "v.kplan.yaml"
    path.write_text(
        "months: 2027-01..2027-02\nvolume: 100/month\nsingles: false\n"
        + ONE_STAGE
        + "designs: {x: haiku}\nvariants: {one: {volume: 100/month}, two: {volume: 200/month}}\n"
    )
    scenarios = {name: load_scenario(path, variant=name) for name in ("one", "two")}
    assert simulate(scenarios, book_of()).verdict.headline == (
        "one: x is the cheapest design written at $100 a month, the baseline itself.",
        "two: x is the cheapest design written at $200 a month, the baseline itself.",
    )
