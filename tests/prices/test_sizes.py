"""Size rules against what vendors publish, boundaries in pairs."""

from __future__ import annotations

import json
from decimal import ROUND_CEILING, Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kplan.errors import KplanError
from kplan.form.expressions import names, parse
from kplan.form.sizes import units
from kplan.prices.sizes import RULES

SHARED = Path(__file__).parents[3] / "shared" / "data"


def found(rule: str, **arguments: object) -> Decimal:
    return units(rule, {name: Decimal(str(value)) for name, value in arguments.items()})


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_a_rule_uses_every_argument_it_names(rule) -> None:
    assert names(parse(rule.formula)) == set(rule.arguments)
    assert rule.unit
    assert rule.source


@pytest.mark.parametrize(
    ("documents", "document_tokens", "query_tokens", "searches"),
    [
        (1, 100, 20, 1),
        (100, 250, 20, 1),
        (101, 250, 20, 2),
        (100, 480, 20, 1),  # 500 with the query: not split
        (100, 481, 20, 2),  # 501: two chunks each
        (50, 481, 20, 1),  # 100 chunks
        (51, 481, 20, 2),  # 102 chunks
        (150, 700, 0, 3),  # 300 chunks
        (1, 0, 0, 1),
        (0, 250, 20, 0),
        (10, 1000, 250, 1),  # 4 chunks of 250 each: 40
        (10, 1000, 4000, 1),  # a longer query is cut at 250
    ],
)
def test_searches(documents, document_tokens, query_tokens, searches) -> None:
    """100 documents a search; documents that are longer than 500 tokens with the query are split."""
    sizes = {"documents": documents, "document_tokens": document_tokens, "query_tokens": query_tokens}
    assert found("rerank_search", **sizes) == searches


