"""Prices of calls held as columns: a table of rates, gathered in blocks that stay in the cache."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kplan.engine.call import CallPricer, Component
from kplan.engine.columns.counts import Counts
from kplan.engine.columns.given import MAX_COUNT, Given
from kplan.engine.columns.kinds import Kinds
from kplan.engine.columns.problems import Problems
from kplan.engine.columns.slots import Slots
from kplan.engine.columns.sums import Sums, sums_by
from kplan.engine.columns.table import Compiled, Table
from kplan.errors import KplanError, Problem
from kplan.form.arrays import evaluate
from kplan.money import ZERO, exact
from kplan.prices.book import Book
from kplan.prices.meters import CACHE_WRITE, METERS, unknown_meter
from kplan.prices.models import ModelRow

BLOCK = 16_384
"""Calls priced at once: some ten columns of float64 stay in a core's cache."""
CONVENTIONS = ("inclusive", "exclusive")
REQUEST = "request"

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


class PricedCalls(Struct, frozen=True, eq=False):
    """What each of n calls costs, and what all of them come to."""

    cost_usd: Floats
    """Shape (n,); within 1e-12 of the exact cost."""
    total_usd: Decimal
    """Exact: the sum of the cells."""
    cells: tuple[Component, ...]
    """Units billed at each price row, for each meter: exact quantity, rate and cost; sorted by row."""


def price_columns(
    book: Book, columns: Given, *, convention: str = CONVENTIONS[0], allow_retired: bool = False
) -> PricedCalls:
    """Price n calls; see `kplan.price_calls`."""
    if convention not in CONVENTIONS:
        raise KplanError(f'convention "{convention}"; it must be {" or ".join(CONVENTIONS)}')
    counts = Counts.of(columns.counts, min(BLOCK, columns.n), inclusive=convention == CONVENTIONS[0])
    pricing = _Pricing(CallPricer(book, allow_retired=allow_retired), columns, counts)
    cost_usd = np.empty(columns.n)
    for calls in _blocks(columns.n):
        pricing.price(calls, cost_usd[calls])
    return pricing.priced(cost_usd)


def _blocks(n: int) -> Iterator[slice]:
    return (slice(start, min(start + BLOCK, n)) for start in range(0, n, BLOCK))


