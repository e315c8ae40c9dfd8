"""How many digits an amount is printed with, at every boundary of the rule."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kplan.amounts import money, per_1000
from kplan.ranges import Interval, allowed, per_1000_within, share_within, step, within


def between(low: str, high: str) -> Interval:
    return Interval(Decimal(low), (Decimal(low) + Decimal(high)) / 2, Decimal(high))


@pytest.mark.parametrize(
    ("width", "last"),
    [
        ("100", "10"),
        ("354", "10"),
        ("354.9", "10"),
        ("355", "100"),
        ("949", "100"),
        ("950", "100"),
        ("999", "100"),
        ("1000", "100"),
        ("0.0354", "0.001"),
        ("0.0355", "0.01"),
    ],
)
def test_one_or_two_digits_of_the_width(width: str, last: str) -> None:
    """The Particle Data Group's examples: 0.827 +- 0.119 is 0.83 +- 0.12, 0.827 +- 0.367 is 0.8 +- 0.4."""
    assert step(Decimal(width)) == Decimal(last)


def test_the_groups_own_examples() -> None:
    assert Decimal("0.827").quantize(step(Decimal("0.119"))) == Decimal("0.83")
    assert Decimal("0.827").quantize(step(Decimal("0.367"))) == Decimal("0.8")


@pytest.mark.parametrize(
    ("usd", "low", "high", "said"),
    [
        ("12345", "9000", "16000", "$12k ($9k–$16k)"),
        ("12345", "12345", "12345", "$12,345"),
        ("12345", "11000", "14549", "$12.3k ($11.0k–$14.5k)"),
        ("12345", "11000", "14550", "$12k ($11k–$15k)"),
        ("12345", "12340", "12350", "$12,345 ($12,340–$12,350)"),
        ("999600", "800000", "1400000", "$1.0M ($0.8M–$1.4M)"),
        ("1234567", "1170000", "1290000", "$1.23M ($1.17M–$1.29M)"),
        ("908", "600", "1300", "$900 ($600–$1,300)"),
        ("4.153", "3.9", "4.6", "$4.2 ($3.9–$4.6)"),
        ("0.00421", "0.0038", "0.0051", "$0.0042 ($0.0038–$0.0051)"),
        ("-12345", "-16000", "-9000", "-$12k (-$16k to -$9k)"),
        ("0", "-500", "400", "$0 (-$500–$400)"),
        ("12345", "900", "1600000", "$12k ($1k–$1,600k)"),
        ("36900", "24141", "61925", "$37k ($24k–$62k)"),
        ("49999", "30000", "70000", "$50k ($30k–$70k)"),
        ("50000", "30000", "70000", "$50k ($30k–$70k)"),
        ("54321", "30000", "70000", "$50k ($30k–$70k)"),
        ("2500000000", "2000000000", "3900000000", "$2.5bn ($2.0bn–$3.9bn)"),
    ],
)
def test_an_amount_with_its_range(usd: str, low: str, high: str, said: str) -> None:
    assert within(Decimal(usd), between(low, high)) == said
    assert allowed(Decimal(usd), between(low, high)) == said.partition(" (")[0]


def test_without_a_range_an_amount_is_printed_as_ever() -> None:
    usd = Decimal("12345.67")
    assert within(usd, None) == allowed(usd, None) == money(usd)
    assert within(usd, None, per_1000) == per_1000(usd)


def test_a_thousand_queries() -> None:
    assert per_1000_within(Decimal("0.034893"), between("0.030", "0.041")) == "$35 ($30–$41)"
    assert per_1000_within(Decimal("0.034893"), between("0.0348", "0.0350")) == "$34.89 ($34.80–$35.00)"
    assert per_1000_within(Decimal("0.034893"), None) == "$34.89"


@pytest.mark.parametrize(
    ("part", "low", "high", "said"),
    [
        ("0.5072", "0.42", "0.55", "51% (42–55%)"),
        ("0.5072", "0.505", "0.509", "51% (51–51%)"),
        ("0.5072", "0.2", "0.9", "50% (20–90%)"),
        ("0.5072", "0.5072", "0.5072", "51%"),
        ("-0.07", "-0.1", "-0.04", "-7% (-10 to -4%)"),
        ("-0.07", "-0.1", "0.04", "-7% (-10–4%)"),
    ],
)
def test_a_share_with_its_range(part: str, low: str, high: str, said: str) -> None:
    assert share_within(Decimal(part), between(low, high)) == said


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_no_amount_is_moved_by_more_than_a_tenth(usd: int, width: int) -> None:
    """However wide its range: $36,900 is not $40k, beside a month of $3.1k and a design of $39,300."""
    said = allowed(Decimal(usd), Interval(Decimal(0), Decimal(0), Decimal(width)), lambda each: f"${each}")
    number, unit = said[1:].replace(",", ""), {"k": 3, "M": 6, "b": 9}
    shown = Decimal(number.rstrip("kMbn")).scaleb(next((n for end, n in unit.items() if end in said), 0))
    assert abs(shown - usd) * 10 <= usd


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_the_last_digit_printed_is_worth_a_tenth_of_the_width_or_more(usd: int, width: int) -> None:
    """No digit is worth less than 1/36 of P90 - P10, unless it is one of the amount's first two."""
    last = step(Decimal(width))
    assert last * 36 > width
    assert last <= width
    said = allowed(Decimal(usd), Interval(Decimal(0), Decimal(0), Decimal(width)))
    assert said.startswith("$")
    assert len([digit for digit in said if digit.isdigit()]) <= len(str(usd)) + 1
