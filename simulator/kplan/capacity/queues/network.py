"""A pipeline as stations: what each takes, how many at once, and the limits before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from kplan.capacity.queues.laws import Empirical, Law
from kplan.capacity.queues.lines import Bucket
from kplan.capacity.queues.stability import UnstableError
from kplan.errors import KplanError, Problem

Times = Law | Empirical


class Limit(Struct, frozen=True):
    """A token bucket: what it admits per second, and at once when it is full."""

    refill_per_s: float
    burst: float

    def bucket(self) -> Bucket:
        """A full one. Raises KplanError for sizes of 0 or less."""
        return Bucket(self.refill_per_s, self.burst)


class Station(Struct, frozen=True):
    """Slots with one line before them, first come, first served.

    servers   calls at once, 1 or more; None is as many as come
    limits    buckets that each call needs its tokens of, all at once, before it lines up for a slot
    """

    servers: int | None = None
    limits: tuple[Limit, ...] = ()


class Step(Struct, frozen=True):
    """A stage of the pipeline: visits to a station, one after the other.

    station   name of it; steps may share one
    service   what a visit takes [s]
    visits    expected visits per query, 0 or more: 0.08 is a chance, 2.5 is two and half of the time three
    charges   tokens that a visit takes of each limit of the station; one of each if not said
    """

    station: str
    service: Times
    visits: float = 1.0
    charges: tuple[Times, ...] = ()


class Network(Struct, frozen=True, dict=True):
    """Steps in order over named stations. Raises KplanError with everything that does not fit."""

    stations: Mapping[str, Station]
    steps: Sequence[Step]

    def __post_init__(self) -> None:
        problems = [*self._wrong_stations(), *self._wrong_steps()]
        if problems:
            raise KplanError(problems)

    def _wrong_stations(self) -> list[Problem]:
        slots = {name: station.servers for name, station in self.stations.items()}
        return [
            Problem(f"{n} servers; 1 or more are needed", path=name)
            for name, n in slots.items()
            if n is not None and n < 1
        ]

    def _wrong_steps(self) -> list[Problem]:
        problems = [] if self.steps else [Problem("a network without steps")]
        for number, step in enumerate(self.steps, 1):
            station, path = self.stations.get(step.station), f"step {number}"
            if station is None:
                known = ", ".join(self.stations)
                problems.append(Problem(f"no station {step.station!r}; there are {known}", path=path))
            elif step.charges and len(step.charges) != len(station.limits):
                what = f"{len(step.charges)} charges for the {len(station.limits)} limits of {step.station}"
                problems.append(Problem(what, path=path))
            if not 0 <= step.visits < float("inf"):
                problems.append(Problem(f"{step.visits:g} visits; 0 or more are possible", path=path))
        return problems

    @cached_property
    def is_straight(self) -> bool:
        """Whether no call meets another step's calls, or its own query's, at a station."""
        used = [step.station for step in self.steps]
        return len(set(used)) == len(used) and all(step.visits <= 1 for step in self.steps)

    def charges_of(self, step: Step) -> tuple[Times, ...]:
        """What a visit takes of each limit."""
        limits = self.stations[step.station].limits
        return step.charges or (Law(1.0, 0.0),) * len(limits)

    def loads(self, arrivals_per_s: float) -> dict[str, float]:
        """Offered load of each station: its busy slots if it kept up [erlang]."""
        found = dict.fromkeys(self.stations, 0.0)
        for step in self.steps:
            found[step.station] += arrivals_per_s * step.visits * step.service.mean
        return found

    def uses(self, arrivals_per_s: float) -> dict[str, float]:
        """Share in use of each line that can form, by its name: slots, and limits numbered from 1."""
        found = {}
        for name, load in self.loads(arrivals_per_s).items():
            station = self.stations[name]
            if station.servers is not None:
                found[name] = load / station.servers
            for number, limit in enumerate(station.limits):
                mine = (step for step in self.steps if step.station == name)
                charged = sum(step.visits * self.charges_of(step)[number].mean for step in mine)
                found[f"{name}, limit {number + 1}"] = arrivals_per_s * charged / limit.refill_per_s
        return found

    def refuse_unstable(self, arrivals_per_s: float) -> None:
        """Raises KplanError that names every station and limit which cannot keep up."""
        over = [UnstableError(use, 1, where) for where, use in self.uses(arrivals_per_s).items() if use >= 1]
        if over:
            raise over[0] if len(over) == 1 else KplanError(p for each in over for p in each.problems)
