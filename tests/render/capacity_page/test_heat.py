"""The 7 x 24 map: its figures are those of the study, and the busiest hour is marked."""

from __future__ import annotations

import numpy as np
import pytest

from kplan.render.capacity_page.fitting import fittings
from kplan.render.capacity_page.heat import Heat, heat

from .conftest import SCENARIO, Studied


def shown(studied: Studied, text: str = SCENARIO) -> Heat:
    """Of the design `plain`."""
    found = next(heat(each) for each in fittings(studied(text).results) if each.name == "plain")
    assert found is not None
    return found


def test_every_hour_is_that_of_the_study_in_its_fullest_month(studied: Studied) -> None:
    study = studied()
    found = heat(fittings(study.results)[0])
    assert found is not None
    use = study.shown.binding
    assert use is not None
    week = [float(cell.value) for _, cells in found.days for cell in cells]
    assert week == (use.hours[5] * 1.5).tolist()
    assert found.month == "2027-06"
    assert max(week) == use.peak[5]


def test_the_week_by_hand(studied: Studied) -> None:
    """100 a minute at 1,000 tokens are 0.2 of 500k; 9 busy hours of 1, 2 of a half, 13 of 0.05 on weekdays.

    A week weighs 5 (9 + 1 + 0.65) + 2 x 24 x 0.05 = 55.65: a busy hour is 168 / 55.65 times the mean one.
    """
    found = shown(studied)
    busy = 0.2 * 168 / 55.65 * 1.5 * 1.1**5
    [*monday] = found.days[0][1]
    assert float(monday[9].value) == pytest.approx(busy)
    assert float(monday[8].value) == pytest.approx(busy / 2)
    assert float(monday[0].value) == pytest.approx(busy / 20)
    assert (monday[9].text, monday[9].style, monday[8].style, monday[0].text) == (
        "146",
        "u100 top",
        "u70",
        "7",
    )
    assert found.busiest == "Mon 09:00, 146%"
    assert sum(cell.style.endswith(" top") for _, cells in found.days for cell in cells) == 45


def test_hours_down_and_days_across_are_the_same_figures(studied: Studied) -> None:
    found = shown(studied)
    assert [hour for hour, _ in found.hours] == [f"{n:02}" for n in range(24)]
    turned = list(zip(*(cells for _, cells in found.hours), strict=True))
    assert turned == [cells for _, cells in found.days]


def test_where_all_hours_are_alike_none_is_marked(studied: Studied) -> None:
    found = shown(studied, SCENARIO.replace("office-hours", "even"))
    assert found.busiest == ""
    assert {cell.style for _, cells in found.days for cell in cells} == {"u4"}


def test_hours_without_traffic_are_zero(studied: Studied) -> None:
    hours = np.zeros(168)
    hours[30] = 1
    text = SCENARIO.replace("office-hours", str(hours.tolist()))
    found = shown(studied, text)
    cells = [cell for _, day in found.days for cell in day]
    assert [cell.text for cell in cells].count("0") == 167
    assert found.busiest.startswith("Tue 06:00, ")


def test_no_limit_no_week(studied: Studied) -> None:
    text = SCENARIO.replace("claude-haiku-4-5", "gemini-3.8-flash").replace(
        "anthropic: Small", "google: {service: vertex}"
    )
    assert heat(fittings(studied(text).results)[0]) is None
