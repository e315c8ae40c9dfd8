"""A profile on a terminal: the tokens of each stage, its models, and what was left out."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from kplan.logs.profile import Profile, StageProfile
from kplan.money import counted
from kplan.render.format import plain_text
from kplan.render.profile.figures import DIGITS, amount, rounded_to, share, shares
from kplan.render.profile.words import rows_read, skipped_rows, some, when
from kplan.render.screen import printed

PAGE_WIDTH = 120
_PARTS = frozenset({"cached", "cache_write", "cache_write_1h"})
"""Tokens that are part of the input."""


def page(profile: Profile) -> bytes:
    """The screen as a text file, 120 columns wide."""
    return render(profile, PAGE_WIDTH, color=False).encode()


def render(profile: Profile, width: int, color: bool) -> str:
    """The whole screen; no line is longer than the width [columns], see `printed`."""
    return printed(_blocks(profile), width, color)


def _blocks(profile: Profile) -> Iterator[list[RenderableType]]:
    traffic = f" {when(profile.traffic)}." if profile.traffic else ""
    yield [_line(f"{profile.file}: {rows_read(profile)}.{traffic}", "bold")]
    for stage in profile.stages:
        yield [_line(_title(profile, stage), "bold"), _line(_mix(stage)), _grid(stage)]
    if profile.skipped:
        yield [_line("Skipped", "bold"), *(_line(f"  {line}") for line in skipped_rows(profile))]
    if profile.notes:
        yield [_line(f"{note}.") for note in profile.notes]


def _title(profile: Profile, stage: StageProfile) -> str:
    calls, of = some(stage.n_calls, "call"), share(profile.chance(stage), DIGITS)
    said = f"{stage.id}: {calls} in {of} of the queries"
    return f"{said}, {amount(stage.calls_per_visit, DIGITS)} each"


def _mix(stage: StageProfile) -> str:
    written = shares([use.n_calls for use in stage.models], DIGITS)
    return "  " + ", ".join(f"{use.model} {each}" for use, each in zip(stage.models, written, strict=True))


def _grid(stage: StageProfile) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column()
    percents = [f"p{percent}" for percent in stage.tokens["input"].percentiles]
    for _ in ("mean", *percents, "max", "of input"):
        grid.add_column(justify="right")
    grid.add_row("  tokens", "mean", *percents, "max", "of input" if stage.tokens.keys() & _PARTS else "")
    for name, tokens in stage.tokens.items():
        mean = counted(rounded_to(tokens.mean, DIGITS))
        figures = (mean, *(f"{value:,}" for value in tokens.percentiles.values()), f"{tokens.max:,}")
        grid.add_row(f"  {name}", *figures, _part(stage, name))
    return grid


def _part(stage: StageProfile, name: str) -> str:
    return share(stage.part(name), DIGITS) if name in _PARTS else ""


def _line(text: str, style: str = "") -> Text:
    return Text(plain_text(text), style=style, overflow="fold")
