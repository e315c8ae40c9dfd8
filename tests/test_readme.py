"""The README is true: every command in it runs here and prints what stands there."""

from __future__ import annotations

import io
import re
import shlex
import shutil
import tomllib
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from kplan.cli.main import exit_code
from published.figures import figures
from published.tally import tally

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCE = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


SESSION = re.compile(r"^\$ (?P<command>kplan .*)\n(?P<output>(?:(?!\$ ).*\n)*)", re.MULTILINE)
"""A command in a console block, and what it prints up to the next one."""


@pytest.fixture
def printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Callable[[str], str]:
    """What a command prints in a folder that holds the scenarios, on 80 columns."""
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("CI", "NO_COLOR", "FORCE_COLOR", "KPLAN_DEBUG"):
        monkeypatch.delenv(name, raising=False)

    def run(command: str) -> str:
        exit_code(shlex.split(command)[1:])
        ran = capfdbinary.readouterr()
        return (ran.out + ran.err).decode().rstrip("\n") + "\n"

    return run


def test_every_command_prints_what_stands_there(
    printed: Callable[[str], str], request: pytest.FixtureRequest
) -> None:
    def block(fence: re.Match[str]) -> str:
        if fence[1] != "console":
            return fence[0]
        body = SESSION.sub(lambda m: f"$ {m['command']}\n{printed(m['command'])}", fence[2])
        return f"```console\n{body}```"

    true = FENCE.sub(block, README)
    assert true.count("\n$ kplan ") >= 4
    if request.config.getoption("--update-golden"):
        (ROOT / "README.md").write_text(true, encoding="utf-8")
    else:
        assert true == README


def test_the_python_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    monkeypatch.chdir(tmp_path)
    blocks = [body for language, body in FENCE.findall(README) if language == "python"]
    assert blocks
    for body in blocks:
        exec(compile(body, "README.md", "exec"), {})


def test_every_yaml_of_the_docs_can_be_read(tmp_path: Path) -> None:
    """It is a scenario, else a book of prices, limits or offers."""
    from kplan.capacity.limit_book import load_limits
    from kplan.capacity.offer_book import load_offers
    from kplan.prices.book import load_book
    from kplan.scenario.load import load_scenario

    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    texts = [README, (ROOT / "docs" / "capacity.md").read_text(encoding="utf-8")]
    blocks = [body for text in texts for language, body in FENCE.findall(text) if language == "yaml"]
    assert len(blocks) > len(texts)
    for body in blocks:
        path = tmp_path / "scenarios" / "readme.kplan.yaml"
        path.write_text(body, encoding="utf-8")
        if body.startswith("discounts:"):
            assert load_book([path]).name.endswith(path.name)
        elif "\nlimits:\n  - " in body:
            assert any(each.tier == "Ours" for each in load_limits([path]).limits())
        elif "\noffers:\n  - " in body:
            assert any(each.deployment == "reserved" for each in load_offers([path]).offers())
        else:
            load_scenario(path)


def test_the_figures_that_the_readme_counts_are_those_of_the_tally() -> None:
    counted = re.match(r"(\d+) published .*, (\d+) of them .*; (\d+) misprints", tally(figures()))
    assert counted
    whole, easy, misprints = map(int, counted.groups())
    assert (
        f"reproduces {whole} figures that vendors, papers and bills print, {whole - easy} of them" in README
    )
    assert f"and {misprints} misprints at the corrected value" in " ".join(README.split())


def told_of(name: str) -> str:
    """What kplan says of an example, by itself and in all its variants."""
    path = ROOT / "scenarios" / f"{name}.kplan.yaml"
    varied = "\nvariants:" in path.read_text(encoding="utf-8")
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with redirect_stdout(out):
        for variants in ((), ("--variant", "all")) if varied else ((),):
            assert exit_code(["simulate", str(path), *variants, "--format", "markdown"]) == 0
        out.flush()
    return out.buffer.getvalue().decode()


ROWS = [line for line in README.splitlines() if line.startswith("| [") and "(scenarios/" in line]


@pytest.mark.parametrize("row", ROWS)
def test_the_figures_of_the_gallery_are_printed(row: str) -> None:
    names = re.findall(r"\(scenarios/([\w-]+)\.kplan\.yaml\)", row)
    figures = re.findall(r"\$\d[\d.,]*\d|\d[\d.]*%", row.split("|")[2])
    told = "".join(map(told_of, names)) if figures else ""
    assert names
    assert [figure for figure in figures if not re.search(rf"(?<![\d.]){re.escape(figure)}", told)] == []


def test_every_example_stands_in_the_readme() -> None:
    names = {path.name.removesuffix(".kplan.yaml") for path in (ROOT / "scenarios").glob("*.kplan.yaml")}
    assert [name for name in sorted(names) if name not in README] == []


def test_the_range_in_the_text_is_printed() -> None:
    quoted = re.search(r"the answer becomes `([^`]*)`", README)
    assert quoted
    assert quoted[1] in told_of("uncertain-rag").replace("**", "")


def test_what_the_readme_links_to_is_in_the_source_archive() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packed = project["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    linked = {target for target in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in target}
    assert "CONTRIBUTING.md" in linked
    for name in (*linked, ".ci/run", "Makefile", "tests"):
        assert (ROOT / name).exists()
        assert any(f"{name}/".startswith(f"{part}/") for part in packed), name


def test_the_demo_overwrites_no_edited_report() -> None:
    assert "--force" not in (ROOT / "Makefile").read_text(encoding="utf-8")
