"""The simulator against closed forms by z-scores; what is planted wrong is found by the same scores."""

from __future__ import annotations

from math import isclose

import numpy as np
import pytest
from msgspec.structs import replace

from kplan.capacity.queues import mg1, shared, simulation, straight
from kplan.capacity.queues.balance import OutOfBalanceError, checked_area
from kplan.capacity.queues.figures import Figure
from kplan.capacity.queues.groups import _STUDENT
from kplan.capacity.queues.jackson import JacksonNetwork
from kplan.capacity.queues.laws import Empirical, Law
from kplan.capacity.queues.length import Length
from kplan.capacity.queues.mdc import MDc
from kplan.capacity.queues.mmc import MMc
from kplan.capacity.queues.network import Limit, Network, Station, Step
from kplan.capacity.queues.simulation import Seen, replay, simulate
from kplan.errors import KplanError

Z = 4.0
"""So far a figure lies from the truth once in 1,300 times (Student's t, 19 degrees of freedom)."""
QUEUES = [(MMc, c, rho) for c in (1, 2, 8, 40) for rho in (0.3, 0.8, 0.9)]
QUEUES += [(MDc, c, rho) for c in (1, 2, 8) for rho in (0.5, 0.8, 0.9)]


def alone(servers: int, service: Law | Empirical) -> Network:
    return Network({"it": Station(servers)}, [Step("it", service)])


def z_score(figure: Figure, truth: float) -> float:
    """Standard errors between a figure and the truth, by the upper end: the lower may be cut at 0."""
    return (figure.value - truth) / max((figure.high - figure.value) / _STUDENT, 1e-12)


def scores(seen: Seen, queue: MMc | MDc) -> dict[str, float]:
    step = seen.steps[0]
    found = {"in flight": z_score(seen.in_flight, queue.arrivals_per_s * queue.mean_sojourn_s)}
    if queue.waiting_probability > 0.001:  # else too few wait for a normal law of their mean
        found["mean wait"] = z_score(step.waits.mean_s, queue.mean_wait_s)
        found["waits"] = z_score(step.waits.above_zero, queue.waiting_probability)
    for share in (0.9, 0.99):
        if wait := queue.wait_quantile_s(share):
            found[f"wait {share}"] = z_score(step.waits.up_to(wait), share)
        if isinstance(queue, MMc):
            found[f"stay {share}"] = z_score(step.stays.up_to(queue.sojourn_quantile_s(share)), share)
    return found


@pytest.mark.parametrize(("law", "servers", "rho"), QUEUES)
def test_simulated_figures_lie_about_the_exact_ones(law: type[MMc | MDc], servers: int, rho: float) -> None:
    queue = law(rho * servers / 2, 2.0, servers)
    service = Law(2.0, 1.0 if law is MMc else 0.0)
    n = 600_000 if rho == 0.9 else 200_000
    seen = simulate(alone(servers, service), Law(1 / queue.arrivals_per_s), np.random.default_rng(7), n)
    found = scores(seen, queue)
    assert max(map(abs, found.values())) < Z, found


@pytest.mark.parametrize(("servers", "rho"), [(1, 0.8), (2, 0.8), (8, 0.8), (8, 0.9), (40, 0.9)])
def test_a_server_too_many_is_found(servers: int, rho: float) -> None:
    """The same run with c + 1 servers where c are meant, and with c - 1 where that still keeps up."""
    queue = MMc(rho * servers, 1.0, servers)
    for planted in {servers + 1, servers - 1}:
        if planted > rho * servers:
            seen = simulate(
                alone(planted, Law(1.0)), Law(1 / queue.arrivals_per_s), np.random.default_rng(7), 200_000
            )
            assert max(map(abs, scores(seen, queue).values())) > 1.5 * Z


@pytest.mark.parametrize(
    "service",
    [
        Law(1.0, 4.0),
        Law(1.0, 4.0, "hyperexponential"),
        Law(1.0, 2.0, "lognormal"),
        Law(1.0, 0.3),
        Empirical(np.array([0.2, 0.2, 0.2, 3.4])),
    ],
)
def test_any_service_waits_as_pollaczek_and_khinchine_say(service: Law | Empirical) -> None:
    seen = simulate(alone(1, service), Law(1 / 0.7), np.random.default_rng(3), 500_000)
    truth = mg1.mean_wait_s(0.7, service.mean, service.scv)
    assert abs(z_score(seen.steps[0].waits.mean_s, truth)) < Z
    assert abs(z_score(seen.steps[0].waits.above_zero, 0.7 * service.mean)) < Z


