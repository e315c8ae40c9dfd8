"""Usage is taken apart once: as the numeric conversion of `kplan price` does it, and whatever is left out."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kplan.errors import KplanError
from kplan.form.expressions import Expression, Name, Number, parse
from kplan.form.shown import show
from kplan.kinds.usage import Usage
from kplan.prices.meters import CACHE_WRITE, METERS, disjoint
from kplan.scenario.values import constant

KEYS = sorted((METERS.keys() | {CACHE_WRITE}) - {"cache_write_5m"})


@given(st.dictionaries(st.sampled_from(KEYS), st.integers(0, 1_000), max_size=8))
def test_as_numbers_are(totals: dict[str, int]) -> None:
    """Where the parts fit into wholes that are given; a missing whole is 0 there and nothing here."""
    counts = {meter: Decimal(n) for meter, n in totals.items()}
    whole: dict[str, Decimal] = {"input": Decimal(10**5), "output": Decimal(10**5), **counts}
    whole |= {"page": Decimal(10**4), "second": Decimal(10**4)}
    whole |= {"input": Decimal(10**5), "output": Decimal(10**5), "cache_read": Decimal(3_000)}
    whole |= {CACHE_WRITE: Decimal(3_000)}
    said: Mapping[str, Expression] = {meter: Number(n) for meter, n in whole.items()}
    found = {meter: constant(units, {}) for meter, units in Usage(said).buckets.items()}
    assert found == disjoint(whole)
    assert sum(n for meter, n in found.items() if METERS[meter].family == "input") == 10**5


def test_a_part_without_its_nearest_whole_is_part_of_the_next() -> None:
    totals = {"input": Name("i"), "cache_read_audio": Name("a"), "cache_write_1h": Name("h")}
    assert {meter: show(units) for meter, units in Usage(totals).buckets.items()} == {
        "input": "i - a - h", "cache_read_audio": "a", "cache_write_1h": "h",
    }  # fmt: skip


def test_a_part_without_any_whole_stands_alone() -> None:
    assert dict(Usage({"image_out": parse("40"), "their_own": parse("2")}).buckets) == {
        "image_out": parse("40"), "their_own": parse("2"),
    }  # fmt: skip


def test_buckets_cannot_be_given() -> None:
    with pytest.raises(TypeError):
        Usage({}, buckets={"input": parse("1")})  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Usage({"input": parse("1")}).buckets["cache_read"] = parse("1")  # type: ignore[index]


def test_numbers_and_expressions_refuse_the_same_overdraft() -> None:
    with pytest.raises(KplanError):
        disjoint({"output": Decimal(1), "reasoning": Decimal(2)})
    left = Usage({"output": parse("1"), "reasoning": parse("2")}).buckets["output"]
    assert constant(left, {}) == -1
