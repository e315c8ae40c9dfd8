"""The order of runs, the largest rate within bounds, and what is no curve."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from kplan.capacity.fleet.curve import CLOSED, curve_of
from kplan.capacity.fleet.points import ALL_AT_ONCE, Point
from kplan.capacity.fleet.slo import Bound, LargestRate, bound_of, largest_rate
from kplan.errors import KplanError

from .runs import point

D = Decimal
SLOW = [point(str(rate), ttft_p95=100 * rate, itl_p99=10 + rate) for rate in (1, 2, 3, 4, 5)]
"""TTFT 100 ms for each request a second, ITL 10 ms and 1 ms for each."""


def rate_of(points: list[Point], *bounds: str, **options: bool) -> LargestRate:
    return largest_rate(curve_of(points), [bound_of(each) for each in bounds], **options)


def complaint(points: list[Point], *bounds: str) -> str:
    with pytest.raises(KplanError) as caught:
        rate_of(points, *bounds)
    return str(caught.value)


@pytest.mark.parametrize(("limit", "rate"), [("300ms", 3), ("299ms", 2), ("399.999ms", 3), ("400 ms", 4)])
def test_the_last_before_the_first_that_breaks(limit: str, rate: int) -> None:
    """A bound that is met to the millisecond is kept."""
    found = rate_of(SLOW, f"ttft_p95={limit}")
    assert (found.requests_per_s, found.broken is None) == (rate, False)
    assert found.broken is not None
    assert found.broken.requests_per_s == rate + 1
    assert not found.is_interpolated


def test_several_bounds_and_which_binds() -> None:
    found = rate_of(SLOW, "ttft_p95<=400ms", "itl_p99 <= 12ms")
    assert (found.requests_per_s, [each.figure for each in found.binding]) == (2, ["itl_p99"])
    assert [str(each) for each in found.binding] == ["itl_p99 <= 12 ms"]


def test_where_nothing_breaks_it_is_at_least_the_largest() -> None:
    found = rate_of(SLOW, "ttft_p95=500ms")
    assert (found.requests_per_s, found.broken, found.binding) == (5, None, ())
    assert rate_of(SLOW, "ttft_p95=500ms", interpolates=True).requests_per_s == 5


def test_where_the_first_load_breaks_there_is_none() -> None:
    assert complaint(SLOW, "ttft_p95=99ms", "itl_p99=5ms") == (
        "no measured load keeps ttft_p95 <= 99 ms: at the lowest, 1 requests/s, it is 100 ms (run at 1); "
        "measure a lower one, or other replicas\n"
        "no measured load keeps itl_p99 <= 5 ms: at the lowest, 1 requests/s, it is 11 ms (run at 1); "
        "measure a lower one, or other replicas"
    )


def test_between_two_loads_on_a_straight_line() -> None:
    """TTFT crosses 350 ms at 3.5/s; 12.25 ms between tokens is reached before, at 2.25/s."""
    assert rate_of(SLOW, "ttft_p95=350ms", interpolates=True).requests_per_s == D("3.5")
    both = rate_of(SLOW, "ttft_p95=350ms", "itl_p99=12.25ms", interpolates=True)
    assert (both.requests_per_s, both.is_interpolated) == (D("2.25"), True)
    bent = [point("1", ttft_p95=100), point("4", ttft_p95=800)]
    found = rate_of(bent, "ttft_p95=300ms", interpolates=True)
    assert Fraction(found.requests_per_s) == pytest.approx(1 + 3 * Fraction(200, 700), rel=1e-50)


def test_no_line_is_drawn_to_a_replica_past_its_best() -> None:
    """Sent 6 it answers 3.5: fewer than the 4 that it answered before."""
    points = [
        point("4", ttft_p95=300, offered_per_s=D(4)),
        point("3.5", ttft_p95=900, offered_per_s=D(6)),
    ]
    found = rate_of(points, "ttft_p95=500ms", interpolates=True)
    assert (found.requests_per_s, found.is_interpolated) == (4, False)


def test_runs_stand_in_the_order_of_what_was_sent() -> None:
    """By what was answered, 3.5 would come before 4, and 3 were the most that is kept."""
    points = [
        point("3.5", ttft_p95=900, offered_per_s=D(6)),
        point("3.4", ttft_p95=5000, offered_per_s=ALL_AT_ONCE),
        point("4", ttft_p95=300, offered_per_s=D("4.1")),
        point("0.5", ttft_p95=50, concurrency=D(1)),
        point("3", ttft_p95=200, offered_per_s=D(3)),
    ]
    curve = curve_of(points)
    assert [str(each.requests_per_s) for each in curve.points] == ["0.5", "3", "4", "3.5", "3.4"]
    assert curve.order == "requests sent a second"
    assert rate_of(points, "ttft_p95=500ms").requests_per_s == 4


def test_else_in_the_order_of_those_in_flight_which_is_told() -> None:
    points = [point("3.9", ttft_p95=900, concurrency=D(64)), point("4", ttft_p95=300, concurrency=D(32))]
    curve = curve_of(points)
    assert [str(each.requests_per_s) for each in curve.points] == ["4", "3.9"]
    assert CLOSED in curve.remarks
    assert curve_of([*points, point("1", ttft_p95=9)]).order == "requests answered a second"


def test_of_runs_at_one_load_the_worst_counts() -> None:
    """Three runs at 4: one breaks, so the load is broken; at 3 the least that was answered is sure."""
    points = [
        *(point(rate, ttft_p95=200, offered_per_s=D(3)) for rate in ("2.9", "3", "2.8")),
        *(point("3.9", ttft_p95=ttft, offered_per_s=D(4)) for ttft in (450, 501, 460)),
    ]
    found = rate_of(points, "ttft_p95=500ms", interpolates=True)
    assert (found.requests_per_s, found.is_interpolated) == (D("2.8"), False)
    assert (
        "6 runs were made at a load of others; at each load the worst of them counts"
        in curve_of(points).remarks
    )


def test_what_is_kept_again_above_is_not_counted_on() -> None:
    points = [point(str(rate), ttft_p95=ttft) for rate, ttft in ((1, 100), (2, 600), (3, 400), (4, 700))]
    found = rate_of(points, "ttft_p95=500ms")
    assert found.requests_per_s == 1
    assert [step.requests_per_s for step in found.later] == [3]


def test_the_order_of_the_files_is_of_no_account() -> None:
    for points in (SLOW, SLOW[::-1], SLOW[2:] + SLOW[:2]):
        assert rate_of(points, "ttft_p95=300ms").requests_per_s == 3


@pytest.mark.parametrize(("failed", "rate"), [(0, 2), (5, 2), (6, 1), (100, 1)])
def test_failed_requests_are_later_than_any_bound(failed: int, rate: int) -> None:
    """p95 leaves out 5 of 100: the sixth breaks it, however fast the others were."""
    points = [
        point("1", ttft_p95=10, completed=D(100), failed=D(0)),
        point("2", ttft_p95=10, completed=D(100 - failed), failed=D(failed)),
    ]
    found = rate_of(points, "ttft_p95=500ms", interpolates=True)
    assert (found.requests_per_s, found.is_interpolated) == (rate, False)
    assert any("failed requests" in remark for remark in curve_of(points).remarks) is bool(failed)


def test_a_first_load_whose_requests_failed() -> None:
    assert "6 of 100 requests failed" in complaint(
        [point("1", ttft_p95=10, completed=D(94), failed=D(6))], "ttft_p95=1s"
    )


def test_a_latency_that_runs_do_not_give() -> None:
    assert complaint(SLOW, "ttft_p99=1s", "e2e_p95=1s") == (
        "no run gives ttft_p99; latencies that all give: itl_p99, ttft_p95\n"
        "no run gives e2e_p95; latencies that all give: itl_p99, ttft_p95"
    )
    assert (
        complaint([*SLOW, point("9", itl_p99=10)], "ttft_p95=1s")
        == "run at 9: gives no ttft_p95, other runs do"
    )


def test_mixed_runs_are_no_curve() -> None:
    two = [point("1", model="a"), point("2", model="b")]
    with pytest.raises(KplanError, match=r"runs of several models: a, b; say which \(--model\)"):
        curve_of(two)
    assert [each.model for each in curve_of(two, "b").points] == ["b"]
    with pytest.raises(KplanError, match='no run of "c"'):
        curve_of(two, "c")
    with pytest.raises(KplanError, match="runs on replicas of 2, 4 GPUs"):
        curve_of([point("1", gpus=4), point("2", gpus=2)])


@pytest.mark.parametrize(("most", "is_told"), [("1100", False), ("1101", True)])
def test_requests_that_are_not_alike_are_told(most: str, is_told: bool) -> None:
    points = [point("1", input_tokens_per_s=D(1000)), point("1", input_tokens_per_s=D(most))]
    told = f"requests of the runs are not alike: 1,000 to {int(most):,} input tokens on average"
    assert (told in curve_of(points).remarks) is is_told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ttft_p95", "`ttft_p95` is no bound; write for example ttft_p95=500ms"),
        ("ttft_p9x=1s", "no latency `ttft_p9x`; did you mean ttft_p95?"),
        ("ttft_p100=1s", "no latency `ttft_p100`; did you mean ttft_p50?"),
        ("ttft_p95=500", "`500` is no time above 0; write for example 500ms or 2s"),
        ("ttft_p95=-1s", "`-1s` is no time above 0; write for example 500ms or 2s"),
        ("ttft_p95=0s", "`0s` is no time above 0; write for example 500ms or 2s"),
    ],
)
def test_what_is_no_bound(text: str, told: str) -> None:
    with pytest.raises(KplanError) as caught:
        bound_of(text)
    assert str(caught.value).startswith(told[:30])


def test_bounds() -> None:
    assert bound_of("e2e_p99.9 <= 4s") == Bound("e2e_p99.9", D(4))
    assert bound_of("itl_mean=20ms") == Bound("itl_mean", D("0.02"))


def test_a_time_is_told_from_a_bound_nearby() -> None:
    """12.004 ms and 12 ms are not both `12 ms`."""
    assert "keeps itl_p99 <= 12 ms: at the lowest, 1 requests/s, it is 12.004 ms" in complaint(
        [point("1", itl_p99="12.004")], "itl_p99=12ms"
    )
    assert str(bound_of("itl_p99=12.25ms")) == "itl_p99 <= 12.25 ms"
