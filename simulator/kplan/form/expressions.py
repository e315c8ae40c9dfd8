"""Arithmetic over named parameters: the frozen tree, its grammar and its printed form."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from kplan.errors import KplanError
from kplan.form.numbers import NUMBER, clipped, number
from kplan.money import ONE

MAX_CHARACTERS = 9_999
MAX_DEPTH = 100
"""Deepest tree; keeps every recursive walk far from Python's own limit."""

Op = Literal["add", "subtract", "multiply", "divide", "negate", "min", "max", "ceil", "gt", "if"]


class Number(Struct, frozen=True):
    """A constant."""

    value: Decimal


class Name(Struct, frozen=True):
    """A parameter, by its id."""

    id: str


class Apply(Struct, frozen=True):
    """An operation on one or more expressions; `gt` gives 1 or 0, `if` takes condition, then, else."""

    op: Op
    args: tuple[Expression, ...]


class Random(Struct, frozen=True):
    """An amount that differs from draw to draw; straight arithmetic counts with its mean.

    given   `mean`, `p95` or `sd`, and `least` and `most` where the law is truncated, in the order written
    sample  measured amounts, in place of a family's numbers
    source  where they come from, in words
    name    of the draw: amounts of one name are one draw
    place   where it is said
    """

    family: str
    given: tuple[tuple[str, Expression], ...]
    sample: tuple[Decimal, ...] = ()
    source: str = ""
    name: str = ""
    place: str = ""

    @property
    def fingerprint(self) -> str:
        """Stands for the sample where two are compared; empty without one."""
        if not self.sample:
            return ""
        return hashlib.sha256(" ".join(map(str, self.sample)).encode()).hexdigest()[:16]


Expression: TypeAlias = Number | Name | Apply | Random

FUNCTIONS: dict[str, tuple[Op, int, int | None]] = {
    "min": ("min", 1, None),
    "max": ("max", 1, None),
    "ceil": ("ceil", 1, 1),
    "if": ("if", 3, 3),
}
"""Function name -> operation, fewest and most arguments."""

_BINARY: dict[str, tuple[int, Op]] = {
    ">": (1, "gt"),
    "<": (1, "gt"),
    ">=": (1, "gt"),
    "<=": (1, "gt"),
    "+": (2, "add"),
    "-": (2, "subtract"),
    "*": (3, "multiply"),
    "/": (3, "divide"),
}
_SPELLINGS = {"×": "*", "·": "*", "÷": "/", "−": "-", "≥": ">=", "≤": "<="}
_TOKEN = re.compile(rf"\s*(?:({NUMBER.pattern}\s*%?)|([^\W\d]\w*)|(>=|<=|[-+*/(),<>×·÷−≥≤])|(\S))")

_HINTS = {
    "=": "; compare with > or <",
    "!": "; compare with > or <",
    "^": "; there are no powers, growth is its own key",
    "$": "; no currency here, plain numbers only",
    "%": "; % stands right after a number, as in 8%",
}


def parse(text: str) -> Expression:
    """The tree of an expression such as `max(chunks * 1_200, 8%)`.

    Raises KplanError that names the character at which the text goes wrong.
    """
    if len(text) > MAX_CHARACTERS:
        raise KplanError(
            f"an expression of {len(text):,} characters; fewer than {MAX_CHARACTERS + 1:,} are allowed:"
            " name parts of it as params"
        )
    return _Parser(text).whole()


def names(expression: Expression) -> frozenset[str]:
    """Ids of all parameters the expression mentions."""
    return frozenset(node.id for node in walk(expression) if isinstance(node, Name))


def substituted(expression: Expression, arguments: Mapping[str, Expression]) -> Expression:
    """The expression with other expressions in place of some of its names."""
    if isinstance(expression, Name):
        return arguments.get(expression.id, expression)
    if isinstance(expression, Apply):
        return Apply(expression.op, tuple(substituted(arg, arguments) for arg in expression.args))
    if isinstance(expression, Random):
        given = ((key, substituted(value, arguments)) for key, value in expression.given)
        return replace(expression, given=tuple(given))
    return expression


def walk(expression: Expression) -> Iterator[Expression]:
    """Every node of the tree, parents before their arguments, left to right."""
    pending = [expression]
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, Apply):
            pending.extend(reversed(node.args))
        elif isinstance(node, Random):
            pending.extend(value for _, value in reversed(node.given))


