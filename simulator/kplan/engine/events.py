"""Price changes, deprecations and retirements inside the horizon, as rows that people can read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from kplan.amounts import share as percent
from kplan.engine.calendar import Horizon
from kplan.engine.results import Event
from kplan.engine.timeline import RateChange, RateKey, Step, steps
from kplan.money import exact, plain, quotient, rounded
from kplan.prices.meters import METERS
from kplan.prices.models import ModelRow
from kplan.prices.rates import MeterRates

Users = Mapping[tuple[str, str, str], tuple[str, ...]]
"""Designs that run on a model, by its full name, mode and region."""


def price_events(changes: Iterable[RateChange], users: Users, held_on: date | None) -> list[Event]:
    """One event a day, model, mode and region: meters that change by the same factor are told together.

    held_on   the day whose prices the plan holds, if it does; its events are told but not applied
    """
    grouped: dict[tuple[date, str, str, str], dict[str, RateChange]] = {}
    for change in changes:
        key = change.key
        grouped.setdefault((change.on, key.model.ref, key.mode, key.region), {})[change.meter] = change
    return [
        _price_event(on, list(group.values()), users.get((ref, mode, region), ()), held_on)
        for (on, ref, mode, region), group in sorted(grouped.items())
    ]


def _price_event(on: date, group: list[RateChange], designs: tuple[str, ...], held_on: date | None) -> Event:
    order = list(METERS)
    group.sort(key=lambda change: order.index(change.meter) if change.meter in order else len(order))
    meters = tuple(change.meter for change in group)
    factors = {_factor(change) for change in group}
    factor = factors.pop() if len(factors) == 1 else None
    if factor is not None:
        moved = f"{', '.join(meters)} x{_short(factor)}"
    else:
        moved = ", ".join(said for change in group for said in _moves(change))
    status = _status(group[0])
    held = f"; not applied, prices are held at {held_on}" if held_on else ""
    text = f"{on} {_name(group[0].key)} {moved} ({status}{held})"
    return Event(on, "price", group[0].key.model.ref, meters, text, designs, status, held_on is None)


def _name(key: RateKey) -> str:
    mode = "" if key.mode == "standard" else key.mode
    return " ".join(filter(None, (key.model.id, mode, key.region)))


def _status(change: RateChange) -> str:
    rates = change.new or change.old
    return rates.tiers[0].rows[0].row.status if rates else ""


def _factor(change: RateChange) -> Decimal | None:
    """New over old where every step and window stays and all prices change by one factor."""
    old, new = steps(change.old), steps(change.new)
    if [_frame(step) for step in old] != [_frame(step) for step in new]:
        return None
    pairs = [
        (before[0], after[0])
        for left, right in zip(old, new, strict=True)
        for before, after in zip(left.prices, right.prices, strict=True)
    ]
    if not pairs or not all(before for before, _ in pairs):
        return None
    factors = {quotient(after, before) for before, after in pairs}
    return factors.pop() if len(factors) == 1 else None


def _frame(step: Step) -> tuple[int, bool, tuple[Decimal, ...]]:
    return step.over_input_tokens, step.is_marginal, tuple(weight for _, weight in step.prices)


def _moves(change: RateChange) -> Iterator[str]:
    """Each step of a meter whose price moves, old -> new."""
    old, new = steps(change.old), steps(change.new)
    for over in sorted({step.over_input_tokens for step in (*old, *new)}):
        before, after = _at(old, over, change.old), _at(new, over, change.new)
        if before != after:
            above = f" above {over:,} {_counted(change.meter)}" if over else ""
            yield f"{change.meter}{above} {before} -> {after}"


def _counted(meter: str) -> str:
    """What the steps of a meter count: tokens of the request, or the meter's own units."""
    unit = METERS[meter].unit if meter in METERS else "token"
    return f"{unit}s" if unit != "token" else "tokens"


def _at(found: Sequence[Step], over: int, rates: MeterRates | None) -> str:
    """What requests above a size cost: `$3`, or `$3 in 29% of hours, else $1`."""
    held = [step for step in found if step.over_input_tokens <= over]
    if not held or rates is None:
        return "nothing"
    per = Decimal(rates.tiers[0].rows[0].row.per)
    *some, rest = held[-1].prices
    with exact():
        parts = [f"${plain(usd * per)} in {percent(weight)} of hours" for usd, weight in some]
        last = f"${plain(rest[0] * per)}{' for what lies above' if held[-1].is_marginal else ''}"
    return ", ".join([*parts, f"else {last}" if parts else last])


def _short(factor: Decimal) -> str:
    return plain(factor) if len(plain(factor)) <= 6 else plain(rounded(factor, 3))


def life_events(
    models: Iterable[ModelRow],
    plan: Horizon,
    designs: Mapping[str, tuple[str, ...]],
    held_on: date | None,
) -> list[Event]:
    """Models whose end is announced or comes within the horizon; the plan goes on at their last price.

    held_on   the day whose prices the plan holds, if it does: what happens between that day and the plan's
              first one is told too
    """
    found = []
    for model in models:
        heir = f"; successor {model.successor}" if model.successor else "; no successor is known"
        for kind, on, text in (
            ("deprecation", model.deprecated_on, f"is deprecated{heir}"),
            ("retirement", model.retires_on, f"retires{heir} (priced on at its last rate)"),
        ):
            if on is not None and (held_on or plan.starts_on) <= on < plan.ends_on:
                users = designs.get(model.ref, ())
                found.append(Event(on, kind, model.ref, (), f"{on} {model.id} {text}", users, "announced"))
    return found
