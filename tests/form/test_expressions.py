"""The grammar of expressions: what it reads, how it prints, where it stops."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kplan.errors import KplanError
from kplan.form.expressions import Apply, Expression, Name, Number, names, parse
from kplan.form.shown import show

A, B, C = Name("a"), Name("b"), Name("c")
ONE, TWO = Number(Decimal(1)), Number(Decimal(2))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("8%", Number(Decimal("0.08"))),
        ("-2", Number(Decimal(-2))),
        ("--2", TWO),
        ("-a", Apply("negate", (A,))),
        ("a + b * c", Apply("add", (A, Apply("multiply", (B, C))))),
        ("(a + b) * c", Apply("multiply", (Apply("add", (A, B)), C))),
        ("a - b - c", Apply("subtract", (Apply("subtract", (A, B)), C))),
        ("a / b / c", Apply("divide", (Apply("divide", (A, B)), C))),
        ("a × b ÷ c − 1", parse("a * b / c - 1")),
        ("max(a, b, 2)", Apply("max", (A, B, TWO))),
        ("ceil(a / 2)", Apply("ceil", (Apply("divide", (A, TWO)),))),
        ("if(a > b, 1, 2)", Apply("if", (Apply("gt", (A, B)), ONE, TWO))),
        ("a < b", Apply("gt", (B, A))),
        ("a >= b", Apply("subtract", (ONE, Apply("gt", (B, A))))),
        ("a <= b", Apply("subtract", (ONE, Apply("gt", (A, B))))),
        ("a ≥ b", parse("a >= b")),
        ("a > b + 1", Apply("gt", (A, Apply("add", (B, ONE))))),
        ("-a * b", Apply("multiply", (Apply("negate", (A,)), B))),
        (" chunks*\n1_200 ", Apply("multiply", (Name("chunks"), Number(Decimal(1200))))),
    ],
)
def test_trees(text: str, tree: Expression) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "an empty expression"),
        ("a +", "ends where a number or a name is missing"),
        ("(a", "never closed"),
        ("a)", r"unexpected `\)` \(character 2"),
        ("a b", r"unexpected `b` \(character 3"),
        ("8 tokens", r"unexpected `tokens` \(character 3"),
        ("a = b", "compare with > or <"),
        ("a ** 2", "unexpected `[*]`"),
        ("a ^ 2", "there are no powers"),
        ("a % b", "% stands right after a number"),
        ("a < b < c", "a comparison of a comparison"),
        ("sum(a)", "no function `sum`; there are min, max, ceil, if"),
        ("max + 1", r"max is a function: write max\(...\)"),
        ("if(a, b)", r"if\(...\) takes 3 argument\(s\), not 2"),
        ("ceil(a, b)", r"ceil\(...\) takes 1 argument\(s\), not 2"),
        ("max()", r"unexpected `\)`"),
        ("1e500", "out of bounds"),
        ("import os", "unexpected `os`"),
        ("a.b", "unexpected `[.]`"),
    ],
)
def test_what_is_wrong_and_where(text: str, what: str) -> None:
    with pytest.raises(KplanError, match=what):
        parse(text)


@pytest.mark.parametrize("text", ["({})", "-({})", "1 + ({})", "max(1, {})", "{} - 1", "if(1, {}, 2)"])
def test_depth_is_bounded(text: str) -> None:
    nested = "a"
    for _ in range(150):
        nested = text.format(nested)
    with pytest.raises(KplanError, match="nested more than 100"):
        parse(nested)


def test_a_hundred_operations_deep_is_fine() -> None:
    assert names(parse(" + ".join(["a"] * 100))) == {"a"}
    with pytest.raises(KplanError, match="nested more than 100"):
        parse(" + ".join(["a"] * 101))


def test_length_is_bounded_pairwise() -> None:
    assert parse("1" + " " * 9_998) == ONE
    with pytest.raises(KplanError, match="10,000 characters"):
        parse("1" + " " * 9_999)


NUMBERS = st.decimals(min_value=0, max_value=10**9, places=4).map(Number)
TREES: st.SearchStrategy[Expression] = st.recursive(
    NUMBERS | st.sampled_from([A, B, Name("chunk_tokens"), Name("größe")]),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["add", "subtract", "multiply", "divide", "gt"]), st.tuples(inner, inner)),
        st.tuples(st.sampled_from(["min", "max"]), st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.tuples(st.just("ceil"), st.tuples(inner)),
        st.tuples(st.just("negate"), st.tuples(inner.filter(lambda tree: not isinstance(tree, Number)))),
        st.tuples(st.just("if"), st.tuples(inner, inner, inner)),
    ).map(lambda pair: Apply(*pair)),
    max_leaves=20,
)


@given(TREES)
def test_printed_trees_parse_to_themselves(tree: Expression) -> None:
    assert parse(show(tree)) == tree


@given(st.text(alphabet="ab12.,%()+-*/<>=× _emaxinfcl", max_size=60))
def test_any_text_parses_or_is_refused(text: str) -> None:
    try:
        tree = parse(text)
    except KplanError:
        return
    assert parse(show(tree)) == tree
