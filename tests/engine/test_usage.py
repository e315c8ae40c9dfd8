"""Every billed unit from a scenario: against the oracle, by hand, in both conventions; what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kplan.engine.call import price_call
from kplan.errors import KplanError
from kplan.money import exact
from kplan.prices.meters import disjoint
from kplan.prices.models import ModelRow
from services import BOOK, CHAT, PIPELINE, RATES
from support import book_of, dumped, oracle, priced, simulated


@pytest.mark.parametrize("design", ["one", "two"])
def test_every_kind_costs_what_the_oracle_says(tmp_path: Path, design: str) -> None:
    results = simulated(tmp_path, PIPELINE, BOOK)
    said = yaml.safe_load(PIPELINE)
    if design == "two":  # the oracle replaces a stage's fields whole, kplan lays maps over maps
        said["designs"]["two"]["stages"]["answer"]["usage"] = {
            **said["stages"]["answer"]["usage"], "web_search": 1,
        }  # fmt: skip
    expected = oracle(said, RATES, design)
    assert Fraction(results.design(design).cost_per_query_usd) == expected
    assert Fraction(results.design(design).total_usd) == expected * 10_000 * 12


def test_by_hand(tmp_path: Path) -> None:
    """10 000 in, of them 20 % read, 30 % written, a third of that for an hour; 700 out, 250 thought."""
    text = """\
volume: 1/month
stages: {a: {input: 10_000, output: 700, reasoning: 250, cached: 20%, cache_write: 30%, cache_write_1h: 10%,
  usage: {web_search: 2, image_in: 500}}}
designs: {x: big}
tokenizers: {big: {factor: 2, source: ours}}
"""
    results = simulated(tmp_path, text, BOOK)
    mtok = {
        "input": 10_000 - 2_000 - 3_000 - 500, "cache_read": 2_000, "cache_write_5m": 2_000,
        "cache_write_1h": 1_000, "output": 450, "reasoning": 250,
    }  # fmt: skip
    expected = sum(2 * n * Decimal(CHAT[meter]) for meter, n in mtok.items())
    expected += 500 * Decimal("4") + 2 * Decimal(10_000)
    assert results.design("x").cost_per_query_usd == expected / 10**6
    assert "test/big makes 2 tokens of each one said (ours)" in results.notes


shares = st.integers(0, 50).map(lambda n: f"{n}%")
counts = st.integers(0, 5_000)


@st.composite
def stages(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["call", "embed", "retrieve", "rerank", "tool", "code", "human"]))
    found: dict[str, Any] = {"kind": kind}
    if kind == "call":
        seen, thought, write = draw(counts), draw(counts), draw(st.integers(0, 40))
        found |= {
            "input": 20 * seen + draw(counts), "output": thought + draw(counts), "reasoning": thought,
            "cached": draw(shares), "cache_write": f"{write}%",
            "cache_write_1h": f"{draw(st.integers(0, write))}%",
            "usage": {"image_in": seen, "web_search": draw(counts)},
        }  # fmt: skip
    elif kind == "rerank":
        found |= {"documents": draw(counts), "document_tokens": draw(counts), "query_tokens": draw(counts)}
    elif kind == "retrieve":
        found |= draw(st.fixed_dictionaries({"namespace_gb": st.integers(1, 900)}))
    elif kind == "tool":
        found |= {"usage": {"page": draw(counts), "own_unit": draw(counts)}}
    elif kind in ("embed", "human"):
        found |= {"tokens" if kind == "embed" else "minutes": draw(counts)}
    models = {"embed": "vectors", "retrieve": "store", "rerank": "ranker", "tool": "suite", "human": "people"}
    if kind in models:
        found |= {"model": models[kind], "calls": draw(st.integers(1, 4)), "retries": draw(shares)}
    return {**found, "chance": draw(shares)}


@settings(max_examples=60, deadline=None)
@given(
    found=st.lists(stages(), min_size=1, max_size=5), model=st.sampled_from(["big", "small"]),
    factor=st.sampled_from(["1", "1.35", "0.8"]),
)  # fmt: skip
def test_random_stages_cost_what_the_oracle_says(
    tmp_path_factory: pytest.TempPathFactory, found: list[dict[str, Any]], model: str, factor: str
) -> None:
    scenario = {
        "volume": "1_000/month",
        "stages": {"first": {"input": 1, "output": 1}, **{f"s{n}": stage for n, stage in enumerate(found)}},
        "designs": {"x": model},
        "tokenizers": {model: factor},
    }
    results = simulated(tmp_path_factory.mktemp("usage"), dumped(scenario), BOOK)
    assert Fraction(results.design("x").cost_per_query_usd) == oracle(scenario, RATES, "x")


def test_both_conventions_of_a_call_cost_what_its_stage_costs(tmp_path: Path) -> None:
    """A stage says what includes what; `price` takes the same totals, or buckets that are apart already."""
    text = """\
