"""The table of headroom by hand: text, number and level of each cell."""

from __future__ import annotations

import re

import pytest

from kplan.render.capacity_page.fitting import Fitting, fittings
from kplan.render.capacity_page.rows import Row, rows, skipped

from .conftest import SCENARIO, Studied


def of(studied: Studied, name: str, text: str = SCENARIO) -> tuple[Fitting, tuple[Row, ...]]:
    found = next(each for each in fittings(studied(text).results) if each.name == name)
    return found, rows(found)


def test_a_row_by_hand(studied: Studied) -> None:
    """0.2 of 500k on average; busy hours 168 / 55.65 times that, the peak 1.5 times; 10% more each month."""
    _, (tokens, requests) = of(studied, "plain")
    peak = 0.2 * 168 / 55.65 * 1.5
    assert (tokens.name, tokens.allows) == ("claude-haiku-4-5 input", "500,000 a minute, anthropic Small")
    for cell, text, value in (
        (tokens.mean, "20%", 0.2),
        (tokens.peak, "91%", peak),
        (tokens.at_most, "146%", peak * 1.1**5),
        (tokens.room, "0.68x", 1 / (peak * 1.1**5)),
    ):
        assert cell.text == text
        assert float(cell.value or 0) == pytest.approx(value)
    assert (tokens.level.name, tokens.hour, tokens.full) == ("full", "Mon 09:00", "2027-03")
    assert requests.name == "claude-haiku-4-5 requests"
    assert float(requests.at_most.value or 0) == pytest.approx(peak * 1.1**5 / 20)
    assert requests.level.name == "room"


def test_the_bar_ends_at_the_limit_and_shows_growth_paler(studied: Studied) -> None:
    _, (tokens, requests) = of(studied, "plain")
    widths = [float(width) for width in re.findall(r'width="([\d.]+)"', str(tokens.bar))]
    assert widths == [100, 100, pytest.approx(90.6, abs=0.05)]
    assert 'class="bar100 pale"' in str(tokens.bar)
    rail, fullest, first = (float(width) for width in re.findall(r'width="([\d.]+)"', str(requests.bar)))
    assert (rail, fullest, first) == (100, pytest.approx(7.3, abs=0.05), pytest.approx(4.5, abs=0.05))


def test_without_growth_or_traffic_there_is_room_without_end(studied: Studied) -> None:
    """A limit on output that a design never uses."""
    text = SCENARIO.replace("output: 200", "output: 0")
    own = """\
provider: anthropic
limits:
  - {models: [claude-haiku-4-5], tier: Small, output: 500_000}
"""
    found = fittings(studied(text, own).results)[0]
    [row] = rows(found)
    assert (row.at_most.text, row.room.text, row.room.value, row.hour) == ("0%", "without end", None, "")


def test_what_no_limit_is_known_for_is_told_once(studied: Studied) -> None:
    text = SCENARIO.replace("claude-haiku-4-5", "gemini-3.8-flash").replace(
        "anthropic: Small", "google: {service: vertex}"
    )
    found = fittings(studied(text).results)
    assert len(found) == 2
    [told] = skipped(found)
    assert told.startswith("google/gemini-3.8-flash: pay as you go")
