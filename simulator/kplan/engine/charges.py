"""Prices the calls of a plan's stages: checks each, finds when rates change, and makes the charges."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial

from kplan.amounts import chance
from kplan.engine.call import check_size
from kplan.engine.calls import ModelCall, StageCalls
from kplan.engine.drawn import InTier, in_tiers, share_below_0, too_large
from kplan.engine.plan import Charge
from kplan.engine.problems import Problems
from kplan.engine.timeline import REQUEST, RateChange, RateKey, Timeline
from kplan.errors import KplanError
from kplan.form.cells import Cell, assign
from kplan.form.decimals import Decimals
from kplan.form.graph import Graph, Node
from kplan.form.moments import Moments
from kplan.form.numbers import clipped
from kplan.money import ONE, ZERO, counted, exact
from kplan.prices.meters import CACHE_WRITE, includes
from kplan.prices.models import ModelRow
from kplan.prices.rows import PriceRow
from kplan.scenario.tree import Place


@dataclass
class Pricer:
    """Puts a plan's calls into price cells, epoch by epoch."""

    graph: Graph
    timeline: Timeline
    problems: Problems
    allow_retired: bool
    added: Collection[str]
    """Designs that kplan added."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Added designs that cannot run, each with the reason."""
    models: dict[str, ModelRow] = field(default_factory=dict)
    """What each model name of the scenario resolved to."""
    remarks: dict[str, list[str]] = field(default_factory=dict)
    """What is worth a word of each design's calls of random size."""
    in_tiers: dict[str, dict[tuple[str, str, int], InTier]] = field(default_factory=dict)
    """By design: of whom, on which model and above which limit calls of random size pay another price."""
    _values: Decimals = field(init=False)
    _moments: Moments = field(init=False)
    _cells: dict[tuple[RateKey, date, tuple[tuple[str, Node], ...]], tuple[Cell, ...]] = field(
        default_factory=dict
    )
    _meters: dict[RateKey, dict[str, set[str]]] = field(default_factory=dict)
    """The meters that calls use, each with the designs that do."""

    def __post_init__(self) -> None:
        self._values = Decimals(self.graph)
        self._moments = Moments(self.graph)

    def check(self, stage: StageCalls) -> None:
        """Keep what the stage's calls may not do as problems (see `compile_plan`).

        A design that kplan added is no problem of the user's: it is left out, with the reason.
        """
        for call in stage.calls:
            self._keep(stage, stage.placed.model_path, partial(self._check_life, call))
            amounts = {meter: self._values[node] for meter, node in call.profile.items()}
            amounts["calls"] = self._values[call.times]
            for name in amounts:
                place = stage.placed.place_of_meter(name)
                self._keep(stage, place, partial(_refuse_negative, stage, amounts, name))
            for meter in call.parts:
                place = stage.placed.place_of_meter(meter)
                self._keep(stage, place, partial(self._check_part, stage, call, meter))
            self._keep(stage, stage.placed.path, partial(self._check_usage, stage, call))
            for meter in call.usage:
                place = stage.placed.place_of_meter(meter)
                self._keep(stage, place, partial(self._check_meter, stage, call, meter))

    def check_candidate(self, ref: str) -> None:
        """Raise KplanError for a candidate that is unknown or that no stage could run on."""
        model = self.timeline.book.find(ref)
        if not any(row.meter == "output" for row in self.timeline.book.rows(model)):
            raise KplanError(f"{model.ref} bills no output: only chat models can run every stage")

    def _keep(self, stage: StageCalls, path: Place, check: Callable[[], None]) -> None:
        if stage.design not in self.added:
            with self.problems.at(path):
                check()
            return
        try:
            check()
        except KplanError as error:
            self.left_out.setdefault(stage.design, str(error))

    def _check_life(self, call: ModelCall) -> None:
        """Raise KplanError for a model that is unknown, not alive, or not priced in the mode or region."""
        key = self.key(call)
        day = self._first_day
        if not self.allow_retired:
            self.timeline.book.alive(key.model, day)
        self.timeline.rates(key, day)

    def _check_part(self, stage: StageCalls, call: ModelCall, meter: str) -> None:
        """Raise KplanError for a call that says less than it includes, be it only in some draws.

        A context around it may hide that, and so does a mean.
        """
        node = call.parts[meter]
        if self._values[node] < ZERO <= self._values[call.profile[meter]]:
            short = _said(-self._values[node])
            raise KplanError(f"{meter}{stage.in_class} is {short} less than what it includes")
        if below := share_below_0(self.graph, node):
            what = f"{meter}{stage.in_class} is less than what it includes in {chance(below)} of the calls"
            raise KplanError(f"{what}; cut the distribution off (`least:`, `most:`)")

    def _check_usage(self, stage: StageCalls, call: ModelCall) -> None:
        """Raise KplanError for too many tokens."""
        key = self._known(call)
        if key is None:
            return
        usage = {meter: self._values[node] for meter, node in call.usage.items()}
        who = f"stage {stage.placed.id}{stage.in_class}: "
        takes_place = self._values[call.times] > 0
        if takes_place:
            check_size(key.model, usage, who)
        if takes_place and any(self.graph.randoms(node) for node in call.usage.values()):
            self._check_draws(stage, call, key, who)
        if self.timeline.bills_requests(key):
            self._uses(stage, key, REQUEST)

    def _check_draws(self, stage: StageCalls, call: ModelCall, key: RateKey, who: str) -> None:
        """Remember what is worth a word of calls of random size; raise KplanError for too large ones."""
        try:
            found = [*too_large(self.graph, call.usage, key.model)]
        except KplanError as error:
            raise KplanError(f"{who}{error}") from error
        times = self._values[call.times]
        for over, above in in_tiers(self.graph, call.usage, self.timeline.rates(key, self._first_day)):
            tier = self.in_tiers.setdefault(stage.design, {}).setdefault((who, key.model.ref, over), InTier())
            with exact():
                tier.calls += times
                tier.above += times * above
        self.remarks.setdefault(stage.design, []).extend(f"{who}{text}" for text in found)

    def _check_meter(self, stage: StageCalls, call: ModelCall, meter: str) -> None:
        """Raise KplanError for a meter without a rate; a plain 0 needs none."""
        key = self._known(call)
        if key is None or self.graph.is_number(call.usage[meter], ZERO):
            return
        self.timeline.rates(key, self._first_day).tiers(meter)
        self._uses(stage, key, meter)

    def _uses(self, stage: StageCalls, key: RateKey, meter: str) -> None:
        self._meters.setdefault(key, {}).setdefault(meter, set()).add(stage.design)

    @property
    def _first_day(self) -> date:
        return self.timeline.freeze or self.timeline.plan.starts_on

    def _known(self, call: ModelCall) -> RateKey | None:
        """The rates of the call; none where the model's own check has failed, which is told already."""
        try:
            self._check_life(call)
        except KplanError:
            return None
        return self.key(call)

    def key(self, call: ModelCall) -> RateKey:
        """What selects the rates of a call; raises KplanError for an unknown model."""
        if call.ref not in self.models:
            self.models[call.ref] = self.timeline.book.find(call.ref)
        return RateKey(self.models[call.ref], call.mode, call.region)

    def changes(self) -> list[RateChange]:
        """Where a rate that the plan uses changes within the horizon, in the order of days.

        A plan whose prices are held needs no others: where the book has none is then no problem.
        """
        found = []
        for key, meters in self._meters.items():
            used = [meter for meter, designs in meters.items() if designs - self.left_out.keys()]
            try:
                found += self.timeline.changes(key, used)
            except KplanError as error:
                if self.timeline.freeze is None:
                    self.problems.keep(("prices",), error)
        return sorted(found, key=lambda change: (change.on, change.key.model.ref))

    def charges(self, stages: Iterable[StageCalls], epoch: int, day: date) -> Iterator[Charge]:
        """The charges of all stages at the rates of a day."""
        for stage in stages:
            with self.problems.at(stage.placed.path):
                yield from self._charges(stage, epoch, day)

    def _charges(self, stage: StageCalls, epoch: int, day: date) -> list[Charge]:
        """The stage's cells; what several of its calls put into one cell is one charge."""
        found: dict[tuple[RateKey, str, PriceRow], tuple[Cell, dict[Node, list[Node]]]] = {}
        for call in stage.calls:
            key = self.key(call)
            for cell in self.cells(call, day):
                _, parts = found.setdefault((key, cell.meter, cell.row), (cell, {}))
                parts.setdefault(cell.quantity, []).append(call.times)
        return [
            self._charge(stage, key, cell, times_each(self.graph, parts), epoch)
            for (key, _, _), (cell, parts) in found.items()
        ]

    def cells(self, call: ModelCall, day: date) -> tuple[Cell, ...]:
        """The price cells of a call at the rates of a day; calls that are alike share them."""
        key = self.key(call), day, tuple(call.usage.items())
        if key not in self._cells:
            rates = self.timeline.rates(key[0], day)
            usage = {REQUEST: self.graph.number(ONE), **call.usage} if rates.has(REQUEST) else call.usage
            self._cells[key] = assign(self.graph, usage, rates)
        return self._cells[key]

    def _charge(self, stage: StageCalls, key: RateKey, cell: Cell, drawn: Node, epoch: int) -> Charge:
        quantity = self._moments.expected(drawn)
        return Charge(
            design=stage.design,
            query_class=stage.query_class,
            stage=stage.placed.id,
            model=key.model.ref,
            mode=key.mode,
            region=key.region,
            meter=cell.meter,
            row=cell.row,
            epoch=epoch,
            quantity=quantity,
            rate=cell.rate,
            cost=self.graph.product(quantity, cell.rate),
            note=cell.note,
            drawn=drawn,
        )


def times_each(graph: Graph, parts: Mapping[Node, Sequence[Node]]) -> Node:
    """Amounts, each times how often it is used: of the hundreds of ways through a loop most use the same."""
    return graph.sum(graph.product(graph.sum(times), amount) for amount, times in parts.items())


def _refuse_negative(stage: StageCalls, amounts: Mapping[str, Decimal], name: str) -> None:
    """Raise KplanError for a negative amount: what is left of a whole, where its parts are more."""
    amount = amounts[name]
    if amount >= 0:
        return
    parts = {meter: n for meter, n in amounts.items() if includes(name, meter) and n > 0}
    if not parts:
        raise KplanError(f"{name} comes to {_said(amount)}{stage.in_class}; it must not be negative")
    with exact():
        whole = sum(parts.values(), amount)
    named = " + ".join(f"{meter} {_said(n)}" for meter, n in parts.items())
    said = CACHE_WRITE if name == "cache_write_5m" else name
    raise KplanError(f"{said} is {_said(whole)}{stage.in_class}, less than what it includes: {named}")


def _said(amount: Decimal) -> str:
    return clipped(counted(amount), 20)
