"""`kplan init`"""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from kplan.cli.init import TEMPLATES, init
from kplan.errors import KplanError
from kplan.prices.files import read_rows
from kplan.scenario.load import load_scenario

from .conftest import Kplan


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_workspace(tmp_path: Path, template: str) -> None:
    result = CliRunner().invoke(init, [template, "--into", str(tmp_path / "new")])
    assert result.exit_code == 0, result.exception
    made = sorted(str(path.relative_to(tmp_path / "new")) for path in tmp_path.rglob("*") if path.is_file())
    assert made == sorted([f"{template}.kplan.yaml", "pricing/overrides.yaml", "reports/.gitkeep"])
    assert load_scenario(tmp_path / "new" / f"{template}.kplan.yaml").designs


def test_the_example_prices_are_a_price_book(tmp_path: Path) -> None:
    CliRunner().invoke(init, ["--into", str(tmp_path)])
    path = tmp_path / "pricing/overrides.yaml"
    lines = path.read_text().splitlines()
    path.write_text(
        "\n".join(line.removeprefix("#") if line.startswith("#  ") else line for line in lines[4:])
    )
    rows, models = read_rows(path)
    assert len(rows) == 4
    assert [model.ref for model in models] == ["our-own/llama-on-prem"]


@pytest.mark.parametrize("template", TEMPLATES)
def test_own_prices_hold_as_soon_as_they_are_filled_in(kplan: Kplan, tmp_path: Path, template: str) -> None:
    assert kplan("init", template, "--into", "new").code == 0
    scenario = f"new/{template}.kplan.yaml"
    before = kplan("simulate", scenario, "--format", "csv")
    assert before.code == 0, before.err
    assert "contract" not in before.out
    book = tmp_path / "new/pricing/overrides.yaml"
    model = "anthropic, model: claude-haiku-5-5" if template != "support" else "openai, model: gpt-5.4-mini"
    row = f'  - {{provider: {model}, meter: output, usd: "777"}}\nmodels:'
    book.write_text(book.read_text().replace("models:", row))
    after = kplan("simulate", scenario, "--format", "csv")
    assert "0.000777" not in before.out
    assert "0.000777" in after.out


def test_a_folder_for_a_template_is_answered_with_the_option() -> None:
    result = CliRunner().invoke(init, ["my dir"])
    assert "--into 'my dir'" in str(result.exception)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "pricing").mkdir()
    (tmp_path / "pricing/overrides.yaml").write_text("mine")
    first = CliRunner().invoke(init, ["rag", "--into", str(tmp_path)])
    assert "kept" in first.stdout
    assert (tmp_path / "pricing/overrides.yaml").read_text() == "mine"
    (tmp_path / "rag.kplan.yaml").write_text("mine too")
    second = CliRunner().invoke(init, ["rag", "--into", str(tmp_path)])
    assert isinstance(second.exception, KplanError)
    assert (tmp_path / "rag.kplan.yaml").read_text() == "mine too"


def test_unknown_templates_are_answered_with_the_list(tmp_path: Path) -> None:
    result = CliRunner().invoke(init, ["raag", "--into", str(tmp_path)])
    assert isinstance(result.exception, KplanError)
    assert all(name in str(result.exception) for name in TEMPLATES)
    assert not list(tmp_path.iterdir())
