"""What the page on capacity says beside its tables of limits: headline, tiles, actions, bursts, sources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import inf, isfinite

from markupsafe import Markup
from msgspec import Struct

from kplan.amounts import chance, duration, share
from kplan.capacity.actions import Action
from kplan.capacity.delays import Delays
from kplan.capacity.fits import first_month, fullest_month, peak_share, until
from kplan.capacity.headroom import FURTHEST_MONTHS, Use
from kplan.capacity.limits import THIRD_PARTY, Limit
from kplan.capacity.pattern import Pattern
from kplan.capacity.study import DesignStudy, Study
from kplan.engine.montecarlo.numbers import decimal
from kplan.render.bars import Bar, Segment, stacked_bars
from kplan.render.capacity import words
from kplan.render.capacity_page.fitting import Fitting, written
from kplan.render.capacity_page.levels import level
from kplan.render.capacity_page.rows import Cell, account, number, times
from kplan.render.format import plain_text
from kplan.render.page import count
from kplan.render.paper import FIGURES
from kplan.render.tiles import Tile

UNKNOWN = Cell("–")
HERO_BARS = 6
"""So many designs at most stand in the head of the page."""
_ANSWER = re.compile(r"(?<= )(does not fit|is unstable|fits until \d{4}-\d\d|fits)(?=[ :;])")
_STYLES = {"fits": "ok"}
_UNSURE = {THIRD_PARTY: "read at a third party", "estimated": "estimated"}
"""What a limit's status means where no vendor stands behind it."""


def headline(study: Study) -> list[Markup]:
    """The sentences of the answer; whether it fits is set off in the first."""
    first, *others = study.headline
    return [_set_off(plain_text(first)), *map(_unbroken, others)]


def _set_off(text: str) -> Markup:
    found = _ANSWER.search(text)
    if found is None:
        return _unbroken(text)
    style = _STYLES.get(found[0], "part" if found[0].startswith("fits until") else "fail")
    answer = Markup('<em class="{}">{}</em>').format(style, found[0])
    return _unbroken(text[: found.start()]) + answer + _unbroken(text[found.end() :])


def _unbroken(text: str) -> Markup:
    """Amounts and dates on one line each."""
    parts = FIGURES.split(plain_text(text))
    return Markup("").join(
        Markup('<span class="nw">{}</span>').format(part) if FIGURES.fullmatch(part) else part
        for part in parts
    )


def bars(found: Sequence[Fitting]) -> Markup:
    """How full each design gets, for the head of the page."""
    kept = [(each, each.binding) for each in written(found) if each.binding is not None][:HERO_BARS]
    if not kept:
        return Markup("")
    made = [_bar(each, use) for each, use in kept if use is not None]
    top = max(Decimal(1), *(bar.total for bar in made))
    return stacked_bars(made, id_="fullest", title="How full each design gets", top=top, is_plain=True)


def _bar(fitting: Fitting, use: Use) -> Bar:
    at = fullest_month(use)
    part = number(use.peak[at])
    found = level(float(part), use.target)
    colour = found.fill.replace("u", "bar", 1)
    text = f"{found.sign} {peak_share(use, at)}"
    return Bar(fitting.name, part, text, (Segment("at most", part, text, colour),), fitting.is_shown)


def tiles(study: Study) -> tuple[Tile, ...]:
    """Four figures of the design in question; none where no limit of it is known."""
    shown, use = study.shown, study.shown.binding
    if use is None:
        return ()
    first, fullest = first_month(use), fullest_month(use)
    now, most, mean = peak_share(use, first), peak_share(use, fullest), share(number(use.mean[first]))
    return (
        Tile(
            "Fills first",
            use.limit.counting.name.capitalize(),
            f"of {use.limit.pool}: {use.limit.said()}, {account(use.limit)}",
        ),
        Tile(
            use.moment.capitalize(),
            now if now == most else f"{now} → {most}",
            f"{shown.months[first]} to {shown.months[fullest]}; mean {mean}",
            float(use.peak[fullest]) >= use.target,
        ),
        Tile("Traffic could be", times(use), f"of what comes in {shown.months[fullest]}, the fullest month"),
        _full(use, shown),
    )


def _full(use: Use, shown: DesignStudy) -> Tile:
    left = until(use, shown.months)
    far = f"as growth goes on, after {count(left, 'month')}" if left else "from the first month on"
    note = "growth does not get there" if left >= FURTHEST_MONTHS else far
    return Tile("Full in", words.full(use), note, shown.fits is False)


class Step(Struct, frozen=True):
    """One thing to do, with what it comes to."""

    text: str
    then: Cell
    """Use in the busiest minute of the fullest month, once it is done."""
    later: Cell
    """Months by which the limit is full later."""
    suffices: bool


