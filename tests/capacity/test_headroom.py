"""A design's use of limits: by hand, against a loop over months and hours, and its end under growth."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from math import inf, log
from pathlib import Path

import numpy as np
import pytest

from kplan.capacity.demand import Askers, bucket_of, demands
from kplan.capacity.headroom import Headroom, headrooms, months_left, rates_per_s, smoothed, uses
from kplan.capacity.limit_book import LimitBook
from kplan.capacity.limit_files import limits_of
from kplan.capacity.week import WEEKS, even
from kplan.engine.simulate import simulate
from kplan.prices.book import Book
from kplan.scenario.load import load_scenario
from kplan.scenario.traffic import LimitsInUse

from ..support import book_of

LIMITS = """\
provider: test
counting:
  calls: {measures: requests, counts: {request: 1}, kind: bucket, per: 60s, window: 60s}
  fresh: {measures: input, counts: {input: 1, cache_write: 1}, kind: bucket, per: 60s, window: 60s}
  out: {measures: output, counts: {output: 1}, kind: bucket, per: 60s, window: 60s}
  asked: {measures: tokens, counts: [{max_tokens: 1}, {input: 1, cache_read: 1}], kind: bucket, per: 60s,
    window: 60s}
  held: {measures: tokens, counts: {input: 1, max_tokens: 1}, settles: {input: 1, output: 5}, kind: bucket,
    per: 60s, window: 60s}
  daily: {measures: requests, counts: {request: 1}, kind: window, per: 24h, window: 24h}
  flying: {measures: concurrency, counts: {request: 1}, kind: level}
  queue: {measures: batch_requests, counts: {request: 1}, kind: level}
limits:
"""
SCENARIO = """\
volume: {queries_per_day: 144_000, growth_per_month: 10%}
months: 2027-01..2027-06
stages:
  draft: {input: 1_000, cached: 40%, output: 200}
  check: {input: 500, output: 50, chance: 50%}
designs:
  plain: {models: {default: sonnet, check: haiku}}
singles: false
"""


def headroom(
    folder: Path,
    rows: str,
    scenario: str = SCENARIO,
    in_use: LimitsInUse | None = None,
    week: np.ndarray | None = None,
    **options: object,
) -> Headroom:
    path = folder / "s.kplan.yaml"
    path.write_text(scenario)
    book = book_of()
    results = simulate(load_scenario(path), book)
    limits = LimitBook((limits_of(LIMITS + rows, "l.yaml"),))
    plan = results.plans[0]
    found = headrooms(
        plan, book, limits, in_use or LimitsInUse(), even() if week is None else week, **options
    )  # type: ignore[arg-type]
    return found[0]


def uses_of(found: Headroom) -> dict[str, float]:
    """Use in the first month, by model and counting."""
    return {f"{use.limit.pool} {use.limit.counting.name}": float(use.peak[0]) for use in found.uses}


def test_use_by_hand(tmp_path: Path) -> None:
    """100 queries a minute: 100 drafts of 600 fresh tokens and 200 out, 50 checks of 500 and 50."""
    rows = """\
  - {models: [sonnet], calls: 200, fresh: 100_000, out: 40_000}
  - {models: [haiku], calls: 200, fresh: 100_000, out: 40_000}
