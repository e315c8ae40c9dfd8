"""A log of calls measured: its sums, percentiles, models and visits, stage by stage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from kplan.errors import KplanError
from kplan.form.numbers import clipped
from kplan.logs.calls import Calls, Labels
from kplan.logs.columns import TOKENS
from kplan.logs.profile import ModelUse, Profile, StageProfile, TokenProfile, Traffic
from kplan.logs.remarks import remarks
from kplan.logs.visits import Visits, visits
from kplan.scenario.designs import DEFAULT_MODEL

PERCENTILES = (50, 95, 99)
MAX_NAMES = 500
"""More of them are no stages of a pipeline, and no models."""
_LOW = np.int64(2**32 - 1)


def profile(calls: Calls, *, by_model: bool = False) -> Profile:
    """The profile of a log.

    by_model   make a stage for each model of a stage: a stage that mixes models has one mean for all of them
    Raises KplanError where the names of stages cannot be those of a scenario.
    """
    if by_model:
        calls = _by_model(calls)
    _check_names(calls)
    found = visits(calls)
    stages = list(_stages(calls, found))
    traffic = _traffic(calls, found)
    return Profile(
        calls.file,
        calls.n_rows,
        len(calls),
        found.n_queries,
        calls.trace is not None,
        tuple(stages[place] for place in found.order),
        traffic,
        calls.skipped,
        tuple(remarks(calls, stages, found.n_queries, traffic)),
    )


def _by_model(calls: Calls) -> Calls:
    """The calls with a stage for each pair of a stage and a model, where a stage has several models."""
    n_models = len(calls.model.names)
    pairs, first, codes = np.unique(
        calls.stage.codes * np.intp(n_models) + calls.model.codes, return_index=True, return_inverse=True
    )
    of_stage, of_model = np.divmod(pairs, n_models)
    n_of_stage = np.bincount(of_stage)
    names = [
        f"{calls.stage.names[s]}/{calls.model.names[m]}" if n_of_stage[s] > 1 else calls.stage.names[s]
        for s, m in zip(of_stage.tolist(), of_model.tolist(), strict=True)
    ]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise KplanError(f"{calls.file}: a stage `{clipped(twice)}` is there already; rename it in the file")
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return replace(calls, stage=Labels(tuple(names[each] for each in order), place[codes]))


def _check_names(calls: Calls) -> None:
    names = calls.stage.names
    for noun, some in (("stage", names), ("model", calls.model.names)):
        if len(some) > MAX_NAMES:
            what = f"{len(some):,} different {noun}s, such as `{clipped(some[0])}`; {MAX_NAMES} are allowed"
            raise KplanError(f"{calls.file}: {what}; --column {noun}=NAME names another column")
    if DEFAULT_MODEL in names:
        what = f"a stage is called `{DEFAULT_MODEL}`, which means all stages in a scenario; rename it"
        raise KplanError(f"{calls.file}: {what}")


def _stages(calls: Calls, found: Visits) -> Iterator[StageProfile]:
    """The stages in the order of their codes."""
    by_stage = np.argsort(calls.stage.codes, kind="stable")
    n_calls = np.bincount(calls.stage.codes)
    ends = np.cumsum(n_calls)
    tokens = {name: calls.tokens[name] for name in TOKENS if name in calls.tokens}
    for code, name in enumerate(calls.stage.names):
        own = by_stage[ends[code] - n_calls[code] : ends[code]]
        yield StageProfile(
            name,
            len(own),
            int(found.n_visits[code]),
            {kind: _token_profile(counts[own]) for kind, counts in tokens.items()},
            tuple(_models(calls.model, own, tokens)),
        )


def _token_profile(counts: NDArray[np.int64]) -> TokenProfile:
    """Of the calls of one stage, shape (n,). A percentile is a number that was seen, by rank."""
    n = len(counts)
    ascending = np.sort(counts)
    ranks = {percent: -(-n * percent // 100) for percent in PERCENTILES}
    percentiles = {percent: int(ascending[rank - 1]) for percent, rank in ranks.items()}
    return TokenProfile(n, total(counts), percentiles, int(ascending[-1]))


def total(counts: NDArray[np.int64]) -> int:
    """The exact sum, also where it is too large for the column."""
    return (int((counts >> 32).sum()) << 32) + int((counts & _LOW).sum())


def _models(
    model: Labels, own: NDArray[np.intp], tokens: Mapping[str, NDArray[np.int64]]
) -> Sequence[ModelUse]:
    codes = model.codes[own]
    found = []
    for code in np.unique(codes).tolist():
        of_model = own[codes == code]
        totals = {name: total(counts[of_model]) for name, counts in tokens.items()}
        found.append(ModelUse(model.names[code], len(of_model), totals))
    return sorted(found, key=lambda use: (-use.n_calls, use.model))


def _traffic(calls: Calls, found: Visits) -> Traffic | None:
    """None where the log does not tell how fast queries came."""
    if calls.at is None or not calls.at.is_days or not len(found.starts):
        return None
    starts = calls.at.values[found.starts]
    starts = starts[np.isfinite(starts)]
    if len(starts) < 2 or not starts.max() > starts.min():
        return None
    first, last = float(starts.min()), float(starts.max())
    return Traffic(found.n_queries, last - first, calls.at.day(first), calls.at.day(last))
