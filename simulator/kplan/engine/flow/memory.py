"""What later calls can see of a query's way: columns that arms of a parallel block start from and join."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
from numpy.typing import NDArray

from kplan.engine.flow.crowd import Crowd, Group, Value
from kplan.engine.flow.situation import context_cache
from kplan.form.arrays import Array

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


def join(crowd: Crowd, group: Group, level: int, around: tuple[str, int] | None) -> None:
    """Contexts grow by what an arm added; its prompts stand behind those of the arms before it.

    around   the innermost context around the arms, by name and depth
    A cache that others have not changed is as this arm leaves it; but where they have grown the context
    before it, what the cache holds of the context is its beginning alone.
    """
    is_behind, begun = _behind(crowd, group, level, around)
    for column in columns(crowd):
        names = ((_START, level, column), column, (_JOINED, level, column))
        start, now, joined = (crowd.of(each, group) for each in names)
        if column[0] == CONTEXT:
            crowd.put(names[2], group, joined + (now - start))
            continue
        if column[0] == HELD and around is not None and is_of(around[0], str(column[1])):
            now = plain(np.where(is_behind & np.not_equal(now, start), begun, now))
        crowd.put(names[2], group, plain(np.where(np.equal(joined, start), now, joined)))


def _behind(
    crowd: Crowd, group: Group, level: int, around: tuple[str, int] | None
) -> tuple[NDArray[np.bool_], Value]:
    """Whether arms before this one have grown the context around, and its tokens before them."""
    if around is None:
        return np.asarray(False), 0.0
    column = (CONTEXT, around[1])
    joined, start = (crowd.of((tag, level, column), group) for tag in (_JOINED, _START))
    return np.asarray(np.not_equal(joined, start)), start


def mark(crowd: Crowd, group: Group, level: int, depth: int) -> None:
    """Note how much stands in the context of this depth."""
    crowd.put(("mark", level), group, crowd.of((CONTEXT, depth), group))


def back(crowd: Crowd, group: Group, level: int, around: tuple[str, int]) -> None:
    """Take back what has joined a context since it was marked; caches keep what they had of it."""
    marked = crowd.of(("mark", level), group)
    crowd.put((CONTEXT, around[1]), group, marked)
    for column in columns(crowd):
        if column[0] == HELD and is_of(around[0], str(column[1])):
            crowd.put(column, group, plain(np.minimum(crowd.of(column, group), marked)))


def forget(crowd: Crowd, group: Group, context: str) -> None:
    """A context begins anew: no cache holds anything of it."""
    for column in columns(crowd):
        if column[0] == HELD and is_of(context, str(column[1])):
            crowd.put(column, group, 0.0)


def is_of(context: str, cache: str) -> bool:
    """Whether a cache holds this context, behind whichever prefixes."""
    return cache.startswith(context_cache(context, ""))


def plain(value: Array) -> Value:
    """One number where it is one."""
    return value if value.ndim else float(value)


def end(crowd: Crowd, group: Group, level: int) -> None:
    """Remember what all arms did."""
    _lay(crowd, group, level, _JOINED)


def _lay(crowd: Crowd, group: Group, level: int, tag: str) -> None:
    for column in columns(crowd):
        crowd.put(column, group, crowd.of((tag, level, column), group))


def _is_copy(column: Hashable, tag: str, level: int) -> bool:
    return isinstance(column, tuple) and len(column) == 3 and column[:2] == (tag, level)
