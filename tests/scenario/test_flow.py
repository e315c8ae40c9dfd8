"""What a query goes through: order, layers, likeness, and which model each stage gets."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from kplan.errors import KplanError
from kplan.form.shown import show
from kplan.places import folder
from kplan.scenario.flow import laid_out, stages_of
from kplan.scenario.load import load_scenario
from kplan.scenario.model import Scenario

HEAD = "volume: 1_000/month\n"


def laid(scenario: Scenario, design: str, query_class: str = "all") -> dict[str, str]:
    """Models and numbers of each stage, in order."""
    return {
        placed.id: " ".join(
            [
                "+".join(ref for ref, _ in placed.models),
                *(f"{name}={show(value)}" for name, value in placed.expressions.items() if name in SHOWN),
            ]
        )
        for placed in stages_of(scenario, design, query_class)
    }


SHOWN = ("input", "output", "chance")


def test_scenario_a() -> None:
    scenario = load_scenario(folder("scenarios") / "rag.kplan.yaml")
    assert laid(scenario, "stratified") == {
        "expand": "claude-haiku-5-5 input=180 output=120",
        "rerank": "claude-haiku-5-5 input=9600 output=200",
        "synthesize": "claude-sonnet-5-5 input=10500 output=650",
        "verify": "claude-haiku-5-5 input=11200 output=30",
        "second_pass": "claude-opus-5-5 input=11350 output=650 chance=0.08",
        "cite": "claude-haiku-5-5 input=900 output=700",
    }
    assert list(laid(scenario, "all-sonnet")) == ["expand", "rerank", "synthesize", "verify", "cite"]


def test_scenario_b() -> None:
    scenario = load_scenario(folder("scenarios") / "support.kplan.yaml")
    placed = stages_of(scenario, "stay", "all")
    assert [(stage.id, stage.models) for stage in placed] == [
        ("triage", (("gemini-3.8-flash", Decimal(1)),)),
        ("answer", (("gemini-3.8-flash", Decimal(1)),)),
    ]
    assert show(placed[1].expressions["cached"]) == "0.60"
    assert scenario.budget == 2_000
    assert {stage.kind for stage in placed} == {"call"}


STAGES = "stages:\n  a: {input: 1, output: 1}\n  b: {input: 2, output: 2, model: pin}\n"


def test_precedence_of_models(load) -> None:
    """class > design's models > design's stage > pin > default"""
    scenario = load(
        HEAD
        + "mix: {x: 50%, y: {share: 50%, stages: {b: {model: of-class}}}}\n"
        + STAGES
        + """\
designs:
  pinned: {models: {default: d}}
  staged: {models: {default: d}, stages: {b: {model: of-stage}}}
  named: {models: {default: d, b: of-models}, stages: {b: {model: of-stage}}}
  split: {models: {default: d, b: {x: of-x}}}
  child: {extends: named, models: {default: e}}
  grandchild: {extends: child, stages: {b: {model: own}}}
"""
    )

    def models(design: str, query_class: str = "x") -> list[str]:
        return [stage.models[0][0] for stage in stages_of(scenario, design, query_class)]

    assert models("pinned") == ["d", "pin"]
    assert models("staged") == ["d", "of-stage"]
    assert models("named") == ["d", "of-models"]
    assert models("split") == ["d", "of-x"]
    assert models("child") == ["e", "of-models"]
    assert models("grandchild") == ["e", "own"]
    assert {tuple(models(design, "y")) for design in scenario.designs} == {
        ("d", "of-class"),
        ("e", "of-class"),
    }


def test_a_choice_by_class_falls_through_to_the_pin(load) -> None:
    scenario = load(
        HEAD + "mix: {x: 50%, y: 50%}\n" + STAGES + "designs: {d: {models: {default: m, b: {x: of-x}}}}\n"
    )
    assert [stage.models[0][0] for stage in stages_of(scenario, "d", "y")] == ["m", "pin"]


def test_designs_inherit_stages(load) -> None:
    scenario = load(
        HEAD
        + STAGES
        + """\
