"""Models that are built on their first use: when that is, what they refuse and how they are described."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kplan.kinds.on_use import OneOf, OnUse
from kplan.scenario.schema import json_schema

SIMULATOR = Path(__file__).parents[2] / "simulator"

BUILT = """
import json, sys
from pathlib import Path
from pydantic import BaseModel
from kplan.scenario.load import load_scenario

def built(model):
    below = {name for each in model.__subclasses__() for name in built(each)}
    is_ours = model.__module__.startswith("kplan.") and model.__pydantic_complete__
    return below | {model.__name__} if is_ours else below

imported = sorted(built(BaseModel))
load_scenario(Path(sys.argv[1]))
print(json.dumps([imported, sorted(built(BaseModel))]))
"""


def models() -> tuple[type[BaseModel], type[BaseModel], type[BaseModel]]:
    """Two models, and one around them."""

    class Left(BaseModel):
        model_config = ConfigDict(extra="forbid", defer_build=True)
        units: int = Field(description="How many.")

    class Right(BaseModel):
        model_config = ConfigDict(extra="forbid", defer_build=True)
        side: str

    def side(written: object) -> str:
        return str(written.get("side", "left")) if isinstance(written, dict) else "left"

    class Around(BaseModel):
        one: OnUse[Left] | None = None  # type: ignore[valid-type]  # a local class
        many: dict[str, Annotated[BaseModel, OneOf({"left": Left, "right": Right}, side)]] = {}

    Around.model_rebuild(_types_namespace=locals() | globals())
    return Left, Right, Around


def test_a_model_is_built_when_a_value_of_it_is_read() -> None:
    left, right, around = models()
    around.model_validate({})
    assert not left.__pydantic_complete__
    assert not right.__pydantic_complete__
    read = around.model_validate({"one": {"units": "3"}})
    assert read.model_dump() == {"one": {"units": 3}, "many": {}}
    assert left.__pydantic_complete__
    assert not right.__pydantic_complete__
    assert type(around.model_validate({"many": {"a": {"side": "right"}}}).many["a"]) is right  # type: ignore[attr-defined]
    assert around.model_validate({"one": read.one}).one is read.one  # type: ignore[attr-defined]


def test_all_that_is_refused_is_told_with_its_place() -> None:
    _, _, around = models()
    many = {"a": {"units": "x"}, "b": {"side": "right", "more": 1}, "c": {"side": "up"}}
    with pytest.raises(ValidationError) as refused:
        around.model_validate({"one": {}, "many": many})
    assert [(each["type"], each["loc"]) for each in refused.value.errors()] == [
        ("missing", ("one", "units")),
        ("int_parsing", ("many", "a", "units")),
        ("extra_forbidden", ("many", "b", "more")),
        ("union_tag_invalid", ("many", "c")),
    ]


def test_the_schema_describes_models_that_no_value_was_read_of() -> None:
    schema = models()[-1].model_json_schema()
    assert {name: [*each["properties"]] for name, each in schema["$defs"].items()} == {
        "Left": ["units"],
        "Right": ["side"],
    }
    assert schema["properties"]["one"]["anyOf"][0] == {"$ref": "#/$defs/Left"}
    choice = schema["properties"]["many"]["additionalProperties"]
    assert choice["anyOf"] == [{"$ref": "#/$defs/Left"}, {"$ref": "#/$defs/Right"}]


def test_imports_build_no_model_and_a_scenario_those_that_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "small.kplan.yaml"
    path.write_text("""\
volume: 1_000/month
stages: {search: {kind: embed, model: m, tokens: 9}, answer: {input: 9, output: 1}}
designs: {d: m}
checks: [{metric: d.per_month, max: $9}]
""")
    environment = {**os.environ, "PYTHONPATH": str(SIMULATOR)}
    done = subprocess.run(
        [sys.executable, "-c", BUILT, str(path)], capture_output=True, text=True, check=True, env=environment
    )
    used = ["Call", "Check", "Design", "Embed", "Prices", "Scenario"]
    assert json.loads(done.stdout) == [[], used], "models say defer_build=True, sections OnUse[...]"


def test_every_map_of_a_scenario_has_a_name_of_its_own_in_the_schema() -> None:
    definitions = json_schema()["$defs"]
    assert {"Call", "SecondPass", "StageChange", "Design", "QueryClass", "Claim", "Check"} <= set(definitions)
