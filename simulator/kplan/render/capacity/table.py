"""Capacity on a terminal: whether it fits first, then the designs, then the limits of the one in question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from kplan.capacity.study import DesignStudy, Study
from kplan.render.capacity import hours, words
from kplan.render.capacity.about import about
from kplan.render.columns import Column
from kplan.render.format import plain_text
from kplan.render.grid import MAIN_BAR, fitted
from kplan.render.screen import NARROWEST, answer, printed
from kplan.render.sentences import LEGEND

PAGE_WIDTH = 120
_HOT = {hours.OVER: "bold red", "█": "bold yellow", "▇": "yellow"}


def page(study: Study) -> bytes:
    """The screen as a text file, 120 columns wide."""
    return render(study, PAGE_WIDTH, color=False).encode()


def render(study: Study, width: int, color: bool) -> str:
    """The whole screen; no line is longer than the width [columns], see `printed`."""
    return printed(_blocks(study, max(width, NARROWEST)), width, color)


def _blocks(study: Study, width: int) -> Iterator[list[RenderableType]]:
    shown = study.shown
    yield list(answer(study.headline, study.assumed, shown.design.id))
    yield list(_designs(study, width))
    pattern = study.patterns[shown.design.variant]
    if uses := shown.headroom.uses:
        names = [words.limit(use) for use in uses]
        columns = words.limit_columns(uses, pattern)
        yield list(_grid(f"Limits of {shown.design.id}", names, columns, [""] * len(names), width))
    if (found := hours.week(shown, pattern.tz)) is not None:
        yield [Text(plain_text(found.title), style="bold", overflow="fold"), *map(_day, found.lines)]
    yield list(_below(study, shown))


def _designs(study: Study, width: int) -> Iterator[RenderableType]:
    styles = [_style(each, study) for each in study.designs]
    yield from _grid("Design", words.names(study), words.design_columns(study), styles, width)
    if any(each.design.added for each in study.designs):
        yield Text(LEGEND, style="dim", overflow="fold")


def _day(line: tuple[str, str, str]) -> Text:
    """A line of the week; hours that are nearly full, or over, in colour."""
    name, signs, most = line
    shown = Text(f"{name} ", overflow="fold")
    for sign in signs:
        shown.append(sign, _HOT.get(sign, ""))
    return shown.append(f"  {most}".rstrip(), "dim")


def _style(each: DesignStudy, study: Study) -> str:
    if each is study.shown:
        return f"bold {MAIN_BAR}"
    return "dim" if each.design.added else ""


def _below(study: Study, shown: DesignStudy) -> Iterator[RenderableType]:
    pattern = study.patterns[shown.design.variant]
    for head, lines in about(shown, pattern, has_tables=False):
        yield from _listed(head, lines)
    others = (each for each in study.designs if each is not shown and not each.design.added)
    for each in others:
        yield from _listed(f"Next for {each.design.id}", list(words.next_steps(each))[:1])
    yield from _listed("Traffic", [f"{words.traffic(pattern)}."])
    if not words.is_unknown(study):
        yield from _listed("Limits", [f"{words.sources(study)}."])
    yield from _listed("From", [f"{words.engines(shown)}."])


def _grid(
    head: str, names: Sequence[str], columns: Sequence[Column], styles: Sequence[str], width: int
) -> Iterator[RenderableType]:
    """The table, and what it has no room for."""
    table, dropped = fitted(plain_text(head), names, columns, styles, width)
    yield table
    if dropped:
        told = f"(no room for: {', '.join(dropped)}; a wider terminal or --format markdown has all)"
        yield Text(told, style="dim", overflow="fold")


def _listed(head: str, lines: Sequence[str]) -> Iterator[RenderableType]:
    """`Head: line`; of several lines each stands off the head, and so does what it goes on with."""
    lead = f"{head}: "
    if len(lines) == 1:
        yield Text.assemble((lead, "bold"), plain_text(lines[0]), overflow="fold")
        return
    grid = Table.grid(padding=0)
    grid.add_column(width=len(lead), no_wrap=True)
    for number, line in enumerate(lines):
        text = Text(plain_text(line), overflow="fold")
        grid.add_row(Text("" if number else lead, "bold"), text)
    yield grid