class _Pricing:
    """The calls' columns, the tables that they are priced by, and the sums so far."""

    def __init__(self, pricer: CallPricer, columns: Given, counts: Counts) -> None:
        self._pricer, self._counts = pricer, counts
        self._kinds = Kinds.of(columns, _blocks(columns.n))
        models = list(_models(pricer.book, self._kinds.named))
        _refuse_unknown_meters(pricer.book, models, columns.counts)
        self._slots = _slots(pricer.book, models, columns, len(self._kinds.named))
        self._first_column = np.full(len(self._kinds.named) * len(self._slots.starts), -1, np.intp)
        self._is_open = True  # whether rates of some kind at some time are still to be looked up
        self._table = Table(tuple(dict.fromkeys([*counts.meters, REQUEST])), frozenset(counts.meters))
        self._sums = Sums(len(self._table.meters))
        self._split: Counter[tuple[int, int]] = Counter()
        self._problems = Problems()
        size = min(BLOCK, columns.n)
        self._places, self._at_columns = np.empty(size, np.intp), np.empty(size, np.intp)
        self._ones = np.ones(size)
        self._ticks, self._part_usd = np.empty(size, np.int64), np.empty(size)

    def price(self, calls: slice, cost_usd: Floats) -> None:
        """Price the calls of a block into their part of the result."""
        columns = self._columns(calls)
        counts, n_input = self._counts.block(calls, self._problems)
        counts.setdefault(REQUEST, self._ones[: len(cost_usd)])
        if n_input.max() > self._table.lowest_over:
            self._step_up(columns, n_input)
        part_usd = self._part_usd[: len(cost_usd)]
        active = np.flatnonzero(self._table.active).tolist() or [0]
        for place in active:
            count = counts[self._table.meters[place]]
            np.take(self._table.usd_per_unit[place], columns, mode="wrap", out=part_usd)
            if place == active[0]:
                np.multiply(part_usd, count, out=cost_usd)
            else:
                part_usd *= count
                cost_usd += part_usd
            self._add(calls.start, place, columns, count)
        for column, split in self._table.splits.items():
            here = np.flatnonzero(columns == column)
            if len(here):
                mine = {meter: counts[meter][here] for meter in split.meters}
                cost_usd[here] += self._priced_split(column, split, mine, calls.start + int(here[0]))

    def priced(self, cost_usd: Floats) -> PricedCalls:
        """The costs with their total and its cells; raises KplanError with every problem."""
        self._problems.refuse()
        quantities: Counter[tuple[Any, ...]] = Counter()
        for (column, place), quantity in self._split.items():
            cell, rate = self._table.splits[column].form.cells[place]
            quantities[cell.row, cell.meter, rate, cell.note] += quantity
        for billed, sums in zip(self._table.billed, self._sums.totals().T, strict=False):
            for meter, (cell, rate) in billed.items():
                quantities[cell.row, meter, rate, cell.note] += sums[self._table.meters.index(meter)]
        with exact():
            cells = [
                Component(meter, Decimal(n), row, rate, Decimal(n) * rate, note)
                for (row, meter, rate, note), n in quantities.items()
                if n
            ]
            total_usd = sum((cell.cost_usd for cell in cells), ZERO)
        cells.sort(key=lambda cell: (cell.row.id, cell.meter, cell.note))
        return PricedCalls(cost_usd, total_usd, tuple(cells))

    def _columns(self, calls: slice) -> Codes:
        """The first column of each call's rates."""
        n = calls.stop - calls.start
        places, columns = self._places[:n], self._at_columns[:n]
        self._slots.codes(calls, self._ticks[:n], places)
        places += self._kinds.codes(calls)
        np.take(self._first_column, places, mode="wrap", out=columns)
        if self._is_open and columns.min() < 0:
            self._compile(calls.start, places, np.flatnonzero(columns < 0))
            self._is_open = bool((self._first_column < 0).any())
            np.take(self._first_column, places, mode="wrap", out=columns)
        return columns

    def _compile(self, start: int, places: Codes, missing: Codes) -> None:
        """Look up the rates of what the block is the first to need; what has none goes to column 0."""
        new, first = np.unique(places[missing], return_index=True)
        for place, call in zip(new.tolist(), (missing[first] + start).tolist(), strict=True):
            slot, kind = divmod(place, len(self._kinds.named))
            ref, mode, region = self._kinds.named[kind]
            try:
                rates = self._pricer.rates(ref, self._slots.starts[slot], mode, region)
                self._first_column[place] = self._table.column(rates)
            except KplanError as error:
                self._first_column[place] = 0
                self._problems.note((kind, error.problems[0].what), call, error)

    def _step_up(self, columns: Codes, n_input: Floats) -> None:
        """Move the calls above a threshold to the column of their step."""
        over = self._part_usd[: len(columns)]
        for _ in range(self._table.n_steps):
            np.take(self._table.over, columns, mode="wrap", out=over)
            columns += n_input > over

    def _add(self, start: int, meter: int, columns: Codes, counts: Floats) -> None:
        """Add up the counts, and note those that have no price."""
        sums = sums_by(columns, counts, len(self._table))
        self._sums.add(meter, sums)
        if not self._table.refuses[meter]:
            return
        for column in np.flatnonzero(self._table.unpriced[meter, : len(sums)] & (sums > 0)).tolist():
            call = np.flatnonzero((columns == column) & (counts > 0))[0]
            error = self._table.why[meter, column]
            self._problems.note((meter, str(error)), start + int(call), error)

    def _priced_split(self, column: int, split: Compiled, counts: Mapping[str, Floats], call: int) -> Floats:
        """Costs of calls whose buckets are split between cells: the graph itself, over arrays."""
        if sum(float(count.max()) for count in counts.values()) >= MAX_COUNT:
            self._problems.note(column, call, KplanError(f"more units than a call can hold ({MAX_COUNT})"))
        leaves = dict(zip(split.form.counts, counts.values(), strict=True))
        found = evaluate(split.form.graph, [cell.quantity for cell, _ in split.form.cells], leaves)
        cost_usd = np.zeros_like(next(iter(counts.values())))
        for place, ((_, rate), values) in enumerate(zip(split.form.cells, found, strict=True)):
            quantity = np.broadcast_to(values, cost_usd.shape)
            cost_usd += quantity * float(rate)
            self._split[column, place] += int(sums_by(np.zeros(len(quantity), np.intp), quantity, 1)[0])
        return cost_usd


def _models(book: Book, named: Sequence[tuple[str, ...]]) -> Iterator[ModelRow]:
    """The models that the book knows; the others are reported with their first call."""
    for ref in dict.fromkeys(name for name, _, _ in named):
        try:
            model = book.find(ref)
            book.rows(model)
        except KplanError:
            continue
        yield model


def _refuse_unknown_meters(book: Book, models: Sequence[ModelRow], usage: Mapping[str, object]) -> None:
    own = (row.meter for model in models for row in book.rows(model))
    known = [*dict.fromkeys([*METERS, *own]), CACHE_WRITE]
    if problems := [Problem(unknown_meter(key, known)) for key in usage if key not in known]:
        raise KplanError(problems)


def _slots(book: Book, models: Sequence[ModelRow], columns: Given, stride: int) -> Slots:
    turns = [book.turns(model) for model in models]
    lives = {day for model in models for day in (model.released_on, model.retires_on) if day}
    windows = {each: None for _, found in turns for each in found}
    return Slots.of(columns.at, lives.union(*(days for days, _ in turns)), list(windows), stride)
