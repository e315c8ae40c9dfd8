"""What a lock would hold of a scenario's designs now."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from msgspec.structs import replace

from kplan.engine.ledger import Kind
from kplan.engine.plan import Plan
from kplan.engine.results import DesignResult, Results
from kplan.money import ZERO
from kplan.prices.book import Book
from kplan.prices.rows import PriceRow
from kplan.regress.attribution import LineId, lines_usd
from kplan.regress.lock.entry import (
    Entry,
    EntryId,
    LockedPrice,
    LockedStage,
    Scope,
    SlotKey,
    prices_sha256,
    scope,
)
from kplan.regress.priced import PricedCalls
from kplan.regress.runs import Run, RunDesign, run_of
from kplan.scenario.layers import lineage


def entries_of(results: Results, books: Mapping[str, Book], file: str) -> Iterator[Entry]:
    """An entry for each design that the scenario writes.

    books   by variant
    file    what the lock calls the scenario
    """
    run = run_of(results, books, file)
    plans = {plan.variant: plan for plan in results.plans}
    for design, compared in zip(results.designs, run.designs, strict=True):
        if not design.added:
            yield _entry(run, compared, design, plans[design.variant], file)


def _entry(run: Run, compared: RunDesign, design: DesignResult, plan: Plan, file: str) -> Entry:
    priced = run.plans[design.id]()
    sums = lines_usd(run.lines(compared))
    slots = {SlotKey(*key[1:]): slot for key, slot in priced.slots.items() if key[0] == design.design}
    entry = Entry(
        id=EntryId(file, design.design, design.variant),
        kplan_version=run.kplan_version,
        reason="",
        scenario_sha256=plan.scenario.sha256({id_ for id_, _ in lineage(plan.scenario, design.design)}),
        prices_sha256="",
        per_query_usd=design.cost_per_query_usd,
        total_usd=design.total_usd,
        months=tuple(replace(month, over_budget=False) for month in design.months),
        stages=tuple(
            LockedStage(stage.id, stage.models, stage.cost_per_query_usd, usd)
            for stage in sorted(design.stages, key=lambda stage: stage.id)
            for usd in [sums.get(LineId(Kind.USAGE, stage.id), ZERO)]
        ),
        lines={line: usd for line, usd in sums.items() if line.kind is not Kind.USAGE},
        slots=slots,
        prices=(),
        freeze=plan.scenario.prices.freeze,
        profile=plan.scenario.profile,
    )
    paid = {row.price_row for row in run.lines(compared)}
    wanted = entry.scope | {
        key
        for cost in next(each for each in plan.designs if each.id == design.design).fixed
        for charge in cost.charges
        for key in scope(charge.model, charge.mode, charge.region)
    }
    card = _card(priced, entry.span, wanted)
    keys = {row.key for row in card if row.id in paid}  # a row that goes on at the same price bills nothing
    prices = tuple(LockedPrice(_bare(row), row.key in keys) for row in card)
    hashed = prices_sha256((price.row for price in prices if price.is_used), entry.span)
    return replace(entry, prices=prices, prices_sha256=hashed)


def _card(priced: PricedCalls, span: tuple[date, date], wanted: Collection[Scope]) -> list[PriceRow]:
    """Every row that could price the design's calls within these days, whatever their tokens."""
    start, end = span
    rows = {
        row: None
        for ref in sorted({ref for ref, _, _ in wanted})
        for row in priced.book.rows(priced.book.find(ref), priced.timeline.known_on)
        if (ref, row.mode, row.region) in wanted
        and row.ever_holds
        and (row.valid_from is None or row.valid_from < end)
        and (row.valid_to is None or start < row.valid_to)
    }
    return sorted(rows, key=lambda row: row.id)


def _bare(row: PriceRow) -> PriceRow:
    """The row without what does not price."""
    return replace(
        row, source="", source_url="", checked_on=None, recorded_on=None, note="", status="effective"
    )