class _Parser:
    """Precedence climbing over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_tokens(text))
        self.next = 0

    def whole(self) -> Expression:
        if not self.tokens:
            raise KplanError("an empty expression; write a number or arithmetic over params")
        tree, _ = self.binary(0, 0)
        if self.next < len(self.tokens):
            raise self.unexpected()
        return tree

    def binary(self, floor: int, nesting: int) -> tuple[Expression, int]:
        left, depth = self.unary(nesting)
        while (sign := self.peek()) in _BINARY and _BINARY[sign][0] > floor:
            self.next += 1
            level, op = _BINARY[sign]
            right, right_depth = self.binary(level, nesting + 1)
            left, depth = _applied(sign, op, left, right), self.deeper(max(depth, right_depth) + 1)
            if op == "gt" and self.peek() in ("<", ">", "<=", ">="):
                raise self.wrong("a comparison of a comparison; put one into if(...)")
        return left, depth

    def unary(self, nesting: int) -> tuple[Expression, int]:
        self.deeper(nesting)
        signs = 0
        while self.peek() in ("-", "+"):
            signs += self.peek() == "-"
            self.next += 1
        tree, depth = self.atom(nesting)
        if signs % 2:
            return _negated(tree), self.deeper(depth + 1)
        return tree, depth

    def atom(self, nesting: int) -> tuple[Expression, int]:
        if self.next == len(self.tokens):
            raise self.unexpected()
        kind, text, _ = self.tokens[self.next]
        if kind == "number":
            self.next += 1
            return Number(number(text)), 1
        if kind == "name":
            self.next += 1
            return self.call(text, nesting) if self.peek() == "(" else self.named(text)
        if text != "(":
            raise self.unexpected()
        self.next += 1
        tree, depth = self.binary(0, nesting + 1)
        self.expect(")")
        return tree, depth

    def named(self, text: str) -> tuple[Expression, int]:
        if text in FUNCTIONS:
            raise self.wrong(f"{text} is a function: write {text}(...)", self.next - 1)
        return Name(text), 1

    def call(self, name: str, nesting: int) -> tuple[Expression, int]:
        if name not in FUNCTIONS:
            raise self.wrong(
                f"no function `{clipped(name)}`; there are {', '.join(FUNCTIONS)}", self.next - 1
            )
        start = self.next - 1
        self.next += 1
        parts = [self.binary(0, nesting + 1)]
        while self.peek() == ",":
            self.next += 1
            parts.append(self.binary(0, nesting + 1))
        self.expect(")")
        op, fewest, most = FUNCTIONS[name]
        if len(parts) < fewest or (most is not None and len(parts) > most):
            raise self.wrong(f"{name}(...) takes {fewest} argument(s), not {len(parts)}", start)
        return Apply(op, tuple(tree for tree, _ in parts)), self.deeper(max(depth for _, depth in parts) + 1)

    def peek(self) -> str:
        return self.tokens[self.next][1] if self.next < len(self.tokens) else ""

    def expect(self, sign: str) -> None:
        if self.peek() != sign:
            raise self.unexpected()
        self.next += 1

    def deeper(self, depth: int) -> int:
        if depth > MAX_DEPTH:
            raise KplanError(
                f"an expression nested more than {MAX_DEPTH} operations deep: name parts of it as params"
            )
        return depth

    def unexpected(self) -> KplanError:
        if self.next < len(self.tokens):
            sign = self.tokens[self.next][1]
            return self.wrong(f"unexpected `{clipped(sign)}`{_HINTS.get(sign, '')}")
        if self.text.count("(") > self.text.count(")"):
            return KplanError(
                f"`{clipped(self.text)}` has a ( that is never closed; inside {{ }} or [ ] an expression"
                " with a comma must stand in quotes"
            )
        return KplanError(f"`{clipped(self.text)}` ends where a number or a name is missing")

    def wrong(self, what: str, token: int | None = None) -> KplanError:
        column = self.tokens[self.next if token is None else token][2] + 1
        return KplanError(f"{what} (character {column} of `{clipped(self.text)}`)")


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    for match in _TOKEN.finditer(text):
        kind = match.lastindex or 0
        token, start = match[kind], match.start(kind)
        yield ("", "number", "name", "sign", "stray")[kind], _SPELLINGS.get(token, token), start


def _applied(sign: str, op: Op, left: Expression, right: Expression) -> Expression:
    if sign in ("<", ">="):
        left, right = right, left
    tree = Apply(op, (left, right))
    return Apply("subtract", (Number(ONE), tree)) if sign in (">=", "<=") else tree


def _negated(tree: Expression) -> Expression:
    if isinstance(tree, Number):
        return Number(tree.value.copy_negate() if tree.value else tree.value)
    return Apply("negate", (tree,))