def steps(study: Study) -> tuple[tuple[DesignStudy, tuple[Step, ...]], ...]:
    """The designs that fill a limit within the plan, the one in question first, each with what helps."""
    ranked = sorted(study.designs, key=lambda each: (each is not study.shown, each.design.added))
    return tuple((each, tuple(map(_step, each.actions))) for each in ranked if each.actions)


def _step(action: Action) -> Step:
    more = action.months_more
    later = "never full" if more == inf else words.number(more) if more > 0 else "–"
    then = number(action.use_then)
    return Step(
        action.text,
        Cell(share(decimal(action.use_then)), then),
        Cell(later, number(more) if isfinite(more) else None),
        action.suffices,
    )


class Burst(Struct, frozen=True):
    """How the calls of a trace fare at the limit of a design in one month."""

    design: str
    month: str
    use: Cell
    cells: tuple[Cell, ...]
    """Share delayed, p50, p99 and longest wait; `–` where these are not known."""
    engine: str
    why: str
    """Why they are not known; empty where they are."""


def bursts(study: Study) -> tuple[Burst, ...]:
    """The delays of all designs that meet a trace."""
    return tuple(
        Burst(
            each.design.id,
            found.month,
            Cell(share(decimal(found.use)), number(found.use)),
            tuple(_waits(found)),
            "" if found.found is None else found.found.engine,
            found.why.rstrip("."),
        )
        for each in study.designs
        for found in each.delays
    )


def _waits(delays: Delays) -> Iterator[Cell]:
    found = delays.found
    if found is None:
        yield from [UNKNOWN] * 4
    else:
        yield Cell(chance(decimal(found.delayed)), number(found.delayed))
        for seconds in (found.p50_s, found.p99_s, found.max_s):
            yield Cell(duration(decimal(seconds)), number(seconds))


def limits(study: Study) -> tuple[Limit, ...]:
    """The limits that play a part, each once."""
    found = (use.limit for each in study.designs for use in each.headroom.uses)
    return tuple({limit.id: limit for limit in found}.values())


def unsure(found: Sequence[Limit]) -> str:
    """How many limits no vendor stands behind, and what to do; empty for none."""
    counts = {said: sum(limit.status == status for limit in found) for status, said in _UNSURE.items()}
    told = [_of_all(n, len(found), said) for said, n in counts.items() if n]
    return f"{'; '.join(told)}: look up your own in the provider's console." if told else ""


def _of_all(n: int, n_all: int, said: str) -> str:
    """`All 6 limits are estimated`, `1 of 6 limits is estimated`."""
    which = f"{n} of {n_all}" if n < n_all else "The" if n == 1 else f"All {n}"
    return f"{which} limit{'s' if n_all > 1 else ''} {'is' if n == 1 else 'are'} {said}"


def is_unsure(limit: Limit) -> bool:
    """Whether no vendor stands behind it, nor the user."""
    return limit.status in _UNSURE


def trace(traffic: Pattern) -> str:
    """How bursty the trace is, in one sentence; empty without one."""
    found = traffic.bursts
    if found is None:
        return ""
    minute = found.peak_to_mean[60.0]
    return (
        f"{found.n_calls:,} calls in {duration(decimal(found.span_s))}; busiest minute"
        f" {words.number(minute)} x the mean; index of dispersion {words.number(found.dispersion)}"
        " in 60 s (Poisson arrivals: 1)."
    )


class InFlight(Struct, frozen=True):
    """Calls of a design with the providers at once."""

    design: str
    cells: tuple[Cell, ...]
    """Mean and busiest minute of the first month and of the last; then, behind limits, p99 and most."""
    engine: str
    """Of the two behind limits; empty where they are not known."""
    why: str
    """Why nothing is known; empty where something is."""


def in_flight(study: Study) -> tuple[InFlight, ...]:
    """The designs that the scenario writes down."""
    return tuple(_flight(each) for each in study.designs if not each.design.added)


def _flight(each: DesignStudy) -> InFlight:
    pairs = [each.in_flight(month) for month in (0, len(each.months) - 1)]
    calm = [UNKNOWN if pair is None else _number(pair[n]) for pair in pairs for n in (0, 1)]
    behind = None if each.loaded is None else each.loaded.in_flight
    most = [UNKNOWN] * 2 if behind is None else [_number(behind.p99), _number(behind.most)]
    engine = "" if behind is None else behind.engine
    return InFlight(each.design.id, (*calm, *most), engine, "; ".join(each.flight.unknown))


def _number(value: float) -> Cell:
    return Cell(words.number(value), number(value))
