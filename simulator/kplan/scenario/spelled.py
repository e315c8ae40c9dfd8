"""Places of a scenario's tree by the names that its numbers have in a plan."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from kplan.errors import KplanError
from kplan.form.numbers import number
from kplan.scenario.merge import long_form, matches
from kplan.scenario.names import dotted
from kplan.scenario.tree import Mapping, Node, Place, Scalar, Sequence

_MEAN = "mean"
"""A number that a distribution states further down: `output: {gamma: {mean: 900}}` has `output.mean`."""
_CHOICES = (("designs", "*", "models", "*"), ("stages", "*", "model"))
"""Where models are chosen; by class one step further down, and of stages also below designs and classes."""


def spelled(root: Node, name: str) -> Place | None:
    """The place that a dotted name stands for; none where the tree says nothing there.

    A name that was clipped for messages finds its place as long as no other key begins like it.
    """
    places = dict.fromkeys(_places(root, name, ()))
    return next(iter(places)) if len(places) == 1 else None


def _places(node: Node, name: str, path: Place) -> Iterator[Place]:
    if isinstance(node, Scalar):
        node = long_form(node, tuple(map(str, path))) or node
    for key, below in _steps(node):
        step = key - 1 if isinstance(key, int) else key
        for shown in {str(key), dotted((key,))}:
            if name == shown:
                yield (*path, step)
            elif name.startswith(f"{shown}."):
                yield from _places(below, name[len(shown) + 1 :], (*path, step))
        if name == _MEAN and isinstance(below, Mapping):
            yield from _places(below, name, (*path, step))


def _steps(node: Node) -> Iterator[tuple[str | int, Node]]:
    """Keys of a map; items of a list as people count them, from 1."""
    if isinstance(node, Mapping):
        yield from ((key, value) for key, (_, value) in node.entries.items())
    elif isinstance(node, Sequence):
        yield from enumerate(node.items, 1)


def shares_of_models(node: Node, path: tuple[str, ...] = ()) -> Iterator[tuple[Place, str, Decimal]]:
    """Every share of a stage's calls that the tree gives a model: its place, the model, the share."""
    for key, (_, value) in node.entries.items() if isinstance(node, Mapping) else ():
        place = (*path, key)
        if isinstance(value, Scalar) and _is_in_choice(path) and (share := _share(value)) is not None:
            yield place, key, share
        yield from shares_of_models(value, place)


def _is_in_choice(path: tuple[str, ...]) -> bool:
    below = path[2:] if path[:1] in (("designs",), ("mix",)) and path[2:3] == ("stages",) else path
    return any(matches(each, choice) for each in (below, below[:-1]) for choice in _CHOICES)


def _share(value: Scalar) -> Decimal | None:
    try:
        return number(value.text)
    except KplanError:
        return None
