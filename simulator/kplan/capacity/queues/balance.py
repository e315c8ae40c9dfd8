"""Little's law, checked on every block of every run: what comes in is inside or has left."""

from __future__ import annotations

import numpy as np

from kplan.capacity.queues.straight import Block

_TOLERANCE = 1e-9


class OutOfBalanceError(Exception):
    """A simulation has lost, invented or reversed something: a fault of ours."""


def checked_area(block: Block, inside_before: int) -> float:
    """The time integral of the number of queries inside [query seconds]; raises OutOfBalanceError.

    The number is counted from who comes and who leaves; by Little's law its integral is the time that the
    queries spent there, added up query by query. Source: Little and Graves, Little's law, in Building
    Intuition (2008), on its exact form over a finite time.
    """
    if any(min(each.waits_s.min(initial=0.0), each.service_s.min(initial=0.0)) < 0 for each in block.visits):
        raise OutOfBalanceError("a visit began before it came, or ended before it began")
    if inside_before + block.came_s.size - block.left_s.size != block.inside_s.size:
        raise OutOfBalanceError(
            f"{inside_before} queries inside, {block.came_s.size} came, {block.left_s.size} left, and "
            f"{block.inside_s.size} are there"
        )
    counted, stayed = _counted(block, inside_before), _stayed(block)
    if abs(counted - stayed) > _TOLERANCE * max(counted, stayed):
        raise OutOfBalanceError(f"Little's law: {counted!r} query seconds counted, {stayed!r} stayed")
    return counted


def _counted(block: Block, inside_before: int) -> float:
    """The number is that before, and those that came less those that left: integrated instant by instant."""
    came, left = block.came_s, block.left_s
    of_those_that_came = left[inside_before:]
    if (came[: of_those_that_came.size] > of_those_that_came).any():
        raise OutOfBalanceError("more queries left than had come")
    return float(inside_before * block.span_s + (block.span_s - came).sum() - (block.span_s - left).sum())


def _stayed(block: Block) -> float:
    left = block.left_s - np.maximum(block.born_s, 0.0)
    return float(left.sum() + (block.span_s - np.maximum(block.inside_s, 0.0)).sum())
