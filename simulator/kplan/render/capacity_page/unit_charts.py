"""The load-duration curve with base and peak, and what a month costs against its volume."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

import numpy as np
from markupsafe import Markup

from kplan.amounts import money, quantity
from kplan.capacity.base_load import load_duration
from kplan.capacity.headroom import Array
from kplan.capacity.purchases import PAYG, ModelQuote, break_even_curve
from kplan.engine.montecarlo.numbers import decimal
from kplan.money import plain
from kplan.render.capacity import words
from kplan.render.capacity_page import plot
from kplan.render.svg import axis_usd

_OTHER_STYLES = 6
_PANEL, _NARROW, _HEIGHT = 520.0, 340.0, 240.0
_HOURS_OF_WEEK = 168


def duration_chart(found: ModelQuote) -> Markup:
    """Units that the hours of the week fill, the busiest first, with the base and the peak."""
    return plot.twice(lambda is_narrow: _duration(found, is_narrow=is_narrow))


def _duration(found: ModelQuote, *, is_narrow: bool) -> Markup:
    loads, cheapest = load_duration(found.loads), found.quote.cheapest
    base, peak = cheapest.base or cheapest.peak, cheapest.peak
    unit = found.quote.sizing.offer.unit
    across = plot.scale("hours of the week, the busiest first", float(_HOURS_OF_WEEK), plain, 7)
    across = plot.Scale(across.title, tuple(Decimal(24) * n for n in range(8)), plain)
    up = plot.scale(f"{unit} filled", max(float(loads.max()), float(peak.units)) or 1.0, counted, 5)
    levels = [(f"peak {peak.units:,}", float(peak.units), "full")]
    if base.units:
        levels.append((f"base {base.units:,}", float(base.units), "main"))
    box = plot.plot(across, up, [name for name, _, _ in levels], width=_width(is_narrow), height=_HEIGHT)
    steps = [(float(n + d), float(load)) for n, load in enumerate(loads) for d in (0, 1)]
    served = [(x, min(y, float(base.units))) for x, y in steps]
    marks = [*plot.scales(box), plot.band(box, [(x, 0.0) for x, _ in steps], served, "main")]
    marks += [plot.level(box, units, f"{style} level") for _, units, style in levels]
    marks.append(plot.line(box, steps, "base", "Load of each hour"))
    marks += plot.names(box, [(name, across.end, units, style) for name, units, style in levels])
    desc = f"from {words.number(float(loads[0]))} to {words.number(float(loads[-1]))} {unit}; " + "; ".join(
        name for name, _, _ in levels
    )
    return plot.drawn(
        box, marks, id_=_id("duration", is_narrow), title=f"Load of {found.offer_id}", desc=desc
    )


def break_even_chart(found: ModelQuote) -> Markup:
    """What a month costs against its volume, paid call by call and by term; dots where that gets dearer."""
    return plot.twice(lambda is_narrow: _break_even(found, is_narrow=is_narrow))


def _break_even(found: ModelQuote, *, is_narrow: bool) -> Markup:
    volumes, costs = break_even_curve(found)
    styled = _styled(costs)
    across = plot.scale("queries a month", float(volumes[-1]), counted, 3 if is_narrow else 5)
    up = plot.scale("US$ a month", 1.3 * float(costs[PAYG][-1]) or 1.0, axis_usd, 5)
    names = [name for name, _, _ in styled]
    box = plot.plot(across, up, names, width=_width(is_narrow), height=_HEIGHT)
    marks = [*plot.scales(box), plot.upright(box, float(found.queries), "event")]
    ends: list[tuple[str, float, float, str]] = []
    leaving = [(float(found.queries), "plan", "name mut")]
    for name, usd, style in styled:
        points = list(zip(volumes.tolist(), usd.tolist(), strict=True))
        marks.append(plot.line(box, points, style, name))
        left = next((x for x, y in points if y > up.end), None)
        if left is None:
            ends.append((name, *points[-1], style))
        else:
            leaving.append((left, name, f"name t-{style}"))
    marks += _cheaper(box, volumes, costs)
    marks += [*plot.names(box, ends), *plot.left_of(box, leaving, box.top + 14, plot.ROW)]
    desc = "; ".join(f"{name}: {money(decimal(float(usd[-1])))} at most" for name, usd, _ in styled)
    return plot.drawn(box, marks, id_=_id("break-even", is_narrow), title="Cost by volume", desc=desc)


def _cheaper(box: plot.Plot, volumes: Array, costs: dict[str, Array]) -> Iterator[Markup]:
    """Dots where ways of buying get cheaper than paying call by call."""
    for name, volume, usd in crossings(volumes, costs):
        said = f"{_short(name)}: cheaper from {counted(decimal(volume))} queries a month"
        yield plot.dot(box, volume, usd, "d-main" if name == _least(costs) else "d-other", said)


def _styled(costs: dict[str, Array]) -> list[tuple[str, Array, str]]:
    """Names, costs and classes of lines: call by call as the baseline, the cheapest as the main one.

    A way of buying that never buys anything is the baseline again, and left out.
    """
    styles = {PAYG: "base", _least(costs): "main"}
    others = [name for name in costs if name not in styles and not np.allclose(costs[name], costs[PAYG])]
    styles |= {name: f"o{n % _OTHER_STYLES}" for n, name in enumerate(others)}
    return [(_short(name), costs[name], style) for name, style in reversed(styles.items())]


def _least(costs: dict[str, Array]) -> str:
    """The cheapest way of buying over all volumes."""
    return min((name for name in costs if name != PAYG), key=lambda name: float(costs[name].sum()))


def _short(name: str) -> str:
    """As it stands in a chart: `1 year base`."""
    return name.replace(", best base", " base").replace(", for the peak", " peak")


def crossings(volumes: Array, costs: dict[str, Array]) -> Iterator[tuple[str, float, float]]:
    """Where each way of buying gets cheaper than paying call by call: its name, queries a month, US$."""
    payg = costs[PAYG]
    for name, usd in costs.items():
        gap = (payg - usd).tolist()
        for n, (before, after) in enumerate(pairwise(gap)):
            if before <= 1e-9 * float(payg[-1]) < after:
                part = 0.0 if after == before else max(0.0, -before / (after - before))
                volume = float(volumes[n] + part * (volumes[n + 1] - volumes[n]))
                yield name, volume, float(np.interp(volume, volumes, payg))
                break


def counted(value: Decimal) -> str:
    """A round number of things: `250k`, `1.5M`."""
    for size, suffix in ((Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "M"), (Decimal(1000), "k")):
        if value >= size:
            return f"{plain(decimal(float(f'{value / size:.3g}')))}{suffix}"
    return quantity(decimal(float(f"{value:.3g}")))


def _width(is_narrow: bool) -> float:
    return _NARROW if is_narrow else _PANEL


def _id(name: str, is_narrow: bool) -> str:
    return f"{name}-{'narrow' if is_narrow else 'wide'}"