@pytest.mark.parametrize("family", ["gamma", "lognormal", "hyperexponential"])
@pytest.mark.parametrize("scv", [1.0, 2.5])
def test_laws_have_the_mean_and_the_variability_that_they_say(family: str, scv: float) -> None:
    times = Law(3.0, scv, family).draw(np.random.default_rng(1), 2_000_000)
    assert times.mean() == pytest.approx(3.0, rel=0.01)
    assert times.var() / 9 == pytest.approx(scv, rel=0.03)


@pytest.mark.parametrize(
    "wrong",
    [
        (0.0, 1.0, "gamma"),
        (-1.0, 1.0, "gamma"),
        (1.0, -0.1, "gamma"),
        (1.0, 0.9, "hyperexponential"),
        (1.0, 1.0, "x"),
        (float("nan"), 1.0, "gamma"),
    ],
)
def test_laws_that_are_none(wrong: tuple[float, float, str]) -> None:
    with pytest.raises(KplanError):
        Law(*wrong)


@pytest.mark.parametrize("times", [[], [-1.0, 2.0], [0.0], [float("nan")], [[1.0]]])
def test_measured_times_that_are_none(times: list[float]) -> None:
    with pytest.raises(KplanError, match="measured times"):
        Empirical(np.array(times))


TANDEM = Network(
    {"a": Station(1), "b": Station(3), "c": Station(None)},
    [Step("a", Law(0.5)), Step("b", Law(1.5), 0.6), Step("c", Law(2.0), 0.3)],
)


def test_a_tandem_with_branches_is_a_jackson_network() -> None:
    """Stations b and c are skipped by chance; each station still sees Poisson arrivals."""
    seen = simulate(TANDEM, Law(1 / 1.4), np.random.default_rng(2), 400_000)
    jackson = JacksonNetwork(
        [1.4, 0, 0], [[0, 0.6, 0.12], [0, 0, 0.3], [0, 0, 0]], [0.5, 1.5, 2.0], [1, 3, None]
    )
    assert abs(z_score(seen.stays.mean_s, jackson.mean_sojourn_s)) < Z
    for step, station in zip(seen.steps[:2], jackson.stations, strict=False):
        assert abs(z_score(step.waits.mean_s, station.mean_wait_s)) < Z


def test_visits_one_after_the_other_feed_back_as_jackson_says() -> None:
    """Two visits at one station, each behind whoever came meanwhile: a Jackson network by classes (Kelly)."""
    network = Network({"a": Station(2)}, [Step("a", Law(0.5), 1.5)])
    seen = simulate(network, Law(1 / 2.0), np.random.default_rng(2), 100_000)
    assert not network.is_straight
    assert abs(z_score(seen.stays.mean_s, 1.5 * MMc(3.0, 0.5, 2).mean_sojourn_s)) < Z


LIMITED = Network(
    {str(n): Station((4, None, 2, 8)[n], (Limit(3, 10), Limit(3000, 40_000))) for n in range(4)},
    [
        Step(str(n), Law((1.0, 1.0, 0.3, 2.0)[n]), (1, 0.9, 0.7, 1)[n], (Law(1, 0), Law(900, 0.2)))
        for n in range(4)
    ],
)


def test_blocks_of_calls_and_one_call_after_the_other_are_the_same() -> None:
    """Both engines draw the same numbers; blocks of any size have the same visits, without their seams."""
    gaps = Law(1 / 2.6).draw(np.random.default_rng(4), 20_000)
    runs = []
    for engine, size in ((straight, 20_000), (straight, 777), (shared, 5_000)):
        blocks = list(
            engine.blocks(LIMITED, np.split(gaps, range(size, gaps.size, size)), np.random.default_rng(9))
        )
        runs.append([np.concatenate([block.visits[n].waits_s for block in blocks]) for n in range(4)])
    for other in runs[1:]:
        for whole, parts in zip(runs[0], other, strict=True):
            assert parts.size == whole.size
            assert parts == pytest.approx(whole, abs=1e-6)
    assert all(waits.max() > 0.1 for waits in runs[0])


