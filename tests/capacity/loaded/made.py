"""Tracks and limits made by hand, for queries that no scenario has to draw."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from kplan.capacity.limits import BUCKET, LEVEL, Counting, Limit
from kplan.capacity.loaded.events import Network
from kplan.capacity.loaded.stations import Gate, Stations
from kplan.capacity.loaded.tracks import AMOUNTS, NONE, Caller, Tracks
from kplan.engine.flow.speeds import Speed
from kplan.form.arrays import Array
from kplan.money import ONE

CALLER = Caller("stage", "model", "standard", Speed(0.0))


def tandem(services_s: Sequence[Array]) -> Tracks:
    """Queries that make these calls, one behind the other."""
    n, k = len(services_s[0]), len(services_s)
    first = np.arange(n)
    return Tracks(
        n=n,
        before=np.concatenate([np.full(n, NONE), *(first + n * step for step in range(k))]),
        beside=np.full(n * (k + 1), NONE),
        takes_s=np.concatenate([np.zeros(n), *services_s]),
        caller=np.concatenate([np.full(n, NONE), np.zeros(n * k, np.int64)]),
        amounts={name: np.zeros(n * (k + 1)) for name in AMOUNTS},
        callers=(CALLER,),
        last=first + n * k,
        query=np.tile(first, k + 1),
        blocks=tuple((n * step, n * (step + 1)) for step in range(1, k + 1)),
    )


def limit(amount: float, per_s: float = 1.0, window_s: float = 1.0, kind: str = BUCKET) -> Limit:
    """A limit on requests; a level is one on calls at once."""
    is_level = kind == LEVEL
    counting = Counting(
        name="requests",
        measures="concurrency" if is_level else "requests",
        counts=({"request": ONE},),
        kind=kind,
        per_s=Decimal(0) if is_level else Decimal(str(per_s)),
        window_s=Decimal(0) if is_level else Decimal(str(window_s)),
    )
    return Limit("maker", "model", ("model",), "", "", counting, Decimal(str(amount)))


def gate(held: Limit, calls: Array, charges: Array | None = None, settled: Array | None = None) -> Gate:
    """The limit over these nodes; each is charged 1 if nothing is said."""
    taken = np.ones(len(calls)) if charges is None else charges
    return Gate(held, calls.astype(np.int64), taken, taken if settled is None else settled)


def network(tracks: Tracks, gates: Sequence[Sequence[Gate]]) -> Network:
    """The tracks through stations, each behind its gates; a call may pass gates of one station alone."""
    station = np.full(len(tracks.before), NONE)
    for number, own in enumerate(gates):
        for each in own:
            station[each.calls] = number
    found = dict.fromkeys(each for own in gates for each in own)
    return Network(Stations(tracks, station, tuple(found), len(gates)))


def step(tracks: Tracks, number: int) -> Array:
    """The nodes of a call of `tandem`, counted from 1."""
    return np.arange(tracks.n) + tracks.n * number
