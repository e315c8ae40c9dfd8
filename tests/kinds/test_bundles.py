"""CA-RAG's bundles: complexity by words, utility per query, and who takes what."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from kplan.errors import KplanError
from kplan.kinds.bundles import Bundles
from kplan.kinds.complexity import complexity
from support import book_of, simulated

CATALOGUE = {
    "direct": {"quality": ["90%", "20%"], "latency": "3", "cost": "300"},
    "light": {"quality": ["88%", "50%"], "latency": "2", "cost": "900"},
    "heavy": {"quality": ["85%", "90%"], "latency": "4", "cost": "2_600"},
}


def bundles(**said: Any) -> Bundles:
    return Bundles.model_validate({"kind": "bundles", "bundles": CATALOGUE, **said})


@pytest.mark.parametrize(
    ("query", "score"),
    [
        ("What is RAG?", "0.223"),
        ("Compare the convergence guarantees of Adam and LAMB", "0.240"),
        ("Why does this segfault?", "0.253"),
        ("", "0.000"),
        ("why " * 30, "1.000"),
        ("explain " * 20, "0.600"),
        ("explain " * 19, "0.570"),
    ],
)
def test_complexity_is_that_of_the_audit(query: str, score: str) -> None:
    assert f"{complexity(query):.3f}" == score


def test_utility_by_hand() -> None:
    """At score 0.5: direct 0.6 x 0.55 - 0.2 x 0.5 - 0.2 x 0; light 0.6 x 0.69 - 0 - 0.2 x 600/2300; …"""
    found = bundles(scores={"0.5": "1"}).utilities(Decimal("0.5"))
    assert float(found["direct"]) == pytest.approx(0.33 - 0.1)
    assert float(found["light"]) == pytest.approx(0.414 - 0.2 * 600 / 2300)
    assert float(found["heavy"]) == pytest.approx(0.6 * 0.875 - 0.2 - 0.2)


def test_simple_and_complex_queries_take_different_bundles() -> None:
    by_quality = bundles(scores={"0": "1"}, weights={"quality": "1", "latency": "0", "cost": "0"})
    assert [by_quality.best(Decimal(score)) for score in ("0", "0.062", "0.065", "0.07")] == [
        "direct",
        "direct",
        "light",
        "heavy",
    ]


def test_profiles_turn_one_weight_up_and_the_others_down() -> None:
    latency = bundles(scores={"0": "1"}, profile="latency").weighing()
    assert latency == {"quality": Decimal("0.375"), "latency": Decimal("0.5"), "cost": Decimal("0.125")}
    cost = bundles(scores={"0": "1"}, profile="cost").weighing()
    assert cost == {"quality": Decimal("0.375"), "latency": Decimal("0.125"), "cost": Decimal("0.5")}
    own = bundles(scores={"0": "1"}, profile="cost", weights={"quality": "0.9"}).weighing()
    assert own == {"quality": Decimal("0.9"), "latency": Decimal("0.2"), "cost": Decimal("0.2")}


def test_one_bundle_and_equal_bundles_divide_by_nothing() -> None:
    one = Bundles.model_validate(
        {"kind": "bundles", "bundles": {"only": {"quality": "50%", "cost": "7"}}, "scores": {"0.3": "1"}}
    )
    assert one.utilities(Decimal("0.3")) == {"only": Decimal("0.30")}
    alike = {name: {"quality": "50%", "latency": "1", "cost": "7"} for name in ("a", "b")}
    tied = Bundles.model_validate({"kind": "bundles", "bundles": alike, "scores": {"0.3": "1"}})
    assert tied.best(Decimal("0.3")) == "a"
    alike["b"] = {**alike["b"], "quality": "70%", "cost": "8"}
    wins = {**alike, "c": {**alike["b"], "cost": "7.5"}}
    cheap = Bundles.model_validate(
        {"kind": "bundles", "bundles": wins, "scores": {"0": "1"}, "weights": {"cost": "0"}}
    )
    assert cheap.best(Decimal(0)) == "c"


@given(
    st.lists(
        st.tuples(st.integers(0, 100), st.integers(0, 100), st.integers(0, 9), st.integers(0, 9)), min_size=1
    ),
    st.integers(0, 100),
)
def test_the_best_has_the_most_utility_whatever_the_unit(found: list[Any], score: int) -> None:
    """Latency in ms or s, cost in tokens or dollars: the order of the utilities is the same."""
    at = Decimal(score) / 100

    def catalogue(scale: int) -> Bundles:
        said = {
            f"b{n}": {"quality": [f"{q}%", f"{r}%"], "latency": str(lat * scale), "cost": str(cost * scale)}
            for n, (q, r, lat, cost) in enumerate(found)
        }
        return Bundles.model_validate({"kind": "bundles", "bundles": said, "scores": {"0": "1"}})

    one, other = catalogue(1), catalogue(1000)
    assert one.best(at) == other.best(at)
    assert max(one.utilities(at).values()) == one.utilities(at)[one.best(at)]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({}, "say either queries or scores"),
        ({"queries": ["a"], "scores": {"0": "1"}}, "say either queries or scores"),
        ({"scores": {"0": "50%"}}, "add up to 0.5"),
        ({"scores": {"1.5": "1"}}, "between 0 and 1"),
        ({"scores": {"0": "1"}, "weights": {"speed": "1"}}, "no weight `speed`"),
        ({"scores": {"0": "1"}, "bundles": {"a": {"quality": "130%"}}}, "a share is expected"),
    ],
)
def test_what_cannot_be_is_told(said: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        bundles(**said)


TEXT = """
volume: 1000/month
stages:
  answer:
    kind: bundles
    queries: ["What is RAG?", "Compare the convergence guarantees of Adam and LAMB", "Who wrote it?"]
    weights: {quality: 1, latency: 0, cost: 0}
    bundles:
      direct: {quality: [90%, 20%]}
      heavy: {quality: 73.5%}
    stages:
      direct: {input: 60, output: 250}
      heavy: {input: 2_060, output: 100}
designs:
  one: haiku
  always: {models: {default: haiku}, stages: {answer: {bundles: {direct: {quality: 0}}}}}
"""


def test_shares_are_counted_over_the_sample(tmp_path: Path) -> None:
    """Two queries take the direct way, one (score 0.240) the heavy one: 0.735 is above 0.9 - 0.7 x 0.240."""
    results = simulated(tmp_path, TEXT, book_of())
    visits = {stage.id: stage.visits for stage in results.design("one").stages}
    assert float(visits["direct"]) == pytest.approx(2 / 3)
    assert float(visits["heavy"]) == pytest.approx(1 / 3)
    assert {stage.id for stage in results.design("always").stages if stage.visits} == {"heavy"}
    told = [note for note in results.notes if "cannot tell" in note]
    assert told == [
        'answer cannot tell "What is RAG?" from "Who wrote it?": scores 0.223 and 0.223',
    ]


def test_every_stage_needs_a_guess(tmp_path: Path) -> None:
    with pytest.raises(KplanError, match="nothing said of stage `heavy`"):
        simulated(tmp_path, TEXT.replace("      heavy: {quality: 73.5%}\n", ""), book_of())
