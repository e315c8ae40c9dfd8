"""Expressions that a comma split in flow style, `{input: max(a, b)}`: put together again, and told."""

from __future__ import annotations

from collections.abc import Iterable

from kplan.form.expressions import MAX_CHARACTERS
from kplan.form.numbers import clipped
from kplan.scenario.tree import Node, Scalar

Pair = tuple[Scalar, Node]


def joined_pairs(pairs: Iterable[Pair]) -> tuple[list[Pair], list[Pair]]:
    """The entries of a flow map, whole again, and those among them that had been split."""
    joined: list[Pair] = []
    split: list[Pair] = []
    for key, value in pairs:
        last = joined[-1][1] if joined else None
        if is_open(last) and isinstance(value, Scalar) and value.text == "":
            joined[-1] = (joined[-1][0], _with(last, key))
            if not is_open(joined[-1][1]):
                split.append(joined[-1])
        else:
            joined.append((key, value))
    return joined, split


def told(whole: Node) -> str:
    """What to say of an expression that had been split."""
    text = whole.text if isinstance(whole, Scalar) else ""
    return f'a comma ends a value inside {{ }}; put the expression in quotes: "{clipped(text)}"'


def is_open(node: Node | None) -> bool:
    """Whether the value is a plain text with a parenthesis that is not closed."""
    if not isinstance(node, Scalar) or node.quoted or len(node.text) > MAX_CHARACTERS:
        return False
    return node.text.count("(") > node.text.count(")")


def _with(left: Node | None, right: Scalar) -> Node:
    return Scalar(f"{left.text}, {right.text}", False, left.mark) if isinstance(left, Scalar) else right
