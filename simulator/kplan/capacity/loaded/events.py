"""Runs tracks through stations in the order of time: each station one line, first come, first served."""

from __future__ import annotations

from collections import deque
from heapq import heapify, heappop, heappush
from math import inf

import numpy as np

from kplan.capacity.buckets import Seconds
from kplan.capacity.limits import BUCKET
from kplan.capacity.loaded.doors import Door
from kplan.capacity.loaded.stations import Gate, Stations
from kplan.capacity.loaded.tracks import NONE, Ids, Tracks
from kplan.form.arrays import Array


class Network:
    """Stations made ready to be run at any number of loads."""

    def __init__(self, stations: Stations) -> None:
        self.stations = stations
        self._course: _Course | None = None

    def run(self, born_s: Seconds) -> tuple[Array, Array]:
        """When each node begins and is over, if the queries come in at these times [s], each shape (m,).

        Where nobody ever waits that is known at once; else it takes a heap of events, some microseconds a
        call. A call begins at the first moment at which all its limits let it in at once.
        """
        tracks = self.stations.tracks
        ends = tracks.ends_s(born_s)
        begun = ends - tracks.takes_s
        gates = self.stations.gates
        if all(gate.lets_all_in(begun[gate.calls], tracks.takes_s[gate.calls]) for gate in gates):
            return begun, ends
        if self._course is None:
            self._course = _Course(self.stations)
        begun = np.array(_Clockwork(self._course).run(born_s.tolist()))
        return begun, begun + tracks.takes_s


class _Course:
    """What no load changes, as lists: a loop reads those faster than arrays.

    station     of each node; NONE where nothing limits it
    takes       of each node [s]
    first       the first edge from each node; edge k leads to node k, and edge m + k to node k as the other
                one that it follows
    following   the next edge from the same node
    missing     how many nodes each follows
    buckets     refill time that each node needs and takes of each plain bucket [s], by the bucket's number;
                one that takes more than a bucket holds begins when it is full, and leaves a debt
    depths      what the plain buckets hold [s of refill]
    others      what each node takes of other limits, and gives back in the end, by the limit's number
    """

    def __init__(self, stations: Stations) -> None:
        tracks, n_nodes = stations.tracks, len(stations.tracks.before)
        self.n_queries, self.n_stations = tracks.n, stations.n_stations
        self.station, self.takes = stations.station.tolist(), tracks.takes_s.tolist()
        self.first, self.following, self.missing = _edges(tracks)
        plain = [gate for gate in stations.gates if _is_plain(gate)]
        self.rest = [gate for gate in stations.gates if not _is_plain(gate)]
        self.depths = [float(gate.limit.counting.window_s) for gate in plain]
        self.buckets: list[tuple[tuple[int, float, float], ...]] = [()] * n_nodes
        for number, gate in enumerate(plain):
            taken = gate.charges / float(gate.limit.per_second)
            needed = np.minimum(taken, self.depths[number]).tolist()
            for node, least, most in zip(gate.calls.tolist(), needed, taken.tolist(), strict=True):
                self.buckets[node] += ((number, least, most),)
        self.others: list[tuple[tuple[int, float, float], ...]] = [()] * n_nodes
        self.behind: list[list[int]] = []
        for number, gate in enumerate(self.rest):
            back = (gate.charges - gate.settled).tolist()
            for node, charge, less in zip(gate.calls.tolist(), gate.charges.tolist(), back, strict=True):
                self.others[node] += ((number, charge, less),)
            self.behind.append(np.unique(stations.station[gate.calls]).tolist())


def _is_plain(gate: Gate) -> bool:
    return gate.limit.counting.kind == BUCKET and gate.limit.counting.settles is None


def _edges(tracks: Tracks) -> tuple[list[int], list[int], list[int]]:
    source = np.concatenate([tracks.before, tracks.beside])
    edges = np.flatnonzero(source != NONE)
    edges = edges[np.argsort(source[edges], kind="stable")]
    is_next = source[edges[1:]] == source[edges[:-1]]
    following = np.full(len(source), NONE)
    following[edges[:-1][is_next]] = edges[1:][is_next]
    first: Ids = np.full(len(tracks.before), NONE)
    heads = edges[np.concatenate([[True], ~is_next])] if edges.size else edges
    first[source[heads]] = heads
    missing = (tracks.before != NONE).astype(np.int64) + (tracks.beside != NONE)
    return first.tolist(), following.tolist(), missing.tolist()


