"""Blocks of text and tables, set for a terminal of some width; nothing in them is read as markup."""

from __future__ import annotations

from collections.abc import Iterable
from io import StringIO

from rich.console import Console, RenderableType

NARROWEST = 40


def printed(blocks: Iterable[list[RenderableType]], width: int, color: bool) -> str:
    """The blocks with an empty line between; no line is longer than the width or ends in blanks.

    width   columns of the terminal; below 40 it counts as 40
    color   with colours and bold type, for a terminal; else plain text
    """
    out = StringIO()
    console = Console(
        file=out,
        width=max(width, NARROWEST),
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ={},
    )
    for number, block in enumerate(blocks):
        if number:
            console.print()
        for part in block:
            console.print(part)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().split("\n")[:-1])
