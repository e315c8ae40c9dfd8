"""`kplan simulate --open`: the page that was written, in the browser that BROWSER names."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Kplan = Callable[..., Any]
RAG = "rag.kplan.yaml"
SIMULATOR = Path(__file__).parents[2] / "simulator"


def ran(folder: Path, *args: str, browser: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "BROWSER": browser, "PYTHONPATH": str(SIMULATOR)}
    words = [sys.executable, "-m", "kplan", "simulate", RAG, *args, "--open"]
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True)


@pytest.fixture
def browser(kplan: Kplan, tmp_path: Path) -> str:
    """A script that notes the address, and the first line of what lies there."""
    script = tmp_path / "browser"
    noted = tmp_path / "opened"
    script.write_text(f'#!/bin/sh\necho "$1" > {noted}\nhead -c 15 "${{1#file://}}" >> {noted}\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return f"{script} %s"


@pytest.mark.parametrize(
    ("args", "page"),
    [((), "reports/rag.html"), (("-o", "a.json", "-o", "b.html", "-o", "c.html"), "b.html")],
)
def test_the_first_page_is_opened_once_it_is_written(
    browser: str, tmp_path: Path, args: tuple[str, ...], page: str
) -> None:
    found = ran(tmp_path, *args, browser=browser)
    assert found.returncode == 0, found.stderr
    assert (tmp_path / "opened").read_text() == f"{(tmp_path / page).as_uri()}\n<!doctype html>"


def test_an_address_takes_any_name(kplan: Kplan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    assert kplan("simulate", RAG, "-o", "a b#c?.html", "--open").code == 0
    assert opened == [(tmp_path / "a b#c?.html").as_uri()]
    assert "%20b%23c%3F" in opened[0]


def test_a_browser_that_fails(kplan: Kplan, tmp_path: Path) -> None:
    found = ran(tmp_path, "--quiet", browser="/bin/false %s")
    assert found.returncode == 2
    assert found.stderr == "no browser was found to open reports/rag.html in; BROWSER names one\n"
    assert found.stdout.startswith("stratified costs")
    assert (tmp_path / "reports" / "rag.html").is_file()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((RAG, "-o", "a.json"), "--open shows the page, and none is written: add -o report.html"),
        ((RAG, "--format", "html"), "--open shows the page, and none is written"),
        ((".",), "--open shows the page of one scenario"),
        ((RAG, "--set", "volume=x"), "volume"),
    ],
)
def test_nothing_is_opened_where_no_page_is_written(
    kplan: Kplan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], said: str
) -> None:
    monkeypatch.setattr("webbrowser.open", lambda address: pytest.fail(address))
    found = kplan("simulate", *args, "--open")
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert not (tmp_path / "reports").exists()


def test_a_refused_write_opens_nothing(kplan: Kplan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webbrowser.open", lambda address: pytest.fail(address))
    (tmp_path / "mine.html").write_text("<p>mine")
    assert kplan("simulate", RAG, "-o", "mine.html", "--open").code == 2
