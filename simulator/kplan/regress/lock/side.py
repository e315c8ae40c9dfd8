"""What a lock holds of a scenario as one side of a comparison: enough for every effect of the split."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal, Inexact
from fractions import Fraction
from functools import cache, partial
from itertools import pairwise
from typing import Any

from kplan.engine.ledger import Kind, LedgerRow
from kplan.engine.timeline import Timeline
from kplan.errors import KplanError
from kplan.form.numbers import clipped
from kplan.money import ZERO, exact, quotient
from kplan.prices.book import load_book
from kplan.prices.windows import HourProfile
from kplan.regress.attribution import LineId
from kplan.regress.lock.entry import Entry, LockedStage
from kplan.regress.lock.reader import LockFile
from kplan.regress.priced import PricedCalls
from kplan.regress.runs import Run, RunDesign
from kplan.scenario.load import ALL
from kplan.scenario.names import meant


def locked_run(lock: LockFile, file: str, variants: Collection[str], name: str) -> Run:
    """The run of a locked scenario; raises KplanError for a variant that is not locked.

    file       what the lock calls the scenario
    variants   names, or `all`; none is the scenario as it stands
    """
    of_file = list(lock.of_file(file).values())
    known = [entry.id.variant for entry in of_file]
    for variant in variants:
        if variant not in (*known, ALL):
            raise KplanError(f"{name}: {file} is not locked under {clipped(variant)}{meant(variant, known)}")
    wanted = {""} if not variants else set(known) - {""} if ALL in variants else set(variants)
    entries = [entry for entry in of_file if entry.id.variant in wanted]
    if not entries:
        raise KplanError(f"{name}: {file} is not locked{' as it stands' if not variants else ' so'}")
    plans = {entry.id.name: cache(partial(priced_plan, entry)) for entry in entries}
    return Run(
        name=name,
        scenario_sha256="",
        book_sha256="",
        kplan_version=entries[0].kplan_version,
        designs=tuple(map(_design, entries)),
        ledger=tuple(row for entry in entries for row in _ledger(entry, plans[entry.id.name]())),
        events=(),
        plans=plans,
    )


def chosen_file(lock: LockFile, other: Iterable[str], name: str) -> str:
    """The locked scenario that the other side of a comparison means.

    other   what the lock would call the other side's scenario, likeliest first
    Raises KplanError where that is none of several.
    """
    files = sorted(lock.files)
    if not files:
        raise KplanError(f"{name}: nothing is locked there")
    found = [file for file in other if file in files]
    if found or len(files) == 1:
        return found[0] if found else files[0]
    raise KplanError(
        f"{name}: it holds {', '.join(map(clipped, files[:9]))}{', …' if len(files) > 9 else ''};"
        " the other side must be one of these scenarios, so that it is clear which one is meant"
    )


def priced_plan(entry: Entry) -> PricedCalls:
    """The entry's calls at its prices."""
    rows = [price.row for price in entry.prices]
    book = load_book(embedded=False).with_rows("lock", rows)
    profile = entry.profile.hour_profile() if entry.profile else HourProfile.uniform()
    return PricedCalls(
        Timeline(book, entry.horizon, profile, entry.freeze),
        {(entry.id.design, *key): slot for key, slot in entry.slots.items()},
        tuple(Fraction(month.queries) for month in entry.months),
    )


def _design(entry: Entry) -> RunDesign:
    return RunDesign(
        id=entry.id.name,
        design=entry.id.design,
        variant=entry.id.variant,
        added=False,
        total_usd=entry.total_usd,
        months=entry.months,
        stages={stage.id: stage.models for stage in entry.stages},
    )


def _ledger(entry: Entry, plan: PricedCalls) -> Iterator[LedgerRow]:
    """The lines of the bill; those of a stage add up to what was locked: the last one takes the rest."""
    for stage in entry.stages:
        rows = list(_usage(entry, plan, stage))
        with exact():
            rest = stage.total_usd - sum((row.cost_usd for row in rows), ZERO)
        yield from rows
        if rest:
            yield _line(entry, LineId(Kind.USAGE, stage.id), rest)
    for line, usd in entry.lines.items():
        yield _line(entry, line, usd)


def _usage(entry: Entry, plan: PricedCalls, stage: LockedStage) -> Iterator[LedgerRow]:
    """The stage's charges, period by period, the classes of queries together."""
    slots = [slot for key, slot in entry.slots.items() if key.stage == stage.id]
    models = {runner.model for slot in entry.slots.values() for runner in slot.runners}
    start, end = plan.horizon.starts_on, plan.horizon.ends_on
    cuts = sorted({*plan.horizon.months, *plan.change_days(models, start, end)})
    queries = plan.queries(cuts)
    for day, until in pairwise([*cuts, end]):
        for slot in slots:
            for runner in slot.runners:
                for billed in plan.billed(runner, slot.usage, day):
                    if not billed.units:
                        continue
                    quantity = _decimal(slot.flow * runner.share * billed.units)
                    rate_usd = billed.usd / billed.units
                    yield _row(
                        entry,
                        stage=stage.id,
                        model=runner.model,
                        meter=billed.meter,
                        price_row=billed.price_row,
                        month=f"{day:%Y-%m}",
                        starts_on=day,
                        ends_on=until,
                        quantity_per_query=quantity,
                        unit_price_usd=_decimal(rate_usd),
                        cost_per_query_usd=_decimal(Fraction(quantity) * rate_usd),
                        queries=_decimal(queries[day]),
                        cost_usd=_decimal(Fraction(quantity) * rate_usd * queries[day]),
                    )


def _line(entry: Entry, line: LineId, usd: Decimal) -> LedgerRow:
    """A line over the whole plan."""
    name = {"stage": line.name} if line.kind is Kind.USAGE else {"label": line.name}
    return _row(entry, kind=line.kind, cost_usd=usd, **name)


def _row(entry: Entry, **fields: Any) -> LedgerRow:
    texts = dict.fromkeys(("query_class", "stage", "model", "meter", "price_row", "month", "label"), "")
    numbers = dict.fromkeys(
        ("quantity_per_query", "unit_price_usd", "cost_per_query_usd", "queries", "cost_usd"), ZERO
    )
    days = {"starts_on": entry.horizon.starts_on, "ends_on": entry.horizon.ends_on}
    of_design = {"design": entry.id.design, "variant": entry.id.variant, "kind": Kind.USAGE}
    return LedgerRow(**{**texts, **numbers, **days, **of_design, **fields})


def _decimal(number: Fraction) -> Decimal:
    """The number itself, or 60 digits of it where it has no end."""
    try:
        with exact():
            return Decimal(number.numerator) / Decimal(number.denominator)
    except Inexact:
        return quotient(Decimal(number.numerator), Decimal(number.denominator))
