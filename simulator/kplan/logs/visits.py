"""How the calls of a log fall into queries: which stages each one visited, and in what order."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kplan.logs.calls import Calls

Counts = NDArray[np.int64]


class Visits(Struct, frozen=True, eq=False):
    """The queries behind n calls to k stages."""

    n_queries: int
    n_visits: Counts
    """Queries that visited each stage, shape (k,)."""
    order: tuple[int, ...]
    """The stages' places in the order of the pipeline."""
    starts: NDArray[np.intp]
    """The first call of each query, shape (n_queries,); empty where that is not known."""


def visits(calls: Calls) -> Visits:
    """The queries: the traces of the log.

    Without traces each call counts as a visit of its own, and the stage with the most calls tells how many
    queries there were.
    """
    stages, n_stages = calls.stage.codes, len(calls.stage.names)
    if calls.trace is None:
        n_calls = np.bincount(stages, minlength=n_stages)
        starts = np.arange(len(calls)) if n_stages == 1 else np.zeros(0, np.intp)
        return Visits(int(n_calls.max()), n_calls, tuple(range(n_stages)), starts)
    in_time = _in_time(calls, calls.trace)
    pairs = calls.trace[in_time] * np.intp(n_stages) + stages[in_time]
    found, first = np.unique(pairs, return_index=True)
    by_call = np.argsort(first)
    trace, stage = np.divmod(found[by_call], n_stages)
    return Visits(
        int(calls.trace.max()) + 1,
        np.bincount(stage, minlength=n_stages),
        _order(trace, stage, n_stages),
        in_time[np.flatnonzero(np.diff(calls.trace[in_time], prepend=-1))],
    )


def _in_time(calls: Calls, trace: NDArray[np.intp]) -> NDArray[np.intp]:
    """The calls trace by trace, each in the order of time, where all times can be read, else of the file."""
    if calls.at is None or calls.at.n_unread:
        return np.argsort(trace, kind="stable")
    return np.lexsort((calls.at.values, trace))


def _order(trace: NDArray[np.intp], stage: NDArray[np.intp], n_stages: int) -> tuple[int, ...]:
    """Stages by where they stand in the traces, from 0 for first to 1 for last: median, then mean, then file.

    trace, stage   each stage of each trace once, in the order in which the trace came to it. Traces of one
                   stage alone tell nothing of the order.
    """
    n_in_trace = np.bincount(trace)
    rank = np.arange(len(trace)) - (np.cumsum(n_in_trace) - n_in_trace)[trace]
    place = rank / np.maximum(n_in_trace[trace] - 1, 1)
    tells = n_in_trace[trace] > 1
    by_place = np.lexsort((place[tells], stage[tells]))
    place, stage = place[tells][by_place], stage[tells][by_place]
    n = np.bincount(stage, minlength=n_stages)
    ends = np.cumsum(n)
    middles = np.zeros((2, n_stages))
    is_told = n > 0
    middles[0, is_told] = place[(ends - n + (n - 1) // 2)[is_told]]
    middles[1] = np.bincount(stage, place, n_stages) / np.maximum(n, 1)
    return tuple(np.lexsort((np.arange(n_stages), middles[1], middles[0])).tolist())