"""
    assert uses_of(headroom(tmp_path, rows)) == pytest.approx(
        {
            "sonnet calls": 0.5,
            "sonnet fresh": 0.6,
            "sonnet out": 0.5,
            "haiku calls": 0.25,
            "haiku fresh": 0.25,
            "haiku out": 0.0625,
        }
    )


def test_models_of_a_pool_share_its_limit(tmp_path: Path) -> None:
    found = headroom(tmp_path, "  - {pool: all, models: ['*'], calls: 200, fresh: 100_000}\n")
    assert uses_of(found) == pytest.approx({"all calls": 0.75, "all fresh": 0.85})
    assert found.binding is found.uses[0]
    assert {stage: int(n) for stage, n in found.uses[0].demand.stages.items()} == {"draft": 600, "check": 250}


def test_max_tokens_and_reservations(tmp_path: Path) -> None:
    """800 asked for beat a prompt of 500, not one of 1,000; 600 + 5 x 200 beat a reserve of 1,400 alone."""
    rows = (
        "  - {models: [sonnet], asked: 1_000_000, held: 1_000_000}\n  - {models: [haiku], asked: 1_000_000}\n"
    )
    most = LimitsInUse.model_validate({"max_tokens": {"draft": 800, "check": 800}})
    found = headroom(tmp_path, rows, in_use=most)
    assert uses_of(found) == pytest.approx({"sonnet asked": 0.1, "sonnet held": 0.16, "haiku asked": 0.04})
    assert {use.limit.counting.name: use.demand.note for use in found.uses}["held"].startswith("as reserved")
    more = LimitsInUse.model_validate({"max_tokens": {"draft": 2_000, "check": 800}})
    assert uses_of(headroom(tmp_path, rows, in_use=more))["sonnet held"] == pytest.approx(0.26)


def test_what_is_not_said_is_skipped_with_its_reason(tmp_path: Path) -> None:
    found = headroom(tmp_path, "  - {models: [sonnet], calls: 200, asked: 1_000, flying: 5}\n")
    assert [use.limit.counting.name for use in found.uses] == ["calls"]
    assert {each.what: each.why for each in found.skipped} == {
        "test sonnet asked": (
            "it counts max_tokens, which is not said for draft; write limits: {max_tokens: {draft: 800}}"
        ),
        "test sonnet flying": (
            "it counts calls in flight, and nobody says how fast sonnet is, which runs draft;"
            ' say for example latency: {"sonnet": 450ms + 140/s}'
        ),
        "test/haiku": "no limit of test/haiku is known; put yours into a file: `limits: {book: own.yaml}`",
    }
    timed = headroom(
        tmp_path, "  - {models: [sonnet], flying: 5}\n", f"{SCENARIO}latency: {{sonnet: 500ms + 200/s}}\n"
    )
    assert uses_of(timed) == pytest.approx({"sonnet flying": 100 / 60 * 1.5 / 5})


def test_batches_count_toward_queues_alone(tmp_path: Path) -> None:
    """144,000 drafts a day that each wait a day, and checks that are answered at once."""
    from ..support import priced

    scenario = SCENARIO.replace("output: 200}", "output: 200, mode: batch}")
    rows = "  - {models: ['*'], pool: all, calls: 200, queue: 200_000}\n"
    path = tmp_path / "s.kplan.yaml"
    path.write_text(scenario)
    book: Book = book_of(
        rows=(priced("sonnet", "input", "1", mode="batch"), priced("sonnet", "output", "5", mode="batch"))
    )
    plan = simulate(load_scenario(path), book).plans[0]
    limits = LimitBook((limits_of(LIMITS + rows, "l.yaml"),))
    week = WEEKS["office-hours"]()
    [found] = headrooms(plan, book, limits, LimitsInUse(), week)
    by_name = {use.limit.counting.name: use for use in found.uses}
    assert by_name["calls"].mean[0] == pytest.approx(0.25)
    assert by_name["queue"].mean[0] == pytest.approx(0.72)
    assert by_name["queue"].peak[0] == pytest.approx(0.72 * smoothed(week, 86_400).max())


def test_the_grid_is_the_loop_over_months_and_hours(tmp_path: Path) -> None:
    week = WEEKS["azure-code-2024"]()
    rows = "  - {models: [sonnet], calls: 400, fresh: 300_000, daily: 100_000, valid_from: 2027-03-01}\n"
    found = headroom(tmp_path, rows, week=week, peak_of=lambda _: 1.5)
    for use in found.uses:
        for month in range(6):
            for hour in range(168):
                expected = np.nan
                if month >= 2:
                    traffic = 100.0 * 1.1**month * week[hour]
                    if use.limit.counting.name == "daily":
                        day = hour // 24 * 24
                        traffic = sum(100.0 * 1.1**month * week[h] for h in range(day, day + 24)) / 24 * 1440
                    expected = traffic * float(use.demand.per_query) / float(use.limit.amount)
                assert use.hours[month, hour] == pytest.approx(expected, rel=1e-9, nan_ok=True)
        minute = 1 if use.limit.counting.name == "daily" else 1.5
        assert use.peak[3] == pytest.approx(use.hours[3].max() * minute)
        assert use.headroom[3] == pytest.approx(1 / use.peak[3] - 1)
    assert found.binding is not None
    assert {use.limit.counting.name: use.binding_hour for use in found.uses} == {
        "calls": "Wed 19:00",
        "fresh": "Wed 19:00",
        "daily": "Tue",
    }


def test_saturation_is_the_closed_form(tmp_path: Path) -> None:
    """Peaks of 40%, 10% more each month: ln(1 / 0.4) / ln 1.1 = 9.61 months, so the eleventh is full."""
    found = headroom(tmp_path, "  - {models: [sonnet], calls: 250}\n")
    [use] = found.uses
    assert use.months_left == pytest.approx(log(250 / 100) / log(1.1))
    assert use.full_month == "2027-11"
    assert 100 * 1.1**9 < 250 <= 100 * 1.1**10
    soon = LimitsInUse.model_validate({"target": "80%"})
    [early] = headroom(tmp_path, "  - {models: [sonnet], calls: 250}\n", in_use=soon).uses
    assert early.months_left == pytest.approx(log(200 / 100) / log(1.1))
    assert early.full_month == "2027-09"


def test_a_limit_that_is_passed_and_one_that_is_never_reached(tmp_path: Path) -> None:
    [full] = headroom(tmp_path, "  - {models: [sonnet], calls: 100}\n").uses
    assert (full.months_left, full.full_month) == (0, "2027-01")
    [room] = headroom(tmp_path, "  - {models: [sonnet], calls: 101}\n").uses
    assert (room.full_month, 0 < room.months_left < 1) == ("2027-02", True)
    flat = SCENARIO.replace(", growth_per_month: 10%", "")
    [never] = headroom(tmp_path, "  - {models: [sonnet], calls: 101}\n", flat).uses
    assert (never.months_left, never.full_month) == (np.inf, "")


def test_a_limit_that_another_one_follows(tmp_path: Path) -> None:
    """Peaks of 100, 110, 121, 133, 146, 161: 130 would be full in April, when 150 follows, to June."""
    rows = """\
  - {models: [sonnet], calls: 130, valid_to: 2027-04-01}
  - {models: [sonnet], calls: 150, valid_from: 2027-04-01}
