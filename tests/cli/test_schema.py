"""`kplan schema`"""

from __future__ import annotations

import json

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
