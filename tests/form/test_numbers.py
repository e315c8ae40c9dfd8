"""Numbers as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kplan.errors import KplanError
from kplan.form.numbers import clipped, number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8", "8"),
        ("250_000", "250000"),
        ("8%", "0.08"),
        ("12.5 %", "0.125"),
        ("1e-6", "0.000001"),
        ("-3", "-3"),
        (".5", "0.5"),
        ("0.10", "0.1"),
        ("-0", "0"),
        ("1e100", "1e100"),
        ("9" * 60, "9" * 60),
        ("9" * 60 + "%", "9" * 58 + ".99"),
    ],
)
def test_exact_values(text: str, value: str) -> None:
    assert number(text) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    ["", "x", "1__0", "_1", "1_", "1_.5", "1e", "1.2.3", "0x10", "$3", "nan", "inf", "٣", "8%%", "1 000"],
)
def test_other_texts_are_no_numbers(text: str) -> None:
    with pytest.raises(KplanError, match="is not a number"):
        number(text)


@pytest.mark.parametrize(
    "text", ["1e101", "1e-101", "1e2000000", "1e-2000000", "1" + "0" * 101, "1e99999999999"]
)
def test_numbers_out_of_bounds(text: str) -> None:
    with pytest.raises(KplanError, match=r"out of bounds|too many digits"):
        number(text)


def test_sixty_digits_are_kept_and_no_more_are_taken() -> None:
    assert number("0." + "1" * 60) == Decimal("0." + "1" * 60)
    with pytest.raises(KplanError, match="too many digits"):
        number("0." + "1" * 61)


def test_clipped_text_is_short_and_plain() -> None:
    assert clipped("a\x1b[31m\n") == "a\\x1b[31m\\n"
    assert clipped("x" * 41) == "x" * 40 + "…"
    assert clipped("x" * 40) == "x" * 40
