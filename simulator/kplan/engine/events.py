"""Price changes and retirements inside the horizon, as rows that people can read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from kplan.engine.calendar import Horizon
from kplan.engine.results import Event
from kplan.engine.timeline import RateChange
from kplan.money import plain, quotient, rounded
from kplan.prices.meters import METERS
from kplan.prices.models import ModelRow
from kplan.prices.rates import MeterRates


def price_events(changes: Iterable[RateChange], designs: Mapping[str, tuple[str, ...]]) -> list[Event]:
    """One event a day and model: meters that change by the same factor are told together.

    designs   which designs run on a model, by its ref
    """
    grouped: dict[tuple[date, str, str], list[RateChange]] = {}
    for change in changes:
        group = grouped.setdefault((change.on, change.key.model.ref, change.key.mode), [])
        if change not in group:
            group.append(change)
    return [
        _price_event(on, ref, mode, group, designs.get(ref, ()))
        for (on, ref, mode), group in sorted(grouped.items())
    ]


def _price_event(on: date, ref: str, mode: str, group: list[RateChange], designs: tuple[str, ...]) -> Event:
    order = list(METERS)
    group = sorted(
        group, key=lambda change: order.index(change.meter) if change.meter in order else len(order)
    )
    meters = tuple(change.meter for change in group)
    factors = {_factor(change) for change in group}
    factor = factors.pop() if len(factors) == 1 else None
    if factor is not None:
        moved = f"{', '.join(meters)} x{_short(factor)}"
    else:
        moved = ", ".join(
            f"{change.meter} {_amount(change.old)} -> {_amount(change.new)}" for change in group
        )
    status = group[0].new.tiers[0].rows[0].row.status
    service = "" if mode == "standard" else f" {mode}"
    text = f"{on} {group[0].key.model.id}{service} {moved} ({status})"
    return Event(on, "price", ref, meters, text, designs, status)


def _factor(change: RateChange) -> Decimal | None:
    """New over old where every step and window changes by the same factor."""
    old = [weighted.row.usd_per_unit for tier in change.old.tiers for weighted in tier.rows]
    new = [weighted.row.usd_per_unit for tier in change.new.tiers for weighted in tier.rows]
    if len(old) != len(new) or not all(old):
        return None
    factors = {quotient(after, before) for before, after in zip(old, new, strict=True)}
    return factors.pop() if len(factors) == 1 else None


def _short(factor: Decimal) -> str:
    return plain(factor) if len(plain(factor)) <= 6 else plain(rounded(factor, 3))


def _amount(rates: MeterRates) -> str:
    row = rates.tiers[0].rows[0].row
    more = " and more" if len(rates.tiers) > 1 or len(rates.tiers[0].rows) > 1 else ""
    return f"${plain(row.usd)}{more}"


def retirements(
    models: Iterable[ModelRow], plan: Horizon, designs: Mapping[str, tuple[str, ...]]
) -> list[Event]:
    """Models that retire within the horizon; the plan goes on at their last price, and says so."""
    found = []
    for model in models:
        on = model.retires_on
        if on is not None and plan.starts_on <= on < plan.ends_on:
            heir = f"; successor {model.successor}" if model.successor else "; no successor is known"
            text = f"{on} {model.id} retires{heir} (priced on at its last rate)"
            found.append(
                Event(on, "retirement", model.ref, (), text, designs.get(model.ref, ()), "announced")
            )
    return sorted(found, key=lambda event: (event.on, event.model))
