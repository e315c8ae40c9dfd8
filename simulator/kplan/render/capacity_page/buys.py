"""What units pay: offers by term, the load-duration curve, cost against volume, what designs buy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

import numpy as np
from markupsafe import Markup
from msgspec import Struct

from kplan.amounts import added, change, money, quantity, share
from kplan.capacity.base_load import Purchase, load_duration
from kplan.capacity.headroom import Array
from kplan.capacity.offers import HOURS
from kplan.capacity.purchases import PAYG, Bought, ModelQuote, break_even_curve
from kplan.capacity.quotes import TermQuote
from kplan.capacity.study import DesignStudy, Study
from kplan.engine.montecarlo.numbers import decimal
from kplan.money import ONE, plain
from kplan.render.capacity import words
from kplan.render.capacity_page import plot
from kplan.render.capacity_page.rows import Cell, number
from kplan.render.svg import axis_usd

_OTHER_STYLES = 6
_PANEL, _NARROW, _HEIGHT = 520.0, 340.0, 240.0
_HOURS_OF_WEEK = 168


def is_shown(study: Study) -> bool:
    """Whether something is on offer for a design, or bought."""
    return any(each.quotes or each.bought or each.not_quoted for each in study.designs)


def quoted(study: Study) -> DesignStudy | None:
    """The design whose offers are shown: the one in question, else the first that has some."""
    ranked = sorted(study.designs, key=lambda each: (each is not study.shown, each.design.added))
    return next((each for each in ranked if each.quotes), None)


class Line(Struct, frozen=True):
    """One term of an offer."""

    offer: str
    unit: str
    term: str
    peak: Cell
    """Units for the peak."""
    peak_usd: Cell
    """What they cost a month."""
    pays_from: Cell
    """Utilisation from which a unit costs less than the calls that it serves."""
    base: Cell
    """Units that are best to buy."""
    usd: Cell
    """What a month costs with them and what they leave."""
    spilled: Cell
    """Share of the work that they leave."""
    saved: Cell
    """Against paying for each call."""
    saves: bool


def lines(found: DesignStudy) -> tuple[Line, ...]:
    """The terms of all offers, the cheapest first."""
    terms = [(quote, term) for quote in found.quotes for term in quote.quote.terms]
    return tuple(_line(*each) for each in sorted(terms, key=lambda each: _best(each[1]).usd))


def _best(term: TermQuote) -> Purchase:
    return term.base or term.peak


def _line(found: ModelQuote, term: TermQuote) -> Line:
    best, payg, even = _best(term), found.quote.payg, term.break_even
    kept = best.usd / payg.usd if payg is not None and payg.usd else None
    return Line(
        offer=found.offer_id,
        unit=found.quote.sizing.offer.unit,
        term=term.price.term,
        peak=_units(term.peak),
        peak_usd=_usd(term.peak.usd),
        pays_from=Cell("–")
        if even is None
        else Cell(f"{share(even)} used" if even <= ONE else "never", even),
        base=_units(best),
        usd=_usd(best.usd),
        spilled=Cell(share(decimal(best.spilled_share)), number(best.spilled_share)),
        saved=Cell("–") if kept is None else Cell(change(decimal(1 - kept)), number(kept - 1)),
        saves=kept is not None and best.units > 0 and kept < 1,
    )


def _units(bought: Purchase) -> Cell:
    return Cell(f"{bought.units:,}", Decimal(bought.units))


def _usd(usd_per_hour: float) -> Cell:
    """Of a month."""
    usd = decimal(usd_per_hour) * HOURS["month"]
    return Cell(money(usd), usd)


def best(found: DesignStudy) -> ModelQuote | None:
    """The offer that is drawn: the one whose best purchase costs least, of those that have a price beside."""
    known = [each for each in found.quotes if each.quote.payg is not None and each.loads.any()]
    return min(known, key=lambda each: _best(each.quote.cheapest).usd, default=None)


def answer(found: ModelQuote) -> str:
    """What is best to buy of it, in one sentence."""
    term, payg = found.quote.cheapest, found.quote.payg
    bought, unit = _best(term), found.quote.sizing.offer.unit
    assert payg is not None
    as_you_go = money(_usd(payg.usd).value or Decimal(0))
    if not bought.units:
        return f"No number of {unit} pays: each call by itself costs {as_you_go} a month."
    less = change(decimal(1 - bought.usd / payg.usd)) if payg.usd else ""
    return (
        f"Best are {bought.units:,} {unit} for {term.price.term} of {found.offer_id}, with"
        f" {share(decimal(bought.spilled_share))} of the work paid call by call:"
        f" {_usd(bought.usd).text} a month against {as_you_go} ({less})."
    )


def duration_chart(found: ModelQuote) -> Markup:
    """Units that the hours of the week fill, the busiest first, with the base and the peak."""
    return plot.twice(lambda is_narrow: _duration(found, is_narrow=is_narrow))


def _duration(found: ModelQuote, *, is_narrow: bool) -> Markup:
    loads, cheapest = load_duration(found.loads), found.quote.cheapest
    base, peak = _best(cheapest), cheapest.peak
    unit = found.quote.sizing.offer.unit
    across = plot.scale("hours of the week, the busiest first", float(_HOURS_OF_WEEK), plain, 7)
    across = plot.Scale(across.title, tuple(Decimal(24) * n for n in range(8)), plain)
    up = plot.scale(f"{unit} filled", max(float(loads.max()), float(peak.units)) or 1.0, _count, 5)
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
    across = plot.scale("queries a month", float(volumes[-1]), _count, 3 if is_narrow else 5)
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
        said = f"{_short(name)}: cheaper from {_count(decimal(volume))} queries a month"
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


class Crossing(Struct, frozen=True):
    """A way of buying, and from which volume on it costs less than paying call by call."""

    name: str
    volume: Cell
    """Queries a month; `–` where that is further than twice the plan."""


def crossovers(found: ModelQuote) -> tuple[Crossing, ...]:
    """All ways of buying."""
    volumes, costs = break_even_curve(found)
    at = {name: volume for name, volume, _ in crossings(volumes, costs)}
    return tuple(
        Crossing(name, Cell(_count(decimal(at[name])), number(at[name])) if name in at else Cell("–"))
        for name in costs
        if name != PAYG
    )


class Purchased(Struct, frozen=True):
    """Units that a design buys."""

    design: str
    label: str
    units: Cell
    total: Cell
    months: tuple[tuple[str, Cell, Cell, Cell], ...]
    """Month, what the units cost, how much they are used, what spills."""
    said: str


def purchased(study: Study) -> tuple[Purchased, ...]:
    """What all designs buy."""
    return tuple(_purchased(each, bought) for each in study.designs for bought in each.bought)


def _purchased(each: DesignStudy, bought: Bought) -> Purchased:
    total = added(bought.usd_per_month)
    by_month = zip(each.months, bought.usd_per_month, bought.utilisation, bought.spilled_share, strict=True)
    return Purchased(
        each.design.id,
        bought.label,
        Cell(f"{bought.units:,}", Decimal(bought.units)),
        Cell(money(total), total),
        tuple(
            (
                month,
                Cell(money(usd), usd),
                Cell(share(decimal(used)), number(used)),
                Cell(share(spilled), spilled),
            )
            for month, usd, used, spilled in by_month
        ),
        bought.said,
    )


def _count(value: Decimal) -> str:
    """A round number of things: `250k`, `1.5M`."""
    for size, suffix in ((Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "M"), (Decimal(1000), "k")):
        if value >= size:
            return f"{plain(decimal(float(f'{value / size:.3g}')))}{suffix}"
    return quantity(decimal(float(f"{value:.3g}")))


def _width(is_narrow: bool) -> float:
    return _NARROW if is_narrow else _PANEL


def _id(name: str, is_narrow: bool) -> str:
    return f"{name}-{'narrow' if is_narrow else 'wide'}"


def notes(found: Sequence[DesignStudy]) -> tuple[str, ...]:
    """What is on offer and cannot be quoted, each once."""
    told = (f"{each.what}: {each.why}." for design in found for each in design.not_quoted)
    return tuple(dict.fromkeys(told))
