"""The two Azure traces of 2023, where they are at hand, and the figures that were measured on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kplan.capacity.trace import Trace, read_trace

SHARED = Path(__file__).parents[3] / "shared" / "data" / "traces"


def azure(name: str) -> Trace:
    path = SHARED / f"AzureLLMInferenceTrace_{name}.csv"
    if not path.is_file():
        pytest.skip("the published traces are not here")
    return read_trace(path.read_bytes(), path.name)
