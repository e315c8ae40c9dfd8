"""The command line as a whole: help that imports nothing, exit codes, quiet pipes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from kplan.cli.book import BOOK_COMMANDS
from kplan.cli.main import COMMANDS, exit_code
from kplan.errors import KplanError, Mark, Problem
from kplan.version import __version__

SIMULATOR = Path(__file__).parents[2] / "simulator"
HEAVY = ("numpy", "pandas", "pydantic", "rich", "jinja2", "openpyxl", "xlsxwriter", "yaml")

LOADED = """
import sys
{code}
print(*sorted(set({heavy}) & set(sys.modules)), file=sys.stderr)
"""
RUN = "from kplan.cli.main import exit_code; code = exit_code({args!r}); assert code == 0, code"


def python(*args: str, **keys: Any) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(SIMULATOR)} | keys.pop("env", {})
    return subprocess.run(
        [sys.executable, *args], capture_output=True, text=True, check=False, env=environment, **keys
    )


@pytest.mark.parametrize(
    "code",
    [
        "import kplan",
        RUN.format(args=["--help"]),
        RUN.format(args=["--help", "--all"]),
        RUN.format(args=["--version"]),
        RUN.format(args=["book", "--help"]),
        *(
            f"import {command.target.partition(':')[0]}"
            for table in (COMMANDS, BOOK_COMMANDS)
            for command in table.values()
        ),
    ],
)
def test_nothing_heavy_is_imported(code: str) -> None:
    done = python("-c", LOADED.format(code=code, heavy=HEAVY))
    assert (done.returncode, done.stderr.strip()) == (0, "")


def test_python_m_kplan_version() -> None:
    done = python("-X", "importtime", "-m", "kplan", "--version")
    assert done.stdout == f"kplan {__version__}\n"
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "kplan.cli.main" in imported
    assert not imported & set(HEAVY)


NOT_SAID = (
    *(
        f"kplan.kinds.{kind}"
        for kind in ("bundles", "fallback", "ingestion", "loop", "retry", "route", "tool")
    ),
    *(f"kplan.engine.{name}" for name in ("latencies", "montecarlo.study", "quality", "uncertainty.ranges")),
    *("kplan.quality.parts", "kplan.capacity", "kplan.logs"),
)
"""What rag.kplan.yaml says nothing of: kinds of stages, qualities, latencies, ranges, limits."""


def test_simulate_does_without_pandas_openpyxl_and_what_is_not_said(tmp_path: Path) -> None:
    scenario = str(SIMULATOR.parent / "scenarios" / "rag.kplan.yaml")
    code = RUN.format(args=["simulate", scenario, "--quiet"])
    done = python("-c", LOADED.format(code=code, heavy=("pandas", "openpyxl", *NOT_SAID)), cwd=tmp_path)
    assert (done.returncode, done.stderr.strip()) == (0, "")
    assert sorted(path.name for path in (tmp_path / "reports").iterdir()) == ["rag.html", "rag.xlsx"]


def test_help_shows_what_a_newcomer_needs(kplan: Callable[..., Any]) -> None:
    short, long = kplan("--help"), kplan("--help", "--all")
    assert short.code == long.code == 0
    assert kplan("--all", "--help").out == kplan("--all").out == long.out
    for name, command in COMMANDS.items():
        assert (f"\n  {name} " in short.out) == command.for_newcomers
        assert f"\n  {name} " in long.out
    assert "kplan --help --all" in short.out
    assert "lists every command" not in long.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_with_its_help(kplan: Callable[..., Any], name: str) -> None:
    module, _, attribute = COMMANDS[name].target.partition(":")
    assert getattr(import_module(module), attribute).name == name, "the command's own help must bear its name"
    ran = kplan(name, "--help")
    assert ran.code == 0
    assert ran.out.startswith(f"Usage: kplan {name}")


@pytest.mark.parametrize("name", BOOK_COMMANDS)
def test_every_command_on_books_is_there_with_its_help(kplan: Callable[..., Any], name: str) -> None:
    module, _, attribute = BOOK_COMMANDS[name].target.partition(":")
    assert getattr(import_module(module), attribute).name == name
    assert f"\n  {name} " in kplan("book", "--help").out
    assert kplan("book", name, "--help").out.startswith(f"Usage: kplan book {name}")


def test_unknown_command_on_books(kplan: Callable[..., Any]) -> None:
    ran = kplan("book", "shwo")
    assert (ran.code, ran.out) == (2, "")
    assert "no command 'shwo'; did you mean show?" in ran.err
    assert "no command 'xyzzy'; kplan book --help lists them" in kplan("book", "xyzzy").err


def test_unknown_command(kplan: Callable[..., Any]) -> None:
    ran = kplan("simulat")
    assert (ran.code, ran.out) == (2, "")
    assert "no command 'simulat'; did you mean simulate?" in ran.err
    assert "no command 'xyzzy'; kplan --help --all lists them" in kplan("xyzzy").err
    assert "\x1b" not in kplan("\x1b[31msimulate").err


def test_wrong_option(kplan: Callable[..., Any]) -> None:
    assert kplan("simulate", "rag.kplan.yaml", "--frmat", "json").code == 2


def test_all_problems_one_a_line(kplan: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(ctx: object) -> None:
        raise KplanError([Problem("one \x1b[31mred", Mark("a.yaml", 3, 5), "designs.x"), Problem("two")])

    monkeypatch.setattr("kplan.cli.main.main.invoke", fail)
    ran = kplan("demo")
    assert (ran.code, ran.out, ran.err) == (2, "", "a.yaml:3:5: designs.x: one red\ntwo\n")


def test_fault_of_ours(kplan: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(ctx: object) -> None:
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr("kplan.cli.main.main.invoke", fail)
    ran = kplan("demo")
    assert (ran.code, ran.out) == (3, "")
    assert "please report it: ZeroDivisionError: by nought" in ran.err
    assert "Traceback" not in ran.err
    monkeypatch.setenv("KPLAN_DEBUG", "1")
    assert "Traceback" in kplan("demo").err


def test_interrupted(kplan: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(ctx: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("kplan.cli.main.main.invoke", stop)
    ran = kplan("demo")
    assert (ran.code, ran.err) == (130, "\nkplan: interrupted\n")


def test_broken_pipe_is_quiet() -> None:
    code = "import sys; from kplan.cli.main import run; sys.argv = ['kplan', 'demo']; run()"
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", code],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
        env={**os.environ, "PYTHONPATH": str(SIMULATOR)},
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def ended(*args: str) -> subprocess.CompletedProcess[str]:
    """A whole process, with its pipes."""
    environment = {**os.environ, "PYTHONPATH": str(SIMULATOR)}
    command = [sys.executable, *args]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_all_is_written_before_the_process_ends_at_once() -> None:
    """More than a pipe holds at a time arrives whole, and so do what is complained of and the exit code."""
    whole = ended("-m", "kplan", "schema")
    assert (whole.returncode, len(whole.stdout) > 100_000, json.loads(whole.stdout)["title"]) == (
        0,
        True,
        "kplan scenario",
    )
    wrong = ended("-m", "kplan", "schemas")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.endswith("did you mean schema?\n")


def test_a_profiler_has_its_say_at_the_end() -> None:
    assert "function calls" in ended("-m", "cProfile", "-m", "kplan", "--version").stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_full_disk_is_said() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "kplan", "demo"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            env={**os.environ, "PYTHONPATH": str(SIMULATOR)},
        )
    assert (done.returncode, done.stderr) == (2, b"kplan: No space left on device\n")


def test_names_that_stdout_cannot_encode_do_not_end_the_run(tmp_path: Path) -> None:
    scenario = tmp_path / "a.kplan.yaml"
    scenario.write_text(
        "volume: 1_000/month\nstages: {a: {input: 10, output: 1}}\ndesigns: {日本: claude-haiku-5-5}\n",
        encoding="utf-8",
    )
    done = python(
        "-m", "kplan", "simulate", str(scenario), "--format", "table", env={"PYTHONIOENCODING": "latin-1"}
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u65e5\\u672c" in done.stdout


def test_exit_code_needs_no_arguments() -> None:
    assert exit_code([]) == 2
