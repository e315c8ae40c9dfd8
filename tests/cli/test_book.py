from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kplan.cli.book import book
from kplan.errors import KplanError
from kplan.places import folder


def run(*words: str) -> str:
    result = CliRunner().invoke(book, words)
    if result.exception:
        raise result.exception
    return result.stdout


def test_the_list_shows_prices_limits_and_retirements() -> None:
    lines = run("list", "anthropic/*-4-5").splitlines()
    assert lines == [
        " in   out  context  retires     model",
        "1/M   5/M  200,000              anthropic/claude-haiku-4-5",
        "5/M  25/M  200,000              anthropic/claude-opus-4-5",
        "3/M  15/M  200,000  2026-11-30  anthropic/claude-sonnet-4-5",
        "",
        "3 models; USD on 2026-11-21. One of them: kplan book show anthropic/claude-haiku-4-5",
    ]


def test_a_pattern_that_fits_nothing_is_an_error() -> None:
    with pytest.raises(KplanError, match='no model holds "nothing-like-it"'):
        run("list", "nothing-like-it")


def test_the_list_as_json() -> None:
    said: Any = json.loads(run("list", "anthropic/claude-haiku-5-5", "--json"))
    assert said["kind"] == "book.list"
    assert said["models"][0]["context_window"] == 1_000_000
    assert said["models"][0]["retires_on"] is None


def sections(text: str) -> dict[str, list[str]]:
    """The lines below each title of `book show`."""
    found: dict[str, list[str]] = {}
    for block in text.split("\n\n"):
        title, *lines = block.splitlines()
        found[title.split(" ")[0]] = lines
    return found


def test_a_model_with_its_history_and_what_is_announced() -> None:
    found = sections(run("show", "gemini-4-argon"))
    assert "  input          2/M                     2026-12-01" in found["in"]
    assert "  input          4/M                     2026-12-01" not in found["in"]
    assert "  input         4/M         2026-12-01" in found["announced"]
    assert "history" not in found
    later = sections(run("show", "gemini-4-argon", "--at", "2026-12-01"))
    assert any(line.split() == ["input", "2/M", "2026-12-01"] for line in later["history"])
    assert "announced" not in later


def test_what_is_unknown_is_said_to_be_unknown() -> None:
    text = run("show", "claude-haiku-5.5")
    assert text.startswith("anthropic/claude-haiku-5-5\n  also     claude-haiku-5.5, ")
    assert "  life     released 2026-10-07, retires unknown\n" in text
    assert "  context  1,000,000 tokens; largest output 128,000\n" in text
    text = run("show", "mistral-large")
    assert "  life     released unknown, retires unknown\n" in text
    assert "  context  128,000 tokens; largest output unknown\n" in text


def test_the_end_of_a_model_and_where_it_is_told() -> None:
    text = run("show", "claude-sonnet-4-5")
    assert "deprecated 2026-09-30, retires 2026-11-30, then\n           claude-sonnet-5-5\n" in text
    assert "platform.claude.com/docs/en/about-claude/model-deprecations" in text


def test_lines_keep_to_80_columns() -> None:
    for name in ("claude-haiku-5-5", "deepseek-v4-flash", "gemini-3.8-flash", "gpt-5.4-mini"):
        assert max(map(len, run("show", name).splitlines())) <= 80


def test_a_model_as_json_has_every_row() -> None:
    said: Any = json.loads(run("show", "gemini-4-argon", "--json"))
    assert len(said["rows"]) == 14
    assert {row["status"] for row in said["rows"]} == {"effective", "announced"}
    assert all(isinstance(row["usd"], str) for row in said["rows"])


def test_a_cancelled_change_is_shown_as_cancelled(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        "provider,model,meter,usd,valid_from,status\ngoogle,gemini-4-argon,input,4,2026-12-01,cancelled\n",
        encoding="utf-8",
    )
    found = sections(run("show", "gemini-4-argon", "--book", str(path)))
    assert found["cancelled"][1].split() == ["input", "4/M", "2026-12-01"]
    assert not any(line.split()[:2] == ["input", "4/M"] for line in found["announced"])


def test_a_zone_is_shown_only_with_hours(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        "provider,model,meter,usd,hours,tz\nacme,m,input,1,,Asia/Tokyo\nacme,m,output,2,01:00-02:00,Asia/Tokyo\n"
        "acme,m,output,1,,\n",
        encoding="utf-8",
    )
    lines = sections(run("show", "acme/m", "--book", str(path)))["in"]
    assert [line.split() for line in lines[1:]] == [
        ["input", "1/M"],
        ["output", "1/M"],
        ["output", "2/M", "01:00-02:00", "Asia/Tokyo"],
    ]


def test_the_maintainers_snapshot_accounts_for_every_price(tmp_path: Path) -> None:
    pytest.importorskip(
        "genai_prices", reason="genai-prices is not installed (pip install 'kplan[snapshot]')"
    )
    for name in ("lives.csv", "vendor_lives.csv"):
        shutil.copy(folder("pricing") / name, tmp_path)
    text = run("snapshot", "--as-of", "2026-11-21", "--into", str(tmp_path))
    assert "  7,994 source prices" in text
    assert "left out: perplexity/perplexity/sonar when search_type=fast" in text
    assert "left out: cerebras/llama3.1-8b max_output: 128000 is above" in text
    for name in ("book.csv.gz", "models.csv.gz", "book.meta.json", "LICENSE.genai-prices"):
        assert (tmp_path / name).exists()
