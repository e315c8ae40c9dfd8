"""Counts as users write them, taken apart into disjoint buckets block by block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kplan.engine.columns.given import MAX_COUNT
from kplan.engine.columns.problems import Problems
from kplan.errors import KplanError
from kplan.money import exact
from kplan.prices.meters import CACHE_WRITE, Bucket, buckets, is_input, not_disjoint

Floats = NDArray[np.float64]


class Counts(Struct, frozen=True, eq=False):
    """The columns of counts [units of their meters], and how they come apart."""

    said: Mapping[str, NDArray[np.integer[Any]]]
    """Usage key -> counts, shape (n,)."""
    meters: tuple[str, ...]
    """The disjoint buckets."""
    _buckets: tuple[Bucket, ...]
    _input: Mapping[str, int]
    """Usage key -> how often it counts in the input tokens of a call."""
    _room: Mapping[str, Floats]
    """Arrays that every block is worked out in, for each key and each bucket that has parts: memory that is
    asked for anew is the dearest part of adding it up."""
    _none: Floats
    """The count of a key that the usage lacks."""

    @classmethod
    def of(cls, said: Mapping[str, NDArray[np.integer[Any]]], size: int, *, inclusive: bool) -> Counts:
        """For blocks of up to this size; raises KplanError for keys that contradict each other."""
        found = buckets(said, inclusive=inclusive)
        meters = tuple(bucket.meter for bucket in found if bucket.meter != CACHE_WRITE)
        names = [*said, *(_rest_of(bucket) for bucket in found)]
        return cls(
            said, meters, found, _input(found, said), {name: np.empty(size) for name in names}, np.zeros(size)
        )

    def block(self, calls: slice, problems: Problems) -> tuple[dict[str, Floats], Floats]:
        """The calls' counts by meter and their input tokens, each of shape (calls,), exact in float64."""
        n = calls.stop - calls.start
        said = {key: self._room[key][:n] for key in self.said}
        for key, column in self.said.items():
            _check_size(key, column[calls], calls.start, problems)
            np.copyto(said[key], column[calls])
        none = self._none[:n]
        left: dict[str, Floats] = {}
        for bucket in self._buckets:
            rest = said.get(bucket.whole, none)
            for part in bucket.parts:
                rest = np.subtract(rest, said[part], out=self._room[_rest_of(bucket)][:n])
            if bucket.parts and (bucket.meter == CACHE_WRITE or rest.min() < 0):
                _check(bucket, rest, said, calls.start, problems)
            left[bucket.meter] = rest
        terms = [said[key] if times == 1 else times * said[key] for key, times in self._input.items()]
        return left, sum(terms[1:], terms[0]) if terms else none


def _rest_of(bucket: Bucket) -> str:
    return f"rest of {bucket.whole}"


def _input(found: Collection[Bucket], said: Collection[str]) -> dict[str, int]:
    """The sum of the input buckets as a sum of columns: what is taken from one is in another."""
    times: Counter[str] = Counter()
    for bucket in found:
        if is_input(bucket.meter):
            times[bucket.whole] += 1
            times.subtract(bucket.parts)
    return {key: n for key, n in times.items() if n and key in said}


def _check_size(key: str, counts: NDArray[np.integer[Any]], start: int, problems: Problems) -> None:
    """Note the first count that is negative, and the first that float64 could not hold."""
    if counts.dtype.kind == "i" and counts.min() < 0:
        call = int(np.argmax(counts < 0))
        problem = f"{key} is {counts[call]}; it must not be negative"
        problems.note((key, "negative"), start + call, KplanError(problem))
    if counts.itemsize == 8 and counts.max() >= MAX_COUNT:
        call = int(np.argmax(counts >= MAX_COUNT))
        problem = f"{key} is {counts[call]}, more than a call can hold (2**53)"
        problems.note((key, "large"), start + call, KplanError(problem))


def _check(bucket: Bucket, rest: Floats, said: Mapping[str, Floats], start: int, problems: Problems) -> None:
    """Note the first call whose parts do not fit their whole."""
    bad = np.flatnonzero(rest != 0 if bucket.meter == CACHE_WRITE else rest < 0)
    if len(bad):
        call = int(bad[0])
        usage = {key: Decimal(int(column[call])) for key, column in said.items()}
        with exact():
            problem = not_disjoint(bucket, Decimal(int(rest[call])), usage)
        problems.note(bucket, start + call, KplanError(problem))
