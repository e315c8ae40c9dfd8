"""`kplan demo` fits one old terminal and touches no file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len


@pytest.mark.parametrize("columns", ["", "80", "200"])
def test_one_screen(
    kplan: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    before = sorted(tmp_path.iterdir())
    ran = kplan("demo")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert len(lines) <= 24
    assert max(map(cell_len, lines)) <= 80
    assert lines[0].startswith("stratified costs $")
    assert "kplan init" in lines[-1]
    assert sorted(tmp_path.iterdir()) == before
