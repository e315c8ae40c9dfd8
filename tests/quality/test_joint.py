"""Joint correctness of two models, on RouteLLM's counts.

The two rows of counts below are summed from RouteLLM (github.com/lm-sys/RouteLLM, Copyright the RouteLLM
authors, Apache License 2.0, http://www.apache.org/licenses/LICENSE-2.0): how many questions of MMLU and GSM8K
both, one or neither of Mixtral 8x7B and GPT-4 got right.
"""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from kplan.errors import KplanError
from kplan.money import rounded
from kplan.quality.joint import EITHER_RIGHT, FIRST_RIGHT, SECOND_RIGHT, Joint
from kplan.quality.verifier import SecondAnswer, Verifier, accuracy

D = Decimal
MMLU = Joint(D(8818), D(742), D(2497), D(1985))
GSM8K = Joint(D(747), D(95), D(383), D(94))
COUNTS = Path(__file__).parents[3] / "shared" / "data" / "quality" / "routellm"


@pytest.mark.parametrize(
    ("joint", "first", "second", "either", "fixes", "keeps"),
    [
        (MMLU, "0.681", "0.806", "0.859", "0.557", "0.922"),
        (GSM8K, "0.638", "0.857", "0.929", "0.803", "0.887"),
    ],
)
def test_the_printed_figures(
    joint: Joint, first: str, second: str, either: str, fixes: str, keeps: str
) -> None:
    parts = [rounded(joint.part(formula), 3) for formula in (FIRST_RIGHT, SECOND_RIGHT, EITHER_RIGHT)]
    assert parts == [D(first), D(second), D(either)]
    answer = joint.second_answer()
    assert (rounded(answer.fixes_wrong, 3), rounded(answer.keeps_right, 3)) == (D(fixes), D(keeps))


def test_a_cascade_on_mmlu_and_what_independence_would_say() -> None:
    """s = .9, f = .3: .800 at 29 % escalated; .848 if errors were independent."""
    verifier = Verifier(MMLU.part(FIRST_RIGHT), D("0.9"), D("0.7"))
    independent = SecondAnswer.independent(MMLU.part(SECOND_RIGHT))
    assert rounded(verifier.rejected(), 2) == D("0.29")
    assert rounded(accuracy(verifier, MMLU.second_answer()), 3) == D("0.800")
    assert rounded(accuracy(verifier, independent), 3) == D("0.848")


def test_a_first_model_that_is_always_right_leaves_nothing_to_count() -> None:
    with pytest.raises(KplanError, match="zero"):
        Joint(D(9), D(1), D(0), D(0)).second_answer()


@pytest.mark.skipif(not COUNTS.is_dir(), reason="RouteLLM's counts are not here")
def test_the_counts_are_those_of_the_file() -> None:
    with next(COUNTS.glob("*.csv")).open(encoding="utf-8") as file:
        rows = {row["task"]: row for row in csv.DictReader(file)}
    columns = ("both", "weak_only", "strong_only", "neither")
    assert Joint(*(D(rows["MMLU_ALL"][column]) for column in columns)) == MMLU
    assert Joint(*(D(rows["GSM8K"][column]) for column in columns)) == GSM8K
