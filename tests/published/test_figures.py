"""Figures that vendors, papers and bills print come out of kplan's commands and of its public API."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from published.figures import Figure, figures, read
from published.routes import reproduced
from published.tally import main, tally

TABLE = figures()
SHARED = Path(__file__).parents[3] / "shared" / "data"
LATER = {
    "breakeven_volume": "break-even in volume is a question of choosing",
    "gpu_annual_cost": "fleets of GPUs belong to capacity",
    "kv_capacity": "so does memory for keys and values",
    "pareto_hull": "hulls are a question of choosing",
    "provisioned_throughput": "bought throughput belongs to capacity",
}
"""Features of the collected figures that no price rule covers, each with its reason."""
LATER_MISPRINTS = {"gemini-gsu-blog": LATER["provisioned_throughput"]}
OUR_OWN = "FOCUS, draft appendix ai_prompt_caching_a"
"""A source that the collection does not hold."""


@pytest.mark.parametrize("figure", TABLE, ids=lambda figure: figure.id)
def test_published_figures(figure: Figure, tmp_path: Path) -> None:
    found = reproduced(figure, tmp_path)
    assert figure.holds(found), found
    if figure.printed is not None:
        assert abs(figure.printed - found) > 2 * figure.tolerance


def test_every_figure_has_a_source_and_a_name_of_its_own() -> None:
    assert not [figure.id for figure in TABLE if not figure.source]
    assert [name for name, n in Counter(figure.id for figure in TABLE).items() if n > 1] == []


def test_the_tally_counts_what_is_easy_apart(capsys: pytest.CaptureFixture[str]) -> None:
    plain, easy, wrong = (
        next(figure for figure in TABLE if figure.id == name)
        for name in ("pinecone-ru-0.1", "anthropic-fetch-500kb", "pinecone-upd-19.10")
    )
    assert tally([plain, easy, wrong]) == (
        "2 published figures reproduced, 1 of them one multiplication or a bare ratio; "
        "1 misprints at the corrected value"
    )
    assert main([plain, easy]) == 0
    assert main([replace(plain, expected=Decimal("0.1")), wrong]) == 1
    said = capsys.readouterr().out
    assert "pinecone-ru-0.1: kplan gives 0.25, not 0.1 RU" in said
    assert said.endswith("0 published figures reproduced, 0 of them one multiplication or a bare ratio; "
                         "1 misprints at the corrected value\n")  # fmt: skip


def agrees(figure: Figure, row: dict[str, Any]) -> bool:
    """Whether our row says what a collected one does; a misprint in what is printed."""
    said = figure.expected if figure.printed is None else figure.printed
    told = (figure.source, figure.unit, dict(figure.inputs), said)
    return told == (row["source"], row["unit"], row["inputs"], row.get("expected", row.get("printed")))


@pytest.mark.skipif(not SHARED.exists(), reason="the collection of figures is not here")
def test_the_table_is_the_collection_row_for_row() -> None:
    collected = {row["id"]: row for row in read(SHARED / "published_figures.jsonl")}
    misprints = {row["id"]: row for row in read(SHARED / "misprints.jsonl")}
    ours = {figure.id: figure for figure in TABLE}
    rows = {**collected, **misprints}
    assert not [name for name in ours if name in rows and not agrees(ours[name], rows[name])]
    corrected = {name: row["recomputed"] for name, row in misprints.items() if name in ours}
    assert {name: ours[name].expected for name in corrected} == corrected
    assert {figure.source for name, figure in ours.items() if name not in rows} == {OUR_OWN}
    tolerances = {name: row["tolerance"] for name, row in collected.items()}
    wider = [f.id for f in TABLE if f.id in tolerances and f.tolerance > tolerances[f.id]]
    assert not wider


@pytest.mark.skipif(not SHARED.exists(), reason="the collection of figures is not here")
def test_no_collected_figure_is_left_out_without_a_reason() -> None:
    collected = read(SHARED / "published_figures.jsonl")
    ours = {figure.id for figure in TABLE}
    left_out = [row for row in collected if row["id"] not in ours]
    assert {row["feature"] for row in left_out} == set(LATER)
    assert not {row["feature"] for row in collected if row["id"] in ours} & set(LATER)
    misprints = {row["id"] for row in read(SHARED / "misprints.jsonl")}
    assert misprints - ours == set(LATER_MISPRINTS)
