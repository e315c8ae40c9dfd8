"""A lock's check as Markdown for a pull request: what drifts in one table, and what accepts it."""

from __future__ import annotations

from kplan.regress.lock.drift import Drift
from kplan.regress.lock.scan import Report
from kplan.render.check.markdown import LONGEST, MOST_CHARACTERS, fitting
from kplan.render.drift import words
from kplan.render.format import markdown_code, markdown_text
from kplan.version import __version__


def render(report: Report) -> bytes:
    """The page; rows for which there is no room are counted."""
    rows, _ = fitting(
        map(_row, report.bad), MOST_CHARACTERS - LONGEST * len(report.bad[: words.MOST_ACCEPTED])
    )
    lines = ["# kplan lock", "", f"**{markdown_text(words.tally(report.drifts))}**", ""]
    if rows:
        lines += ["| | Design | What moved |", "|---|---|---|", *rows, ""]
    if len(rows) < len(report.bad):
        lines += [f"Left out for length: {len(report.bad) - len(rows)} designs.", ""]
    lines += [text for line in words.advice(report) for text in (markdown_code(line), "")]
    return "\n".join([*lines, f"kplan {markdown_text(__version__)}.", ""]).encode()


def _row(drift: Drift) -> str:
    causes = " and ".join(drift.causes)
    told = "<br>".join(markdown_text(line[:LONGEST]) for line in words.details(drift))
    status = f"**{drift.status.value}**{f' by {causes}' if causes else ''}"
    return f"| {status} | {markdown_code(drift.id[:LONGEST])} | {told} |"
