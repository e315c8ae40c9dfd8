"""Every command that kplan or its docs name exists, with the options that are named with it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from kplan.cli.main import COMMANDS, main

ROOT = Path(__file__).parents[2]
PAGES = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "docs/capacity.md",
    "docs/ci.md",
    "docs/gpus.md",
    "docs/pipelines.md",
)
NAMED = re.compile(
    r"(?P<before>\A|[`($;] ?)?\bkplan (?P<words>[a-z][a-z_-]*(?: [a-z][a-z_-]*)?)(?P<rest>[^`\n;|)(]*)"
)
"""A command behind a sign that sets it off; without one it may be a sentence about kplan."""
USAGE = re.compile(r"--[a-z]|\b[A-Z]{4,}\b")
"""What makes a command of the start of a string: an option or a placeholder behind it."""
VERBS = ("checks", "computed", "does", "has", "knows", "worked")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


def texts() -> Iterator[tuple[str, str]]:
    """Each string of the program, and each page, with where it stands."""
    for path in sorted((ROOT / "simulator" / "kplan").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "kplan " in text:
            place = path.relative_to(ROOT)
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield f"{place}:{node.lineno}", node.value
    for name in PAGES:
        yield name, (ROOT / name).read_text(encoding="utf-8")


def named() -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Where, the words of the command, and the options that stand behind it."""
    for place, text in texts():
        for found in NAMED.finditer(text):
            words = tuple(found["words"].split())
            is_usage = found["before"] == "" and USAGE.search(found["rest"])
            is_set_off = found["before"] and words[0] not in VERBS
            if words[0] in COMMANDS or is_usage or is_set_off:
                yield place, words, tuple(OPTION.findall(found["rest"]))


FOUND = list(named())


def resolved(words: tuple[str, ...]) -> click.Command | None:
    """The command that the words name; a word behind it may be an argument."""
    found = main.get_command(click.Context(main), words[0])
    if isinstance(found, click.Group) and len(words) > 1:
        return found.get_command(click.Context(found), words[1])
    return found


def test_many_are_found() -> None:
    assert len(FOUND) > 60
    assert {words[0] for _, words, _ in FOUND} >= {"simulate", "explain", "book", "show", "lock", "check"}


@pytest.mark.parametrize("words", sorted({words for _, words, _ in FOUND}))
def test_the_command_exists(words: tuple[str, ...]) -> None:
    assert resolved(words) is not None, [place for place, each, _ in FOUND if each == words]


def test_the_options_exist() -> None:
    for place, words, options in FOUND:
        command = resolved(words)
        assert command is not None
        known = {name for param in command.params for name in param.opts} | {"--help", "--all"}
        assert set(options) <= known, place
