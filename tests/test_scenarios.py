"""The example scenarios: each runs in every variant, and its claims have the verdicts of one table."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from kplan.engine.results import ClaimResult, Results
from kplan.regress.run import run
from kplan.scenario.load import ALL, has_variants, load_scenario

SCENARIOS = sorted((Path(__file__).parents[1] / "scenarios").glob("*.kplan.yaml"))
MARKS = {"reproduced": "+", "follows from printed claims": "~", "not reproduced": "-"}
VERDICTS = """
agent-loop
  + even_steps
  - total
ca-rag-bundles
  + tokens latency
  - money sample_latency
contextual-retrieval
  + printed
  - first_chunk_writes
draft-polish
  + rag none_rewritten writing even
extractor-reasoner
  + even even_opus tenth tenth_opus
fallback-chain
  + chain people
good-enough
  + gpt_4o_news gpt_4o_headlines gpt_4o_legal sonnet_news sonnet_headlines llama_news mini_legal cascade_news
  - flash_8b_headlines
grounded-cache
  - retrieval speed_up
kairo-three-tiers
  + median_latency
  - saving
kairosroute-tables
  + before_expand before_synthesize before_verify before_cite after_expand after_synthesize after_verify
  + verified_expand verified_verify verified_regenerate final_expand final_synthesize
  ~ before_total after_total verified_total final_total before_month final_month saved_month reduction
  - before_rerank after_rerank after_cite verified_rerank verified_synthesize verified_cite final_rerank
  - final_verify final_second_pass final_cite all_sonnet_more
model-switch
  + stay back
multi-stage-research
  + staged one_call
multi-turn-chat
  + ten_turns forgets read
router
  + ceiling low high
  - high_one_vendor chat long
semantic-router
  + signals checked time_40 time_60 cost_60
  - saved
shared-chunk-prefix
  + cached_A cached_B cached_C cached_D cached_E stratified_A stratified_B stratified_C stratified_D
  + stratified_E less chunks
six-layer-stack
  + as_it_is chunks
"""
"""Below each file its claims: + reproduced, ~ following from printed claims, - not reproduced."""
WITHOUT_NOTES = frozenset({"kairosroute-tables"})
"""An audit of whole tables: what is wrong with each row is that it is not what it says."""


@cache
def runs(path: Path) -> tuple[Results, ...]:
    """The results as the file stands, and under all its variants together."""
    ways = [(), ALL] if has_variants(path) else [()]
    return tuple(run(path, variants=variants) for variants in ways)


def claims(path: Path) -> list[ClaimResult]:
    return [claim for results in runs(path) for claim in results.claims]


def expected() -> dict[str, dict[str, str]]:
    """The table: file to claim to mark."""
    found: dict[str, dict[str, str]] = {}
    for line in VERDICTS.split("\n"):
        words = line.split()
        if words and line[0] != " ":
            found[words[0]] = (marks := {})
        elif words:
            marks.update(dict.fromkeys(words[1:], words[0]))
    return found


def by_name(path: Path) -> str:
    return path.name.removesuffix(".kplan.yaml")


@pytest.mark.parametrize("path", SCENARIOS, ids=by_name)
def test_examples_run_in_every_variant(path: Path) -> None:
    designs = [design for results in runs(path) for design in results.designs]
    assert {design.variant for design in designs} == {"", *load_scenario(path).variants}
    assert all(design.total_usd > 0 for design in designs)
    assert all(results.verdict.headline for results in runs(path))


@pytest.mark.parametrize("path", SCENARIOS, ids=by_name)
def test_claims_have_these_verdicts(path: Path) -> None:
    found = {claim.id: MARKS[claim.verdict] for claim in claims(path)}
    assert found == expected().get(by_name(path), {})
    assert set(found) == {claim.id for claim in load_scenario(path).claims}, "each is audited in some run"


def test_the_table_names_no_file_that_is_not_there() -> None:
    assert set(expected()) <= {by_name(path) for path in SCENARIOS}


@pytest.mark.parametrize("path", SCENARIOS, ids=by_name)
def test_claims_have_sources_and_those_that_fail_say_why(path: Path) -> None:
    written = {claim.id: claim for claim in load_scenario(path).claims}
    assert not [claim.id for claim in written.values() if not claim.source]
    if by_name(path) not in WITHOUT_NOTES:
        failed = [claim.id for claim in claims(path) if MARKS[claim.verdict] == "-"]
        assert not [name for name in failed if not written[name].note]
