"""A design under load: the busiest minutes of its plan, the curve around them, and where it ends."""

from __future__ import annotations

from datetime import date
from math import inf, sqrt

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from kplan.capacity.flight import of_trace
from kplan.capacity.headroom import Headroom, Use, is_by_day
from kplan.capacity.loaded.came import dispersion_of
from kplan.capacity.loaded.events import Network
from kplan.capacity.loaded.points import (
    CLOSED_FORM,
    EVENTS,
    UNSTABLE,
    Estimate,
    InFlight,
    Loaded,
    LoadPoint,
    Slo,
)
from kplan.capacity.loaded.runs import WARM_UP, Run, run
from kplan.capacity.loaded.scene import Scene
from kplan.capacity.loaded.stations import Rules, Stations, taken
from kplan.capacity.loaded.tracks import NONE
from kplan.engine.plan import PlannedDesign
from kplan.engine.results import DesignResult
from kplan.engine.targets import TimeFigures
from kplan.errors import KplanError
from kplan.scenario.traffic import LimitsInUse

LOADS = (0.1, 0.25, 0.4, 0.55, 0.7, 0.8, 0.88, 0.94, 1.0)
"""Parts of the highest load of the curve."""
_NEAREST = 0.97
"""How near the curve comes to the load at which it gets unstable, as a part of it, however long the run."""
_RELAXATIONS, _SURE = 10, 200
"""Relaxation times that the queries counted at a load last at the end of the curve, and from where on what
happens one time in a hundred happens often enough to know its interval."""
_BEYOND = 2.0
"""Where nothing limits the load, the curve goes to so many times the busiest one."""
_FINEST = 0.005
"""How close to the largest load the search comes, as a part of the unstable one."""
_AT_ONCE = 5
"""So many times the queries inside on average are followed at least, but no more than:"""
_MOST_QUERIES = 50_000


def loaded(scene: Scene, planned: PlannedDesign, design: DesignResult, headroom: Headroom) -> Loaded:
    """The design under load; raises KplanError, with what to say, where that cannot be told."""
    return _study(scene, planned, design, headroom).found()


def busiest(
    scene: Scene, planned: PlannedDesign, design: DesignResult, headroom: Headroom
) -> tuple[str, LoadPoint]:
    """The busiest minute of the plan alone, with its month; raises as `loaded` does."""
    return _study(scene, planned, design, headroom).busiest()


def _study(scene: Scene, planned: PlannedDesign, design: DesignResult, headroom: Headroom) -> _Study:
    times = None if design.time is None else design.time.whole.times
    if times is None:
        raise KplanError(why_unknown(design))
    if not scene.rates.any():
        raise KplanError("no queries come")
    return _Study(scene, planned, times, headroom)


def why_unknown(design: DesignResult) -> str:
    """What is missing to know how long queries take, and what to say."""
    told = "; ".join(design.time.unknown) if design.time else ""
    return told or "nothing says how fast its models are; say it, such as `latency: {MODEL: 450ms + 140/s}`"


