"""Scenarios put together at random: a live plan costs what is planned, a slider what simulating anew does."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kplan.engine.results import Results
from kplan.errors import KplanError
from kplan.form.decimals import Decimals
from kplan.money import plain
from kplan.regress.run import results_of
from kplan.render.whatif.view import Board
from kplan.scenario.load import load_scenario
from kplan.scenario.names import dotted
from support import RATES, book_of, dumped, priced

BOOK = book_of(
    RATES,
    rows=(
        *(priced(model, "cache_write_5m", "7") for model in RATES),
        priced("tiered", "input", "1"),
        priced("tiered", "input", "2", over_input_tokens=5_000),
        priced("tiered", "output", "4"),
        priced("stepped", "input", "1"),
        priced("stepped", "input", "3", over_input_tokens=3_000, tier_scope="marginal"),
        priced("stepped", "output", "6"),
    ),
)
OFFERS = """
provider: test
offers:
  - models: ["*"]
    deployments: [here]
    throughput: {amount: 100, per: 60s, weights: {input: 1, cache_read: 0.1, output: 4}}
    prices: [{term: hourly, usd: 0.01, per: hour}]
"""
MODELS = [*RATES, "tiered", "stepped"]
CALL = {"input": "size + 900", "output": "said"}
STAGES: dict[str, dict[str, Any]] = {
    "sometimes": {**CALL, "chance": "often", "cached": "20%", "retries": "5%"},
    "reads": {"input": 9_700, "output": 50, "prefix": "intro", "chance": "often"},
    "reads_too": {"input": 9_900, "output": "said", "prefix": "intro"},
    "draws": {"input": {"mean": 3_000, "p95": 9_000}, "output": "max(said, 100)"},
    "agent": {
        "kind": "loop", "turns": "turns", "context": "size", "cache": "5m",
        "stages": {"step": {"input": 100, "output": "said"}, "act": {"kind": "code", "adds": "size / 10"}},
    },
    "chat": {"kind": "loop", "stop": "often", "most": 4, "stages": {"reply": {"input": 60, "output": 250}}},
    "again": {"kind": "retry", "failure": "often / 2", "attempts": 3, "stages": {"tried": CALL}},
    "serve": {
        "kind": "fallback", "rejected": {"small": "often"},
        "stages": {"small": CALL, "large": {"like": "small"}},
    },
    "way": {
        "kind": "route", "shares": {"left": "often", "right": "1 - often"},
        "stages": {"left": {"like": "answer"}, "right": {"input": "size", "output": 10}},
    },
    "kept": {"kind": "answer_cache", "hits": "often", "stages": {"miss": {"like": "answer"}}},
    "corpus": {
        "kind": "ingestion", "documents": "size", "new_per_month": 30,
        "stages": {"read": {"input": 900, "output": 30}},
    },
    "second": {"kind": "second_pass", "like": "answer", "after": "answer", "check":
        {"right": "80%", "accepts_right": "1 - often / 10", "catches_wrong": "often"}},
}  # fmt: skip
AROUND: dict[str, Any] = {
    "mix": {"short": {"share": "often", "params": {"said": 50}}, "long": "1 - often"},
    "contracts": {
        "all": {"models": "*", "minimum": "$900/month", "steps": {"output": {0: "100%", 90_000: "60%"}}}
    },
    "contingency": "10%",
    "fixed": {"licence": "$25/month"},
    "tokenizers": {"*": "1.3"},
}  # fmt: skip


@st.composite
def scenarios(draw: st.DrawFn) -> dict[str, Any]:
    """Some stages, some of what can stand around them, and two designs of which one may extend the other."""
    names = draw(st.lists(st.sampled_from(list(STAGES)), max_size=3, unique=True))
    around = draw(st.lists(st.sampled_from(list(AROUND)), max_size=3, unique=True))
    one, other = draw(st.tuples(st.sampled_from(MODELS), st.sampled_from(MODELS)))
    models = draw(st.sampled_from([{"default": other}, {"answer": other}]))
    units = draw(st.sampled_from([None, "best", 2])) if "contracts" not in around else None
    buys = {"buys": {f"test/{other}": {"term": "hourly", "units": units}}} if units else {}
    return {
        "volume": {
            "queries_per_month": draw(st.sampled_from([300, 20_000])),
            "start": "2027-01",
            "months": 2,
        },
        "params": {
            "size": {"value": 2_000, "range": [100, 5_500]},
            "said": {"value": 200, "range": [10, 900]},
            "often": {"value": "30%", "range": ["0%", "100%"]},
            "turns": {"value": 3, "range": [1, 6]},
        },
        "prompt_caches": {"intro": {"tokens": 9_600, "shared": True}},
        "stages": {"answer": CALL, **{name: STAGES[name] for name in names}},
        "designs": {
            "one": {"models": {"default": one}},
            "heir": {"extends": "one", "models": models, **buys},
        },
        "offers": {"book": "offers.yaml"},
        "singles": False,
        **{key: AROUND[key] for key in around},
    }


def agrees(scenario: dict[str, Any], at: float) -> None:
    """At the plan, and with each slider moved by itself to a part of its way."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "random.kplan.yaml"
        path.write_text(dumped(scenario), encoding="utf-8")
        path.with_name("offers.yaml").write_text(OFFERS, encoding="utf-8")
        results = simulated(path)
        assume(results is not None)
        assert results is not None
        [live] = results.live
        assert totals(live, Decimals(live.graph)) == planned(results)
        for knob in Board(results, live).knobs:
            value = Decimal(f"{float(knob.low + (knob.high - knob.low) * Decimal(at)):.4g}")
            anew = simulated(path, f"{dotted(knob.place)}={plain(value)}")
            if anew is not None:
                assert knob.node is not None
                moved = totals(live, Decimals(live.graph, {knob.node: value}))
                assert moved == pytest.approx(planned(anew), rel=Decimal("1e-12")), knob.place


def simulated(path: Path, *sets: str) -> Results | None:
    """The results, where kplan takes the scenario."""
    try:
        return results_of({"": load_scenario(path, sets=sets)}, {"": BOOK})
    except KplanError:
        return None


def totals(plan: Any, values: Decimals) -> list[Decimal]:
    return [values[design.total] for design in plan.designs]


def planned(results: Results) -> list[Decimal]:
    return [design.total_usd for design in results.designs]


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(scenarios(), st.floats(0, 1))
def test_a_few(scenario: dict[str, Any], at: float) -> None:
    agrees(scenario, at)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios(), st.floats(0, 1))
def test_many(scenario: dict[str, Any], at: float) -> None:
    agrees(scenario, at)
