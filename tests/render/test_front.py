"""The front, by hand and by its laws."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kplan.render.front import on_front

MEASURED = st.lists(st.tuples(st.integers(0, 9).map(Decimal), st.integers(0, 9).map(Decimal)), min_size=1)


def test_by_hand() -> None:
    points = [(1, 9), (2, 5), (2, 6), (3, 5), (4, 1), (4, 1), (9, 1)]
    found = on_front([(Decimal(cost), Decimal(other)) for cost, other in points])
    assert found == [True, True, False, False, True, True, False]


@given(MEASURED)
def test_the_front_falls_as_costs_rise_and_the_rest_lies_behind_it(
    designs: list[tuple[Decimal, Decimal]],
) -> None:
    found = on_front(designs)
    front = sorted({each for each, is_best in zip(designs, found, strict=True) if is_best})
    assert front
    assert [other for _, other in front] == sorted({other for _, other in front}, reverse=True)
    for each, is_best in zip(designs, found, strict=True):
        assert is_best or any(best[0] <= each[0] and best[1] <= each[1] for best in front)