volume: 1/month
stages: {a: {input: 1_000, output: 90, reasoning: 30, cached: 40%, cache_write: 10%, cache_write_1h: 6%,
  usage: {image_in: 50}}}
designs: {x: big}
"""
    cost = simulated(tmp_path, text, BOOK).design("x").cost_per_query_usd
    parts = {"cache_read": 400, "cache_write_1h": 60, "image_in": 50, "reasoning": 30}
    totals = {**parts, "input": 1_000, "cache_write": 100, "output": 90}
    apart = {**parts, "input": 450, "cache_write": 40, "output": 60}
    assert cost == priced_call(totals, is_inclusive=True) == priced_call(apart, is_inclusive=False)
    assert cost != priced_call({**apart, "cache_write_1h": 0}, is_inclusive=False)


def priced_call(usage: Mapping[str, int], *, is_inclusive: bool) -> Decimal:
    counted = {meter: Decimal(n) for meter, n in usage.items()}
    buckets = disjoint(counted, inclusive=is_inclusive)
    return price_call(BOOK, "big", buckets, datetime(2027, 1, 1, tzinfo=UTC)).cost_usd


SERVICE = "volume: 1/month\nstages:\n  a: {input: 10, output: 1}\n  b: {%s}\ndesigns: {x: big, y: small}\n"


def test_one_model_designs_leave_services_alone(tmp_path: Path) -> None:
    """A tool on a chat model's own service keeps it, and is no model to compare."""
    text = SERVICE.replace("x: big, y: small", "x: big") % "kind: tool, usage: {web_search: 1}, model: small"
    results = simulated(tmp_path, text + "candidates: []\n", BOOK)
    assert [design.id for design in results.designs] == ["x"]
    results = simulated(tmp_path, text + "candidates: [small]\n", BOOK)
    assert [[stage.models for stage in design.stages] for design in results.designs] == [
        [("big",), ("small",)],
        [("small",), ("small",)],
    ]
    assert [design.single_model for design in results.designs] == ["big", "small"]
    assert results.designs[1].pins_overridden == ()


def test_a_design_may_name_the_service_of_a_stage(tmp_path: Path) -> None:
    """A one-model design has no service then: it is left out, with the reason."""
    text = (SERVICE % "kind: embed, tokens: 100").replace(
        "{x: big, y: small}", "{x: {models: {default: big, b: vectors}}}"
    )
    results = simulated(tmp_path, text, BOOK)
    assert [stage.models for stage in results.design("x").stages] == [("big",), ("vectors",)]
    assert [design.id for design in results.designs] == ["x"]
    assert any(note.startswith("big everywhere is not shown: no model for stage b") for note in results.notes)


def test_embedding_takes_the_input_price_where_there_is_no_other(tmp_path: Path) -> None:
    book = book_of({**RATES, "vectors": {"input": "0.02"}})
    results = simulated(tmp_path, SERVICE % "kind: embed, tokens: 100, model: vectors", book)
    stage = results.design("x").stages[1]
    assert stage.cost_per_query_usd == Decimal("0.000002")
    assert "test/vectors: embedding billed at the rate of input: no row of its own" in results.notes
    assert {row.meter for row in results.ledger if row.stage == "b"} == {"embedding"}


