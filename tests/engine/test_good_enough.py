"""The example with measured quality, against arithmetic from the counts and list prices themselves."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from kplan.engine.results import DesignQuality, Results
from kplan.quality.intervals import Standing
from kplan.regress.run import run

FILE = Path(__file__).parents[2] / "scenarios" / "good-enough.kplan.yaml"
QUERIES = 3_000_000
SHARES = {"topic": Fraction(60, 100), "headlines": Fraction(25, 100), "legal": Fraction(15, 100)}
TOKENS = {"topic": (568, 1), "headlines": (218, 2), "legal": (288, 1)}
OF = {"topic": 3800, "headlines": 5000, "legal": 1080}
FLOORS = {"topic": 0.88, "headlines": 0.83, "legal": 0.94}
PRICES = {"8b": ("0.0375", "0.15"), "flash": ("0.075", "0.30"), "mini": ("0.15", "0.60")}
PRICES |= {"4o": ("5", "15"), "llama": ("0.88", "0.88"), "sonnet": ("3", "15")}
PASSED = {
    "8b": {"topic": 3282, "headlines": 4211, "legal": 811},
    "flash": {"topic": 3355, "headlines": 4240, "legal": 1013},
    "mini": {"topic": 3363, "headlines": 4239, "legal": 1034},
    "4o": {"topic": 3379, "headlines": 4166, "legal": 1021},
    "llama": {"topic": 3396, "headlines": 4132, "legal": 1027},
    "sonnet": {"topic": 3421, "headlines": 4211, "legal": 1036},
}
BY_TASK = {"topic": "llama", "headlines": "8b", "legal": "mini"}
MIXES = {"gpt-4o": dict.fromkeys(SHARES, "4o"), "sonnet": dict.fromkeys(SHARES, "sonnet")}
MIXES |= {"flash": dict.fromkeys(SHARES, "flash"), "by-task": BY_TASK}


@cache
def results() -> Results:
    return run(FILE)


def quality(design: str) -> DesignQuality:
    found = results().design(design).quality
    assert found is not None
    return found


def call_usd(model: str, task: str) -> Fraction:
    """Sonnet makes 1.19 tokens of each."""
    factor = Fraction(119, 100) if model == "sonnet" else 1
    tokens, prices = TOKENS[task], PRICES[model]
    return (
        sum((n * factor * Fraction(usd) for n, usd in zip(tokens, prices, strict=True)), Fraction()) / 10**6
    )


def clears(model: str, task: str) -> bool:
    """Whether so many or more right of n have a chance of at most 2.5 % where the floor is the truth."""
    n, floor = OF[task], FLOORS[task]
    tail = sum(
        math.exp(
            math.lgamma(n + 1)
            - math.lgamma(k + 1)
            - math.lgamma(n - k + 1)
            + k * math.log(floor)
            + (n - k) * math.log(1 - floor)
        )
        for k in range(PASSED[model][task], n + 1)
    )
    return tail <= 0.025


def close(found: Decimal | None, expected: Fraction) -> bool:
    return found is not None and abs(Fraction(found) - expected) < Fraction(1, 10**15)


@pytest.mark.parametrize("design", MIXES)
def test_costs_and_right_answers_are_those_of_the_tasks_by_their_shares(design: str) -> None:
    models = MIXES[design]
    cost = sum((SHARES[task] * call_usd(models[task], task) for task in SHARES), Fraction())
    right = sum(
        (SHARES[task] * Fraction(PASSED[models[task]][task], OF[task]) for task in SHARES), Fraction()
    )
    assert close(results().design(design).cost_per_query_usd, cost)
    assert close(quality(design).point, right)
    assert close(quality(design).cost_per_correct_usd, cost / right)


def test_each_task_runs_on_the_cheapest_model_that_clears_its_floor() -> None:
    cheapest = {
        task: min((model for model in PASSED if clears(model, task)), key=lambda model: call_usd(model, task))
        for task in SHARES
    }
    assert cheapest == BY_TASK
    assert [model for model in PASSED if all(clears(model, task) for task in SHARES)] == ["sonnet"]
    assert not any(clears("4o", task) for task in SHARES)


def test_the_verdict_is_the_cheapest_that_clears_and_its_saving_against_the_single_that_does() -> None:
    """$927 and $4,763 a month: 81 % less."""
    costs = {
        design: QUERIES * sum(SHARES[task] * call_usd(models[task], task) for task in SHARES)
        for design, models in MIXES.items()
    }
    assert (round(costs["by-task"]), round(costs["sonnet"]), round(costs["gpt-4o"])) == (927, 4763, 6634)
    assert round(100 * (1 - costs["by-task"] / costs["sonnet"])) == 81
    verdict = results().verdict
    assert (verdict.design, verdict.cheapest_single) == ("by-task", "sonnet")
    assert "by-task costs $927 a month" in verdict.headline[0]
    assert "81% less than sonnet ($4,763)" in verdict.headline[0]
    standings = {name: quality(name).standing for name in ("gpt-4o", "flash", "sonnet", "by-task", "cascade")}
    cleared = {name for name, standing in standings.items() if standing is Standing.CLEARS}
    assert cleared == {"sonnet", "by-task", "cascade"}


def test_the_cascade_costs_and_errs_as_frugalgpts_does() -> None:
    """It prints $0.000565 and 3 421 right of 3 800; guessed: 80.7 % and 70 %, 27.5 % and 97 %."""
    right = Fraction(3355, 3800)
    rejected = right * Fraction(193, 1000) + (1 - right) * Fraction(7, 10)
    served = right * (1 - Fraction(193, 1000) * Fraction(3, 100)) + (1 - right) * Fraction(7, 10) * Fraction(
        275, 1000
    )
    cost = call_usd("flash", "topic") + rejected * call_usd("sonnet", "topic")
    assert float(cost) == pytest.approx(0.000565, rel=0.02)
    assert round(served * 3800) == 3421
    others = ("headlines", "legal")
    rest = sum((SHARES[task] * call_usd(BY_TASK[task], task) for task in others), Fraction())
    whole = sum(
        (SHARES[task] * Fraction(PASSED[BY_TASK[task]][task], OF[task]) for task in others), Fraction()
    )
    assert close(results().design("cascade").cost_per_query_usd, SHARES["topic"] * cost + rest)
    assert close(quality("cascade").point, SHARES["topic"] * served + whole)
