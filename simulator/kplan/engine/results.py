"""What a simulation found: everything that a writer may show, and nothing that it must work out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from msgspec import Struct, field

from kplan.engine.fit import Fit
from kplan.engine.ledger import LedgerRow
from kplan.engine.montecarlo.found import DesignSample, Sample
from kplan.engine.plan import Plan
from kplan.engine.targets import DesignTime
from kplan.engine.uncertainty.found import Draws, Ranges
from kplan.engine.under_load import UnderLoad
from kplan.prices.rows import PriceRow
from kplan.quality.intervals import Interval, Standing


class Saving(Struct, frozen=True):
    """Money saved against another design over the horizon; negative where it costs more."""

    against: str
    usd: Decimal
    share: Decimal | None
    """Part of the other design's total [0..1]; none where that total is 0."""


class MonthCost(Struct, frozen=True):
    """A design's month with all its lines."""

    month: str
    queries: Decimal
    cost_usd: Decimal
    over_budget: bool


class StageResult(Struct, frozen=True):
    """A stage of a design, averaged over the mix, on the first day of the plan."""

    id: str
    kind: str
    block: str
    """The block that it stands in; empty for none."""
    models: tuple[str, ...]
    visits: Decimal
    """Executions for one query, averaged over the classes."""
    chance: Decimal | None
    """The chance that was stated for it, if one was."""
    cost_per_query_usd: Decimal
    share: Decimal
    """Part of the design's usage cost per query [0..1]."""


class OldestPrice(Struct, frozen=True):
    """The price row of a design that was checked longest ago."""

    row: str
    on: date | None
    """When it was checked, else the day that its book describes; none where neither is known."""


class DesignQuality(Struct, frozen=True):
    """How right a design is, as far as the scenario says."""

    interval: Interval | None
    """Where the share of right answers lies [0..1]; none where nothing is said."""
    point: Decimal | None
    """The share of right answers under the assumption that `basis` names."""
    basis: str
    """What both rest on: `measured end to end, 188 of 200`."""
    served: Decimal | None
    """Share of the queries that get an answer at all, where some are held back."""
    standing: Standing | None
    """How it stands to the floors; none where the scenario has none."""
    reasons: tuple[str, ...]
    """Why it stands so, where it does not clear them."""
    is_declared: bool
    """Whether a tier or a check plays a part, which nobody measured."""
    wrong_answer_usd: Decimal | None
    """What a wrong answer costs."""
    cost_per_correct_usd: Decimal | None
    """All lines over the plan for one right answer; none without a point."""
    with_errors_usd: Decimal | None
    """Cost of a query with what its wrong answers cost; none without a point or such a price."""


class DesignResult(Struct, frozen=True):
    """One design under one variant, over the horizon."""

    id: str
    """`design`, or `design@variant`."""
    design: str
    variant: str
    added: bool
    """Added by kplan: one model everywhere."""
    single_model: str
    """The one model that every model stage runs on; empty where there are several."""
    cost_per_query_usd: Decimal
    """Usage alone, on the first day of the plan: without fixed costs, contracts' lines and contingency."""
    months: tuple[MonthCost, ...]
    total_usd: Decimal
    total_per_query_usd: Decimal
    saving: Saving | None
    """Against the baseline of the same variant; none for the baseline itself."""
    saving_vs_cheapest_single: Saving | None
    stages: tuple[StageResult, ...]
    budget_usd_per_month: Decimal | None
    """The budget of its variant."""
    epochs_usd: tuple[Decimal, ...]
    """Usage cost per query in each price period of the plan (`Plan.epochs`) [USD]."""
    pins_overridden: tuple[str, ...]
    """Stages whose pinned model an added design has overridden."""
    is_settled_at_end: bool = False
    """Whether a commitment over the whole plan is settled in the last month: months do not compare then."""
    oldest_price: OldestPrice | None = None
    """None where no price of a book is paid."""
    quality: DesignQuality | None = None
    """None where the scenario says nothing of quality."""
    ranges: Ranges | None = None
    """How sure its figures are; none where no parameter of the scenario is uncertain."""
    time: DesignTime | None = None
    """None where the scenario says neither how fast models are, nor what queries should keep."""
    sample: DesignSample | None = None
    """How its queries spread; none where none were drawn."""
    fit: Fit | None = None
    """How it fits the limits of its providers; none where the scenario says no `limits`."""
    under_load: UnderLoad | None = None
    """How long its queries take under load; none where no check asks for it."""


