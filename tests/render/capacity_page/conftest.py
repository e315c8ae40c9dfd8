"""Studies of small scenarios, and their pages taken apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kplan.capacity.loaded.scene import Effort
from kplan.capacity.study import Study, study
from kplan.regress.run import books_of, run

OWN = """\
provider: anthropic
checked_on: 2026-10-01
source: the console
source_url: https://example.com/limits
limits:
  - {models: [claude-haiku-4-5], tier: Small, input: 500_000, requests: 10_000}
"""
SCENARIO = """\
name: Drafts
volume: {queries_per_day: 144_000, growth_per_month: 10%}
months: 2027-01..2027-06
traffic: {week: office-hours, peak_factor: 1.5}
limits: {accounts: {anthropic: Small}, book: own.yaml}
stages:
  draft: {input: 1_000, output: 200}
designs: {plain: claude-haiku-4-5, short: {extends: plain, stages: {draft: {input: 400}}}}
singles: false
"""
Studied = Callable[..., Study]


@pytest.fixture
def studied(tmp_path: Path) -> Studied:
    """`studied(SCENARIO, own=OWN)`: what `kplan capacity` finds."""

    def made(text: str = SCENARIO, own: str = OWN) -> Study:
        (tmp_path / "own.yaml").write_text(own, encoding="utf-8")
        path = tmp_path / "s.kplan.yaml"
        path.write_text(text, encoding="utf-8")
        results = run(path)
        books = books_of({plan.variant: plan.scenario for plan in results.plans})
        return study(results, books, Effort(queries=400))

    return made