@given(st.integers(0, 3_000), st.integers(0, 20_000), st.integers(0, 600))
def test_searches_as_counted_one_by_one(documents: int, document_tokens: int, query_tokens: int) -> None:
    room = 500 - min(query_tokens, 250)
    chunks = sum(max(1, -(-document_tokens // room)) for _ in range(documents))
    sizes = {"documents": documents, "document_tokens": document_tokens, "query_tokens": query_tokens}
    assert found("rerank_search", **sizes) == -(-chunks // 100)


@pytest.mark.parametrize(
    ("rule", "arguments", "expected"),
    [
        ("rerank_window", {"documents": 100, "window": 20, "stride": 10}, 9),
        ("rerank_window", {"documents": 20, "window": 20, "stride": 10}, 1),
        ("rerank_window", {"documents": 21, "window": 20, "stride": 10}, 2),
        ("rerank_window", {"documents": 30, "window": 20, "stride": 10}, 2),
        ("rerank_window", {"documents": 31, "window": 20, "stride": 10}, 3),
        ("rerank_window", {"documents": 5, "window": 20, "stride": 10}, 1),
        ("read_unit_query", {"namespace_gb": "0.25"}, "0.25"),
        ("read_unit_query", {"namespace_gb": "0.26"}, "0.26"),
        ("read_unit_query", {"namespace_gb": 50}, 50),
        ("read_unit_query_quarters", {"namespace_gb": "1.78"}, 2),
        ("read_unit_query_quarters", {"namespace_gb": "1.75"}, "1.75"),
        ("read_unit_query_quarters", {"namespace_gb": 0}, "0.25"),
        ("read_unit_fetch", {"records": 50}, 5),
        ("read_unit_fetch", {"records": 51}, 6),
        ("read_unit_fetch", {"records": 0}, 1),
        ("write_unit_upsert", {"records": 1000, "record_kb": "7.14"}, 7140),
        ("write_unit_upsert", {"records": 10, "record_kb": "19.1"}, 191),
        ("write_unit_upsert", {"records": 1, "record_kb": 5}, 5),
        ("write_unit_upsert", {"records": 1, "record_kb": "5.01"}, 6),
        ("write_unit_upsert", {"records": 1, "record_kb": "0.1"}, 5),
        ("write_unit_update", {"new_kb": "3.17", "old_kb": "3.17"}, 7),
        ("write_unit_update", {"new_kb": "6.24", "old_kb": "6.5"}, 13),
        ("write_unit_update", {"new_kb": "19.1", "old_kb": 15}, 35),  # misprinted as 25
        ("tokens_from_characters", {"characters": 10}, "2.5"),
        ("tokens_from_bytes", {"bytes": 4000}, 1000),
        ("tokenizer_factor", {"new_tokens": 3, "old_tokens": 2}, "1.5"),
    ],
)
def test_units(rule, arguments, expected) -> None:
    assert found(rule, **arguments) == Decimal(str(expected))


@pytest.mark.parametrize(
    ("records", "dimensions", "sparse", "metadata", "text", "gb"),
    [
        (5_000_000, 1024, 0, 15_000, 0, "95.52"),
        (10_000_000, 1536, 0, 1000, 0, "71.52"),
        (500_000, 768, 10, 500, 0, "1.83"),
        (1_000_000, 0, 50, 1000, 0, "1.408"),
        (5_000_000, 0, 100, 15_000, 0, "79.04"),
        (500_000, 0, 0, 500, 2000, "1.254"),
        (1_000_000, 1536, 50, 1000, 0, "7.552"),  # misprinted as 7.54, without the ids
    ],
)
def test_stored_gb(records, dimensions, sparse, metadata, text, gb) -> None:
    """Pinecone's own examples, with ids of 8 bytes."""
    sizes = {
        "records": records,
        "dimensions": dimensions,
        "sparse_values": sparse,
        "metadata_bytes": metadata,
        "id_bytes": 8,
        "text_bytes": text,
    }
    assert found("vector_gb", **sizes) == Decimal(gb)


def published(row: dict) -> Decimal | None:
    """The figure of a row that a size rule speaks of."""
    given, asked = row["inputs"], row.get("feature", row["statement"])
    renamed = {"dims": "dimensions", "sparse_nonzero": "sparse_values", "fts_bytes": "text_bytes"}
    if "metadata_bytes" in given and "records" in given:
        sizes = dict.fromkeys(RULES["vector_gb"].arguments, 0)
        return found("vector_gb", **sizes | {renamed.get(k, k): v for k, v in given.items()})
    if "new_kb" in given:
        return found("write_unit_update", new_kb=given["new_kb"], old_kb=given["old_kb"])
    if "record_kb" in given:
        return found("write_unit_upsert", records=given["records"], record_kb=given["record_kb"])
    if "namespace_gb" in given:
        rule = "read_unit_query_quarters" if "quantum" in given else "read_unit_query"
        return found(rule, namespace_gb=given["namespace_gb"])
    if asked == "vector_read_units":
        return found("read_unit_fetch", records=given["records"])
    if asked == "tokenizer_factor":
        return found("tokenizer_factor", new_tokens=given["new"], old_tokens=given["old"])
    if asked == "llm_rerank":
        windows = found("rerank_window", documents=given["n"], window=given["window"], stride=given["stride"])
        return windows * given["tokens"]
    if asked == "rerank_fee":
        searches = found(
            "rerank_search", documents=given["docs"], document_tokens=given["tokens"], query_tokens=0
        )
        return searches * Decimal(str(given["per_search"])) / (given["docs"] * given["tokens"]) * 1_000_000
    return None


@pytest.mark.skipif(not SHARED.is_dir(), reason="published figures are not here")
def test_every_published_figure_about_sizes() -> None:
    right = [json.loads(line) for line in (SHARED / "published_figures.jsonl").read_text().splitlines()]
    wrong = [json.loads(line) for line in (SHARED / "misprints.jsonl").read_text().splitlines()]
    spoken_of = [(row, row["expected"], row["tolerance"]) for row in right]
    spoken_of += [(row, row["recomputed"], 1e-9) for row in wrong]
    checked = 0
    for row, expected, tolerance in spoken_of:
        if (value := published(row)) is not None:
            assert float(abs(value - Decimal(str(expected)))) <= tolerance + 1e-12, row["id"]
            checked += 1
    assert checked >= 22


def test_what_is_wrong_is_said_all_at_once() -> None:
    with pytest.raises(KplanError) as error:
        found("rerank_search", documents=-1, chunks=2)
    assert [str(problem) for problem in error.value.problems] == [
        "rerank_search: document_tokens missing",
        "rerank_search: documents is -1; it must be a number of at least 0",
        'rerank_search: no argument "chunks"; it takes documents, document_tokens, query_tokens',
    ]


def test_an_unknown_rule_names_the_nearest() -> None:
    with pytest.raises(KplanError, match="did you mean rerank_search"):
        found("rerank_serach")


def test_no_division_by_zero() -> None:
    with pytest.raises(KplanError, match=r"rerank_window.*division by zero"):
        found("rerank_window", documents=30, window=20, stride=0)


def test_a_ceiling_forgives_what_spreadsheets_cannot_see() -> None:
    tenth = (Decimal(1) / 10).quantize(Decimal("1e-12"), ROUND_CEILING)
    assert found("write_unit_upsert", records=100, record_kb=tenth) == 10
