from __future__ import annotations

import json
from decimal import Decimal

import pytest

import kplan as api
from kplan.prices.sizes import RULES

from .conftest import Kplan


def test_the_list_names_every_rule_with_its_sizes(kplan: Kplan) -> None:
    out = kplan("units").out
    assert [line.split()[0] for line in out.splitlines()[1:]] == list(RULES)
    assert "--document-tokens" in out


def test_units_with_formula_and_source(kplan: Kplan) -> None:
    ran = kplan("units", "rerank_search", "--documents", "150", "--document-tokens", "700")
    assert ran.code == 0
    first, sizes, formula, source = ran.out.splitlines()
    assert first == "3 searches"
    assert sizes == "  documents 150, document_tokens 700, query_tokens 0"
    assert formula.strip() == RULES["rerank_search"].formula
    assert source.strip() == RULES["rerank_search"].source


@pytest.mark.parametrize("rule", ["read_unit_query", "read-unit-query"])
def test_json(kplan: Kplan, rule: str) -> None:
    said = json.loads(kplan("units", rule, "--namespace-gb", "0.1", "--json").out)
    assert (said["kind"], said["units"], said["unit"]) == ("units", "0.25", "read unit")
    assert said["sizes"] == {"namespace_gb": "0.1"}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["rerank_serach"], "did you mean rerank_search?"),
        (["vector_gb"], "vector_gb: --records missing"),
        (["vector_gb", "--record", "1"], "--records"),
        (["vector_gb", "--records", "-1"], "records is -1"),
    ],
)
def test_wrong_usage(kplan: Kplan, args: list[str], said: str) -> None:
    ran = kplan("units", *args)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_all_that_is_wrong_is_said_at_once(kplan: Kplan) -> None:
    ran = kplan("units", "write_unit_update", "--old-kb", "x")
    assert ran.err.splitlines() == [
        "--old-kb: `x` is not a number; write for example 250_000, 0.5 or 8%",
        "write_unit_update: --new-kb missing",
    ]


def test_the_public_api_gives_the_same() -> None:
    assert api.units("write_unit_update", new_kb="19.10", old_kb=15) == Decimal(35)
    with pytest.raises(api.KplanError, match="new_kb is a float"):
        api.units("write_unit_update", new_kb=19.1, old_kb=15)  # type: ignore[arg-type]
