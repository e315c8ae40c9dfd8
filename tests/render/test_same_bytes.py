"""The same input gives the same bytes in every format, whatever Python's hashes are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from kplan.render import WRITERS

ROOT = Path(__file__).parents[2]
HASHES = """
import json, sys
from hashlib import sha256
from kplan.regress.run import run
from kplan.render import WRITERS, render
results = run(sys.argv[1], variants="all")
print(json.dumps({name: sha256(render(name, results)).hexdigest() for name in WRITERS}))
"""
SCENARIO = """
volume: {queries_per_month: 250_000, growth_per_month: 3%}
months: 2026-11..2027-04
params: {chunks: 8, chunk_tokens: 1_200}
stages:
  read:  {input: chunks * chunk_tokens, output: 200}
  write: {input: 900, output: 650, cached: 20%}
mix:
  easy: {share: 60%, params: {chunks: 2}}
  hard: {share: 30%}
  rest: {share: 10%, stages: {read: null}}
designs:
  one: gemini-3.8-flash
  two:
    models: {default: claude-haiku-5-5, write: {claude-opus-5-5: 40%, claude-sonnet-5-5: 60%}}
    stages: {again: {chance: 8%, like: write, after: write}}
fixed: {vector store: $50/month, logs: $5/month}
contingency: 10%
budget: $2_000/month
tags: {team: search, unit: docs}
claims: [{id: a, printed: 1, figure: one@busy.total}]
variants: {busy: {volume: {queries_per_month: 500_000}}, calm: {contingency: 0%}}
"""


def hashes(path: Path, seed: str) -> dict[str, str]:
    """sha256 of the scenario in each format, from a process of its own."""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "simulator"), "PYTHONHASHSEED": seed}
    ran = subprocess.run([sys.executable, "-c", HASHES, path], env=env, capture_output=True, check=True)
    found: dict[str, str] = json.loads(ran.stdout)
    return found


def test_same_bytes_in_every_format(tmp_path: Path) -> None:
    path = tmp_path / "mixed.kplan.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    first = hashes(path, "1")
    assert list(first) == list(WRITERS)
    assert [hashes(path, seed) for seed in "234"] == [first] * 3