designs:
  one: {models: {default: m}, stages: {a: {output: 9}, c: {after: a, like: b, chance: 5%}}}
  two: {extends: one, stages: {a: {input: 7}, b: null, c: {like: a}}}
"""
    )
    assert laid(scenario, "one") == {
        "a": "m input=1 output=9",
        "c": "m input=2 output=2 chance=0.05",
        "b": "pin input=2 output=2",
    }
    assert laid(scenario, "two") == {"a": "m input=7 output=9", "c": "m input=7 output=9 chance=0.05"}


def test_like_takes_what_the_class_changed(load) -> None:
    scenario = load(
        HEAD
        + "params: {n: 3, m: n * 2}\n"
        + "mix: {x: 50%, y: {share: 50%, params: {n: 4}, stages: {a: {output: 1_200, cached: 30%}}}}\n"
        + "stages: {a: {input: m, output: 1}, b: {like: a, calls: 2}, c: {like: b, output: 5}}\n"
        + "designs: {d: model}\n"
    )
    by_id = {stage.id: stage.expressions for stage in stages_of(scenario, "d", "y")}
    assert show(by_id["b"]["output"]) == "1200"
    assert show(by_id["b"]["cached"]) == "0.30"
    assert {name: show(by_id["c"][name]) for name in ("input", "output", "calls")} == {
        "input": "m",
        "output": "5",
        "calls": "2",
    }
    assert show(stages_of(scenario, "d", "x")[1].expressions["output"]) == "1"


def test_like_copies_neither_model_nor_chance_nor_after(load) -> None:
    scenario = load(
        HEAD
        + "stages: {z: {input: 1, output: 1}, b: {like: a}, a: {input: 1, output: 1, chance: 5%,"
        + " after: z, model: pin, mode: batch, region: eu}}\ndesigns: {d: m}\n"
    )
    like = stages_of(scenario, "d", "all")[-1]
    assert (like.id, like.chance, like.models[0][0], like.mode, like.region) == (
        "b",
        None,
        "m",
        "batch",
        "eu",
    )


def test_after_keeps_the_order_written(load) -> None:
    scenario = load(
        HEAD
        + STAGES
        + """\
designs:
  d:
    models: {default: m}
    stages:
      e: {input: 1, output: 1}
      c: {after: a, input: 1, output: 1}
      d: {after: a, input: 1, output: 1}
      f: {after: c, input: 1, output: 1}