@pytest.mark.parametrize(
    ("size", "units"),
    [("namespace_gb: 0.24", "0.25"), ("namespace_gb: 0.26", "0.26"), ("read_units: 5", "5")],
)
def test_read_units_of_a_namespace(tmp_path: Path, size: str, units: str) -> None:
    results = simulated(tmp_path, SERVICE % f"kind: retrieve, {size}, model: store", BOOK)
    assert results.design("x").stages[1].cost_per_query_usd == Decimal(units) * 16 / 10**6


@pytest.mark.parametrize(
    ("documents", "tokens", "searches"),
    [(100, 440, 1), (101, 440, 2), (100, 441, 2), (50, 880, 1), (51, 880, 2), (1, 10, 1)],
)
def test_searches_of_a_rerank(tmp_path: Path, documents: int, tokens: int, searches: int) -> None:
    """With a query of 60 tokens a chunk holds 440: one more splits every document in two."""
    sizes = f"documents: {documents}, document_tokens: {tokens}, query_tokens: 60"
    results = simulated(tmp_path, SERVICE % f"kind: rerank, {sizes}, model: ranker", BOOK)
    assert results.design("x").stages[1].cost_per_query_usd == searches * Decimal("0.002")


def test_a_reranker_by_the_token_reads_every_document_with_the_query(tmp_path: Path) -> None:
    book = book_of({**RATES, "ranker": {"input": "0.05"}})
    sizes = "per: token, documents: 100, document_tokens: 250, query_tokens: 20"
    results = simulated(tmp_path, SERVICE % f"kind: rerank, {sizes}, model: ranker", book)
    assert results.design("x").stages[1].cost_per_query_usd == Decimal("0.00135")


EITHER = """\
volume: 1/month
stages: {r: {kind: retrieve, namespace_gb: 4, model: store}, b: {input: 1, output: 1}}
designs: {x: big, y: {models: {default: big}, stages: {r: {read_units: 7}}},
  z: {extends: y, stages: {r: {namespace_gb: 5}}},
  l: {extends: y, stages: {again: {kind: retrieve, like: r, %s, model: store}}}}
"""


@pytest.mark.parametrize(("said", "units"), [("calls: 2", 7 + 14), ("namespace_gb: 3", 7 + 3)])
def test_one_size_takes_the_place_of_the_other(tmp_path: Path, said: str, units: int) -> None:
    """In a layer above, and beside a stage that this one is like."""
    results = simulated(tmp_path, EITHER % said, BOOK)
    usd = Decimal(RATES["store"]["read_unit"]) / 10**6
    found = {id_: results.design(id_).stages for id_ in ("x", "y", "z", "l")}
    assert [found[id_][0].cost_per_query_usd / usd for id_ in ("x", "y", "z")] == [4, 7, 5]
    stages = [stage for stage in found["l"] if stage.kind == "retrieve"]
    assert sum(stage.cost_per_query_usd for stage in stages) / usd == units


def test_a_part_above_its_whole_is_told_where_the_whole_is_said(tmp_path: Path) -> None:
    """A design's own output, not the pipeline's; and every such part."""
    text = """\
volume: 1/month
stages: {a: {input: 10, output: 9, reasoning: 5}}
designs: {x: big, y: {models: {default: big}, stages: {a: {output: 4, cached: 60%, cache_write: 50%}}}}
"""
    found = refused(tmp_path, text)
    assert [problem.split(",")[0] for problem in found] == [
        "3:21 stages.a.input: input is 10",
        "4:68 designs.y.stages.a.output: output is 4",
    ]


@pytest.mark.parametrize("entry", ["big", "test/big", "TEST/*", "B?g", "*"])
def test_a_tokenizer_fits_a_name_or_a_glob_in_any_case(tmp_path: Path, entry: str) -> None:
    text = "volume: 1/month\nstages: {a: {input: 10, output: 0}}\ndesigns: {x: big}\n"
    results = simulated(tmp_path, f"{text}tokenizers: {{'{entry}': 1.5}}\n", BOOK)
    assert results.design("x").cost_per_query_usd == 15 * Decimal(CHAT["input"]) / 10**6


