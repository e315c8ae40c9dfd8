"""Checks on a terminal: a line each, file by file, and what is wrong with a place to look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from kplan.regress.check_files import FileChecks, all_checks
from kplan.regress.checks import FAIL, PASS, WARN, CheckResult, tally
from kplan.render.format import plain_text
from kplan.render.screen import printed

PAGE_WIDTH = 120
_STYLES = {PASS: "green", WARN: "yellow", FAIL: "bold red"}


def page(files: Sequence[FileChecks]) -> bytes:
    """The screen as a text file, 120 columns wide."""
    return render(files, PAGE_WIDTH, color=False).encode()


def render(files: Sequence[FileChecks], width: int, color: bool) -> str:
    """The whole screen; no line is longer than the width [columns], see `printed`."""
    return printed(_blocks(files), width, color)


def _blocks(files: Sequence[FileChecks]) -> Iterator[list[RenderableType]]:
    for file in files:
        if file.checks:
            yield [_line(file.file, "bold"), _grid(file.checks)]
    if silent := [_line(f"{file.file}: no checks") for file in files if not file.checks]:
        yield [*silent]
    if checks := all_checks(files):
        yield [_line(f"{tally(checks)}.", "bold")]


def _grid(checks: Sequence[CheckResult]) -> Table:
    """The verdicts on the left; what does not fit on its line goes on below its first word."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for check in checks:
        style = _STYLES[check.verdict]
        table.add_row(
            Text(f"  {check.verdict}", style), _line(check.text, "" if check.verdict == PASS else style)
        )
        if check.verdict != PASS:
            said = filter(None, (check.check.message, f"{check.mark}" if check.mark else ""))
            table.add_row("", _line("  ".join(said)))
    return table


def _line(text: str, style: str = "") -> Text:
    return Text(plain_text(text), style=style, overflow="fold")
