"""`kplan validate`"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from click.testing import CliRunner

from kplan.cli.main import exit_code
from kplan.cli.validate import validate
from kplan.errors import KplanError

from .conftest import Kplan, Ran

GOOD = "volume: 1_000/month\nstages: {a: {input: 1, output: 1}}\ndesigns: {d: claude-haiku-5-5}\n"


@pytest.fixture
def good(tmp_path: Path) -> str:
    (tmp_path / "good.yaml").write_text(GOOD)
    return str(tmp_path / "good.yaml")


def test_good_files_are_ok(good: str) -> None:
    result = CliRunner().invoke(validate, [good, good])
    assert result.stdout == f"{good}: ok\n{good}: ok\n"
    assert result.exit_code == 0


def test_all_problems_of_all_files(good: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(GOOD.replace("input", "inptu") + "budget: $3/day\n")
    assert exit_code(["validate", str(bad), good, str(tmp_path / "gone.yaml")]) == 2
    said = capsys.readouterr()
    assert said.out == f"{good}: ok\n"
    assert said.err.splitlines() == [
        f"{bad}:2:14: stages.a.inptu: unknown key `inptu`; did you mean input?",
        f"{bad}:4:9: budget: `$3/day`: per day; an amount per month is expected",
        f"{tmp_path}/gone.yaml:1:1: cannot be read: No such file or directory",
    ]


def test_settings_and_variants_are_checked(good: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(validate, [good, "--set", "stages.a.input=x"])
    assert isinstance(result.exception, KplanError)
    both = tmp_path / "both.yaml"
    both.write_text(GOOD + "variants: {fine: {budget: 3}, wrong: {budgte: 3}}\n")
    assert CliRunner().invoke(validate, [str(both), "--variant", "fine"]).exit_code == 0
    for args in ([], ["--variant", "all"], ["--variant", "wrong"]):
        failed = CliRunner().invoke(validate, [str(both), *args])
        assert "unknown key `budgte`" in str(failed.exception)


def test_models_are_looked_up_together_with_everything_else(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(GOOD.replace("haiku-5-5", "haiku-5-6").replace("input: 1", "input: -1"))
    failed = CliRunner().invoke(validate, [str(bad)])
    assert str(failed.exception).splitlines() == [
        f"{bad}:2:21: stages.a.input: `input` comes to -1; it cannot be negative",
        (
            f'{bad}:3:14: designs.d: no model "claude-haiku-5-6"; did you mean claude-haiku-5-5?'
            " (kplan book list haiku)"
        ),
    ]


def test_stdin(kplan: Kplan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def piped(text: str, *args: str) -> Ran:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        return kplan(*args)

    (tmp_path / "mine.yaml").write_text("rows:\n")
    text = GOOD + "prices: {book: mine.yaml}\nvariants: {v: {budget: 3}}\n"
    assert piped(text, "validate", "-").out == "-: ok\n"
    assert piped(text, "simulate", "-", "--format", "csv").out.startswith("variant,design")
    assert "d.a costs" in piped(text, "explain", "-", "d.a").out
    for command in (["validate", "-"], ["simulate", "-"], ["explain", "-", "d.a"]):
        failed = piped(text.replace("mine", "gone"), *command)
        assert (failed.code, failed.err) == (2, "<stdin>:4:16: prices.book: no such file: gone.yaml\n")
