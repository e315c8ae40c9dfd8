"""Designs of scenarios under load: by hand, against the times without load, and all that can be missing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from kplan.capacity.arrivals import even_arrivals
from kplan.capacity.fits import headrooms_of
from kplan.capacity.loaded.points import CLOSED_FORM, EVENTS, Loaded, Slo
from kplan.capacity.loaded.scene import Effort, Scene
from kplan.capacity.loaded.stations import Rules, Stations
from kplan.capacity.pattern import limit_book, pattern
from kplan.capacity.study import DesignStudy, Study, study
from kplan.engine.results import Results
from kplan.regress.run import books_of, run

SCENARIOS = Path(__file__).parents[3] / "scenarios"
OWN = """\
provider: anthropic
limits:
  - {models: [claude-haiku-4-5], tier: Small, requests: 60, input: 120_000}
"""
SCENARIO = """\
volume: {queries_per_day: 43_200, growth_per_month: 10%}
months: 2027-01..2027-12
traffic: {week: even, peak_factor: 1}
limits: {accounts: {anthropic: Small}, book: own.yaml}
latency: {claude-haiku-4-5: 500ms + 100/s}
stages:
  draft: {input: 1_000, output: 150}
designs: {plain: claude-haiku-4-5}
singles: false
"""
CALM = Effort(queries=1_000)


def studied(
    folder: Path, text: str = SCENARIO, own: str = OWN, effort: Effort = CALM, slo: Slo | None = None
) -> Study:
    (folder / "own.yaml").write_text(own)
    path = folder / "s.kplan.yaml"
    path.write_text(text)
    results = run(path)
    return study(results, books_of({plan.variant: plan.scenario for plan in results.plans}), effort, slo)


def loaded(
    folder: Path, text: str = SCENARIO, own: str = OWN, effort: Effort = CALM, slo: Slo | None = None
) -> Loaded:
    found = studied(folder, text, own, effort, slo).designs[0]
    assert found.loaded is not None, found.why_no_latency
    return found.loaded


def test_by_hand(tmp_path: Path) -> None:
    """Half a query a second at 1 s of the limit each: full at 1/s, and 0.5 x 1.1^8 = 1.07 in September."""
    found = loaded(tmp_path)
    assert found.unstable_per_s == pytest.approx(1.0)
    assert found.binding == "anthropic claude-haiku-4-5 requests (Small)"
    assert (found.first_month, found.month, found.unstable_month) == ("2027-01", "2027-12", "2027-09")
    assert found.first.queries_per_s == pytest.approx(0.5)
    assert found.busiest.queries_per_s == pytest.approx(0.5 * 1.1**11)
    assert (found.first.is_stable, found.busiest.is_stable) == (True, False)
    assert found.first.p50_s.value == found.first.p50_s.high == 2.0
    loads = [point.queries_per_s for point in found.points]
    assert len(loads) == 9
    assert loads == sorted(loads)
    assert loads[0] < 0.1
    assert 0.7 < loads[-1] < 1.0
    assert {point.engine for point in found.points} == {EVENTS}
    assert found.in_flight is None
    assert found.method == "1,000 queries, Poisson arrivals, seed 1"


def test_without_load_it_is_the_closed_form(tmp_path: Path) -> None:
    """Loops, arms at once, retries, chances, sizes by chance: drawn times keep to the exact percentiles."""
    text = SCENARIO.replace(
        "  draft: {input: 1_000, output: 150}\n",
        """\
  both:
    kind: parallel
    stages:
      one: {input: 100, output: {lognormal: {mean: 200, p95: 600}}}
      two: {input: 100, output: 250}
  again:
    kind: loop
    turns: 2.5
    context: 200
    stages: {step: {input: 50, output: 40}}
  check: {input: 10, output: 5, chance: 30%, takes: 2s}
  careful:
    kind: retry
    failure: 20%
    backoff: 1s
    stages: {last: {input: 10, output: 20, calls: 2}}
