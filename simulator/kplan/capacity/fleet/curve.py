"""The measured curve of one model on one kind of replica, in the order of the load that was put on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from msgspec import Struct

from kplan.capacity.fleet.points import Point
from kplan.errors import KplanError
from kplan.scenario.names import meant

CLOSED = (
    "no run says at which rate requests were sent: with a set number in flight none waits as long as those "
    "do that come at random"
)
IN_FLIGHT = "requests in flight"
_ALIKE = Decimal("1.1")
"""Runs whose requests differ in their mean tokens by more than a tenth are told to."""


class Step(Struct, frozen=True):
    """The runs at one load; several where it was measured more than once."""

    points: tuple[Point, ...]

    @property
    def requests_per_s(self) -> Decimal:
        """What a replica is sure to answer: the least of the runs."""
        return min(each.requests_per_s for each in self.points)


class Curve(Struct, frozen=True):
    """Steps of ascending load."""

    model: str
    steps: tuple[Step, ...]
    order: str
    """What ascends: requests sent, requests in flight, or requests answered a second."""
    gpus: int | None
    """Of a replica; None where no file says."""
    remarks: tuple[str, ...] = ()

    @property
    def points(self) -> tuple[Point, ...]:
        """All runs, in the order of their load."""
        return tuple(point for step in self.steps for point in step.points)

    @property
    def figures(self) -> tuple[str, ...]:
        """Latencies that all runs give."""
        held = [set(point.latencies_s) for point in self.points]
        return tuple(sorted(set.intersection(*held)))


def curve_of(points: Sequence[Point], model: str = "") -> Curve:
    """The curve of a model; raises KplanError where runs of several models or sizes are mixed.

    Runs are put in the order of the rate at which requests were sent, where any says one; else of the
    requests in flight, where all say them; else of those answered: past its best a replica that is sent more
    answers fewer.
    """
    chosen = _of_model(points, model)
    gpus = {point.gpus for point in chosen if point.gpus is not None}
    if len(gpus) > 1:
        sizes = ", ".join(map(str, sorted(gpus)))
        raise KplanError(f"runs on replicas of {sizes} GPUs; a curve is of one: name the files of one size")
    order, loads = _loads(chosen)
    steps = tuple(
        Step(tuple(point for point, load in zip(chosen, loads, strict=True) if load == each))
        for each in sorted(set(loads))
    )
    closed = (CLOSED,) if order == IN_FLIGHT else ()
    return Curve(chosen[0].model, steps, order, next(iter(gpus), None), (*_remarks(chosen, steps), *closed))


def _of_model(points: Sequence[Point], model: str) -> list[Point]:
    models = sorted({point.model for point in points if point.model})
    if model:
        if model not in models:
            raise KplanError(f'no run of "{model}"{meant(model, models)}')
        return [point for point in points if point.model == model]
    if len(models) > 1:
        raise KplanError(f"runs of several models: {', '.join(models)}; say which (--model)")
    return list(points)


def _loads(points: Sequence[Point]) -> tuple[str, list[Decimal]]:
    """A replica that is only ever sent as many as it has answered is sent those that it answers."""
    if any(point.offered_per_s is not None for point in points):
        return "requests sent a second", [
            point.requests_per_s if point.offered_per_s is None else point.offered_per_s for point in points
        ]
    inside = [point.concurrency for point in points if point.concurrency is not None]
    if len(inside) == len(points):
        return IN_FLIGHT, inside
    return "requests answered a second", [point.requests_per_s for point in points]


def _remarks(points: Sequence[Point], steps: Sequence[Step]) -> Iterable[str]:
    repeated = [step for step in steps if len(step.points) > 1]
    if repeated:
        n = sum(len(step.points) for step in repeated)
        yield f"{n} runs were made at a load of others; at each load the worst of them counts"
    for meter in ("input", "output"):
        counts = [count for point in points if (count := point.tokens(meter)) is not None]
        if counts and max(counts) > _ALIKE * min(counts):
            low, high = (f"{round(each):,}" for each in (min(counts), max(counts)))
            yield f"requests of the runs are not alike: {low} to {high} {meter} tokens on average"
    failed = [point for point in points if point.failed]
    if failed:
        yield (
            f"{len(failed)} of {len(points)} runs had failed requests: times are of those that came through, "
            "and a percentile that leaves out fewer than failed is broken"
        )
