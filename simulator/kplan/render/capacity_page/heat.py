"""How full a limit is in every hour of the week: 7 x 24 figures, and where it is busiest."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from msgspec import Struct

from kplan.amounts import share
from kplan.capacity.fits import fullest_month
from kplan.capacity.headroom import Use
from kplan.capacity.week import HOURS_OF_DAY
from kplan.engine.montecarlo.numbers import decimal
from kplan.prices.windows import WEEKDAYS
from kplan.render.capacity_page.fitting import Fitting
from kplan.render.capacity_page.levels import Level, bounds, fill
from kplan.render.capacity_page.rows import number

HOURS = tuple(f"{hour:02d}" for hour in range(HOURS_OF_DAY))


class Cell(Struct, frozen=True):
    """One hour: its use in percent, and the number behind it."""

    text: str
    value: Decimal
    style: str
    """Classes of its colour, and of the busiest hour."""


class Heat(Struct, frozen=True, eq=False):
    """The week of one limit of a design, in its fullest month."""

    fitting: Fitting
    use: Use
    month: str
    moment: str
    """What the figures are of: `busiest minute`, `mean`."""
    busiest: str
    """The hour that binds and its use; empty where all hours are alike."""
    days: tuple[tuple[str, tuple[Cell, ...]], ...]
    legend: tuple[tuple[Level, str], ...]

    @property
    def hours(self) -> tuple[tuple[str, tuple[Cell, ...]], ...]:
        """The same with the days beside each other, for a narrow page."""
        columns = zip(*(cells for _, cells in self.days), strict=True)
        return tuple(zip(HOURS, columns, strict=True))

    @property
    def weekdays(self) -> tuple[str, ...]:
        """Monday first."""
        return WEEKDAYS


def heat(fitting: Fitting) -> Heat | None:
    """The week of the limit that binds; None where none is known."""
    use = fitting.binding
    if use is None:
        return None
    at = fullest_month(use)
    week = use.hours[at] * use.peak_factor
    top = float(week.max())
    is_even = bool(np.all(week == top))
    cells = [_cell(float(hour), use.target, is_top=hour == top and not is_even) for hour in week]
    days = ((day, tuple(cells[n * HOURS_OF_DAY : (n + 1) * HOURS_OF_DAY])) for n, day in enumerate(WEEKDAYS))
    return Heat(
        fitting=fitting,
        use=use,
        month=fitting.months[at],
        moment=use.moment.replace("busiest day", "mean of the day"),
        busiest="" if is_even else f"{use.binding_hour}, {share(decimal(top))}",
        days=tuple(days),
        legend=tuple(bounds(use.target)),
    )


def _cell(use: float, target: float, *, is_top: bool) -> Cell:
    style = fill(use, target)
    return Cell(share(decimal(use)).removesuffix("%"), number(use), f"{style} top" if is_top else style)
