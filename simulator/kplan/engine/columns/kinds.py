"""Which model, mode and region a call has, as one code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kplan.engine.columns.given import Given, Labels

Codes = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Kinds:
    """The combinations of model, mode and region that occur among the calls."""

    labels: tuple[Labels, ...]
    present: Codes
    """The combined codes that occur, ascending."""
    rank: Codes
    """For each combined code its place among those present; 0 where it does not occur."""

    @classmethod
    def of(cls, given: Given, blocks: Iterator[slice]) -> Kinds:
        """The combinations of the calls; only labels that occur count."""
        labels = (given.model, given.mode, given.region)
        shape = [len(label.categories) for label in labels]
        calls = np.zeros(int(np.prod(shape)), np.int64)
        for block in blocks:
            codes = _combined(labels, block)
            if codes is None:
                calls[0] = 1
                break
            calls += np.bincount(codes, minlength=len(calls))
        present = np.flatnonzero(calls)
        rank = np.zeros(len(calls), np.intp)
        rank[present] = np.arange(len(present))
        return cls(labels, present, rank)

    def codes(self, block: slice) -> NDArray[np.integer[Any]] | None:
        """The combined code of each call; None when all are alike."""
        return _combined(self.labels, block)

    def named(self) -> list[tuple[str, ...]]:
        """Model, mode and region of each combination that occurs."""
        shape = [len(label.categories) for label in self.labels]
        places = np.unravel_index(self.present, shape)
        each = [[label.categories[at] for at in at_] for label, at_ in zip(self.labels, places, strict=True)]
        return list(zip(*each, strict=True))


def _combined(labels: tuple[Labels, ...], block: slice) -> NDArray[np.integer[Any]] | None:
    codes = None
    for label in labels:
        if label.codes is not None:
            here = label.codes[block]
            codes = here if codes is None else codes.astype(np.intp) * len(label.categories) + here
    return codes