"""
    later, before = headroom(tmp_path, rows).uses
    assert (before.full_month, before.months_left) == ("", np.inf)
    assert later.full_month == "2027-06"
    assert later.months_left == pytest.approx(log(150 / 100) / log(1.1))
    [full, _] = headroom(tmp_path, rows.replace("130", "121")).uses
    assert (full.full_month, full.months_left) == ("2027-03", 2)


def test_what_is_skipped_every_month_is_said_once(tmp_path: Path) -> None:
    rows = "  - {models: [sonnet], calls: 130, tier: Low}\n"
    account = LimitsInUse.model_validate({"accounts": {"test": "High"}})
    found = headroom(tmp_path, rows, in_use=account)
    assert [each.what for each in found.skipped] == ["test/sonnet", "test/haiku"]
    assert "no limit of test/sonnet in tier `High` on 2027-01-01" in found.skipped[0].why


def test_seasons_move_the_full_month(tmp_path: Path) -> None:
    """Flat but for a December of twice the traffic: full then, though growth is none."""
    seasons = ", seasonality: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2]}"
    scenario = SCENARIO.replace(", growth_per_month: 10%}", seasons)
    [use] = headroom(tmp_path, "  - {models: [sonnet], calls: 200}\n", scenario).uses
    assert (use.full_month, use.months_left) == ("2027-12", 11)


@pytest.mark.parametrize("season", ["", ", seasonality: [2, 1, 0.5, 1, 1, 1, 1, 1, 1, 1, 1, 1]"])
def test_a_limit_that_begins_within_the_plan_is_followed_from_there(tmp_path: Path, season: str) -> None:
    """100 calls a minute of 100,000 in January, 10% more each month: the same months as if it always held."""
    scenario = SCENARIO.replace(", growth_per_month: 10%}", f", growth_per_month: 10%{season}}}")
    rows = "  - {models: [sonnet], calls: 100_000, valid_from: 2027-03-01}\n"
    [use] = headroom(tmp_path, rows, scenario).uses
    assert np.isnan(use.ahead[:2]).all()
    factors = np.tile([2, 1, 0.5, *[1] * 9] if season else np.ones(12), 20)
    expected = 1e-3 * 1.1 ** np.arange(240) * factors
    assert use.ahead[2:] == pytest.approx(expected[2:])
    full = int(np.argmax(expected >= 1))
    assert use.full_month == f"{2027 + full // 12}-{full % 12 + 1:02}"
    assert use.peak == pytest.approx(use.ahead[:6], nan_ok=True)


@pytest.mark.filterwarnings("error")
def test_a_first_month_without_queries_hides_no_growth(tmp_path: Path) -> None:
    """0.25 x 1.1^n is full in the 15th month after January, whether anybody comes in January or not."""
    seasons = ", seasonality: [0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]}"
    found = headroom(
        tmp_path, "  - {models: [sonnet], calls: 400}\n", SCENARIO.replace("10%}", f"10%{seasons}")
    )
    [use] = found.uses
    assert use.peak[:2] == pytest.approx([0, 0.275])
    assert use.headroom[0] == inf
    assert (use.full_month, use.months_left) == ("2028-04", 15)
    assert use.ahead[[12, 24]] == pytest.approx([0, 0])


def test_months_left_at_its_edges() -> None:
    assert months_left(1.0, 0.1) == 0
    assert months_left(0.5, 0.0) == np.inf
    assert months_left(0.5, -0.1) == np.inf
    assert months_left(0.0, 0.1) == np.inf
    assert months_left(0.4, 0.05, 0.8) == pytest.approx(log(2) / log(1.05))


def test_added_designs_and_classes(tmp_path: Path) -> None:
    """A quarter of the queries skips the check; a design that kplan adds runs all on one model."""
    scenario = SCENARIO.replace("singles: false\n", "") + (
        "mix:\n  long: {share: 75%}\n  short: {share: 25%, stages: {check: {chance: 0}}}\n"
    )
    path = tmp_path / "s.kplan.yaml"
    path.write_text(scenario)
    book = book_of()
    plan = simulate(load_scenario(path), book).plans[0]
    askers = Askers(plan, book)
    calls = {
        design.id: {
            model: sum(
                (each.per_query for each in askers.shapes(design) if each.model.id == model), Decimal(0)
            )
            for model in ("sonnet", "haiku")
        }
        for design in plan.designs
    }
    assert calls["plain"] == {"sonnet": 1, "haiku": Decimal("0.375")}
    assert {tuple(each.values()) for name, each in calls.items() if name != "plain"} == {
        (Decimal("1.375"), 0),
        (0, Decimal("1.375")),
    }
    assert rates_per_s(plan)[0] == pytest.approx(144_000 / 86_400)


@pytest.mark.parametrize("bills", ["0%", "50%", "100%"])
def test_attempts_count_whole_whatever_they_bill(tmp_path: Path, bills: str) -> None:
    """Three attempts that fail one time in five are 1 + 0.2 + 0.04 calls, of 1,000 tokens each."""
    scenario = f"""