""",
    )
    roomy = OWN.replace("60,", "60_000,").replace("120_000", "120_000_000")
    [design] = studied(tmp_path, text, roomy, Effort(queries=20_000)).designs
    assert design.loaded is not None
    assert design.design.time is not None
    exact = design.design.time.whole.times
    assert exact is not None
    light = design.loaded.points[0]
    assert light.delayed_calls < 0.01
    for found, value in ((light.p50_s, exact.p50), (light.p95_s, exact.p95), (light.p99_s, exact.p99)):
        assert found.low * 0.995 <= float(value) <= found.high * 1.005


@pytest.mark.parametrize("name", ["agent-limits", "semantic-router", "grounded-cache", "kairo-three-tiers"])
def test_what_calls_take_of_limits_is_what_headroom_counts(name: str) -> None:
    """Followed call by call on average as expected exactly: tokens, cache reads, attempts."""
    limits = "limits={accounts: {anthropic: {tier: Start}, google: {tier: Tier 1}}}"
    sets = () if name == "agent-limits" else (limits,)
    counts_as_headroom(run(SCENARIOS / f"{name}.kplan.yaml", sets=sets))


def test_meters_of_one_bucket_add_up(tmp_path: Path) -> None:
    """Output with reasoning, input with cache reads, and a tokenizer that makes more tokens of both."""
    text = SCENARIO.replace("output: 150", "output: 150, reasoning: 70, cached: 30%, calls: 2")
    (tmp_path / "own.yaml").write_text(OWN.replace("input: 120_000", "input: 120_000, output: 60_000"))
    path = tmp_path / "s.kplan.yaml"
    path.write_text(f"{text}tokenizers: {{claude-haiku-4-5: 1.3}}\n")
    assert counts_as_headroom(run(path)) == 3


def counts_as_headroom(results: Results) -> int:
    """Holds what drawn queries take of each limit against what a query takes on average; so many limits."""
    [plan] = results.plans
    books, in_use = books_of({"": plan.scenario}), plan.scenario.limits
    assert in_use is not None
    scene = Scene(plan, books[""], pattern(plan.scenario), limit_book(plan.scenario))
    n_followed = 0
    for headroom in headrooms_of(plan, books[""], scene.traffic, scene.limits):
        planned = next(each for each in plan.designs if each.id == headroom.design)
        rules = Rules.of(headroom.counted, scene.limits, in_use, date(2027, 1, 1))
        stations = Stations.of(scene.drawer.tracks(planned, 20_000, 1), rules, scene.book)
        for demand in rules.by_limit.values():
            taken = stations.taken(demand.limit)
            error = 4 * float(taken.std()) / 20_000**0.5
            assert float(taken.mean()) == pytest.approx(float(demand.per_query), abs=error + 1e-6)
            n_followed += 1
    assert n_followed
    return n_followed


def test_calls_that_are_alike_are_counted_each(tmp_path: Path) -> None:
    """Four calls at once, all the same, take four of the limit at 60 a minute: unstable from 0.25/s on.

    Of 20 queries at one moment a burst of 60 lets the first three calls in, and none of the fourth.
    """
    text = SCENARIO.replace("output: 150", "output: 150, calls: 4").replace("43_200", "4_320")
    stamps = "\n".join("2026-01-05T10:00:00,150" for _ in range(20)) + "\n2026-01-05T12:00:00,150"
    (tmp_path / "t.csv").write_text(f"timestamp,output\n{stamps}\n")
    found = loaded(tmp_path, text.replace("peak_factor: 1", "trace: t.csv, peak_factor: 1"))
    assert found.unstable_per_s == pytest.approx(0.25)
    assert found.first.delayed_queries == pytest.approx(20 / 21)
    assert found.first.delayed_calls == pytest.approx(20 / 84)
    assert found.first.p99_s.value == pytest.approx(2 + 20)


def test_the_same_seed_is_the_same_answer_and_another_is_not(tmp_path: Path) -> None:
    text = SCENARIO.replace("peak_factor: 1", "peak_factor: 1, burstiness: {iat_scv: 30}")
    first = loaded(tmp_path, text, effort=Effort(7, 1_000))
    assert first == loaded(tmp_path, text, effort=Effort(7, 1_000))
    assert first != loaded(tmp_path, text, effort=Effort(8, 1_000))


def test_bursts_make_queries_wait(tmp_path: Path) -> None:
    """At the same loads: gamma gaps of scv 1 are Poisson; of scv 50 calls wait where none did before."""
    calm = loaded(tmp_path)
    one = SCENARIO.replace("peak_factor: 1", "peak_factor: 1, burstiness: {iat_scv: 1}")
    assert loaded(tmp_path, one) == calm
    wild = loaded(tmp_path, SCENARIO.replace("peak_factor: 1", "peak_factor: 1, burstiness: {iat_scv: 200}"))
    assert wild.method == "1,000 queries, gamma (iat_scv 200) arrivals, seed 1"
    assert calm.first.delayed_queries == 0
    assert wild.first.delayed_queries > 0.1
    assert wild.first.p95_s.value > calm.first.p95_s.value
    assert calm.dispersion == pytest.approx(1, abs=0.3)
    assert wild.dispersion is not None
    assert wild.dispersion > 10


@pytest.mark.parametrize(("scv", "clients"), [(1, 1), (16, 1), (16, 40), (0.25, 1)])
def test_made_arrivals_have_the_dispersion_they_are_asked_for(scv: float, clients: int) -> None:
    """Over long windows the index of dispersion tends to the scv of the gaps, of one client or of many."""
    came = even_arrivals(np.random.default_rng(1), 200_000, scv, clients)
    assert len(came) / came[-1] == pytest.approx(1, abs=0.05)
    counts = np.bincount((came // (20_000 if clients > 1 else 500)).astype(int))[:-1]
    assert counts.var(ddof=1) / counts.mean() == pytest.approx(scv, rel=0.5)


def test_without_any_limit_it_is_exact(tmp_path: Path) -> None:
    """Gemini on Vertex has no number to fit into: times are those of the closed form, at any load."""
    text = SCENARIO.replace("claude-haiku-4-5", "gemini-3.8-flash")
    text = text.replace("{anthropic: Small}", "{google: {service: vertex}}")
    found = loaded(tmp_path, text, slo=Slo(0.95, 2.5))
    assert {point.engine for point in (*found.points, found.first, found.busiest)} == {CLOSED_FORM}
    assert found.busiest.p99_s.low == found.busiest.p99_s.high == 2.0
    assert (found.unstable_per_s, found.unstable_month, found.largest_per_s) == (None, "", float("inf"))
    assert loaded(tmp_path, text, slo=Slo(0.95, 1.5)).largest_per_s == 0
    assert found.in_flight is not None
    assert found.in_flight.mean == pytest.approx(2 * found.busiest.queries_per_s, rel=0.1)


def test_reserves_that_come_back_do_not_make_it_unstable(tmp_path: Path) -> None:
    """Reserved 1,000 + 4,000, settled at 1,000 + 10 x 150 of 300,000 a minute: 2/s, not the 1/s of reserves.

    Calls of 200 s keep 2,500 more each: 300,000 / (200 x 2,500) = 0.6/s fill the bucket before.
    """
    reserved = """\
