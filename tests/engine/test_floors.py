"""The verdict where there are floors: the cheapest that clears them, and everything that is open."""

from __future__ import annotations

from pathlib import Path

from kplan.engine.results import Verdict
from support import book_of, simulated

SCORES = "haiku: 412/500, sonnet: 465/500, opus: 490/500"
STAGES = "stages: {find: {input: 1_000_000, output: 0}, write: {input: 1_000_000, output: 0, floor: 90%}}\n"
"""On haiku $1 each, on sonnet $3, on opus $15."""
DESIGNS = "designs: {cheap: haiku, mixed: {models: {default: haiku, write: sonnet}}, good: sonnet}\n"


def verdict(folder: Path, text: str, quality: str = "") -> Verdict:
    said = f"quality: {{measured: {{write: {{{SCORES}}}}}{quality}}}\n"
    return simulated(folder, f"volume: 100/month\n{said}{text}", book_of()).verdict


def test_the_cheapest_that_clears_against_the_cheapest_single_that_does(tmp_path: Path) -> None:
    found = verdict(tmp_path, STAGES + DESIGNS)
    (headline,) = found.headline
    assert headline == (
        "mixed costs $400 a month, the least of the designs that clear the floors: 33% less than good ($600),"
        " the cheapest single model that does; 100% more than cheap ($200), which is not known to clear them."
    )
    assert (found.design, found.cheapest_single, found.cheapest) == ("mixed", "good", "cheap")
    assert found.caveats == ()


def test_a_baseline_that_clears_is_told_plainly(tmp_path: Path) -> None:
    designs = "baseline: dear\n" + DESIGNS.replace("}\n", ", dear: {models: {find: opus, write: sonnet}}}\n")
    (headline,) = verdict(tmp_path, STAGES + designs).headline
    assert headline.endswith("the cheapest single model that does; 78% less than dear ($1,800).")


def test_the_baseline_that_is_the_single_is_told_once(tmp_path: Path) -> None:
    (headline,) = verdict(tmp_path, "baseline: good\n" + STAGES + DESIGNS).headline
    assert headline.count("good") == 1
    assert headline.endswith("33% less than good ($600), the cheapest single model that does.")


def test_a_single_that_is_the_cheapest_of_all_that_clear(tmp_path: Path) -> None:
    found = verdict(tmp_path, "baseline: good\n" + STAGES + "designs: {cheap: haiku, good: sonnet}\n")
    (headline,) = found.headline
    assert headline.startswith("good costs $600 a month, the least of the designs that clear the floors:")
    assert headline.endswith(": it runs one model everywhere.")


def test_no_single_clears(tmp_path: Path) -> None:
    """Tiers ask for haiku's and sonnet's in turn: nobody is both."""
    tiers = "tiers: {low: [haiku, sonnet], high: [opus]}\nsingles: false\n"
    stages = "stages: {a: {input: 1_000_000, output: 0, floor: high}, b: {input: 1, output: 0, floor: low}}\n"
    designs = "designs: {x: {models: {a: opus, b: haiku}}, y: haiku}\n"
    results = simulated(tmp_path, "volume: 100/month\n" + tiers + stages + designs, book_of())
    assert "no single model is known to clear them" in results.verdict.headline[0]
    assert results.verdict.cheapest_single == ""
    assert results.verdict.caveats == ("Tiers and checks are declared, not measured.",)


def test_what_is_undecided_is_named_the_cheaper_first(tmp_path: Path) -> None:
    """At a floor of 92 % sonnet's 90.4 to 95.1 % decides nothing; opus clears it."""
    found = verdict(tmp_path, STAGES.replace("90%", "92%") + DESIGNS + "candidates: opus\n")
    assert found.design == "opus"
    assert found.headline[0].startswith("opus costs $3,000 a month, the least of the designs that clear")
    (caveat,) = found.caveats
    why = "(sonnet passed 465 of 500 at write, 90.3% to 95.1%)"
    assert caveat == f"Undecided, and cheaper: mixed {why}; good {why}."


def test_nothing_clears(tmp_path: Path) -> None:
    found = verdict(tmp_path, "singles: false\n" + STAGES.replace("90%", "92%") + DESIGNS)
    assert found.headline == (
        "No design is known to clear the floors.",
        "cheap costs $200 a month, the cheapest of the designs written.",
    )
    assert found.caveats[0].startswith("Undecided: mixed (sonnet passed 465 of 500")
    assert found.design == "cheap"


def test_wrong_answers_count_where_they_have_a_price(tmp_path: Path) -> None:
    """A query costs $4 on mixed, $30 on opus; at $600 a mistake 4 + .07 x 600 = 46, 30 + .02 x 600 = 42."""
    stages = STAGES + DESIGNS + "candidates: opus\n"
    assert verdict(tmp_path, stages, ", wrong_answer: $300").design == "mixed"
    found = verdict(tmp_path, stages, ", wrong_answer: $600")
    assert found.design == "opus"
    assert found.headline[0].startswith(
        "opus costs $3,000 a month and, with $600 for each wrong answer, the least of the designs that clear"
        " the floors ($42,000.00 per 1,000 queries): 400% more than good ($600), the cheapest single model"
    )


def test_scores_without_a_floor_prove_nothing(tmp_path: Path) -> None:
    found = verdict(tmp_path, STAGES.replace(", floor: 90%", "") + DESIGNS)
    assert found.caveats == (
        "No floor is asked of the quality: cheapest of the designs shown, not known to be good enough.",
    )


def test_each_variant_has_its_own_answer(tmp_path: Path) -> None:
    from kplan.engine.simulate import simulate
    from kplan.scenario.load import load_variants

    path = tmp_path / "v.kplan.yaml"
    said = f"quality: {{measured: {{write: {{{SCORES}}}}}}}\nmonths: 2027-01..2027-02\n"
    variants = "variants: {strict: {stages: {write: {floor: 95%}}}, lax: {stages: {write: {floor: 70%}}}}\n"
    path.write_text(
        "volume: 100/month\nsingles: false\n" + said + STAGES + DESIGNS + variants, encoding="utf-8"
    )
    results = simulate(load_variants(path), book_of())
    leaders = [line for line in results.verdict.headline if line.startswith(("strict:", "lax:"))]
    assert leaders[0] == "strict: No design is known to clear the floors."
    assert leaders[1].startswith(
        "lax: cheap@lax costs $200 a month, the least of the designs that clear the floors"
    )
