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