volume: 144_000/day
months: 2027-01..2027-02
stages:
  tries:
    kind: retry
    failure: 20%
    bills: {bills}
    stages:
      draft: {{input: 1_000, output: 200}}
designs: {{plain: sonnet}}
singles: false
"""
    rows = "  - {models: [sonnet], calls: 1_000, fresh: 1_000_000}\n"
    assert uses_of(headroom(tmp_path, rows, scenario)) == pytest.approx(
        {"sonnet calls": 0.124, "sonnet fresh": 0.124}
    )


def test_demand_ties_to_the_bill(tmp_path: Path) -> None:
    """Tokens that limits count are those that the ledger bills, stage by stage: the same engine made both."""
    scenario = SCENARIO.replace("output: 200}", "output: {mean: 200, p95: 400, least: 60}, reasoning: 50}")
    path = tmp_path / "s.kplan.yaml"
    path.write_text(scenario)
    book = book_of()
    results = simulate(load_scenario(path), book)
    shapes = Askers(results.plans[0], book).shapes(results.plans[0].designs[0])
    for stage in ("draft", "check"):
        billed: dict[str, Decimal] = {}
        for row in results.ledger:
            if row.stage == stage and row.month == "2027-01" and (bucket := bucket_of(row.meter)):
                billed[bucket] = billed.get(bucket, Decimal(0)) + row.quantity_per_query
        counted = {
            bucket: sum(
                each.per_query * each.amounts.get(bucket, 0) for each in shapes if each.stage == stage
            )
            for bucket in billed
        }
        assert {k: float(v) for k, v in counted.items()} == pytest.approx(
            {k: float(v) for k, v in billed.items()}
        )


def test_limits_of_another_day_are_not_counted(tmp_path: Path) -> None:
    found = headroom(tmp_path, "  - {models: [sonnet], calls: 100, valid_to: 2027-01-01}\n")
    assert found.binding is None
    book = LimitBook((limits_of(f"{LIMITS}  - {{models: [sonnet], calls: 1}}\n", "l.yaml"),))
    assert demands((), book, LimitsInUse(), date(2027, 1, 1)) == ([], [])


def test_the_grid_is_linear() -> None:
    grid = uses(np.array([2.0]), np.array([[4.0, np.nan]]), np.array([1.0, 3.0]), np.arange(168.0)[None])
    assert grid.shape == (1, 2, 168)
    assert grid[0, 0, 10] == 5
    assert np.isnan(grid[0, 1]).all()
