"""The section `Will it fit?`, which the page on capacity and the one on costs share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from kplan.engine.results import Results
from kplan.render.capacity import words
from kplan.render.capacity_page import levels
from kplan.render.capacity_page.fitting import Fitting, fittings, traffics, written
from kplan.render.capacity_page.heat import Heat, heat
from kplan.render.capacity_page.rows import Row, rows, skipped

MOST_WEEKS = 5
"""So many designs at most show their week besides the one in question."""


class Fit(Struct, frozen=True, eq=False):
    """What the section shows."""

    said: str
    binding: tuple[tuple[Fitting, Row | None], ...]
    """Each design with the limit that is full first; None where none is known."""
    rows_by_design: tuple[tuple[Fitting, tuple[Row, ...]], ...]
    """All limits, where a design has more than one."""
    heat: Heat | None
    """Of the design in question."""
    others: tuple[Heat, ...]
    skipped: tuple[str, ...]
    is_open: bool
    """Whether all limits stand in sight."""

    @property
    def n_rows(self) -> int:
        """Lines of the table of all limits."""
        return sum(len(found) for _, found in self.rows_by_design)


def views(results: Results, *, is_open: bool = False) -> Mapping[str, object]:
    """What the section's template and its style sheet read."""
    return {"fit": section(fittings(results), is_open=is_open), "levels": levels}


def section(found: Sequence[Fitting], *, is_open: bool = False) -> Fit:
    """The section of these designs, at least one of them, the one in question first."""
    by_design = tuple((each, rows(each)) for each in found)
    weeks = [made for each in written(found) if (made := heat(each)) is not None]
    return Fit(
        said=" ".join(_said(found, with_answer=not is_open)),
        binding=tuple((each, of[0] if of else None) for each, of in by_design),
        rows_by_design=tuple((each, of) for each, of in by_design if len(of) > 1),
        heat=next((week for week in weeks if week.fitting.is_shown), None),
        others=tuple(week for week in weeks if not week.fitting.is_shown)[:MOST_WEEKS],
        skipped=skipped(found),
        is_open=is_open,
    )


def _said(found: Sequence[Fitting], *, with_answer: bool) -> Iterator[str]:
    """The answer, how traffic comes, and what nobody said of it."""
    if with_answer and found[0].design.fit is not None:
        yield f"{found[0].design.fit.text}."
    several = len(traffics(found)) > 1
    for variant, traffic in traffics(found).items():
        yield f"Traffic{f' of {variant}' if several else ''}: {words.traffic(traffic)}."
        if with_answer and traffic.assumed:
            yield f"Assumed: {traffic.assumed}."
