"""What `Copy as YAML` gives, fed back to kplan: the same totals as the page shows."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest
from msgspec.structs import replace

from kplan.engine.results import Results
from kplan.engine.uncertainty.found import Draws
from kplan.places import folder
from kplan.regress.run import run
from kplan.scenario.load import has_variants
from support import simulated

pytestmark = pytest.mark.slow

NAMES = sorted(path.name.removesuffix(".kplan.yaml") for path in folder("scenarios").glob("*.kplan.yaml"))


@pytest.fixture(scope="module")
def scenarios(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example scenarios with their books, to write beside."""
    return Path(shutil.copytree(folder("scenarios"), tmp_path_factory.mktemp("all") / "scenarios"))


def link(variant: dict[str, Any], rng: Random) -> str:
    """Some sliders and some models, moved at random."""
    asked = {"variant": variant["name"]}
    for knob in variant["knobs"]:
        if rng.random() < 0.6:
            value = knob["low"] + (knob["high"] - knob["low"]) * rng.random()
            asked[".".join(knob["at"])] = f"{value:.4g}"
    for pick in variant["picks"]:
        if rng.random() < 0.4:
            asked[f"designs.{pick['design']}.models.{pick['stage']}"] = rng.choice(pick["models"])
    return "#whatif?" + urlencode(asked)


@pytest.mark.parametrize("name", NAMES)
def test_the_yaml_gives_the_totals_of_the_page(
    name: str, scenarios: Path, example: Callable[[str], Results], opened: Callable[..., Any]
) -> None:
    """All but the designs that kplan adds, one model everywhere: which ones depends on the others."""
    page = opened(example(name))
    for variant in page.tab.evaluate("kplan.data.variants"):
        page.tab.evaluate("link => { location.hash = link }", link(variant, Random(name)))
        page.tab.wait_for_function("name => kplan.shown() === name", arg=variant["name"])
        shown = dict(zip([design["id"] for design in variant["designs"]], page.totals(), strict=True))
        written = scenarios / f"{name}.whatif.kplan.yaml"
        written.write_text(page.yaml, encoding="utf-8")
        fed = run(written, variants=(variant["name"],) if has_variants(written) else (), draws=Draws(n=0))
        totals = {design.design: float(design.total_usd) for design in fed.designs if design.design in shown}
        assert {design["id"] for design in variant["designs"] if not design["added"]} <= totals.keys()
        assert totals == pytest.approx({id_: shown[id_] for id_ in totals}, rel=1e-9), page.yaml
    assert page.said == []


def test_uncertain_values_that_were_set_are_certain(
    example: Callable[[str], Results], opened: Callable[..., Any]
) -> None:
    page = opened(example("uncertain-rag"), "#whatif?params.second_pass_rate=15%25&params.chunks=40")
    assert "params:\n  chunks:\n    value: 40\n    between: null\n" in page.yaml


def test_a_design_that_extends_another_keeps_its_own_models(
    example: Callable[[str], Results], opened: Callable[..., Any]
) -> None:
    page = opened(example("knowledge-base"), "#whatif?designs.stratified.models.verify=claude-opus-5-5")
    assert "  stratified:\n    models:\n      verify: claude-opus-5-5\n" in page.yaml
    assert "  lean:\n    models:\n      verify: claude-haiku-5-5\n" in page.yaml


def test_so_does_one_whose_models_cannot_be_picked(tmp_path: Path, opened: Callable[..., Any]) -> None:
    """Its calls are shared by two models: what it runs on is said all the same."""
    shares = "by-share: {extends: one, models: {default: {haiku: 25%, sonnet: 75%}}}"
    text = f"volume: 10/month\nstages: {{a: {{input: 9, output: 5}}}}\ndesigns: {{one: haiku, {shares}}}\n"
    page = opened(simulated(tmp_path, text), "#whatif?designs.one.models.a=sonnet")
    kept = '  by-share:\n    models:\n      a:\n        haiku: "0.25"\n        sonnet: "0.75"\n'
    assert "  one:\n    models:\n      a: sonnet\n" in page.yaml
    assert kept in page.yaml


def test_the_command_keeps_the_settings_that_were_not_moved(
    example: Callable[[str], Results], opened: Callable[..., Any]
) -> None:
    """What `--set` says would win over the file."""
    results = example("knowledge-base")
    said = ("--set", "params.redo=9%", "--set", "singles=false", "--book", "own prices.csv")
    made = replace(results, provenance=replace(results.provenance, options=said))
    page = opened(made, "#whatif?params.redo=0.2")
    command = "kplan simulate --set singles=false --book 'own prices.csv' knowledge-base.whatif.kplan.yaml"
    assert f"# {command}\n" in page.yaml
