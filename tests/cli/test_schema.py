"""`kplan schema`"""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from kplan.cli.schema import schema


def test_the_schema_is_json() -> None:
    result = CliRunner().invoke(schema)
    assert result.exit_code == 0
    printed = json.loads(result.stdout)
    assert printed["$schema"].startswith("https://json-schema.org/")
    assert "volume" in printed["properties"]


def test_the_schema_has_quality() -> None:
    printed = json.loads(CliRunner().invoke(schema).stdout)
    assert {"tiers", "quality"} <= printed["properties"].keys()
    second = printed["$defs"]["SecondPass"]["properties"]
    assert {"check", "joint", "corrects", "floor"} <= second.keys()
    assert "catches_wrong" in json.dumps(second["check"])
    assert {"measured", "end_to_end", "assume", "wrong_answer"} <= printed["$defs"]["Quality"][
        "properties"
    ].keys()


NESTED = """
volume: 1_000/month
stages:
  agent:
    kind: loop
    turns: 3
    cache: 5m
    stages:
      think: {input: 120, output: 180}
      pick:
        kind: route
        shares: {small: 70%, large: 30%}
        stages:
          small: {input: 1, output: 1}
          large: {kind: retry, attempts: 2, failure: 5%, stages: {try: {input: 1, output: 1}}}
designs: {d: {models: {default: m}, stages: {agent: null, more: {kind: steps, stages: {a: {like: think}}}}}}
"""


@pytest.fixture(scope="module")
def validator() -> Any:
    library = pytest.importorskip("jsonschema")
    found = library.Draft202012Validator(json.loads(CliRunner().invoke(schema).stdout))
    found.check_schema(found.schema)
    return found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("{try: {input: 1, output: 1}}", "{try: {inptu: 1, output: 1}}"),
        ("shares: {small: 70%, large: 30%}", "shares: [small, large]"),
        ("kind: retry", "kind: retries"),
        ("attempts: 2", "attempts: 21"),
    ],
    ids=["right", "misspelt two blocks deep", "a list for a map", "no such kind", "too many"],
)
def test_the_schema_reads_blocks_in_blocks(validator: Any, old: str, new: str) -> None:
    """An editor that checks against it takes a nested file, and marks a mistake however deep it stands."""
    assert validator.is_valid(yaml.safe_load(NESTED.replace(old, new) if old else NESTED)) is not bool(old)
