"""What later calls can see of a query's way: columns that arms of a parallel block start from and join."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from kplan.engine.flow.crowd import Crowd, Group, Value

CONTEXT, HELD, WARM = "context", "held", "warm"
"""First parts of the columns' names: tokens of a context by depth; tokens of it that a model's cache holds;
whether a prefix is warm on a model, 1 or 0. What a `Situation` holds of one query."""

_START, _JOINED = "start", "joined"

Column = tuple[object, ...]


def columns(crowd: Crowd) -> list[Column]:
    """The columns that are memory."""
    return [each for each in crowd.columns if isinstance(each, tuple) and each[0] in (CONTEXT, HELD, WARM)]


def keep(crowd: Crowd, group: Group, level: int) -> None:
    """Keep what a group remembers before the first arm of a block at this level."""
    for tag in (_START, _JOINED):
        for column in [each for each in crowd.columns if _is_copy(each, tag, level)]:
            del crowd.columns[column]
        for column in columns(crowd):
            crowd.put((tag, level, column), group, crowd.of(column, group))


def restart(crowd: Crowd, group: Group, level: int) -> None:
    """Forget what an arm did."""
    _lay(crowd, group, level, _START)


def join(crowd: Crowd, group: Group, level: int) -> None:
    """Contexts grow by what an arm added; a cache that it did not use stays as the others left it."""
    for column in columns(crowd):
        names = ((_START, level, column), column, (_JOINED, level, column))
        start, now, joined = (crowd.of(each, group) for each in names)
        added = joined + (now - start)
        crowd.put(names[2], group, added if column[0] == CONTEXT else _used(start, now, joined))


def end(crowd: Crowd, group: Group, level: int) -> None:
    """Remember what all arms did."""
    _lay(crowd, group, level, _JOINED)


def _lay(crowd: Crowd, group: Group, level: int, tag: str) -> None:
    for column in columns(crowd):
        crowd.put(column, group, crowd.of((tag, level, column), group))


def _used(start: Value, now: Value, joined: Value) -> Value:
    if isinstance(start, float) and isinstance(now, float):
        return joined if now == start else now
    return np.where(now != start, now, joined)


def _is_copy(column: Hashable, tag: str, level: int) -> bool:
    return isinstance(column, tuple) and len(column) == 3 and column[:2] == (tag, level)
