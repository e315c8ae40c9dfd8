"""Tiers, floors and scores: what may be written, and what is said of the rest."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from kplan.scenario.model import Scenario

HEAD = "volume: 1_000/month\n"
TAIL = "stages: {draft: {input: 10, output: 5}}\ndesigns: {plain: sonnet}\n"
TIERS = "tiers: {fast: haiku, mid: [sonnet], frontier: opus}\n"


def test_scores_in_one_line_or_in_full(load: Callable[..., Scenario]) -> None:
    quality = (
        "quality: {measured: {draft: {haiku: 412/500, sonnet: {passed: 1_000, of: 2_000, source: our set},"
        " opus: {score: 91%, source: a paper}}}, end_to_end: {plain: 188/200}, floor: 90%, confidence: 99%,"
        " assume: chain, wrong_answer: $0.25}\n"
    )
    found = load(HEAD + quality + TAIL).quality
    assert found is not None
    scores = found.measured["draft"]
    assert [str(scores[name]) for name in scores] == [
        "412 of 500",
        "1,000 of 2,000",
        "91% of an unknown number of cases",
    ]
    assert scores["haiku"].point == Decimal("0.824")
    assert scores["opus"].interval(Decimal("0.95")).low == 0
    assert (found.floor, found.confidence, found.wrong_answer) == (
        Decimal("0.90"),
        Decimal("0.99"),
        Decimal("0.25"),
    )


def test_a_floor_is_a_tier_or_a_share(load: Callable[..., Scenario]) -> None:
    stages = "stages: {a: {input: 1, output: 1, floor: mid}, b: {input: 1, output: 1, floor: 90%}}\n"
    found = load(HEAD + TIERS + stages + "designs: {plain: sonnet}\n").stages
    assert [getattr(stage, "floor", None) for stage in found.values()] == ["mid", Decimal("0.90")]


def test_a_design_takes_a_floor_back(load: Callable[..., Scenario]) -> None:
    stages = "stages: {a: {input: 1, output: 1, floor: mid}}\n"
    text = HEAD + TIERS + stages + "designs: {plain: {models: {a: sonnet}, stages: {a: {floor: null}}}}\n"
    assert load(text).designs["plain"].stages["a"].said() == {"floor": None}  # type: ignore[union-attr]


EXAMPLE = "write 412/500, or {score: 91%, source: ...} where the number of cases is not known"
WRONG = {
    "a share without its number of cases": (
        "quality: {measured: {draft: {haiku: 91%}}}\n",
        "s.yaml:2:37: quality.measured.draft.haiku: `91%` is no count of cases passed; " + EXAMPLE,
    ),
    "more passed than there were": (
        "quality: {measured: {draft: {haiku: 501/500}}}\n",
        "s.yaml:2:37: quality.measured.draft.haiku: 501 passed of 500: of at least 1 case, 0 to all can pass",
    ),
    "none at all": (
        "quality: {measured: {draft: {haiku: 0/0}}}\n",
        "s.yaml:2:37: quality.measured.draft.haiku: 0 passed of 0: of at least 1 case, 0 to all can pass",
    ),
    "half a count": (
        "quality: {measured: {draft: {haiku: {passed: 5}}}}\n",
        "s.yaml:2:30: quality.measured.draft.haiku: a score needs passed and of; " + EXAMPLE,
    ),
    "a misspelt key": (
        "quality: {measured: {draft: {haiku: {pased: 5, of: 6}}}}\n",
        "s.yaml:2:38: quality.measured.draft.haiku.pased: unknown key `pased`; did you mean passed?",
    ),
    "a misspelt stage": (
        "quality: {measured: {drafft: {haiku: 5/6}}}\n",
        "s.yaml:2:22: quality.measured.drafft: no stage `drafft`; did you mean draft?",
    ),
    "a misspelt design": (
        "quality: {end_to_end: {plian: 5/6}}\n",
        "s.yaml:2:24: quality.end_to_end.plian: no design `plian`; did you mean plain?",
    ),
    "a confidence of all": (
        "quality: {confidence: 100%}\n",
        "s.yaml:2:23: quality.confidence: `100%`: a confidence lies between 0% and 100%, such as 95%",
    ),
    "a price below nothing": (
        "quality: {wrong_answer: $-1}\n",
        "s.yaml:2:25: quality.wrong_answer: `$-1` is below 0",
    ),
    "a model in two tiers": (
        "tiers: {fast: [haiku], mid: [haiku]}\n",
        "s.yaml:2:30: tiers.mid.0: haiku is in tier fast already; a model has one tier",
    ),
    "a tier that is a number": (
        "tiers: {90%: [haiku]}\n",
        "s.yaml:2:9: tiers.90%: a tier is a name such as fast, not a number",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_with_its_place(problems: Callable[..., list[str]], case: str) -> None:
    text, what = WRONG[case]
    (found,) = problems(HEAD + text + TAIL)
    assert found == what


PLACES = {
    "unknown tier": ("floor: mdi", "stages.a.floor: no tier `mdi`; did you mean mid?"),
    "a share above all": (
        "floor: 90",
        "stages.a.floor: `90` must lie between 0 and 1 (0% and 100%), or name a tier",
    ),
    "cheapest of what": (
        "model: cheapest",
        "stages.a.model: `cheapest` needs a `floor` at stage a: a tier, or a share such as 90%",
    ),
    "cheapest by share": (
        "floor: mid, model: {cheapest: 50%, sonnet: 50%}",
        "stages.a.model: `cheapest` stands for one model: it cannot take a share of the calls",
    ),
}


@pytest.mark.parametrize("case", PLACES)
def test_floors_of_stages(problems: Callable[..., list[str]], case: str) -> None:
    said, what = PLACES[case]
    stages = f"stages: {{a: {{input: 1, output: 1, {said}}}}}\n"
    assert any(
        what in found for found in problems(HEAD + TIERS + stages + "designs: {plain: sonnet, x: opus}\n")
    )


def test_a_class_cannot_say_cheapest(problems: Callable[..., list[str]]) -> None:
    mix = "mix: {easy: {share: 50%, stages: {draft: {model: cheapest, floor: fast}}}, hard: 50%}\n"
    (found,) = problems(HEAD + TIERS + mix + TAIL)
    assert found.endswith(
        "`cheapest` cannot be said by a class; say it at the stage, or in a design's models"
    )
