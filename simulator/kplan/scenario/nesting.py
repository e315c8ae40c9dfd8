"""Stages inside stages laid side by side: each then says which block it is inside of."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec import Struct, field

from kplan.errors import Mark, Problem
from kplan.form.numbers import clipped
from kplan.scenario.names import dotted
from kplan.scenario.tree import Mapping, Node, Scalar

_HOLD_STAGES = ("designs", "mix", "variants")


def flattened(root: Mapping) -> tuple[Mapping, list[Problem]]:
    """The tree with every map of stages flat, and a problem for each name that two stages have.

    A stage under a block's `stages` becomes a stage beside it with `inside: BLOCK`, so that what lies over
    it in other files, designs, classes and settings finds it by its name alone.
    """
    problems: list[Problem] = []
    return _scenario(root, (), problems), problems


def _scenario(root: Mapping, path: tuple[str, ...], problems: list[Problem]) -> Mapping:
    root = _with(root, "stages", lambda stages: _Flat((*path, "stages"), problems).of(stages))
    for section in _HOLD_STAGES:
        node = root.get(section)
        if isinstance(node, Mapping):
            for name in node.entries:
                within = partial(_scenario, path=(*path, section, name), problems=problems)
                node = _with(node, name, within)
            root = root.with_entry(section, root.entries[section][0], node)
    return root


def _with(parent: Mapping, key: str, change: Callable[[Mapping], Mapping]) -> Mapping:
    node = parent.get(key)
    if not isinstance(node, Mapping):
        return parent
    return parent.with_entry(key, parent.entries[key][0], change(node))


class _Flat(Struct):
    """One map of stages being made flat."""

    path: tuple[str, ...]
    problems: list[Problem]
    found: dict[str, tuple[Mark, Node]] = field(default_factory=dict)

    def of(self, stages: Mapping) -> Mapping:
        self._add(stages, None)
        return Mapping(dict(self.found), stages.mark)

    def _add(self, stages: Mapping, block: tuple[str, Mark] | None) -> None:
        for name, (mark, node) in stages.entries.items():
            if name in self.found:
                what = f"a second stage `{clipped(name)}`, the first one is at {self.found[name][0]}"
                what += "; names of stages are unique over the whole pipeline"
                self.problems.append(Problem(what, mark, dotted((*self.path, name))))
                continue
            self.found[name] = (mark, _placed(node, block))
            inner = node.get("stages") if isinstance(node, Mapping) else None
            if isinstance(inner, Mapping):
                self._add(inner, (name, mark))


def _placed(node: Node, block: tuple[str, Mark] | None) -> Node:
    """A stage without its own stages, with the block that it stands in."""
    if not isinstance(node, Mapping):
        return node
    is_block = isinstance(node.get("stages"), Mapping)
    kept = {key: each for key, each in node.entries.items() if not is_block or key != "stages"}
    if block is not None and "inside" not in kept:
        kept["inside"] = (block[1], Scalar(block[0], True, block[1]))
    return Mapping(kept, node.mark)
