"""Scenarios of any size, for tests and benches."""

from __future__ import annotations

from collections.abc import Sequence

OF_TESTS = ("haiku", "sonnet", "opus")
"""Models of the tests' own price book."""


def many(n_designs: int, n_stages: int, months: int, models: Sequence[str] = OF_TESTS) -> str:
    """A scenario of this size: each design runs on one of three models, but for one stage on the next one."""
    stages = [f"  stage-{n}: {{input: {1000 + 400 * n}, output: {50 + 10 * n}}}" for n in range(n_stages)]
    designs = [
        f"  design-{d}: {{models: {{default: {models[d % 3]}, stage-{d // 3}: {models[(d + 1) % 3]}}}}}"
        for d in range(n_designs)
    ]
    head = (
        f"volume: {{queries_per_month: 250_000, start: 2026-12, months: {months}}}\nbudget: $20_000/month\n"
    )
    return "\n".join([head + "stages:", *stages, "designs:", *designs, ""])