provider: anthropic
counting:
  tokens:
    measures: tokens
    counts: {input: 1, max_tokens: 1}
    settles: {input: 1, output: 10}
    kind: bucket
    per: 60s
    window: 60s
limits:
  - {models: [claude-haiku-4-5], tier: Small, tokens: 300_000}
"""
    text = SCENARIO.replace("own.yaml}", "own.yaml, max_tokens: {draft: 4_000}}")
    found = loaded(tmp_path, text, reserved)
    assert found.unstable_per_s == pytest.approx(300_000 / 60 / 2_500)
    assert (found.busiest.is_stable, found.unstable_month) == (True, "")
    slow = loaded(tmp_path, text.replace("500ms + 100/s", "198.5s + 100/s"), reserved)
    assert slow.unstable_per_s == pytest.approx(0.6)
    assert slow.unstable_month == "2027-03"


def test_a_window_takes_whole_requests(tmp_path: Path) -> None:
    """40 a minute, looked at over 10 s: 6 in each, 0.6/s."""
    own = """\
provider: anthropic
counting:
  requests: {measures: requests, counts: {request: 1}, kind: window, per: 60s, window: 10s}
limits:
  - {models: [claude-haiku-4-5], tier: Small, requests: 40}
"""
    found = loaded(tmp_path, own=own)
    assert found.unstable_per_s == pytest.approx(0.6)
    assert found.first.is_stable
    assert found.first.delayed_calls > 0.1
    with_less = own.replace("requests: 40", "requests: 5")
    [design] = studied(tmp_path, own=with_less).designs
    assert "more than anthropic claude-haiku-4-5 requests (Small) allows in a window of 10 s" in (
        design.why_no_latency
    )


def test_calls_that_units_serve_wait_at_no_limit() -> None:
    """Units for the peak leave no call to the provider's limits, under load as for headroom."""
    results = run(SCENARIOS / "base-load.kplan.yaml")
    found = study(results, books_of({"": results.plans[0].scenario}), CALM)
    served = next(each for each in found.designs if each.design.design == "peak")
    assert served.binding is None
    assert served.loaded is not None
    assert (served.loaded.unstable_per_s, served.loaded.busiest.engine) == (None, CLOSED_FORM)
    paid = next(each for each in found.designs if each.design.design == "payg")
    assert paid.loaded is not None
    assert paid.loaded.unstable_per_s is not None