def unknown_times(designs: Iterable[DesignResult]) -> tuple[str, ...]:
    """Why times are unknown, each reason once with the designs that it holds for."""
    whose: dict[str, list[str]] = {}
    for design in designs:
        for why in design.time.unknown if design.time else ():
            whose.setdefault(why, []).append(design.id)
    return tuple(f"the latency of {', '.join(ids)} is unknown: {why}" for why, ids in whose.items())


class Event(Struct, frozen=True):
    """A price change, or the announced or the actual end of a model, inside the horizon of a design."""

    on: date
    kind: str
    """`price`, `deprecation` or `retirement`."""
    model: str
    meters: tuple[str, ...]
    text: str
    designs: tuple[str, ...]
    status: str
    """`announced`, `effective` or `estimated`, as the book has it."""
    is_applied: bool = True
    """Whether the plan's prices follow it; not where they are held at one day."""


class Flip(Struct, frozen=True):
    """The chance at which another design becomes the cheaper one."""

    design: str
    stage: str
    chance_now: Decimal
    chance_at: Decimal
    """Where both cost the same over the horizon [0..1], exact to 60 digits."""
    other: str
    cheaper_above: bool
    """The other design is cheaper above the chance (else below it)."""
    text: str


class Verdict(Struct, frozen=True):
    """The answer in words, made once for every writer."""

    headline: tuple[str, ...]
    """The answer: what the cheapest written design costs and saves, where the months or the variants
    disagree who that is, and where a budget breaks."""
    caveats: tuple[str, ...]
    """What the figures do not prove."""
    design: str
    """Id of the design that the headline is about."""
    baseline: str
    cheapest_single: str
    """Id of the cheapest one-model design, written or added."""
    cheapest: str
    """Id of the cheapest of all designs shown, on the total."""


class ClaimResult(Struct, frozen=True):
    """A printed figure under audit."""

    id: str
    printed: str
    verdict: str
    """`reproduced`, `follows from printed claims` or `not reproduced`."""
    figure: str
    computed: Decimal | None
    difference: Decimal | None
    """Computed minus printed."""
    book: str
    """The price book under which it reproduces; empty for the scenario's own."""
    source: str
    text: str
    """One line that says it all."""


class Provenance(Struct, frozen=True):
    """What the figures were made from: enough to make them again."""

    scenario_name: str
    scenario_file: str
    """File name without folders."""
    scenario_sha256: str
    book_name: str
    book_as_of: date | None
    book_sha256: str
    kplan_version: str
    options: tuple[str, ...] = ()
    """Words of the command line besides the file: with them the figures can be made again."""
    draws: Draws | None = None
    """What the ranges were made of; none where there are none."""
    sample: Sample | None = None
    """The queries that were drawn; none where none were."""


class Results(Struct, frozen=True, eq=False, dict=True):
    """The whole answer. Every sum in it is a sum of ledger rows."""

    provenance: Provenance
    plans: tuple[Plan, ...]
    """One a variant; each holds the cost form that the workbook shows live."""
    verdict: Verdict
    designs: tuple[DesignResult, ...]
    ledger: tuple[LedgerRow, ...]
    events: tuple[Event, ...]
    flips: tuple[Flip, ...]
    claims: tuple[ClaimResult, ...]
    not_included: tuple[str, ...]
    price_rows: tuple[PriceRow, ...]
    """Every row that priced a line, in book order."""
    notes: tuple[str, ...]
    """Assumptions made on the way: rates taken from a parent, a start month, pins overridden."""
    currency: str = "USD"
    tags: dict[str, str] = field(default_factory=dict)
    budget_usd_per_month: Decimal | None = None
    """The budget that all variants share; none where there is none or they differ."""
    make_live: Callable[[], tuple[Plan, ...]] = tuple
    make_study: Callable[[], Any] | None = None

    @cached_property
    def live(self) -> tuple[Plan, ...]:
        """The plans, in which the models of stages can be exchanged: what the page and the workbook show.

        The same graphs and, at the planned models, the same values. Made when first asked for.
        """
        return self.make_live()

    @cached_property
    def study(self) -> Any:
        """How the designs fit their limits (`kplan.capacity.study.Study`); None where nobody says `limits`.

        Those of the variants that say them. Made when first asked for.
        """
        return None if self.make_study is None else self.make_study()

    def design(self, id: str) -> DesignResult:  # noqa: A002 - the field's own name
        """The design of this id. Raises KeyError."""
        for design in self.designs:
            if design.id == id:
                return design
        raise KeyError(id)
