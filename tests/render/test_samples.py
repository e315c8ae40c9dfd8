"""Figures from draws are printed to the digits that are known of them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kplan.engine.montecarlo.found import Estimate
from kplan.render.samples import with_error


@pytest.mark.parametrize(
    ("value", "off", "printed"),
    [
        ("0.0460096019", "0.000024", "$0.046010 ± 0.000024"),
        ("0.0460096019", "0.000084", "$0.04601 ± 0.00008"),
        ("0.0021951", "0.0000007", "$0.0021951 ± 0.0000007"),
        ("-0.0039820950649", "0.0000061", "-$0.003982 ± 0.000006"),
        ("1234.5", "12.3", "$1,235 ± 12"),
        ("0.0126", "0", "$0.01260"),
        ("-0.0126", "0", "-$0.01260"),
    ],
)
def test_a_mean_with_its_error(value: str, off: str, printed: str) -> None:
    middle, error = Decimal(value), Decimal(off)
    assert with_error(Estimate(middle, middle - error, middle + error)) == printed
