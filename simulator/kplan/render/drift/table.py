"""A lock's check on a terminal: what drifts and why, and the command that accepts it."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from kplan.regress.lock.scan import Report
from kplan.render.drift import words
from kplan.render.format import plain_text
from kplan.render.screen import NARROWEST

PAGE_WIDTH = 120


def page(report: Report) -> bytes:
    """The screen as a text file, 120 columns wide."""
    return render(report, PAGE_WIDTH, color=False).encode()


def render(report: Report, width: int, color: bool) -> str:  # noqa: ARG001 - as every table's
    """The whole screen; a command stays on its line, so that it can be pasted [columns]."""
    lines: list[str] = []
    for indent, text in _lines(report):
        shown = plain_text(text)
        lines += wrap(
            shown,
            max(width, NARROWEST),
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + 2 * (indent > 0)),
            break_on_hyphens=False,
            break_long_words=False,
        ) or [""]
    commands = [plain_text(line) for line in words.advice(report)]
    return "".join(f"{line}\n" for line in [*lines, *commands])


def _lines(report: Report) -> Iterator[tuple[int, str]]:
    """Every line with its indent [columns]."""
    for drift in report.bad:
        yield 0, words.title(drift)
        yield from ((2, line) for line in words.details(drift))
        yield 0, ""
    yield 0, f"{report.lock}: {words.tally(report.drifts)}"
