"""Checks as Markdown for a pull request: broken bounds first, what is kept folded away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kplan.regress.check_files import FileChecks, all_checks
from kplan.regress.checks import FAIL, PASS, CheckResult, tally
from kplan.render.format import markdown_code, markdown_text
from kplan.version import __version__

MOST_CHARACTERS = 58_000
"""GitHub takes 65 536 characters a comment; the lines of this many leave room for what surrounds them."""
LONGEST = 300
"""Characters of a foreign text, a message or a name, before it is cut."""


def render(files: Sequence[FileChecks]) -> bytes:
    """The page; lines for which there is no room are counted."""
    checks = all_checks(files)
    broken = sorted((c for c in checks if c.verdict != PASS), key=lambda check: check.verdict != FAIL)
    kept = [check for check in checks if check.verdict == PASS]
    silent = [file.file for file in files if not file.checks]
    head = ["# kplan check", "", f"**{tally(checks)}.**" if checks else "**No checks.**", ""]
    foot = [f"kplan {markdown_text(__version__)}.", ""]
    rows, room = fitting((_row(check) for check in broken), MOST_CHARACTERS)
    passes, room = fitting((f"- {_said(check)}" for check in kept), room)
    without, room = fitting((f"- {_name(file)}: no checks" for file in silent), room)
    table = ["| | Check | Place |", "|---|---|---|", *rows, ""] if rows else []
    folded = ["<details><summary>What is kept</summary>", "", *passes, "", "</details>", ""] if passes else []
    missing = len(checks) + len(silent) - len(rows) - len(passes) - len(without)
    left_out = (
        [f"Left out for length: {missing} lines. `--format json` has everything.", ""] if missing else []
    )
    return "\n".join([*head, *table, *folded, *without, *[""] * bool(without), *left_out, *foot]).encode()


def fitting(lines: Iterable[str], room: int) -> tuple[list[str], int]:
    """The lines up to the first for which there is no room, and the room that is left [characters]."""
    kept: list[str] = []
    for line in lines:
        if len(line) + 1 > room:
            return kept, 0
        room -= len(line) + 1
        kept.append(line)
    return kept, room


def _row(check: CheckResult) -> str:
    place = _name(str(check.mark)) if check.mark else ""
    message = check.check.message
    told = f"<br>{markdown_text(_short(message))}" if message else ""
    return f"| **{check.verdict}** | {_said(check)}{told} | {place} |"


def _said(check: CheckResult) -> str:
    """The check's line, the metric as code."""
    return f"{_name(check.metric)}{markdown_text(_short(check.text.removeprefix(check.metric)))}"


def _name(text: str) -> str:
    return markdown_code(_short(text))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