def test_a_tokenizer_of_a_candidate_holds_where_it_runs_everywhere(tmp_path: Path) -> None:
    text = "volume: 1/month\nstages: {a: {input: 10, output: 0}}\ndesigns: {x: small}\n"
    results = simulated(tmp_path, f"{text}candidates: big\ntokenizers: {{big: 1.5}}\n", BOOK)
    assert results.design("big").cost_per_query_usd == 15 * Decimal(CHAT["input"]) / 10**6


def refused(folder: Path, text: str) -> list[str]:
    with pytest.raises(KplanError) as caught:
        simulated(folder, text, BOOK)
    return [
        f"{p.mark.line if p.mark else 0}:{p.mark.column if p.mark else 0} {p.path}: {p.what}"
        for p in caught.value.problems
    ]


REFUSED: dict[str, tuple[str, str]] = {
    "a meter without a price, at its line": (
        "input: 5, output: 1, usage: {second: 2}",
        "5:44 stages.b.usage.second: test/big has no price for second; it has prices for",
    ),
    "a meter that nobody knows": (
        "input: 5, output: 1, usage: {web_serch: 2}",
        "5:47 stages.b.usage.web_serch: test/big has no price for web_serch; it has prices for",
    ),
    "a part that exceeds its whole": (
        "input: 5, output: 1, reasoning: 2",
        "5:25 stages.b.output: output is 1, less than what it includes: reasoning 2",
    ),
    "shares above the whole": (
        "input: 10, output: 1, cached: 60%, cache_write: 50%",
        "5:14 stages.b.input: input is 10, less than what it includes: cache_read 6 + cache_write_5m 5",
    ),
    "an hour's writes above all writes": (
        "input: 10, output: 1, cache_write: 10%, cache_write_1h: 50%",
        "5:42 stages.b.cache_write: cache_write is 1, less than what it includes: cache_write_1h 5",
    ),
    "a meter with a field of its own": (
        "input: 10, output: 1, usage: {cache_read: 5}",
        "5:29 stages.b.usage: `cache_read` has a field of its own beside `usage`: `cached`",
    ),
    "a part of another family is no part": (
        "kind: tool, usage: {input: 5, cache_read: 6, embedding: 7}, model: big",
        "input is 5, less than what it includes: cache_read 6",
    ),
    "two of them, both told": (
        "input: 10, output: 1, usage: {cache_read: 5, output: 2}",
        "`cached`; `output` has a field of its own beside `usage`: `output`",
    ),
    "digits without end": (
        "input: 5, output: 1, reasoning: 4 / 3",
        "output is 1, less than what it includes: reasoning 1.333333333333333333…",
    ),
    "all cache writes and a part of them by another name": (
        "kind: tool, usage: {cache_write_5m: 5, cache_write: 5, input: 10}, model: big",
        "5:19 stages.b.usage: cache_write and cache_write_5m are both given; say one of them",
    ),
    "a service without a name": (
        "kind: embed, tokens: 5",
        "5:3 stages.b: no model for stage b: a stage of kind embed names its own, as `model:`",
    ),
    "no size at all": ("kind: retrieve, model: store", "5:3 stages.b: no `namespace_gb`: say how much"),
    "two sizes": (
        "kind: retrieve, namespace_gb: 1, read_units: 2, model: store",
        "5:3 stages.b: say either namespace_gb or read_units, not both",
    ),
    "a tool that uses nothing": ("kind: tool, usage: {}, model: suite", "stages.b.usage: at least one"),
    "a chat field on a service": (
        "kind: embed, tokens: 5, output: 2, model: vectors",
        "stages.b.output: unknown key `output`; known are",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(tmp_path: Path, case: str) -> None:
    stage, expected = REFUSED[case]
    found = refused(tmp_path, (SERVICE % stage).replace(", y: small", ""))
    assert any(expected in problem for problem in found), found


def test_code_runs_on_no_model(tmp_path: Path) -> None:
    results = simulated(tmp_path, SERVICE % "kind: code, chance: 20%", BOOK)
    stage = results.design("x").stages[1]
    assert (stage.models, stage.cost_per_query_usd, stage.visits) == ((), 0, Decimal("0.2"))
    text = (SERVICE % "kind: code").replace("{x: big, y: small}", "{x: {models: {default: big, b: small}}}")
    assert refused(tmp_path, text) == [
        "6:41 designs.x.models.b: stage b is of kind code, which runs on no model"
    ]


TOKENS = "volume: 1/month\nstages: {a: {input: %d, output: 10}}\ndesigns: {x: big}\ntokenizers: %s\n"


@pytest.mark.parametrize(
    ("tokenizers", "factor"),
    [
        ("{big: 1.5}", "1.5"),
        ("{test/big: 1.5}", "1.5"),
        ("{b*: 1.5}", "1.5"),
        ("{test/b*: {factor: 1.5}}", "1.5"),
        ("{b*: 1.2, big: 1.5}", "1.5"),
        ("{test/big: 1.5, '*': 7}", "1.5"),
    ],
)
def test_which_factor_holds(tmp_path: Path, tokenizers: str, factor: str) -> None:
    cost = simulated(tmp_path, TOKENS % (100, tokenizers), BOOK).design("x").cost_per_query_usd
    assert cost == (100 * 3 + 10 * 15) * Decimal(factor) / 10**6


@pytest.mark.parametrize(
    ("tokenizers", "expected"),
    [
        ("{bigger: 2}", "5:22 tokenizers.bigger: fits no model of the scenario; did you mean big?"),
        ("{b*: 2, test/*: 3}", "5:29 tokenizers.test/*: `b*` and `test/*` are both for big; leave one out"),
        ("{big: 2, test/big: 3}", "are both for big"),
        ("{big: 0}", "`0` must lie above 0"),
        ("{big: -1}", "must lie above 0"),
    ],
)
def test_factors_that_are_refused(tmp_path: Path, tokenizers: str, expected: str) -> None:
    assert any(expected in problem for problem in refused(tmp_path, TOKENS % (100, tokenizers)))


def test_tiers_and_context_windows_look_at_the_models_own_tokens(tmp_path: Path) -> None:
    """1 000 x 1.25 is at the threshold and the window; one token more is over both."""
    rows = (priced("big", "input", "6", over_input_tokens=1_250),)
    book = book_of(RATES, rows)
    at = simulated(tmp_path, TOKENS % (1_000, "{big: 1.25}"), book).design("x")
    above = simulated(tmp_path, TOKENS % (1_001, "{big: 1.25}"), book).design("x")
    output = Decimal("12.5") * 15 / 10**6
    with exact():
        assert at.cost_per_query_usd - output == 1_250 * Decimal(3) / 10**6
        assert above.cost_per_query_usd - output == Decimal("1251.25") * 6 / 10**6
    windowed = book_of(RATES, models=(ModelRow("test", "big", context_window=1_250),))
    simulated(tmp_path, TOKENS % (1_000, "{big: 1.25}"), windowed)
    with pytest.raises(KplanError, match=r"1,251\.25 input tokens is above the context window"):
        simulated(tmp_path, TOKENS % (1_001, "{big: 1.25}"), windowed)


def test_added_designs_and_candidates_have_the_factor_too(tmp_path: Path) -> None:
    text = "volume: 1/month\nstages: {a: {input: 100, output: 0}}\ndesigns: {x: big}\ncandidates: [small]\n"
    before = simulated(tmp_path, text, BOOK).design("small").cost_per_query_usd
    after = simulated(tmp_path, text + "tokenizers: {small: 1.5}\n", BOOK)
    assert after.design("small").cost_per_query_usd == before * Decimal("1.5")
    assert after.design("x").cost_per_query_usd == Decimal("0.0003")
