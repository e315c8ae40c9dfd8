"""The words and cells of capacity that its text formats share; names in them are still foreign text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import inf

from kplan.amounts import chance, duration, money, quantity
from kplan.capacity.delays import Delays
from kplan.capacity.fits import first_month, fullest_month, peak_share, room
from kplan.capacity.headroom import FURTHEST_MONTHS, Use
from kplan.capacity.pattern import Pattern
from kplan.capacity.study import DesignStudy, Study
from kplan.engine.montecarlo.numbers import decimal
from kplan.money import rounded
from kplan.render.columns import Column
from kplan.render.format import plain_text, share

UNKNOWN = "unknown"


def names(study: Study) -> tuple[str, ...]:
    """The designs as they are printed; an added one behind a `+`."""
    return tuple(("+ " if d.design.added else "") + plain_text(d.design.id) for d in study.designs)


def design_columns(study: Study) -> list[Column]:
    """What each design costs, and the limit that binds it."""
    designs = study.designs
    uses = [each.binding for each in designs]
    n_months = {len(each.months) for each in designs}
    head = f"{n_months.pop()} months" if len(n_months) == 1 else "all months"
    return [
        Column(head, tuple(money(each.design.total_usd) for each in designs)),
        Column("binds first", tuple(UNKNOWN if u is None else limit(u) for u in uses), is_text=True),
        Column("at most", tuple("" if u is None else peak_share(u, fullest_month(u)) for u in uses), 1),
        Column("room", tuple("" if u is None else _times(u) for u in uses)),
        Column("full", tuple("" if u is None else full(u) for u in uses), is_text=True),
    ]


def limit_columns(uses: Sequence[Use], pattern: Pattern) -> list[Column]:
    """What a design takes of each of its limits."""
    return [
        Column("allows", tuple(use.limit.said() for use in uses), 2),
        Column("mean", tuple(_mean(use) for use in uses)),
        Column("peak", tuple(peak_share(use, first_month(use)) for use in uses)),
        Column("at most", tuple(peak_share(use, fullest_month(use)) for use in uses)),
        Column("room", tuple(_times(use) for use in uses)),
        Column("full", tuple(full(use) for use in uses), is_text=True),
        Column("busiest", tuple(busiest(use, pattern) for use in uses), 1, is_text=True),
    ]


def limit(use: Use) -> str:
    """The limit by the models that share it and what it counts: `claude-sonnet-5-5 input`."""
    return plain_text(f"{use.limit.pool} {use.limit.counting.name}")


def full(use: Use) -> str:
    """The first month in which the limit is full; `> 20 years` where none is by then."""
    return use.full_month or f"> {FURTHEST_MONTHS // 12} years"


def busiest(use: Use, pattern: Pattern) -> str:
    """The hour of the week that binds; `any` where all are alike, nothing where none is used."""
    if not use.demand.per_query:
        return ""
    return "any" if pattern.week_source == "even" else use.binding_hour


def _mean(use: Use) -> str:
    return share(decimal(float(use.mean[first_month(use)])))


def _times(use: Use) -> str:
    return room(use, fullest_month(use)).removeprefix("room for ").replace("room ", "")


def in_flight(design: DesignStudy) -> Iterator[str]:
    """How many calls are with the providers at once, in the first and in the last month."""
    yield from (f"unknown: {why}." for why in design.flight.unknown)
    told: dict[tuple[float, float], int] = {}
    for month in (0, len(design.months) - 1):
        if (found := design.in_flight(month)) is not None:
            told.setdefault(found, month)
    for pair, month in told.items():
        mean, peak = map(number, pair)
        yield f"{mean} calls on average in {design.months[month]}, {peak} in the busiest minute."


def next_steps(design: DesignStudy) -> Iterator[str]:
    """What helps, the cheapest first, and how far."""
    for each in design.actions:
        later = each.months_more
        more = f", full {number(later)} months later" if 0 < later < inf else ""
        less = "" if each.suffices else "; that is not enough"
        yield f"{each.text}: then {share(decimal(each.use_then))} at most{more}{less}."


def bursts(design: DesignStudy, pattern: Pattern) -> Iterator[str]:
    """How the calls of the trace fare at the limit that binds."""
    file = pattern.trace.file if pattern.trace else ""
    for each in design.delays:
        yield f"{file} in {each.month}: {_fares(each)}."


def _fares(delays: Delays) -> str:
    found = delays.found
    if found is None:
        return delays.why.rstrip(".")
    delayed = chance(decimal(found.delayed))
    p99, longest = (duration(decimal(seconds)) for seconds in (found.p99_s, found.max_s))
    return f"{delayed} of the calls wait, or are refused at first; p99 {p99}, at most {longest}"


def engines(design: DesignStudy) -> str:
    """Which engine each of the figures is from."""
    told = [f"use, room and months {design.headroom.engine}", f"in flight {design.flight.engine}"]
    if design.loaded is not None:
        told.append(f"under load {design.loaded.busiest.engine}")
    if design.quotes or design.bought:
        told.append("units hour-of-week grid, calls evenly within an hour: bursts spill more")
    found = [each.found for each in design.delays if each.found is not None]
    return "; ".join([*told, *(f"bursts {each.engine}" for each in found[:1])])


def traffic(pattern: Pattern) -> str:
    """Where the hours come from and how busy the busiest minute is."""
    week = (
        "every hour alike" if pattern.week_source == "even" else f"week {pattern.week_source} ({pattern.tz})"
    )
    return f"{week}, busiest minute {number(float(pattern.week.max()) * pattern.peak_factor)} x the mean"


def sources(study: Study) -> str:
    """When the limits of the designs were read, and those that nobody saw at the vendor's."""
    uses = [use for each in study.designs for use in each.headroom.uses]
    found = dict.fromkeys(
        f"{use.limit.provider} ({use.limit.status}), checked {use.limit.checked_on or UNKNOWN}"
        for use in uses
    )
    return "; ".join(found)


def number(value: float) -> str:
    """To three digits: `0.0412`, `26.1`, `1,340`."""
    return in_digits(decimal(value))


def in_digits(value: Decimal) -> str:
    """The same of a decimal."""
    return quantity(rounded(value, max(0, 2 - value.adjusted()))) if value else "0"


def is_unknown(study: Study) -> bool:
    """Whether no limit is known for any of the designs."""
    return all(each.binding is None for each in study.designs)
