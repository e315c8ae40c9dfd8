"""The time of a query, held against an enumeration of every path in Fractions, closed forms, and laws."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kplan.engine.flow.latency import QueryTime, latency
from kplan.engine.flow.prompt import Caches
from kplan.engine.flow.speeds import Speed, Speeds
from kplan.form.bind import bind
from kplan.form.expressions import Expression, Number
from kplan.form.graph import Graph
from kplan.kinds.primitives import (
    Branch,
    Catch,
    Charge,
    Fail,
    Parallel,
    Part,
    Primitive,
    Repeat,
    Sequence,
    Visit,
    Wait,
    taken,
)
from kplan.kinds.usage import Usage

SPEEDS = Speeds({"fast": Speed(1.0, 8.0), "slow": Speed(2.0, 4.0, 0.5)})


def n(value: str | int) -> Number:
    return Number(Decimal(value))


def call(*models: tuple[str, str], tokens: int = 8) -> Charge:
    usage = Usage({"input": n(2), "output": n(tokens)})
    return Charge(tuple((ref, Decimal(share)) for ref, share in models), "", "", usage)


def timed(body: Primitive, speeds: Speeds = SPEEDS) -> QueryTime:
    graph = Graph()
    return latency(graph, Visit("s", body), lambda said: bind(graph, said, {}), Caches(), speeds)


Path_ = tuple[Fraction, Fraction, bool]
"""Chance, time [s], and whether it failed."""


def paths(body: Primitive) -> list[Path_]:
    """Every way through a primitive, those alike as one: nothing of the interpreter is used."""
    summed: dict[tuple[Fraction, bool], Fraction] = {}
    for chance, time, failed in PATHS[type(body)](body):
        if chance:
            summed[time, failed] = summed.get((time, failed), Fraction(0)) + chance
    return [(chance, time, failed) for (time, failed), chance in summed.items()]


def value(said: Expression | None) -> Fraction:
    assert isinstance(said, Number)
    return Fraction(said.value)


def charge_paths(body: Charge) -> Iterator[Path_]:
    out, read = value(body.usage.buckets["output"]), value(body.usage.buckets["input"])
    for ref, share in body.models:
        time = {"fast": 1 + out / 8, "slow": 2 + read / 2 + out / 4}[ref]
        yield Fraction(share), time, False


def in_turn(bodies: list[Primitive]) -> Iterator[Path_]:
    if not bodies:
        yield Fraction(1), Fraction(0), False
        return
    for p, time, failed in paths(bodies[0]):
        if failed:
            yield p, time, True
            continue
        for q, more, fails in in_turn(bodies[1:]):
            yield p * q, time + more, fails


def together(bodies: list[Primitive]) -> Iterator[Path_]:
    if not bodies:
        yield Fraction(1), Fraction(0), False
        return
    for p, time, failed in paths(bodies[0]):
        for q, other, fails in together(bodies[1:]):
            yield p * q, max(time, other), failed or fails


def branch_paths(body: Branch) -> Iterator[Path_]:
    rest = Fraction(1)
    for chance, way in body.options:
        rest -= value(chance)
        yield from ((value(chance) * p, time, failed) for p, time, failed in paths(way))
    if body.otherwise is not None:
        yield from ((rest * p, time, failed) for p, time, failed in paths(body.otherwise))


def repeat_paths(body: Repeat) -> Iterator[Path_]:
    if body.stop is not None:
        yield from stopping(body, body.most or 0)
        return
    run: Callable[[list[Primitive]], Iterator[Path_]] = together if body.at_once else in_turn
    times, lane = value(body.times), body.body
    if body.again is not None:
        times /= 1 + value(body.again)
        lane = Sequence((lane, taken(body.again, lane)))
    whole, part = int(times), times - int(times)
    yield from ((p * (1 - part), time, failed) for p, time, failed in run([lane] * whole))
    yield from ((p * part, time, failed) for p, time, failed in run([lane] * (whole + 1)))


def stopping(body: Repeat, left: int) -> Iterator[Path_]:
    for p, time, failed in paths(body.body):
        if failed or left == 1:
            yield p, time, failed
            continue
        yield p * value(body.stop), time, False
        for q, more, fails in stopping(body, left - 1):
            yield p * (1 - value(body.stop)) * q, time + more, fails


def catch_paths(body: Catch) -> Iterator[Path_]:
    for p, time, failed in paths(body.body):
        if not failed:
            yield p, time, False
            continue
        for q, more, fails in paths(body.otherwise):
            yield p * q, time + more, fails


PATHS: dict[type, Callable[..., Iterator[Path_]]] = {
    Charge: charge_paths,
    Wait: lambda body: iter([(Fraction(1), value(body.seconds), False)]),
    Sequence: lambda body: in_turn(list(body.items)),
    Parallel: lambda body: together(list(body.arms)),
    Branch: branch_paths,
    Repeat: repeat_paths,
    Catch: catch_paths,
    Fail: lambda body: iter([(Fraction(1), Fraction(0), True)]),
    Visit: lambda body: paths(body.body),
    Part: lambda body: paths(body.body),
}

chances = st.sampled_from(["0", "0.25", "0.5", "1"]).map(n)
leaves = st.one_of(
    st.sampled_from(["0", "0.5", "3"]).map(lambda s: Wait(n(s))),
    st.just(call(("fast", "1"))),
    st.just(call(("fast", "0.25"), ("slow", "0.75"))),
    st.just(Fail()),
)


def grown(inner: st.SearchStrategy[Primitive]) -> st.SearchStrategy[Primitive]:
    few = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        few.map(Sequence),
        few.map(Parallel),
        st.builds(lambda p, a, b: taken(p, a, b), chances, inner, inner),
        st.builds(lambda times, a: Repeat(a, n(times)), st.sampled_from(["0", "0.5", "2", "2.25"]), inner),
        st.builds(lambda stop, a: Repeat(a, stop=stop, most=3), chances, inner),
        st.builds(
            lambda a: Repeat(a, n("2.75"), at_once=True, again=n("0.1")),
            st.just(call(("fast", "0.5"), ("slow", "0.5"))),
        ),
        st.builds(Catch, inner, inner),
        st.builds(lambda a: Visit("s", a), inner),
        st.builds(lambda a: Part(n("0.5"), a), inner),
    )


@settings(deadline=None)
@given(st.recursive(leaves, grown, max_leaves=5))
def test_every_flow_takes_what_its_paths_take(body: Primitive) -> None:
    expected: dict[Fraction, Fraction] = {}
    for chance, time, _ in paths(body):
        expected[time] = expected.get(time, Fraction(0)) + chance
    found = timed(body).times
    assert (found.at_ns / 1e9).tolist() == pytest.approx([float(time) for time in sorted(expected)], abs=1e-8)
    assert found.chance.tolist() == pytest.approx([float(expected[t]) for t in sorted(expected)], abs=1e-12)


def test_a_geometric_loop_takes_the_mean_number_of_its_turns() -> None:
    """Turns until one is the last, at most m: (1 - (1 - q)^m) / q of them on average."""
    found = timed(Repeat(Wait(n(1)), stop=n("0.2"), most=30)).times
    assert found.mean_ns() / 1e9 == pytest.approx((1 - 0.8**30) / 0.2, rel=1e-9)
    assert found.percentile_ns(0.5) == 4 * 10**9  # 1 - 0.8^3 = 0.488, 1 - 0.8^4 = 0.590


def test_a_timeout_counts_only_on_failure_and_backoff_before_a_second_attempt() -> None:
    unreachable = Sequence((Wait(n(10)), Fail()))
    chain = Catch(taken(n("0.01"), unreachable, Wait(n(1))), Sequence((Wait(n("0.5")), Wait(n(3)))))
    found = timed(chain).times
    assert dict(zip((found.at_ns / 1e9).tolist(), found.chance.tolist(), strict=True)) == pytest.approx(
        {1.0: 0.99, 13.5: 0.01}
    )


def test_calls_at_once_take_the_longest_and_retries_come_behind_their_call() -> None:
    one = call(("fast", "1"))
    assert timed(Repeat(one, n(5), at_once=True)).times.at_ns.tolist() == [2 * 10**9]
    retried = timed(Repeat(one, n("2.5"), at_once=True, again=n("0.25"))).times
    assert retried.at_ns.tolist() == [2 * 10**9, 4 * 10**9]
    assert retried.chance.tolist() == pytest.approx([0.75**2, 1 - 0.75**2])


def test_thousands_of_calls_at_once_are_no_loop() -> None:
    body = Repeat(call(("fast", "0.999"), ("slow", "0.001")), n(5_000), at_once=True)
    assert timed(body).times.chance.tolist() == pytest.approx([0.999**5000, 1 - 0.999**5000])


@settings(deadline=None)
@given(st.recursive(leaves, grown, max_leaves=4), st.recursive(leaves, grown, max_leaves=3))
def test_one_more_arm_makes_nothing_faster_and_one_more_step_neither(one: Primitive, more: Primitive) -> None:
    before = timed(one).times
    for body in (Parallel((one, more)), Sequence((one, more))):
        after = timed(body).times
        assert after.mean_ns() >= before.mean_ns() - 1e-3
        for part in (0.1, 0.5, 0.95, 1.0):
            assert after.percentile_ns(part) >= before.percentile_ns(part)


def test_models_without_a_speed_are_told_and_never_free() -> None:
    speeds = Speeds({"fast": Speed(1.0, 8.0), "mute": Speed(1.0)})
    body = Sequence(
        (call(("fast", "0.5"), ("new", "0.5")), call(("mute", "1")), call(("mute", "1"), tokens=0))
    )
    assert [(slow.stage, slow.ref) for slow in timed(body, speeds).unknown] == [("s", "new"), ("s", "mute")]


def test_what_is_billed_in_part_takes_its_whole_time() -> None:
    assert timed(Part(n("0.3"), Wait(n(2)))).times.at_ns.tolist() == [2 * 10**9]


def test_chances_stay_whole_over_hundreds_of_turns() -> None:
    turn = Sequence((call(("fast", "0.3"), ("slow", "0.7")), taken(n("0.1"), Wait(n("0.123456789")))))
    found = timed(Repeat(turn, n(200))).times
    assert found.total == pytest.approx(1.0, abs=1e-9)
    mean = 200 * (0.3 * 2 + 0.7 * 5 + 0.1 * 0.123456789)
    assert found.mean_ns() / 1e9 == pytest.approx(mean, rel=1e-9)