"""
    )
    assert list(laid(scenario, "d")) == ["a", "c", "f", "d", "b", "e"]


def test_a_class_may_change_what_only_some_designs_have(load) -> None:
    scenario = load(
        HEAD
        + "mix: {x: {share: 100%, stages: {extra: {output: 9}, b: null}}}\n"
        + STAGES
        + "designs: {d: m, e: {models: {default: m}, stages: {extra: {like: a}}},\n"
        + "  f: {extends: e, stages: {b: null}}}\n"
    )
    assert list(laid(scenario, "d", "x")) == ["a"]
    assert laid(scenario, "e", "x") == {"a": "m input=1 output=1", "extra": "m input=1 output=9"}
    assert list(laid(scenario, "f", "x")) == ["a", "extra"]


@pytest.mark.parametrize(
    "stages",
    [
        "{bb: {input: 1, output: 1}}",
        "{review2: {after: review, input: 1, output: 1}}",
        "{review2: {like: review}}",
        "{review: null, review2: {input: 1, output: 1}}",
    ],
)
def test_new_stages_with_names_of_their_own(load, stages: str) -> None:
    text = HEAD + "stages: {review: {input: 1, output: 1}}\n"
    scenario = load(text + f"designs: {{d: {{models: {{default: m}}, stages: {stages}}}}}\n")
    assert set(laid(scenario, "d")) & {"bb", "review2"}


ADDED = (
    HEAD
    + STAGES
    + "designs:\n"
    + "  d: {models: {default: m, extra: n}, stages: {extra: {like: a, after: a}, b: {output: 9}}}\n"
    + "  e: {extends: d, stages: {b: null}}\n"
    + "variants: {less: {designs: {d: {stages: {extra: null}}}}}\n"
)


def test_null_over_a_designs_own_stage_takes_it_away(load, problems) -> None:
    assert "extra" in laid(load(ADDED), "e")
    for less in (
        load(ADDED, "designs.d.stages.extra=null"),
        load(ADDED, variant="less"),
        load(ADDED, "designs.d.stages.extra=null", variant="less"),
    ):
        assert list(laid(less, "d")) == ["a", "b"]
        assert list(laid(less, "e")) == ["a"]
    assert list(laid(load(ADDED, "designs.d.stages.b=null"), "d")) == ["a", "extra"]
    back = load(ADDED, "designs.d.stages.extra={input: 5, output: 6}", variant="less")
    assert laid(back, "d")["extra"] == "n input=5 output=6"
    assert problems(ADDED, "designs.d.stages.extar=null") == [
        "--set:1:1: designs.d.stages.extar: no stage `extar` to drop; did you mean extra?"
    ]


def test_null_takes_a_field_back(load) -> None:
    scenario = load(
        HEAD + STAGES + "designs: {d: {models: {default: m}, stages: {b: {cached: null, chance: null}}}}\n"
    )
    assert show(stages_of(scenario, "d", "all")[1].expressions["cached"]) == "0"


def test_places_of_fields_and_models(load) -> None:
    scenario = load(
        HEAD + STAGES + "designs: {d: {models: {default: m, a: n}, stages: {a: {output: 9}, c: {like: a}}}}\n"
    )
    a, b, c = stages_of(scenario, "d", "all")
    assert a.place("output") == ("designs", "d", "stages", "a", "output")
    assert a.place("input") == ("stages", "a", "input")
    assert a.place("calls") == ("stages", "a")
    assert a.model_path == ("designs", "d", "models", "a")
    assert b.model_path == ("stages", "b", "model")
    assert c.place("output") == a.place("output")
    assert c.path == ("designs", "d", "stages", "c")


def test_a_second_pass_in_a_design_is_checked(problems) -> None:
    text = HEAD + STAGES + "designs: {d: {models: {default: m}, stages: {c: {kind: second_pass, like: a}}}}\n"
    assert problems(text) == ["s.yaml:5:46: designs.d.stages.c: a stage of kind second_pass needs `chance`"]


def test_unknown_designs_are_refused(load) -> None:
    with pytest.raises(KplanError, match=r"no design `dd`; did you mean d\?"):
        stages_of(load(HEAD + STAGES + "designs: {d: m}\n"), "dd", "all")


def test_the_bare_pipeline_has_no_models(load) -> None:
    placed, problems = laid_out(load(HEAD + STAGES + "designs: {d: m}\n"), None, "all")
    assert problems == []
    assert [stage.models for stage in placed] == [(), (("pin", Decimal(1)),)]


def test_null_takes_a_pinned_model_back(load: Callable[..., Scenario]) -> None:
    """In a design and in a class; then the design's default holds, or the kind has none."""
    scenario = load(
        HEAD + "stages: {a: {input: 1, output: 1, model: pin}}\n"
        "designs: {x: d, y: {models: {default: d}, stages: {a: {model: null}}},\n"
        "  z: {extends: y, stages: {a: {model: own}}}}\n"
        "mix: {e: {share: 40%, stages: {a: {model: null}}}, f: {share: 60%}}\n"
    )
    found = {
        (design, query_class): stages_of(scenario, design, query_class)[0].models[0][0]
        for design in scenario.designs
        for query_class in scenario.classes
    }
    assert {key: ref for key, ref in found.items() if key[1] == "f"} == {
        ("x", "f"): "pin", ("y", "f"): "d", ("z", "f"): "own",
    }  # fmt: skip
    assert all(ref == "d" for key, ref in found.items() if key[1] == "e")
