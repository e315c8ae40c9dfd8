"""`traffic` and `limits` as users write them, and every way of writing them wrong."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from kplan.scenario.model import Scenario

from .conftest import SMALL


def traffic(load: Callable[..., Scenario], text: str) -> object:
    return load(f"{SMALL}traffic: {text}\n").traffic


def test_the_short_form_is_the_week(load: Callable[..., Scenario]) -> None:
    found = load(f"{SMALL}traffic: office-hours\n").traffic
    assert found is not None
    assert (found.week, found.tz, found.peak_factor, found.trace) == ("office-hours", "UTC", 1, "")
    assert load(SMALL).traffic is None


def test_settings_are_laid_over_the_short_forms(load: Callable[..., Scenario]) -> None:
    text = f"{SMALL}traffic: office-hours\nlimits: {{accounts: {{azure: Tier 1}}}}\n"
    found = load(text, "traffic.peak_factor=2", "limits.accounts.azure.service=GlobalStandard")
    assert found.traffic is not None
    assert found.limits is not None
    assert (found.traffic.week, found.traffic.peak_factor) == ("office-hours", 2)
    assert found.limits.accounts["azure"].model_dump() == {"tier": "Tier 1", "service": "GlobalStandard"}


def test_all_of_it(load: Callable[..., Scenario]) -> None:
    found = load(
        f"""{SMALL}
traffic:
  week: [{", ".join(["1"] * 167)}, 2.5]
  tz: Europe/Berlin
  peak_factor: 1.5
  burstiness: {{iat_scv: 4, clients: 20}}
  trace: logs/calls.csv
  columns: {{timestamp: ts}}
  time_unit: ms
limits:
  accounts: {{anthropic: Scale, azure: {{tier: Tier 2, service: GlobalStandard}}}}
  book: own.yaml
  max_tokens: {{draft: 800}}
  target: 80%
"""
    )
    assert found.traffic is not None
    assert found.limits is not None
    assert found.traffic.week[-1] == Decimal("2.5")
    assert found.traffic.burstiness is not None
    assert (found.traffic.burstiness.iat_scv, found.traffic.burstiness.clients) == (4, 20)
    assert found.limits.accounts["anthropic"].tier == "Scale"
    assert found.limits.accounts["azure"].service == "GlobalStandard"
    assert (found.limits.book, found.limits.target) == (("own.yaml",), Decimal("0.8"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("office", "did you mean office-hours?"),
        ("{week: [1, 2]}", "2 factors; 168 are expected, Monday 00:00 first"),
        (f"{{week: [{', '.join(['0'] * 168)}]}}", "not all of them 0"),
        (f"{{week: [{', '.join(['1'] * 167)}, -1]}}", "factors must be 0 or more"),
        ("{week: {a: 1}}", "not a map"),
        ("{peak_factor: 0.9}", "`0.9` must be at least 1"),
        ("{tz: Mars/Base}", 'no time zone "Mars/Base"'),
        ("{week: azure-code-2024, tz: Europe/Berlin}", "measured in UTC"),
        ("{burstiness: {iat_scv: 0}}", "must be above 0"),
        ("{burstiness: {clients: 1.5}}", "a whole number from 1"),
        ("{trace: t.csv, time_unit: hours}", "time_unit is one of s, ms, us, ns"),
        ("{columns: {timestamp: ts}}", "none is named"),
        ("{weeks: even}", "did you mean week?"),
    ],
)
def test_what_is_refused(problems: Callable[..., list[str]], text: str, said: str) -> None:
    [found] = problems(f"{SMALL}traffic: {text}\n")
    assert said in found
    assert found.startswith("s.yaml:7:")


def test_traffic_costs_nothing(load: Callable[..., Scenario]) -> None:
    plain, busy = (
        load(SMALL),
        load(f"{SMALL}traffic: office-hours\nlimits: {{accounts: {{anthropic: Start}}}}\n"),
    )
    assert plain.sha256(["plain"]) == busy.sha256(["plain"])
    assert plain.sha256() != busy.sha256()
