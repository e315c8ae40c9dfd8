"""A second pass whose chance follows from who sends queries to it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from kplan.form.constant import constant
from kplan.form.expressions import Name, Number, names, parse
from kplan.kinds.second_pass import SecondPass
from kplan.money import rounded

CHECK = {"right": "80%", "accepts_right": "95%", "catches_wrong": "84%"}
ANSWERED = {"fixes_wrong": "60%", "keeps_right": "97%"}
JOINT = {"both": 8818, "first_only": 742, "second_only": 2497, "neither": 1985}


def made(**said: Any) -> SecondPass:
    return SecondPass.model_validate(
        {"kind": "second_pass", "like": "answer", "input": 10, "output": 1, **said}
    )


def chance(stage: SecondPass) -> Decimal:
    assert stage.chance is not None
    return constant(stage.chance, {})


def test_a_chance_follows_from_the_check() -> None:
    """.8 x .05 + .2 x .84 = .208"""
    stage = made(check=CHECK)
    assert chance(stage) == Decimal("0.208")
    assert stage.is_derived


def test_a_stated_chance_stays() -> None:
    stage = made(check=CHECK, chance="21%")
    assert stage.chance == Number(Decimal("0.21"))
    assert not stage.is_derived


def test_a_chance_follows_from_the_accuracy_that_is_asked() -> None:
    asked = {"right": "80%", "accepts_right": "95%", "accuracy": "90%", **ANSWERED}
    assert rounded(chance(made(check=asked)), 3) == Decimal("0.209")


def test_joint_cases_say_how_right_both_are() -> None:
    """RouteLLM's MMLU counts (see tests/quality/test_joint.py): 29 % are escalated."""
    stage = made(check={"accepts_right": "90%", "catches_wrong": "70%"}, joint=JOINT)
    assert rounded(chance(stage), 2) == Decimal("0.29")
    assert rounded(constant(stage.accuracies()["fixes_wrong"], {}), 3) == Decimal("0.557")
    assert not stage.is_independent


def test_what_is_said_goes_before_joint_cases() -> None:
    stage = made(check={"right": "50%", "accepts_right": "100%", "catches_wrong": "100%"}, joint=JOINT)
    assert chance(stage) == Decimal("0.5")


def test_one_accuracy_for_both_is_independence() -> None:
    assert made(check={**CHECK, "second_right": "85%"}).is_independent
    assert not made(check={**CHECK, "second_right": "85%", **ANSWERED}).is_independent
    assert not made(check={**CHECK, **ANSWERED}).is_independent


def test_parameters_stay_parameters() -> None:
    """A workbook shows the formula, and a sweep moves it."""
    stage = made(check={**CHECK, "right": "g"})
    assert stage.chance is not None
    assert names(stage.chance) == {"g"}
    assert constant(stage.chance, {"g": Decimal("0.5")}) == Decimal("0.445")


def test_a_copy_with_other_accuracies_has_another_chance() -> None:
    stage = made(check=CHECK)
    copy = stage.model_copy(update={"check": {**stage.check, "catches_wrong": Name("c")}})
    assert copy.chance is not None
    assert names(copy.chance) == {"c"}
    stated = made(check=CHECK, chance="20%").model_copy(update={"chance": parse("30%")})
    assert chance(stated) == Decimal("0.3")


WRONG: dict[str, tuple[dict[str, Any], tuple[str, ...], str]] = {
    "nothing": ({}, ("chance",), "Field required"),
    "no first accuracy": (
        {"check": {"accepts_right": "95%", "catches_wrong": "84%"}},
        ("check",),
        "needs `right`, or `joint`",
    ),
    "no acceptance": (
        {"check": {"right": "80%", "catches_wrong": "84%"}},
        ("check",),
        "needs `accepts_right`",
    ),
    "nothing caught": (
        {"check": {"right": "80%", "accepts_right": "95%"}},
        ("check",),
        "needs `catches_wrong`, or the `accuracy`",
    ),
    "an accuracy of nothing": (
        {"check": {**CHECK, "accuracy": "90%"}},
        ("check",),
        "an accuracy needs fixes_wrong and keeps_right",
    ),
    "half a joint table": (
        {"joint": {"both": 4, "neither": 1}},
        ("joint",),
        "first_only, second_only missing",
    ),
    "said twice": (
        {"check": {**CHECK, "fixes_wrong": "60%"}, "joint": JOINT},
        ("check",),
        "`fixes_wrong` follows from `joint`",
    ),
    "half a second check": (
        {"check": {**CHECK, **ANSWERED, "again_accepts_right": "90%"}},
        ("check",),
        "needs both again_accepts_right and again_catches_wrong",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_accuracies_from_which_nothing_follows(case: str) -> None:
    said, place, what = WRONG[case]
    with pytest.raises(ValidationError) as caught:
        made(**said)
    (error,) = caught.value.errors()
    assert error["loc"] == place
    assert what in error["msg"]
