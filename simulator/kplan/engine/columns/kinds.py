"""Which model, mode and region a call has, as one code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kplan.engine.columns.given import Given, Labels

Codes = NDArray[np.intp]
_FEW = 256
"""Combinations of which it does not matter whether they occur: looking them up is cheaper than looking."""


class Kinds(Struct, frozen=True, eq=False):
    """The combinations of model, mode and region that occur, or could where they are few."""

    named: tuple[tuple[str, ...], ...]
    """Model, mode and region of each."""
    _labels: tuple[Labels, ...]
    _rank: Codes | None
    """For each combined code its place among those that occur; None where all are listed."""

    @classmethod
    def of(cls, given: Given, blocks: Iterator[slice]) -> Kinds:
        """The combinations of the calls."""
        labels = (given.model, given.mode, given.region)
        n = int(np.prod([len(label.categories) for label in labels]))
        if n <= _FEW:
            return cls(_named(labels, np.arange(n)), labels, None)
        calls = np.zeros(n, np.int64)
        for block in blocks:
            calls += np.bincount(_combined(labels, block), minlength=n)
        present = np.flatnonzero(calls)
        rank = np.zeros(n, np.intp)
        rank[present] = np.arange(len(present))
        return cls(_named(labels, present), labels, rank)

    def codes(self, block: slice) -> NDArray[np.integer[Any]]:
        """The place of each call among those named; one 0 where all calls are alike."""
        codes = _combined(self._labels, block)
        return codes if self._rank is None else np.take(self._rank, codes, mode="clip")


def _named(labels: tuple[Labels, ...], codes: Codes) -> tuple[tuple[str, ...], ...]:
    places = np.unravel_index(codes, [len(label.categories) for label in labels])
    columns = [[label.categories[at] for at in each] for label, each in zip(labels, places, strict=True)]
    return tuple(zip(*columns, strict=True))


def _combined(labels: tuple[Labels, ...], block: slice) -> NDArray[np.integer[Any]]:
    """The codes of the labels that differ as one number; those that are alike have only code 0."""
    columns = [(label.codes[block], len(label.categories)) for label in labels if label.codes is not None]
    if not columns:
        return np.zeros(1, np.intp)
    combined = columns[0][0]
    for codes, n in columns[1:]:
        combined = combined.astype(np.intp) * n + codes
    return combined
