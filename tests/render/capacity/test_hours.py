"""The week in signs: a sign an hour by eighths of the limit, days that look alike on one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from kplan.capacity.study import Study
from kplan.regress.run import run
from kplan.render.capacity.hours import OVER, Day, week

SCENARIO = """\
volume: {queries_per_day: 1_440}
months: 2027-01..2027-01
traffic: {week: WEEK, peak_factor: 2}
limits: {accounts: {anthropic: T}, book: own.yaml}
stages: {draft: {input: 1_000, output: 0}}
designs: {plain: claude-haiku-4-5}
singles: false
"""


def study_of(folder: Path, week_of: str, limit: str) -> Study:
    own = f"provider: anthropic\nlimits: [{{models: [claude-haiku-4-5], tier: T, input: {limit}}}]\n"
    (folder / "own.yaml").write_text(own)
    (folder / "s.kplan.yaml").write_text(SCENARIO.replace("WEEK", week_of))
    found = run(folder / "s.kplan.yaml").study
    assert isinstance(found, Study)
    return found


@pytest.mark.parametrize(
    ("use", "sign"),
    [
        (0, "▁"),
        (0.1249, "▁"),
        (0.125, "▂"),
        (0.5, "▅"),
        (0.8749, "▇"),
        (0.875, "█"),
        (0.9999, "█"),
        (1, OVER),
    ],
)
def test_signs_are_eighths_of_the_limit(use: float, sign: str) -> None:
    assert Day("Mon", (use,)).signs == sign


def test_the_fullest_hour_is_named() -> None:
    assert Day("Mon", (0.1, 0.335, 0.2)).most == "34% at 01:00"


def test_a_week_by_hand(tmp_path: Path) -> None:
    """Office hours: a call a minute at 1,000 tokens is 0.1 of the limit, twice that in the busiest minute.

    5 days of 9 + 2 halves + 13 hours at 0.05, 2 of 24 at 0.05: an hour at 1 is 168 / 55.65 times the mean.
    """
    [each] = study_of(tmp_path, "office-hours", "10_000").designs
    busy = 0.2 * 168 / (5 * (9 + 2 * 0.5 + 13 * 0.05) + 2 * 24 * 0.05)
    found = week(each, "UTC")
    assert found is not None
    assert found.title == "Week of claude-haiku-4-5 input in 2027-01 (UTC): █ nearly full, ! over"
    clock, working, weekend = found.lines
    assert clock == ("       ", "00    06    12    18", "")
    assert found.days[0].uses[9] == pytest.approx(busy)
    assert 4 / 8 < busy < 5 / 8
    assert working == ("Mon-Fri", "▁" * 8 + "▃" + "▅" * 9 + "▃" + "▁" * 5, f"{busy:.0%} at 09:00")
    assert weekend[:2] == ("Sat-Sun", "▁" * 24)


def test_more_than_the_limit_stands_out(tmp_path: Path) -> None:
    [each] = study_of(tmp_path, "office-hours", "5_000").designs
    found = week(each, "UTC")
    assert found is not None
    assert found.days[0].signs[9:18] == OVER * 9


@pytest.mark.parametrize(("week_of", "limit"), [("even", "10_000"), ("office-hours", "1_000_000")])
def test_hours_that_would_look_alike_are_not_drawn(tmp_path: Path, week_of: str, limit: str) -> None:
    """Every hour alike, or all below an eighth."""
    [each] = study_of(tmp_path, week_of, limit).designs
    assert week(each, "UTC") is None