class _Clockwork:
    """The state of a run: what is taken of each limit, who stands in which line, and what happens next.

    An event is a time with the node that comes to its station then; or with the number of nodes + node, when
    a node gives back what it has reserved; or with a number below 0, when the first of a line may begin: of
    several at one moment the line whose first has come the earliest.
    """

    def __init__(self, course: _Course) -> None:
        self._course = course
        self._doors: list[Door] = [gate.door() for gate in course.rest]
        self._full_s = [-inf] * len(course.depths)
        """When each bucket would be full again, less what it holds."""
        self._lines: list[deque[int]] = [deque() for _ in range(course.n_stations)]
        self._due_s = [inf] * course.n_stations
        self._n_came = 0
        self._numbers = [0] * len(course.station)
        """Of those that have come to a line, in the order of time."""
        self._begun_s = [0.0] * len(course.station)
        self._latest_s = [-inf] * len(course.station)
        self._missing = course.missing.copy()
        self._heap: list[tuple[float, int]] = []

    def run(self, born_s: list[float]) -> list[float]:
        """When each node begins [s]."""
        begun_s, n_nodes = self._begun_s, len(self._course.station)
        for query, at in enumerate(born_s):
            begun_s[query] = at
            self._onward(query, at)
        heap, lines, station, due_s = self._heap, self._lines, self._course.station, self._due_s
        heapify(heap)
        while heap:
            now, what = heappop(heap)
            if what < 0:
                where = (-1 - what) % len(lines)
                if now == due_s[where]:
                    self._ask(where, now)
            elif what >= n_nodes:
                self._settle(what - n_nodes, now)
            else:
                line = lines[station[what]]
                line.append(what)
                self._numbers[what] = self._n_came = self._n_came + 1
                if len(line) == 1:
                    self._ask(station[what], now)
        return begun_s

    def _onward(self, node: int, end_s: float) -> None:
        """Whatever has waited for a node alone comes to its station, or runs on where it needs none."""
        course, latest_s, missing = self._course, self._latest_s, self._missing
        n_nodes, over = len(course.station), [(node, end_s)]
        while over:
            node, end_s = over.pop()
            edge = course.first[node]
            while edge != NONE:
                after = edge if edge < n_nodes else edge - n_nodes
                edge = course.following[edge]
                at = latest_s[after] = max(end_s, latest_s[after])
                missing[after] -= 1
                if missing[after]:
                    continue
                if course.station[after] != NONE:
                    heappush(self._heap, (at, after))
                else:
                    self._begun_s[after] = at
                    over.append((after, at + course.takes[after]))

    def _ask(self, where: int, now: float) -> None:
        """Let in whoever may begin of a line, and note when the next one may."""
        course, line, full_s = self._course, self._lines[where], self._full_s
        while line:
            node = line[0]
            at = now
            for bucket, needed, _ in course.buckets[node]:
                ready = full_s[bucket] + needed
                if ready > at:
                    at = ready
            others = course.others[node]
            for number, charge, _ in others:
                at = max(at, self._doors[number].ready_s(now, charge))
            due = at, -1 - where - (len(course.station) - self._numbers[node]) * len(self._lines)
            if at > now or (self._heap and self._heap[0] < due):
                self._due_s[where] = at
                heappush(self._heap, due)
                return
            line.popleft()
            end_s = now + course.takes[node]
            for bucket, _, taken in course.buckets[node]:
                empty, full = now - course.depths[bucket], full_s[bucket]
                full_s[bucket] = (full if full > empty else empty) + taken
            if others:
                self._enter(node, now, end_s)
            self._begun_s[node] = now
            self._onward(node, end_s)
        self._due_s[where] = inf

    def _enter(self, node: int, now: float, end_s: float) -> None:
        gives_back = False
        for number, charge, back in self._course.others[node]:
            self._doors[number].enter(now, charge, end_s)
            gives_back |= back != 0
        if gives_back:
            heappush(self._heap, (end_s, len(self._course.station) + node))

    def _settle(self, node: int, now: float) -> None:
        """Give back what was reserved for too much; lines that wait for it look again."""
        for number, _, back in self._course.others[node]:
            if back and self._doors[number].settle(now, back):
                for where in self._course.behind[number]:
                    if self._lines[where]:
                        self._ask(where, now)
