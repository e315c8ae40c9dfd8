"""Blocks of text and tables, set for a terminal of some width; nothing in them is read as markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from rich.console import Console, RenderableType
from rich.text import Text

from kplan.render.format import plain_text

NARROWEST = 40
WIDEST_TEXT = 120
"""Sentences fold there, however wide the terminal: tables use all of it [columns]."""
_AMOUNT = re.compile(r"\$[\d,]+(?:\.\d+)?[kMb]?n?")


def answer(headline: Sequence[str], caveats: Sequence[str], design: str) -> Iterator[Text]:
    """The verdict; its design and its first amount are set off."""
    for number, sentence in enumerate(headline):
        line = Text(plain_text(sentence), style="bold", overflow="fold")
        if not number:
            _set_off(line, plain_text(design))
        yield line
    for caveat in caveats:
        yield Text(plain_text(caveat), style="yellow", overflow="fold")


def _set_off(line: Text, design: str) -> None:
    if line.plain.startswith(f"{design} "):
        line.stylize("green", 0, len(design))
    if found := _AMOUNT.search(line.plain):
        line.stylize("green", *found.span())


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
            console.print(part, width=min(width, WIDEST_TEXT) if isinstance(part, Text) else None)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().split("\n")[:-1])
