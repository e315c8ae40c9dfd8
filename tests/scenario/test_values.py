"""Constants worked out exactly."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kplan.errors import KplanError
from kplan.form.expressions import parse
from kplan.scenario.values import CircleError, constant, order

VALUES = {"a": Decimal(7), "b": Decimal("0.5")}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a * b - 1", "2.5"),
        ("-a", "-7"),
        ("min(a, b, 1)", "0.5"),
        ("max(a, b, 1)", "7"),
        ("ceil(a / 2)", "4"),
        ("ceil(3.000000001)", "3"),
        ("ceil(3.0000000011)", "4"),
        ("a > 6.999999", "0"),
        ("a > 6.9999989", "1"),
        ("a >= 7", "1"),
        ("a <= 6.9", "0"),
        ("if(a > 0, b, 1 / 0)", "0.5"),
        ("if(0, 1 / 0, 3)", "3"),
    ],
)
def test_values(text: str, value: str) -> None:
    assert constant(parse(text), VALUES) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a / (b - 0.5)", "division by zero"),
        ("c", "no parameter `c`"),
        (" * ".join(["0." + "7" * 60] * 11), "too long or too large"),
    ],
)
def test_what_has_no_value(text: str, what: str) -> None:
    with pytest.raises(KplanError, match=what):
        constant(parse(text), VALUES)


@given(*[st.decimals(min_value=-(10**6), max_value=10**6, places=6) for _ in range(3)])
def test_sums_and_products_are_exact(a: Decimal, b: Decimal, c: Decimal) -> None:
    value = constant(parse("a * b - c * a + b"), {"a": a, "b": b, "c": c})
    assert Fraction(value) == Fraction(a) * Fraction(b) - Fraction(c) * Fraction(a) + Fraction(b)


def test_params_come_after_those_they_need() -> None:
    found = order({"a": parse("b + c"), "b": parse("c"), "c": parse("1")})
    assert found == ("c", "b", "a")
    with pytest.raises(CircleError, match="a → b → a"):
        order({"a": parse("b"), "b": parse("a")})


def test_a_long_chain_of_params_is_no_trouble() -> None:
    chain = {f"p{n}": parse(f"p{n - 1} + 1") for n in range(1, 5_000)} | {"p0": parse("1")}
    assert order(chain)[-1] == "p4999"