def test_little_is_checked_on_every_block() -> None:
    (block, *_), before = list(straight.blocks(TANDEM, [np.full(100, 0.7)], np.random.default_rng(1))), 0
    assert checked_area(block, before) > 0
    for broken, said in (
        (replace(block, left_s=block.left_s[1:], born_s=block.born_s[1:]), "left, and"),
        (replace(block, born_s=block.born_s - 0.5 * (block.born_s > 30)), "Little's law"),
        (
            replace(block, visits=[replace(block.visits[0], waits_s=-block.visits[0].service_s)]),
            "began before",
        ),
    ):
        with pytest.raises(OutOfBalanceError, match=said):
            checked_area(broken, before)


def test_a_simulation_that_loses_a_query_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    real = straight._Pool.take

    def leaky(pool: straight._Pool, until_s: float) -> tuple[np.ndarray, np.ndarray]:
        at, born = real(pool, until_s)
        return at[1:], born[1:]

    monkeypatch.setattr(straight._Pool, "take", leaky)
    with pytest.raises(OutOfBalanceError):
        simulate(TANDEM, Law(1.0), np.random.default_rng(1), 2000)


def test_a_bucket_alone_is_a_queue_of_constant_service() -> None:
    """A bucket that holds one call is M/D/1 without its last service: waits are those of M/D/1."""
    network = Network({"a": Station(None, (Limit(1.0, 1.0),))}, [Step("a", Law(1.0))])
    seen = simulate(network, Law(1 / 0.8), np.random.default_rng(1), 300_000)
    assert abs(z_score(seen.steps[0].waits.mean_s, MDc(0.8, 1.0, 1).mean_wait_s)) < Z


def test_what_cannot_keep_up_is_named() -> None:
    network = Network(
        {"a": Station(2), "b": Station(None, (Limit(1.0, 5.0),))}, [Step("a", Law(1.0)), Step("b", Law(1.0))]
    )
    with pytest.raises(KplanError) as caught:
        simulate(network, Law(0.5), np.random.default_rng(1), 1000)
    said = str(caught.value).splitlines()
    assert [line.split(":")[0] for line in said] == ["a", "b, limit 1"]
    assert all("unstable" in line for line in said)


def test_all_that_does_not_fit_in_a_network_is_said() -> None:
    with pytest.raises(KplanError) as caught:
        Network({"a": Station(0)}, [Step("b", Law(1.0)), Step("a", Law(1.0), -1, (Law(1.0),))])
    assert [str(problem).split(":")[0] for problem in caught.value.problems] == [
        "a",
        "step 1",
        "step 2",
        "step 2",
    ]


def test_a_recorded_hour_is_replayed_even_where_it_is_over_capacity_for_a_while() -> None:
    arrivals = np.concatenate([np.zeros(50), np.arange(1000.0) + 100])
    seen = replay(alone(1, Law(1.0, 0.0)), arrivals, np.random.default_rng(1))
    assert seen.stays.n == 1050
    assert isclose(seen.steps[0].waits.mean_s.value, sum(range(50)) / 1050)


def test_the_same_generator_gives_the_same_figures_and_another_step_leaves_the_first_alone() -> None:
    one, again = (simulate(TANDEM, Law(1 / 1.4), np.random.default_rng(5), 20_000) for _ in range(2))
    assert one.stays.mean_s == again.stays.mean_s
    fewer = replace(TANDEM, steps=TANDEM.steps[:2])
    gaps = Law(1 / 1.4).draw(np.random.default_rng(5), 5000)
    whole, part = (next(straight.blocks(each, [gaps], np.random.default_rng(6))) for each in (TANDEM, fewer))
    for step in range(2):
        assert (whole.visits[step].waits_s == part.visits[step].waits_s).all()


@pytest.mark.parametrize("n", [1, 30, 5000])
def test_few_arrivals_are_simulated_too(n: int) -> None:
    seen = simulate(TANDEM, Law(1.0), np.random.default_rng(1), n)
    assert seen.length.is_short
    assert seen.length.counted == n
    assert seen.stays.mean_s.low <= seen.stays.mean_s.value <= seen.stays.mean_s.high


def test_near_capacity_runs_are_longer_and_say_when_that_is_not_enough() -> None:
    usual, longer, most = (Length.of(rho, 1.0, 8.0) for rho in (0.8, 0.96, 0.99))
    assert (usual.counted, usual.is_short) == (1_000_000, False)
    assert (1_000_000 < longer.counted < 10_000_000, longer.is_short) == (True, False)
    assert (most.counted, most.is_short) == (10_000_000, True)
    assert simulation.GROUPS * usual.block <= usual.counted
