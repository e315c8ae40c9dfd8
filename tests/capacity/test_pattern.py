"""What a scenario says of its traffic, read together with the files that it names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kplan.capacity.limit_book import load_limits
from kplan.capacity.limits import Limit
from kplan.capacity.pattern import Pattern, limit_book, pattern
from kplan.capacity.week import WEEKS
from kplan.errors import KplanError
from kplan.scenario.load import load_scenario

SCENARIO = """\
volume: 1_000/month
stages: {draft: {input: 1_000, output: 100}}
designs: {plain: sonnet}
"""


def read(folder: Path, more: str = "") -> Pattern:
    path = folder / "s.kplan.yaml"
    path.write_text(SCENARIO + more)
    return pattern(load_scenario(path))


def test_nothing_said_is_a_peak_that_is_assumed(tmp_path: Path) -> None:
    """2.97 is the digitised Azure week's own figure: 4,950 requests a minute over a mean of 1,667."""
    found = read(tmp_path)
    assert (found.week_source, found.trace) == ("even", None)
    assert found.peak_factor == pytest.approx(2.97, abs=0.005)
    assert found.week.tolist() == [1] * 168
    assert found.assumed == (
        "a busiest minute of 2.97 times the mean, as in the busiest hour of azure-code-2024; say yours:"
        " `traffic: {week: office-hours, peak_factor: 1.5}`"
    )


def test_what_is_not_said_of_the_traffic_is_assumed_aloud(tmp_path: Path) -> None:
    profile = "profile: {weekdays: Mon-Fri, hours: 08:00-18:00, share: 80%}\n"
    for said in ("traffic: office-hours\n", profile):
        found = read(tmp_path, said)
        assert found.peak_factor == 1
        assert found.assumed.startswith("a busiest minute no busier than its hour")
    assert read(tmp_path, "traffic: {peak_factor: 2}\n").assumed.startswith("every hour of the week alike")
    assert read(tmp_path, "traffic: {week: office-hours, peak_factor: 2}\n").assumed == ""
    assert read(tmp_path, f"{profile}traffic: {{peak_factor: 2}}\n").assumed == ""


def test_presets_lists_and_files(tmp_path: Path) -> None:
    assert read(tmp_path, "traffic: global-consumer\n").week == pytest.approx(WEEKS["global-consumer"]())
    listed = read(tmp_path, f"traffic: {{week: [{', '.join(['1'] * 84 + ['3'] * 84)}], peak_factor: 2}}\n")
    assert (listed.week[0], listed.week[167], listed.peak_factor) == (0.5, 1.5, 2)
    (tmp_path / "week.csv").write_text("\n".join(["1"] * 168))
    assert read(tmp_path, "traffic: week.csv\n").week_source == "week.csv"


def test_a_profile_is_a_week_where_none_is_said(tmp_path: Path) -> None:
    more = "profile: {weekdays: Mon-Fri, hours: 08:00-18:00, share: 80%}\n"
    found = read(tmp_path, more)
    assert found.week_source == "profile"
    assert found.week[10] / found.week[3] == pytest.approx((0.8 / 50) / (0.2 / 118))
    assert read(tmp_path, f"{more}traffic: even\n").week_source == "even"


def test_a_trace_gives_its_peak_and_if_long_enough_its_week(tmp_path: Path) -> None:
    """Ten minutes: 9 of 10 calls and one of 30; then eight days of a call each half hour."""
    at = [*np.arange(0, 540, 6.0), *np.arange(540, 600, 2.0), 600]
    (tmp_path / "t.csv").write_text("at\n" + "\n".join(map(str, at)))
    short = read(tmp_path, "traffic: {trace: t.csv, time_unit: s}\n")
    assert short.peak_factor == pytest.approx(30 / 12)
    assert short.week_source == "even"
    assert short.bursts is not None
    assert short.bursts.n_calls == 121
    assert read(tmp_path, "traffic: {trace: t.csv, time_unit: s, peak_factor: 1.2}\n").peak_factor == 1.2
    days = np.arange(0, 8 * 86_400, 1_800) + 1_793_577_600
    (tmp_path / "t.csv").write_text("at\n" + "\n".join(map(str, days)))
    assert read(tmp_path, "traffic: {trace: t.csv, time_unit: s}\n").week_source == "t.csv"


def test_files_that_are_not_there_are_told_with_their_place(tmp_path: Path) -> None:
    with pytest.raises(KplanError, match=r"s.kplan.yaml:4:18: traffic.trace: .*none.csv cannot be read"):
        read(tmp_path, "traffic: {trace: none.csv}\n")
    with pytest.raises(KplanError, match=r"none.csv:1:1: cannot be read"):
        read(tmp_path, "traffic: none.csv\n")


def test_own_limits_lie_beside_the_scenario(tmp_path: Path) -> None:
    own = "provider: anthropic\nlimits:\n  - {models: [m], tier: T, requests: 5}\n"
    (tmp_path / "own.yaml").write_text(own)
    path = tmp_path / "s.kplan.yaml"
    path.write_text(f"{SCENARIO}limits: {{book: own.yaml}}\n")
    last: Limit = list(limit_book(load_scenario(path)).limits())[-1]
    assert last.id == "anthropic m T requests"
    assert limit_book(load_scenario(path)).sha256 != load_limits().sha256
    path.write_text(SCENARIO)
    assert limit_book(load_scenario(path)).sha256 == load_limits().sha256
    assert list(limit_book(load_scenario(path)).limits())[-1].id != last.id


def test_accounts_and_stages_that_there_are_not(tmp_path: Path) -> None:
    path = tmp_path / "s.kplan.yaml"
    path.write_text(f"{SCENARIO}limits:\n  accounts: {{antropic: Scale}}\n  max_tokens: {{drafts: 800}}\n")
    with pytest.raises(KplanError) as error:
        limit_book(load_scenario(path))
    assert [str(each).removeprefix(f"{path}:") for each in error.value.problems] == [
        "5:14: limits.accounts.antropic: limits of no provider `antropic`; did you mean anthropic?",
        "6:16: limits.max_tokens.drafts: no stage `drafts`; did you mean draft?",
    ]


def test_tiers_and_services_that_there_are_not(tmp_path: Path) -> None:
    path = tmp_path / "s.kplan.yaml"
    accounts = "{anthropic: Strat, google: {tier: Tier 9, service: vertx}, azure: {tier: Free}}"
    path.write_text(f"{SCENARIO}limits: {{accounts: {accounts}}}\n")
    with pytest.raises(KplanError) as error:
        limit_book(load_scenario(path))
    said = [str(each).removeprefix(f"{path}:") for each in error.value.problems]
    assert said[0] == "4:32: limits.accounts.anthropic: no tier `Strat` of anthropic; did you mean Start?"
    assert said[1].startswith(
        "4:54: limits.accounts.google.tier: no tier `Tier 9` of google; did you mean Tier"
    )
    assert said[2].endswith("no service `vertx` of google; did you mean vertex?")
    assert "no tier `Free` of azure" in said[3]
    path.write_text(f"{SCENARIO}limits: {{accounts: {{google: {{service: vertex}}, anthropic: Start}}}}\n")
    limit_book(load_scenario(path))
