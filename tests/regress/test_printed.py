"""Printed figures: what they say, and what their last digit leaves open."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kplan.errors import KplanError
from kplan.money import exact, rounded
from kplan.regress.printed import Printed


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("$0.0023", "0.0023", "0.0001"),
        ("$0.0041 amortized", "0.0041", "0.0001"),
        ("$0.0010", "0.0010", "0.0001"),
        (".0859", "0.0859", "0.0001"),
        ("31,125", "31125", "1"),
        ("$31,125/month", "31125", "1"),
        ("$1,234,567.8", "1234567.8", "0.1"),
        ("31 125 €", "31125", "1"),
        ("31\u202f125", "31125", "1"),
        ("250_000", "250000", "1"),
        ("250K", "250000", "1000"),
        ("1.2M", "1200000", "100000"),
        ("31.1k a month", "31100", "100"),
        ("42%", "0.42", "0.01"),
        ("42% more", "0.42", "0.01"),
        ("-6.2 %", "-0.062", "0.001"),
        ("-$5", "-5", "1"),
        ("$-5", "-5", "1"),
        ("−47.3%", "-0.473", "0.001"),
        ("–12", "-12", "1"),
        ("+80.4%", "0.804", "0.001"),
        ("US$5", "5", "1"),
        ("1.72x", "1.72", "0.01"),
        ("0", "0", "1"),
        ("$0.0000000000000000000000000000000000000001", "1e-40", "1e-40"),
    ],
)
def test_what_a_figure_says(text: str, value: str, unit: str) -> None:
    printed = Printed.of(text)
    assert (printed.value, printed.unit) == (Decimal(value), Decimal(unit))


@pytest.mark.parametrize(
    "text",
    ["4-8x", "1/10", "1/10th", "T1: $0.0023", "$5 per 1,000", "1,23", "1,2345", "12,345,67", "1.2.3", "1e-6"],
)
def test_more_than_one_number_is_not_guessed_at(text: str) -> None:
    with pytest.raises(KplanError, match=r"more than one number|no number can be read"):
        Printed.of(text)


@pytest.mark.parametrize("text", ["", "cheap", "10th", "H3", "²", "%"])
def test_no_number(text: str) -> None:
    with pytest.raises(KplanError, match="no number can be read"):
        Printed.of(text)


def test_a_number_too_long_to_compute_with() -> None:
    with pytest.raises(KplanError, match="too many digits"):
        Printed.of("0." + "1" * 61)


@pytest.mark.parametrize(
    ("text", "low", "high", "step"),
    [
        ("$0.0413", "0.04125", "0.04135", "1e-30"),
        ("31,125", "31124.5", "31125.5", "1e-30"),
        ("42%", "0.415", "0.425", "1e-30"),
        ("-6.2%", "-0.0625", "-0.0615", "1e-30"),
        ("250K", "249500", "250500", "1e-30"),
        ("0", "-0.5", "0.5", "1e-30"),
    ],
)
def test_half_a_unit_counts_in_both_directions_and_no_more(text: str, low: str, high: str, step: str) -> None:
    printed = Printed.of(text)
    with exact():
        assert printed.agrees(Decimal(low))
        assert printed.agrees(Decimal(high))
        assert not printed.agrees(Decimal(low) - Decimal(step))
        assert not printed.agrees(Decimal(high) + Decimal(step))


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=12), st.integers(0, 6))
def test_a_rounded_number_agrees_with_itself_and_not_two_units_on(value: Decimal, places: int) -> None:
    text = f"{rounded(value, places):,}"
    printed = Printed.of(text)
    with exact():
        assert printed.agrees(value)
        assert not printed.agrees(value + 2 * printed.unit)


@pytest.mark.parametrize(
    ("text", "value", "like", "off"),
    [
        ("$0.0028", "0.00265", "$0.00265", "-$0.00015"),
        ("$0.0068 amortized", "0.0034375", "$0.003438", "-$0.003363"),
        ("$0.0010", "0.0011", "$0.0011", "+$0.0001"),
        ("31,125", "31110.000000", "31,110", "-15"),
        ("42%", "0.72199170124", "72.2%", "+30.2 points"),
        ("-6%", "-0.061556", "-6.16%", "-0.16 points"),
        ("$0.0000087", "0.000008475", "$0.000008475", "-$0.000000225"),
        ("250K", "1234567", "1,234,567", "+984,567"),
    ],
)
def test_values_are_shown_in_the_figures_own_manner(text: str, value: str, like: str, off: str) -> None:
    printed = Printed.of(text)
    assert (printed.like(Decimal(value)), printed.off(Decimal(value))) == (like, off)
