"""Weeks: presets by their formulas, the measured ones by what was published, and a user's own."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from kplan.capacity.week import WEEKS, hour_name, measured, normalised, of_profile, read_week
from kplan.errors import KplanError
from kplan.places import folder
from kplan.prices.windows import HourProfile, Windows
from kplan.scenario.traffic import WEEKS as NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_week_has_a_mean_of_1(name: str) -> None:
    week = WEEKS[name]()
    assert week.shape == (168,)
    assert week.mean() == pytest.approx(1)
    assert tuple(WEEKS) == NAMES


@pytest.mark.parametrize(
    ("name", "peak", "weekend", "requests"),
    [("azure-code-2024", 2.97, 0.33, 16_803_695), ("azure-conversation-2024", 1.66, 0.57, 27_303_999)],
)
def test_the_measured_weeks(name: str, peak: float, weekend: float, requests: int) -> None:
    """Peak hour over mean and weekend over weekdays as measured; the sum as published within 1%."""
    week = measured(name)
    assert week.max() == pytest.approx(peak, rel=0.005)
    assert week[120:].mean() / week[:120].mean() == pytest.approx(weekend, abs=0.005)
    data = json.loads((folder("pricing") / "traffic" / "azure-2024.json").read_text())["weeks"][name]
    assert data["published_requests"] == requests
    assert sum(data["requests_per_minute"]) * 60 == pytest.approx(requests, rel=0.01)


def test_the_measured_weeks_begin_on_their_own_days() -> None:
    """The code trace begins on Friday the 10th of May 2024, 00:00 UTC, with 1,279.3 requests a minute."""
    week = measured("azure-code-2024")
    assert hour_name(96) == "Fri 00:00"
    assert week[96] * 1667.03 == pytest.approx(1279.3, rel=1e-3)
    assert measured("azure-conversation-2024").argmax() < 120


def test_declared_weeks_by_their_formulas() -> None:
    """Office: 45 hours of 1, 10 of one half, 113 of 0.05; consumers are busiest at 19 h at weekends."""
    office = WEEKS["office-hours"]()
    mean = (5 * (9 + 2 * 0.5) + (168 - 55) * 0.05) / 168
    assert office[[9, 17, 8, 18, 3, 130]] * mean == pytest.approx([1, 1, 0.5, 0.5, 0.05, 0.05])
    consumer = WEEKS["global-consumer"]()
    assert hour_name(int(consumer.argmax())) == "Sat 19:00"
    assert consumer[19] / consumer[7] == pytest.approx(1.35 / 0.65)
    assert consumer[5 * 24 + 3] / consumer[3] == pytest.approx(1.1)


def test_a_share_in_some_hours_is_a_week() -> None:
    """80% of the traffic from 8:30 to 18:00 on weekdays: 47.5 hours of 168."""
    profile = HourProfile.within(Windows.parse("Mon-Fri", "08:30-18:00", "Europe/Berlin"), Decimal("0.8"))
    week = of_profile(profile)
    busy, quiet = 0.8 / 47.5 * 168, 0.2 / 120.5 * 168
    assert week[[9, 17, 8, 18, 140]] == pytest.approx([busy, busy, (busy + quiet) / 2, quiet, quiet])


def test_own_factors_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "week.csv"
    path.write_text("traffic\n" + "\n".join(map(str, range(168))) + "\n")
    assert read_week(path) == pytest.approx(np.arange(168) / 83.5)
    path.write_text("\n".join(",".join(["2"] * 24) for _ in range(7)))
    assert read_week(path) == pytest.approx(np.ones(168))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1\n2\n", r"week.csv:1:1: 2 hours of the week; 168 are expected"),
        ("1\ntwo\n", r"week.csv:2:1: `two` is not a number"),
        ("\n".join(["-1", *["1"] * 167]), "negative"),
        ("\n".join(["0"] * 168), "without traffic"),
    ],
)
def test_files_that_are_no_week(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "week.csv"
    path.write_text(text)
    with pytest.raises(KplanError, match=said):
        read_week(path)


def test_factors_that_are_none() -> None:
    with pytest.raises(KplanError, match="no number"):
        normalised(np.full(168, np.nan))
