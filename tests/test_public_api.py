"""`import kplan`: the documented names, their examples, and what they load."""

from __future__ import annotations

import doctest
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

import kplan
from kplan import public, public_calls

ROOT = Path(__file__).parent.parent
RAG = ROOT / "scenarios" / "rag.kplan.yaml"


@pytest.fixture(scope="module")
def results() -> kplan.Results:
    return kplan.simulate(kplan.load_scenario(RAG))


def test_names() -> None:
    stub = Path(kplan.__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    assert set(re.findall(r" as (\w+)$", stub, re.MULTILINE)) == set(kplan.__all__)
    assert set(kplan.__all__) <= set(dir(kplan))
    assert all(getattr(kplan, name) is not None for name in kplan.__all__)
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        _ = kplan.simulat  # type: ignore[attr-defined]


@pytest.mark.parametrize("module", [kplan, public, public_calls])
def test_examples(module: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    tried = doctest.testmod(module)  # type: ignore[arg-type]
    assert tried.attempted
    assert not tried.failed


def test_ledger_is_a_frame_of_decimals(results: kplan.Results) -> None:
    frame = results.ledger
    assert len(frame) > 0
    assert isinstance(frame.cost_usd.iloc[0], Decimal)
    totals = frame.groupby("design").cost_usd.sum()
    assert {design.id: design.total_usd for design in results.designs} == totals.to_dict()


def test_designs_verdict_and_json(results: kplan.Results) -> None:
    assert results.verdict.design == "stratified"
    document = json.loads(results.to_json())
    assert [design["id"] for design in document["designs"]] == [design.id for design in results.designs]
    assert results.claims == ()


def test_sets_and_own_book(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("provider,model,meter,usd,per\nme,m,input,1,1000000\nme,m,output,2,1000000\n")
    scenario = tmp_path / "s.yaml"
    scenario.write_text(
        "volume: 10/month\nmonths: 2027-01..2027-02\nstages: {a: {input: 1, output: 1}}\ndesigns: {d: me/m}\n"
    )
    loaded = kplan.load_scenario(str(scenario), sets=["stages.a.input=1_000_000"])
    found = kplan.simulate(loaded, kplan.load_price_book(path, embedded=False))
    assert found.designs[0].total_usd == 2 * 10 * (1 + 2 * Decimal("0.000001"))


def test_errors() -> None:
    with pytest.raises(kplan.KplanError, match=r"no\.yaml:1:1"):
        kplan.load_scenario("no.yaml")
