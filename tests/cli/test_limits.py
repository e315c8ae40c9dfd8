"""`kplan limits`: lists, what holds for a model, and why nothing does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kplan.cli.main import exit_code


def test_the_limits_of_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["limits", "show", "claude-opus-4-8", "--tier", "Start", "--on", "2026-11-01"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split() == [
        *("anthropic", "claude-opus-4.x", "Start", "2,000,000", "a", "minute"),
        *("input", "+", "cache_write", "2026-10-17", "vendor"),
    ]
    assert lines[-1].startswith("Source: Anthropic, Claude API docs")


def test_limits_of_another_day_and_service_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        exit_code(["limits", "show", "claude-opus-4-6", "--tier", "Tier 2", "--on", "2026-10-16", "--json"])
        == 0
    )
    found = json.loads(capsys.readouterr().out)
    assert (found["kind"], found["schema_version"]) == ("limits.show", 1)
    assert [(each["measures"], each["amount"], each["valid_to"]) for each in found["limits"]] == [
        ("requests", "1000", "2026-10-17"),
        ("input", "450000", "2026-10-17"),
        ("output", "90000", "2026-10-17"),
    ]
    assert exit_code(["limits", "show", "claude-opus-4-6", "--tier", "Tier 2", "--on", "2026-10-17"]) == 2
    azure = ["limits", "show", "azure/gpt-5", "--tier", "Tier 1", "--service", "GlobalStandard", "--json"]
    assert exit_code(azure) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["limits"][-1]["window_s"] == "10"
    assert "old: limits of azure were read on" in err
    assert "openai" not in err


def test_an_own_file_and_its_problems(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "provider: aws\nlimits:\n  - {models: ['*claude-sonnet-4-6*'], tier: ours, tokens_5x: 5_000_000}\n"
    )
    show = ["limits", "show", "aws/claude-sonnet-4-6", "--tier", "ours", "--limits", str(own)]
    assert exit_code(show) == 0
    assert "input + cache_write + 5 x output" in capsys.readouterr().out
    own.write_text("provider: aws\nlimits:\n  - {models: [a], tokens: 5}\n")
    assert exit_code(show) == 2
    assert "own.yaml:3:19: unknown key `tokens`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("show", "claude-opus-5"), "depends on the tier: Build, Scale, Start"),
        (("show", "google/gemini-3.6-flash", "--service", "vertex"), "dynamic shared quota"),
        (("show", "no-such-model"), "no-such-model"),
        (("list", "no-such-model"), 'no limit holds "no-such-model"'),
    ],
)
def test_why_there_is_none(args: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["limits", *args]) == 2
    out, err = capsys.readouterr()
    assert said in err
    assert out == ""


def test_the_list_holds_what_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["limits", "list", "fable"]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("anthropic")]
    assert len(rows) == 9
    assert all("claude-fable-5.x" in row for row in rows)
