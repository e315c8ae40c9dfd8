"""Levels of use: where they start, what each is called, and colours that can be read and told apart."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from kplan.render.capacity_page.levels import LEVELS, bounds, fill, level, rules, variables
from kplan.render.palette import contrast, luminance


@pytest.mark.parametrize(
    ("use", "target", "name", "style"),
    [
        (0.0, 1.0, "room", "u0"),
        (0.0999, 1.0, "room", "u0"),
        (0.1, 1.0, "room", "u1"),
        (0.6999, 1.0, "room", "u6"),
        (0.7, 1.0, "filling", "u70"),
        (0.8499, 1.0, "filling", "u70"),
        (0.85, 1.0, "tight", "u85"),
        (0.9999, 1.0, "tight", "u85"),
        (1.0, 1.0, "full", "u100"),
        (7.0, 1.0, "full", "u100"),
        (0.7999, 0.8, "tight", "u85"),
        (0.8, 0.8, "full", "u100"),
        (0.4, 0.8, "room", "u5"),
    ],
)
def test_levels_start_at_parts_of_what_counts_as_full(
    use: float, target: float, name: str, style: str
) -> None:
    assert level(use, target).name == name
    assert fill(use, target) == style


def test_hours_without_the_limit_have_no_colour() -> None:
    assert fill(float("nan")) == "none"


def test_the_legend_says_where_they_start() -> None:
    assert [said for _, said in bounds()] == [
        "below 70%",
        "70% up to 85%",
        "85% up to 100%",
        "100% and more",
    ]
    assert [said for _, said in bounds(0.8)][::3] == ["below 56%", "80% and more"]


def test_no_level_is_told_by_its_colour_alone() -> None:
    assert len({each.sign for each in LEVELS}) == len({each.name for each in LEVELS}) == len(LEVELS)


@pytest.mark.parametrize("is_dark", [False, True])
def test_figures_read_on_every_colour_and_fuller_is_further_from_the_paper(*, is_dark: bool) -> None:
    said = variables(is_dark=is_dark)
    fills = dict(re.findall(r"--(u\d+):(#\w{6})", said))
    inks = dict(re.findall(r"--on-(u\d+):(#\w{6})", said))
    assert list(fills) == list(inks) == [*(f"u{n}" for n in range(7)), "u70", "u85", "u100"]
    assert all(f"td.{name}{{" in rules() for name in fills)
    assert min(contrast(fills[name], inks[name]) for name in fills) >= 4.5
    light = [luminance(colour) for colour in fills.values()]
    assert all((a < b) if is_dark else (a > b) for a, b in pairwise(light))
    steps = [fills[name] for name in ("u6", "u70", "u85", "u100")]
    assert min(contrast(a, b) for a, b in pairwise(steps)) >= 1.15
