"""Monthly uses and contracts as they are written, and everything wrong with them at once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from kplan.errors import KplanError
from kplan.form.expressions import Number
from kplan.form.shown import show
from kplan.scenario.load import load_scenario
from kplan.scenario.model import Scenario
from kplan.scenario.monthly import MonthlyUse
from kplan.scenario.schema import json_schema

HEAD = "volume: 1/month\nparams: {seats: 3, less: -1}\nstages: {a: {input: 1, output: 1}}\ndesigns: {d: m}\n"

MOST = "a step costs 0% to 100% of the book's price"
TOO = "write what is included as a step: {0: 0%, …}"


def load(folder: Path, text: str) -> Scenario:
    path = folder / "s.kplan.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return load_scenario(path)


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(KplanError) as error:
        load(folder, text)
    return [f"{p.mark.line}:{p.mark.column}: {p.path}: {p.what}" for p in error.value.problems if p.mark]


def test_amounts_and_units_stand_side_by_side(tmp_path: Path) -> None:
    text = "fixed:\n  rent: $5/month\n  gb: {model: m, meter: storage_gb_month, quantity: seats * 2}\n"
    rent, use = load(tmp_path, text).fixed.values()
    assert rent == Decimal(5)
    assert isinstance(use, MonthlyUse)
    assert (show(use.quantity), use.mode, use.region) == ("seats * 2", "standard", "")


@pytest.mark.parametrize("written", ["$50/month", "$50", "50", "5_0.00", "$ 50 / month"])
def test_an_amount_of_a_contract_is_written_as_others_are(tmp_path: Path, written: str) -> None:
    contract = load(tmp_path, f"contracts: {{c: {{models: m, minimum: {written}}}}}\n").contracts["c"]
    assert contract.minimum == Number(Decimal(50))
    assert contract.models == ("m",)


def test_everything_wrong_is_told_at_once_at_its_place(tmp_path: Path) -> None:
    text = """fixed:
  gb: {model: m, meter: storage_gb_month, quantity: seets}
  no: {model: m, quantity: 5%}
  bad: {model: '', meter: x, quantity: less}
contracts:
  empty: {models: m}
  nobody: {fee: 1}
  over: {models: m, commitment: $5/month, minimum: $5/year, fee: less}
  ladder: {models: m, steps: {page: {1: 100%, '1.0': 120%, x: 5}}, included: {page: seets}}
  typo: {models: m, minimun: 5}
"""
    assert problems(tmp_path, text) == [
        "6:53: fixed.gb.quantity: no parameter `seets`; did you mean seats?",
        "7:3: fixed.no.meter: `meter` is missing",
        "7:28: fixed.no.quantity: `5%` is a share; a count is expected here, such as 1_200",
        "8:16: fixed.bad.model: a model is expected",
        "8:40: fixed.bad.quantity: comes to -1; it cannot be negative",
        "10:3: contracts.empty: a contract needs a term: fee, minimum, commitment, included or steps",
        "11:3: contracts.nobody.models: `models` is missing",
        "12:33: contracts.over.commitment: `$5/month`: a commitment is over the whole plan; write $120_000",
        "12:52: contracts.over.minimum: `$5/year`: per year; an amount per month is expected",
        "12:66: contracts.over.fee: comes to -1; it cannot be negative",
        "13:31: contracts.ladder.steps.page: the first step starts at 0: {0: 100%, 1_000: 90%}",
        '13:47: contracts.ladder.steps.page."1.0": two steps start at 1: `1` and `1.0`',
        f'13:54: contracts.ladder.steps.page."1.0": comes to 1.2; {MOST}',
        "13:60: contracts.ladder.steps.page.x: `x` is not a number; write for example 250_000, 0.5 or 8%",
        "13:63: contracts.ladder.steps.page.x: comes to 5; " + MOST,
        f"13:79: contracts.ladder.included.page: `page` has steps too; {TOO}",
        "13:85: contracts.ladder.included.page: no parameter `seets`; did you mean seats?",
        "14:21: contracts.typo.minimun: unknown key `minimun`; did you mean minimum?",
    ]


@pytest.mark.parametrize("written", ["", "[]", "x", "{a: {}}", "{a: 5}", "{a: {models: {}}}"])
def test_contracts_of_another_shape_are_refused(tmp_path: Path, written: str) -> None:
    if written:
        assert problems(tmp_path, f"contracts: {written}\n")
    else:
        assert not load(tmp_path, "contracts: {}\n").contracts


MONEY = "is not an amount; write for example"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("fee: 5%", f"6:23: contracts.a.fee: `5%` {MONEY} $20_000/month"),
        ("commitment: 12 %", f"6:30: contracts.a.commitment: `12 %` {MONEY} $120_000"),
        ("models: [], fee: 5", "6:7: contracts.a.models: a contract is about at least one model"),
        ("models: {m: 1}, fee: 5", "6:7: contracts.a.models: a model name is expected here, not a map"),
    ],
)
def test_what_is_no_amount_and_no_model(tmp_path: Path, written: str, expected: str) -> None:
    """A share as a fee was billed as cents, and a contract about nothing charged its fee."""
    models = "" if written.startswith("models") else "models: m, "
    assert problems(tmp_path, f"contracts:\n  a: {{{models}{written}}}\n") == [expected]


def test_the_schema_knows_both_forms_of_fixed(tmp_path: Path) -> None:
    properties = json_schema()["properties"]
    entry = properties["fixed"]["additionalProperties"]
    assert {"$ref": "#/$defs/MonthlyUse"} in entry["anyOf"]
    assert properties["contracts"]["additionalProperties"] == {"$ref": "#/$defs/Contract"}


def test_a_variant_may_change_a_term(tmp_path: Path) -> None:
    text = "contracts: {c: {models: m, minimum: 5}}\nvariants: {v: {contracts: {c: {minimum: 7}}}}\n"
    path = tmp_path / "s.kplan.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    contract = load_scenario(path, variant="v").contracts["c"]
    assert (contract.minimum, contract.models) == (Number(Decimal(7)), ("m",))
    assert load_scenario(path, sets=["contracts.c.fee=$3"]).contracts["c"].fee == Number(Decimal(3))
