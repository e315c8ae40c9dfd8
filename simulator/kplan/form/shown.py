"""Expressions as the text they are written in."""

from __future__ import annotations

from kplan.form.expressions import Expression, Name, Number, Op, Random


def show(expression: Expression) -> str:
    """The expression as text that parses to the same tree, with as few parentheses as that takes.

    A random amount is told by its numbers, or by the fingerprint of its sample; it is no text to parse.
    """
    return _show(expression, 0)


_LEVELS: dict[Op, tuple[int, str]] = {
    "gt": (1, " > "),
    "add": (2, " + "),
    "subtract": (2, " - "),
    "multiply": (3, " * "),
    "divide": (3, " / "),
}


def _show(expression: Expression, outer: int) -> str:
    if isinstance(expression, Number):
        return str(expression.value)
    if isinstance(expression, Name):
        return expression.id
    if isinstance(expression, Random):
        said = [expression.fingerprint, *(f"{key} {show(value)}" for key, value in expression.given)]
        return f"{expression.family}({', '.join(filter(None, said))})"
    if expression.op == "negate":
        inner = _show(expression.args[0], 4)
        return f"-({inner})" if inner.startswith("-") else f"-{inner}"
    if expression.op not in _LEVELS:
        return f"{expression.op}({', '.join(_show(part, 0) for part in expression.args)})"
    level, sign = _LEVELS[expression.op]
    left, right = expression.args
    text = _show(left, level + (expression.op == "gt")) + sign + _show(right, level + 1)
    return f"({text})" if level < outer else text
