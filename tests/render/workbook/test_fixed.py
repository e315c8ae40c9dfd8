"""What the hidden map says of cells that are not to be edited fits into cells, and nothing of it is lost."""

from __future__ import annotations

import json

import pytest

from kplan.render.workbook.fixed import MAX_CHARACTERS, _together


@pytest.mark.parametrize(
    ("lengths", "n_cells"),
    [([], 0), ([5], 1), ([MAX_CHARACTERS - 1], 1), ([9_000] * 7, 3), ([MAX_CHARACTERS // 2] * 2, 2)],
)
def test_texts_are_told_together_as_far_as_a_cell_holds_them(lengths: list[int], n_cells: int) -> None:
    texts = [json.dumps("x" * (length - 2)) for length in lengths]
    cells = list(_together(texts))
    assert [text for cell in cells for text in json.loads(cell)] == [json.loads(text) for text in texts]
    assert all(len(cell) <= MAX_CHARACTERS + 2 for cell in cells)
    assert len(cells) == n_cells
