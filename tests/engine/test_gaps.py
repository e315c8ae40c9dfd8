"""What a bill does not hold: a thing is missing only if no written design of any variant has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import simulated

TEXT = "volume: 1/month\nstages: {a: {input: 100, output: 10}}\ndesigns: {x: haiku}\n"
ALL = ("embedding", "vector store", "retries", "prompt caching", "fixed costs")


def test_a_bare_pipeline_misses_everything(tmp_path: Path) -> None:
    assert simulated(tmp_path, TEXT).not_included == ALL


@pytest.mark.parametrize(
    ("old", "new", "gone"),
    [
        ("volume: 1/month\n", "volume: 1/month\nfixed: {rent: $5/month}\n", {"fixed costs"}),
        (
            "volume: 1/month\n",
            "volume: 1/month\nfixed: {Vector DB: $5/month}\n",
            {"fixed costs", "vector store"},
        ),
        ("{x: haiku}", "{x: {models: {default: haiku}, stages: {a: {cached: 50%}}}}", {"prompt caching"}),
        (
            "{x: haiku}",
            "{x: {models: {default: haiku}, stages: {a: {cache_write: 5%, cache_write_1h: 5%}}}}",
            {"prompt caching"},
        ),
        ("{x: haiku}", "{x: {models: {default: haiku}, stages: {a: {retries: 2%}}}}", {"retries"}),
        (
            "{a: {input: 100, output: 10}}",
            "{again: {kind: retry, failure: 2%, stages: {a: {input: 100, output: 10}}}}",
            {"retries"},
        ),
        ("{a: {", "{embed: {input: 5, output: 0}, a: {", {"embedding"}),
    ],
)
def test_what_is_stated_anywhere_is_not_missing(tmp_path: Path, old: str, new: str, gone: set[str]) -> None:
    missing = simulated(tmp_path, TEXT.replace(old, new)).not_included
    assert set(ALL) - set(missing) == gone
