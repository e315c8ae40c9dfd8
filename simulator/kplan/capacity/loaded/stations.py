"""The stations of a design: one for each model at a provider, behind the limits that count its calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from math import floor

import numpy as np
from msgspec import Struct

from kplan.capacity.buckets import FixedWindow, Seconds, TokenBucket
from kplan.capacity.demand import BATCH, CallShape, Demand, demands
from kplan.capacity.headroom import capacity_of, is_by_day
from kplan.capacity.limit_book import LimitBook
from kplan.capacity.limits import LEVEL, WINDOW, Limit, Weights
from kplan.capacity.loaded.doors import BucketDoor, Door, SlotDoor, WindowDoor
from kplan.capacity.loaded.tracks import NONE, Caller, Ids, Tracks
from kplan.errors import KplanError
from kplan.form.arrays import Array
from kplan.money import plain
from kplan.prices.book import Book
from kplan.prices.models import ModelRow
from kplan.scenario.traffic import Account, LimitsInUse

_SAME_S = 1e-9
"""Shorter waits are rounding."""


class Rules(Struct, frozen=True):
    """The limits that hold for the calls of a design on a day.

    by_limit   what a query asks of each that is followed hour by hour; limits by the day are not
    takes      what it takes of each in the long run
    counted    whose calls count toward limits, by model and mode
    """

    by_limit: Mapping[str, Demand]
    takes: Mapping[str, float]
    counted: frozenset[tuple[str, str]]
    limits: LimitBook
    in_use: LimitsInUse
    day: date

    @classmethod
    def of(cls, shapes: Sequence[CallShape], limits: LimitBook, in_use: LimitsInUse, day: date) -> Rules:
        """Those that count the calls, as far as it is known what they count."""
        held, _ = demands(shapes, limits, in_use, day)
        own = {each.limit.id: each for each in held if not is_by_day(each.limit)}
        takes = {name: taken(each, shapes, in_use) for name, each in own.items()}
        counted = frozenset((each.model.ref, each.mode) for each in shapes)
        return cls(own, takes, counted, limits, in_use, day)

    @property
    def unstable_per_s(self) -> float | None:
        """The load from which more comes than some limit lets in [queries/s]; None where none limits it."""
        return min((load for load, _ in self._full_at), default=None)

    @property
    def binding(self) -> Limit | None:
        """The limit that is full at that load."""
        found = min(self._full_at, default=None)
        return None if found is None else self.by_limit[found[1]].limit

    @property
    def _full_at(self) -> list[tuple[float, str]]:
        """Loads at which limits are full, with their ids."""
        return [
            (_lets_in(each.limit) / self.takes[name], name)
            for name, each in self.by_limit.items()
            if self.takes[name]
        ]

    def of_calls(self, model: ModelRow, mode: str) -> tuple[Limit, ...]:
        """The limits that calls to a model have to pass."""
        account = self.in_use.accounts.get(model.provider, Account())
        if mode == BATCH or (model.ref, mode) not in self.counted:
            return ()
        found = self.limits.in_force(model, self.day, account.tier, account.service)
        return tuple(each for each in found if each.id in self.by_limit)


def taken(demand: Demand, shapes: Sequence[CallShape], in_use: LimitsInUse) -> float:
    """What a query takes of a limit in the long run.

    Of reservations that is what calls are settled at, or what lies in the reserves of calls in flight where
    they would fill the whole bucket before: lambda x stay x (reserve - settlement) = rate x window.
    """
    limit, window_s = demand.limit, float(demand.limit.counting.window_s)
    if limit.counting.settles is None:
        return float(demand.per_query)
    settled = held = 0.0
    for shape in shapes:
        names = (shape.model.id, *shape.model.aliases)
        if shape.stage in demand.stages and shape.model.provider == limit.provider and limit.covers(names):
            most = in_use.max_tokens.get(shape.stage)
            amounts = shape.amounts if most is None else {**shape.amounts, "max_tokens": most}
            in_the_end = float(limit.counting.settled(amounts))
            back, calls = float(limit.counting.charge(amounts)) - in_the_end, float(shape.per_query)
            settled += calls * in_the_end
            held += calls * back * float(shape.lasts_s or 0) / window_s
    return max(settled, held)


def _lets_in(limit: Limit) -> float:
    """What a limit lets in [1/s], or holds at once; a window takes whole requests alone."""
    window_s = float(limit.counting.window_s)
    if limit.counting.kind != WINDOW or limit.counting.measures != "requests":
        return capacity_of(limit)
    return floor(float(limit.per_second) * window_s + 1e-9) / window_s or capacity_of(limit)


class Gate(Struct, frozen=True, eq=False):
    """The calls of all stations that one limit counts."""

    limit: Limit
    calls: Ids
    """Nodes, shape (k,)."""
    charges: Array
    """What it counts of each when it begins, shape (k,)."""
    settled: Array
    """And in the end, shape (k,)."""

    def door(self) -> Door:
        """The limit with nothing taken of it."""
        counting = self.limit.counting
        if counting.kind == LEVEL:
            return SlotDoor(int(self.limit.amount))
        rate, window_s = float(self.limit.per_second), float(counting.window_s)
        if counting.kind == WINDOW:
            return WindowDoor(rate * window_s, window_s)
        return BucketDoor(rate, window_s)

    def lets_all_in(self, begun_s: Seconds, takes_s: Seconds) -> bool:
        """Whether no call waits that comes at these times; both of shape (k,).

        A bucket of which nothing that is reserved comes back, and what is settled beyond is taken at once.
        """
        if self.limit.counting.kind == LEVEL:
            return self._most_at_once(begun_s, takes_s) <= int(self.limit.amount)
        order = np.argsort(begun_s, kind="stable")
        at_s, charges = begun_s[order], np.maximum(self.charges, self.settled)[order]
        rate, window_s = float(self.limit.per_second), float(self.limit.counting.window_s)
        is_window = self.limit.counting.kind == WINDOW
        entrance = (
            FixedWindow(charges, rate * window_s, window_s)
            if is_window
            else TokenBucket(charges, rate, window_s)
        )
        return bool((entrance(at_s) - at_s <= _SAME_S).all())

    def _most_at_once(self, begun_s: Seconds, takes_s: Seconds) -> int:
        at = np.concatenate([begun_s, begun_s + takes_s])
        order = np.lexsort((np.repeat([1, 0], begun_s.size), at))
        return int(np.cumsum(np.repeat([1, -1], begun_s.size)[order]).max(initial=0))


class Stations(Struct, frozen=True, eq=False):
    """Tracks through stations.

    station   the one that each node lines up at; NONE where nothing limits it, shape (m,)
    gates     the limits, each with the calls that it counts
    """

    tracks: Tracks
    station: Ids
    gates: tuple[Gate, ...]
    n_stations: int

    def taken(self, limit: Limit) -> Array:
        """What each query takes of a limit, of a level for how long, shape (n,)."""
        found = np.zeros(self.tracks.n)
        for gate in self.gates:
            if gate.limit.id == limit.id:
                is_level = limit.counting.kind == LEVEL
                amounts = gate.charges * (self.tracks.takes_s[gate.calls] if is_level else 1.0)
                found += np.bincount(self.tracks.query[gate.calls], amounts, self.tracks.n)
        return found

    @classmethod
    def of(cls, tracks: Tracks, rules: Rules, book: Book) -> Stations:
        """Raises KplanError for calls of which one alone is more than a limit ever lets in."""
        station = np.full(len(tracks.before), NONE)
        numbers: dict[str, int] = {}
        counted: dict[str, tuple[Limit, list[tuple[Ids, Array, Array]]]] = {}
        for number, caller in enumerate(tracks.callers):
            limits = rules.of_calls(book.find(caller.ref), caller.mode)
            nodes = np.flatnonzero(tracks.caller == number)
            if limits:
                station[nodes] = numbers.setdefault(book.find(caller.ref).ref, len(numbers))
            for limit in limits:
                charges = _charges(limit, tracks, caller, nodes, rules.in_use)
                counted.setdefault(limit.id, (limit, []))[1].append((nodes, *charges))
        gates = tuple(_gate(limit, parts) for limit, parts in counted.values())
        return cls(tracks, station, gates, len(numbers))


def _gate(limit: Limit, parts: Sequence[tuple[Ids, Array, Array]]) -> Gate:
    calls, charges, settled = (np.concatenate(each) for each in zip(*parts, strict=True))
    if limit.counting.kind == WINDOW:
        most = float(limit.per_second) * float(limit.counting.window_s)
        if n := int((charges > most * (1 + 1e-12)).sum()):
            what = f"more than {limit.title} allows in a window of {plain(limit.counting.window_s)} s"
            raise KplanError(f"{n:,} of {charges.size:,} calls are {what}: they are never let in")
    return Gate(limit, calls, charges, settled)


def _charges(
    limit: Limit, tracks: Tracks, caller: Caller, nodes: Ids, in_use: LimitsInUse
) -> tuple[Array, Array]:
    """What the limit counts of these calls when they begin, and in the end."""
    most = in_use.max_tokens.get(caller.stage)
    said = {"max_tokens": float(most)} if most is not None else {}

    def weighed(weights: Weights) -> Array:
        total = np.zeros(len(nodes))
        for bucket, weight in weights.items():
            held = tracks.amounts[bucket][nodes] if bucket in tracks.amounts else said.get(bucket, 0.0)
            total += float(weight) * held
        return total

    counting = limit.counting
    charges: Array = np.maximum.reduce([weighed(weights) for weights in counting.counts])
    return charges, charges if counting.settles is None else weighed(counting.settles)
