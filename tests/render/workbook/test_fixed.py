"""What the hidden map says of cells that are not to be edited fits into cells, and nothing of it is lost."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from kplan.render.workbook import fixed
from kplan.render.workbook.fixed import MAX_CHARACTERS, _together, lines


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


def test_every_text_of_a_sheet_is_told_however_many_cells_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixed, "MAX_CHARACTERS", 40)
    sheet = SimpleNamespace(formulas=[(0, 5)], constants={(n, 0): f"text {n}" for n in range(9)})
    found = list(lines({"Sheet": sheet}, set()))  # type: ignore[dict-item]
    assert len(found) > 2
    told = {span: what for kind, _, cells in found if kind == "text" for what, span in json.loads(cells)}
    assert told == {f"A{n + 1}": f"text {n}" for n in range(9)}