class _Study:
    """One design: its tracks, drawn once, through the stations of a month."""

    def __init__(self, scene: Scene, planned: PlannedDesign, times: TimeFigures, headroom: Headroom) -> None:
        self._scene, self._times, self._headroom = scene, times, headroom
        self._by_month: dict[int, Rules] = {}
        self._fullest = int(scene.rates.argmax())
        self._came = scene.coming.times(self._n_queries())
        self._tracks = scene.drawer.tracks(planned, len(self._came), scene.effort.seed)
        self._networks: dict[tuple[str, ...], Network] = {}
        self._scvs: dict[tuple[str, ...], float] = {}
        self._runs: dict[tuple[tuple[str, ...], float], Run] = {}

    def found(self) -> Loaded:
        """All that is told of the design."""
        scene, months, fullest = self._scene, self._scene.plan.months, self._fullest
        rules, load = self._rules(fullest), float(scene.rates[fullest])
        unstable, binding = rules.unstable_per_s, rules.binding
        busiest, promise = self._point(rules, load), scene.promise
        points = tuple(self._point(rules, each) for each in self._loads(rules, load))
        return Loaded(
            month=months[fullest],
            busiest=busiest,
            points=points,
            unstable_per_s=unstable,
            slo=promise,
            largest_per_s=None if promise is None else self._largest(rules, promise, points),
            in_flight=self._in_flight(rules, load),
            method=self._method(rules),
            first_month=months[0],
            first=self._point(self._rules(0), float(scene.rates[0])),
            unstable_month=self._unstable_month(),
            binding="" if binding is None else binding.title,
            dispersion=dispersion_of(self._came / load),
        )

    def busiest(self) -> tuple[str, LoadPoint]:
        """The busiest minute of the plan, with its month."""
        scene, fullest = self._scene, self._fullest
        return scene.plan.months[fullest], self._point(self._rules(fullest), float(scene.rates[fullest]))

    def _n_queries(self) -> int:
        """Queries to follow: twice as many, and twice again, where very many are inside at once."""
        unstable, busiest = self._rules(self._fullest).unstable_per_s, float(self._scene.rates.max())
        load = busiest if unstable is None else _NEAREST * unstable
        needed, n = _AT_ONCE * load * float(self._times.mean), self._scene.effort.queries
        while n < min(needed, _MOST_QUERIES):
            n *= 2
        return n

    def _method(self, rules: Rules) -> str:
        if not self._network(rules).stations.gates:
            return "no limit holds any call back, and how long a query takes without load is known exactly"
        return self._scene.coming.told(len(self._came))

    def _rules(self, month: int) -> Rules:
        if month not in self._by_month:
            scene, in_use = self._scene, self._scene.plan.scenario.limits
            day = date.fromisoformat(f"{scene.plan.months[month]}-01")
            found = Rules.of(self._headroom.counted, scene.limits, in_use or LimitsInUse(), day)
            self._by_month[month] = found
        return self._by_month[month]

    def _loads(self, rules: Rules, load: float) -> list[float]:
        unstable = rules.unstable_per_s
        top = load * _BEYOND if unstable is None else unstable * self._near(rules)
        return [top * part for part in LOADS]

    def _near(self, rules: Rules, relaxations: int = _RELAXATIONS) -> float:
        """Up to which part of the unstable load the run lasts so many relaxation times.

        Relaxation takes about rho / (1 - sqrt(rho))^2 queries, times the mean variability of gaps and of what
        a query takes of the limit. Source: as `kplan.capacity.queues.length`.
        """
        if self._scene.traffic.trace is not None or rules.binding is None:
            return _NEAREST
        variability = (self._scene.coming.iat_scv + self._scv_taken(rules)) / 2
        root = sqrt(len(self._came) * (1 - WARM_UP) / (relaxations * max(1.0, variability)))
        return min(_NEAREST, (root / (1 + root)) ** 2)

    def _scv_taken(self, rules: Rules) -> float:
        """Squared coefficient of variation of what queries take of the limit that binds."""
        key = tuple(rules.by_limit)
        if key not in self._scvs:
            assert rules.binding is not None
            taken = self._network(rules).stations.taken(rules.binding)
            self._scvs[key] = float(taken.var()) / float(taken.mean()) ** 2 if taken.any() else 0.0
        return self._scvs[key]

    def _network(self, rules: Rules) -> Network:
        key = tuple(rules.by_limit)
        if key not in self._networks:
            self._networks[key] = Network(Stations.of(self._tracks, rules, self._scene.book))
        return self._networks[key]

    def _run(self, rules: Rules, load: float) -> Run:
        key = (tuple(rules.by_limit), load)
        if key not in self._runs:
            is_whole = self._scene.traffic.trace is not None
            self._runs[key] = run(self._network(rules), self._came, load, is_whole=is_whole)
        return self._runs[key]

    def _point(self, rules: Rules, load: float) -> LoadPoint:
        if rules.unstable_per_s is not None and load >= rules.unstable_per_s:
            return LoadPoint(load, UNSTABLE, UNSTABLE, UNSTABLE, EVENTS, 1.0, 1.0)
        if not self._network(rules).stations.gates or not load:
            exact = (float(each) for each in (self._times.p50, self._times.p95, self._times.p99))
            off = float(self._times.within_s)
            p50, p95, p99 = (Estimate(each, each - off, each + off) for each in exact)
            return LoadPoint(load, p50, p95, p99, CLOSED_FORM)
        found = self._run(rules, load).point()
        return replace(found, is_short=self._is_short(rules, found))

    def _is_short(self, rules: Rules, point: LoadPoint) -> bool:
        """Whether the queries are too few: for those inside at once, or so near to the unstable load."""
        load, unstable = point.queries_per_s, rules.unstable_per_s
        if load * float(self._times.mean) * _AT_ONCE > len(self._came):
            return True
        relaxations = _SURE if point.delayed_calls else _RELAXATIONS
        return unstable is not None and load > unstable * self._near(rules, relaxations) * (1 + 1e-9)

    def _largest(self, rules: Rules, promise: Slo, points: tuple[LoadPoint, ...]) -> float:
        """By bisection between two loads of the curve, since less load makes nobody wait longer.

        It is no higher than the highest of them, beyond which the run is too short to tell.
        """

        def keeps(point: LoadPoint) -> bool:
            return point.at(promise.quantile).value <= promise.latency_s

        unstable = rules.unstable_per_s
        if unstable is None:
            return inf if keeps(points[0]) else 0.0
        kept = [point.queries_per_s for point in points if keeps(point)]
        if not kept:
            return 0.0
        low = max(kept)
        high = min((each.queries_per_s for each in points if each.queries_per_s > low), default=low)
        while high - low > _FINEST * unstable:
            middle = (low + high) / 2
            low, high = (middle, high) if keeps(self._point(rules, middle)) else (low, middle)
        return low

    def _in_flight(self, rules: Rules, load: float) -> InFlight | None:
        """From the trace where its calls are all alike in speed, else as simulated."""
        trace, tracks = self._scene.traffic.trace, self._tracks
        speeds = {each.speed for each in tracks.callers}
        if trace is not None and len(speeds) == 1:
            calls = float((tracks.caller != NONE).sum()) / tracks.n
            if found := of_trace(trace, next(iter(speeds)), load * calls):
                return found
        if not tracks.callers or (rules.unstable_per_s is not None and load >= rules.unstable_per_s):
            return None
        return self._run(rules, load).in_flight()

    def _unstable_month(self) -> str:
        """The first month whose busiest minute takes more than all of a limit."""
        over: list[NDArray[np.bool_]] = [
            use.hours.max(axis=1) * self._scene.peak_factor * self._kept(use) >= 1
            for use in self._headroom.uses
            if not is_by_day(use.limit)
        ]
        found = np.flatnonzero(np.any(over, axis=0)).tolist() if over else []
        return self._scene.plan.months[found[0]] if found else ""

    def _kept(self, use: Use) -> float:
        """The part of what headroom counts that a limit does not give back."""
        in_use, asked = self._scene.plan.scenario.limits or LimitsInUse(), float(use.demand.per_query)
        return taken(use.demand, self._headroom.counted, in_use) / asked if asked else 0.0