def test_limits_by_the_day_are_not_followed_hour_by_hour(tmp_path: Path) -> None:
    """500 requests a day are gone within minutes of the busiest hour; that is what headroom tells of."""
    own = """\
provider: anthropic
counting:
  daily: {measures: requests, counts: {request: 1}, kind: bucket, per: 24h, window: 24h}
limits:
  - {models: [claude-haiku-4-5], tier: Small, requests: 60, daily: 500}
"""
    [design] = studied(tmp_path, own=own).designs
    assert design.binding is not None
    assert design.binding.limit.counting.name == "daily"
    assert design.loaded is not None
    assert design.loaded.unstable_per_s == pytest.approx(1.0)
    assert design.loaded.first.delayed_calls == 0


def test_the_largest_load_at_an_slo(tmp_path: Path) -> None:
    """All lower loads of the curve keep the promise, no higher one does; one below the service none keeps."""
    text = SCENARIO.replace("peak_factor: 1", "peak_factor: 1, burstiness: {iat_scv: 50}")
    found = loaded(tmp_path, text, effort=Effort(queries=3_000), slo=Slo(0.95, 60.0))
    assert found.slo == Slo(0.95, 60.0)
    assert found.largest_per_s is not None
    kept = [point.p95_s.value <= 60 for point in found.points if point.queries_per_s <= found.largest_per_s]
    lost = [point.p95_s.value > 60 for point in found.points if point.queries_per_s > found.largest_per_s]
    assert kept
    assert lost
    assert all(kept)
    assert all(lost)
    assert loaded(tmp_path, text, slo=Slo(0.5, 1.9)).largest_per_s == 0


def test_targets_are_the_slo_unless_one_is_said(tmp_path: Path) -> None:
    text = f"{SCENARIO}targets: {{all: {{p99: 5s}}}}\n"
    assert loaded(tmp_path, text).slo == Slo(0.99, 5.0)
    assert loaded(tmp_path, text, slo=Slo(0.5, 3.0)).slo == Slo(0.5, 3.0)
    assert (loaded(tmp_path).slo, loaded(tmp_path).largest_per_s) == (None, None)


def test_a_trace_comes_as_it_came(tmp_path: Path) -> None:
    """Bursts of 30 calls a minute at half a call a second: 60 a minute let them in, 20 the first 20."""
    stamps = "\n".join(f"2026-01-05T10:{minute:02d}:00,{150}" for minute in range(40) for _ in range(30))
    (tmp_path / "t.csv").write_text(f"timestamp,output\n{stamps}\n")
    text = SCENARIO.replace("peak_factor: 1", "trace: t.csv").replace("43_200", "42_000")
    found = loaded(tmp_path, text.replace(", growth_per_month: 10%", ""))
    assert found.method == (
        "1,200 queries that come as the calls of t.csv, with the plan's own tokens, seed 1"
    )
    assert found.in_flight is not None
    assert (found.in_flight.most, found.in_flight.engine) == (30, "discrete events, the calls of t.csv")
    assert found.in_flight.mean == pytest.approx(2.0 * 42_000 / 86_400, rel=0.05)
    assert found.busiest.delayed_queries == 0
    calmer = text.replace(", growth_per_month: 10%", "").replace("42_000", "24_000")
    tight = loaded(tmp_path, calmer, OWN.replace("requests: 60", "requests: 20")).busiest
    assert tight.delayed_calls == pytest.approx(1 / 3, abs=0.01)
    assert tight.p99_s.value == pytest.approx(2 + 30, abs=0.1)


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    def why(text: str) -> str:
        [design] = studied(tmp_path, text).designs
        assert isinstance(design, DesignStudy)
        assert design.loaded is None
        return design.why_no_latency

    assert why(SCENARIO.replace("latency: {claude-haiku-4-5: 500ms + 100/s}\n", "")) == (
        "nothing says how fast its models are; say it, such as `latency: {MODEL: 450ms + 140/s}`"
    )
    assert "nobody says how fast claude-haiku-4-5 is" in why(
        SCENARIO.replace("{claude-haiku-4-5: 500ms", "{claude-opus-4-5: 500ms").replace(
            "designs: {plain: claude-haiku-4-5}",
            "designs: {plain: {models: {draft: claude-haiku-4-5}}}\ncandidates: [claude-opus-4-5]",
        )
    )
