"""When designs fill up: how full their limits get month by month, as growth goes on after the plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from math import isnan

from markupsafe import Markup
from msgspec import Struct

from kplan.amounts import share
from kplan.capacity.fits import fullest_month, until
from kplan.capacity.headroom import FURTHEST_MONTHS, Use
from kplan.engine.calendar import month_after
from kplan.engine.montecarlo.numbers import decimal
from kplan.render.capacity import words
from kplan.render.capacity_page import plot
from kplan.render.capacity_page.fitting import Fitting, written
from kplan.render.capacity_page.rows import Cell, number
from kplan.render.lines import MONTHS, MOST_NAMED
from kplan.render.svg import label

MOST_LINES = 6
"""So many designs at most are drawn; the table has all."""
_FURTHEST = 60
"""Months at most that are drawn; a date further off is told in words."""
_BEYOND = 2
"""Months that are drawn after the last limit is full."""
_LEAST_TOP, _MOST_TOP = 1.3, 1.5
_STEPS = (1, 2, 3, 6, 12, 24, 60)


class Curve(Struct, frozen=True, eq=False):
    """A design with the limit that it fills first."""

    fitting: Fitting
    use: Use
    style: str
    full_at: int | None
    """Months from the plan's first one until it is full; None where that is not within 20 years."""

    @property
    def said(self) -> str:
        """The design with when it is full."""
        return f"{self.fitting.name}: {words.limit(self.use)} full in {words.full(self.use)}"


def curves(found: Sequence[Fitting]) -> tuple[Curve, ...]:
    """The designs that are drawn, the one in question first."""
    alike = [each for each in written(found) if each.binding is not None and _same_months(each, found[0])]
    made: list[Curve] = []
    others = 0
    for each in alike[:MOST_LINES]:
        use = each.binding
        assert use is not None
        months = until(use, each.months)
        style = each.style or f"o{others}"
        others += not each.style
        made.append(Curve(each, use, style, months if months < FURTHEST_MONTHS else None))
    return tuple(made)


def _same_months(one: Fitting, other: Fitting) -> bool:
    return one.months == other.months


def n_months(found: Sequence[Curve]) -> int:
    """How many months are drawn: those of the plan, and on to the last limit that is full in sight."""
    plan = len(found[0].fitting.months)
    full = [each.full_at + _BEYOND for each in found if each.full_at is not None]
    near = [months for months in full if months <= max(_FURTHEST, plan)]
    return min(FURTHEST_MONTHS, max([plan, *near]))


def chart(found: Sequence[Curve]) -> Markup:
    """The curves with the limit and the months in which it is reached."""
    return plot.twice(lambda is_narrow: _chart(found, is_narrow=is_narrow))


def _chart(found: Sequence[Curve], *, is_narrow: bool) -> Markup:
    n, plan = n_months(found), len(found[0].fitting.months)
    target = max(each.use.target for each in found)
    top = min(_MOST_TOP, max(_LEAST_TOP, *map(_top, found))) * target
    across = plot.Scale("", (Decimal(0), Decimal(n)), lambda _: "")
    up = plot.scale("Busiest minute, part of the limit", top, share, 5)
    names = [each.fitting.name for each in found]
    box = plot.plot(across, up, names[:MOST_NAMED], width=340 if is_narrow else 1060, height=230)
    lines = [(each, _points(each, n)) for each in found]
    marks = [*plot.scales(box, is_across=False), *_months(box, found[0].fitting.months[0])]
    if n > plan:
        marks.append(plot.upright(box, plan, "event"))
    marks.append(plot.level(box, target, "full"))
    marks += [plot.line(box, points, each.style, each.said) for each, points in reversed(lines)]
    marks += _full(box, found, n)
    marks += _names(box, lines)
    desc = "; ".join(each.said for each in found)
    name = f"saturation-{'narrow' if is_narrow else 'wide'}"
    return plot.drawn(box, marks, id_=name, title="How full the limits get", desc=desc)


def _top(curve: Curve) -> float:
    return float(curve.use.peak[fullest_month(curve.use)]) / curve.use.target * 1.1


def _points(curve: Curve, n: int) -> list[tuple[float, float]]:
    """The middle of each month, and how full the limit is in it; months without the limit are left out."""
    uses = curve.use.ahead[:n].tolist()
    return [(at + 0.5, use) for at, use in enumerate(uses) if not isnan(use)]


def _names(box: plot.Plot, lines: Sequence[tuple[Curve, plot.Points]]) -> list[Markup]:
    """Names where the lines end, or where they leave the chart."""
    inside, outside = [], []
    for each, points in lines:
        name = each.fitting.name
        left = next((x for x, y in points if y > box.up.end), None)
        if left is None:
            inside.append((name, *points[-1], each.style))
        else:
            outside.append((left - 0.5, name, f"name t-{each.style}"))
    return [*plot.names(box, inside), *plot.left_of(box, outside, box.top + 14, plot.ROW)]


def _full(box: plot.Plot, found: Sequence[Curve], n: int) -> list[Markup]:
    """The months in which limits are full, marked on their lines."""
    near = [(each, each.full_at) for each in found if each.full_at is not None and each.full_at < n]
    marks, texts = [], []
    for each, at in near:
        use = float(each.use.ahead[at])
        style = {"main": "d-main", "base": "d-base"}.get(each.style, "d-other")
        marks.append(plot.dot(box, at + 0.5, min(use, box.up.end), style, each.said))
        texts.append((at + 0.5, each.use.full_month, f"name t-{each.style}"))
    return [*marks, *plot.left_of(box, texts, box.y(near[0][0].use.target) - 8, -plot.ROW)] if near else []


def _months(box: plot.Plot, first: str) -> list[Markup]:
    """Short names of months, as many as fit; the year below the first of each year."""
    n = int(box.across.end)
    step = next((each for each in _STEPS if box.x(each) - box.x(0) >= 34), _STEPS[-1])
    marks, year, day = [], 0, date.fromisoformat(f"{first}-01")
    for at in range(n):
        if (at if step < 3 else day.month - 1) % min(step, 12) == 0 and (
            step <= 12 or (day.year - int(first[:4])) % (step // 12) == 0
        ):
            x = box.x(at + 0.5)
            marks.append(label(MONTHS[day.month - 1], x, box.bottom + 19, "mut", "middle"))
            if day.year != year:
                year = day.year
                marks.append(label(str(year), x, box.bottom + 36, "mut", "middle"))
        day = month_after(day)
    return marks


class MonthRow(Struct, frozen=True):
    """How full the limits get in one month, design by design."""

    month: str
    cells: tuple[tuple[Cell, bool], ...]
    """Each with whether it is full."""


def by_month(found: Sequence[Fitting]) -> tuple[MonthRow, ...]:
    """The months of a plan that the designs share; one without a limit has empty cells."""
    return tuple(
        MonthRow(month, tuple(_of_month(each.binding, at) for each in found))
        for at, month in enumerate(found[0].months)
    )


def by_plan(found: Sequence[Fitting]) -> list[tuple[Fitting, ...]]:
    """The designs in parts that share their months: a variant may have other ones."""
    plans = dict.fromkeys(each.months for each in found)
    return [tuple(each for each in found if each.months == months) for months in plans]


def _of_month(use: Use | None, at: int) -> tuple[Cell, bool]:
    peak = float("nan") if use is None else float(use.peak[at])
    if use is None or isnan(peak):
        return Cell("–"), False
    is_full = peak >= use.target
    sign = "✗ " if is_full else ""
    return Cell(f"{sign}{share(decimal(peak))}", number(peak)), is_full
