"""Names that try to be formulas, markup or terminal codes come out as plain text in every text format."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from io import StringIO

import pytest

from kplan.engine.results import Results
from kplan.render import render
from kplan.render.format import plain_text
from kplan.render.terminal import render as screen

Build = Callable[..., Results]

HOSTILE = [
    "=1+1",
    "+a",
    "-b",
    "@c",
    "<script>alert(1)</script>",
    "a[/b]",
    "[bold]x",
    "\x1b[31mred",
    "a|b",
    "`x`",
]


@pytest.fixture(params=HOSTILE)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def results(built: Build, name: str) -> Results:
    """The name for a design, a stage and a model at once."""
    names = ("stratified", "synthesize", "claude-haiku-5-5", "answer", "anthropic/claude-haiku-5-5")
    return built(rename=dict.fromkeys(names, name))


OURS = ("0", "1", "2", "32", "33", "36", "1;32")
"""Bold, dim, green, yellow and cyan."""


def test_terminal(results: Results, name: str) -> None:
    text = screen(results, 80, color=False)
    assert f"\n{plain_text(name)} " in text
    assert "\x1b" not in text
    coloured = screen(results, 80, color=True)
    assert set(re.findall(r"\x1b\[[0-9;]*m", coloured)) <= {f"\x1b[{code}m" for code in OURS}


def test_csv(results: Results, name: str) -> None:
    text = render("csv", results).decode()
    assert "\x1b" not in text
    lines = list(csv.DictReader(StringIO(text)))
    assert plain_text(name) in {line["design"].removeprefix("'") for line in lines}
    assert not any(str(cell).startswith(("=", "+", "-", "@")) for line in lines for cell in line.values())


def test_json_keeps_the_name(results: Results, name: str) -> None:
    text = render("json", results).decode()
    assert "\x1b" not in text
    assert name in [design["id"] for design in json.loads(text)["designs"]]


def test_markdown(results: Results, name: str) -> None:
    text = render("markdown", results).decode()
    assert "\x1b" not in text
    table = next(line for line in text.splitlines() if "$34.89" in line)
    assert plain_text(name).replace("|", "\\|") in table
    assert len(re.findall(r"(?<!\\)\|", table)) == 6
    outside = re.sub(r"(`+)[^`].*?[^`]?\1(?!`)", "", text)
    assert not re.search(r"(?<!\\)<script", outside)


def test_c1_controls_never_reach_a_terminal_through_json(built: Build) -> None:
    text = render("json", built(rename={"stratified": "\x9b31m\u202e"})).decode()
    assert "\\u009b31m\\u202e" in text
    assert "\x9b" not in text
