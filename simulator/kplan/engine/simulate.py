"""The whole way from scenarios and a price book to results."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import PurePath

from kplan.engine.assemble import designs_of, ledger_of
from kplan.engine.bought import Purchases
from kplan.engine.cheapest import with_cheapest
from kplan.engine.compile import Compiled, compile_plan
from kplan.engine.events import life_events, price_events
from kplan.engine.flips import Flips, flips
from kplan.engine.freshness import with_oldest_prices
from kplan.engine.gaps import not_included
from kplan.engine.ledger import LedgerRow
from kplan.engine.montecarlo.found import Sample
from kplan.engine.plan import Plan
from kplan.engine.results import DesignResult, Event, Provenance, Results, unknown_times
from kplan.engine.scores import Scores, says_quality
from kplan.engine.second_pass_notes import second_pass_notes
from kplan.engine.singles import Singles, with_singles
from kplan.engine.stopped import stopped
from kplan.engine.uncertainty.found import DEFAULT, Draws
from kplan.engine.verdict import verdict
from kplan.errors import KplanError
from kplan.form.decimals import Decimals
from kplan.prices.book import Book
from kplan.prices.rows import PriceRow
from kplan.scenario.layers import says_buys
from kplan.scenario.model import Scenario
from kplan.version import __version__


def simulate(
    scenarios: Scenario | Mapping[str, Scenario],
    book: Book | Mapping[str, Book],
    *,
    allow_retired: bool = False,
    options: tuple[str, ...] = (),
    draws: Draws = DEFAULT,
    sample: Sample | None = None,
    buying: Buying | None = None,
) -> Results:
    """Cost every design of a scenario, or of several variants of one, under a price book.

    scenarios   one scenario, or variants by name
    book        the price book; by variant where variants bring books of their own
    options     words of the command line besides the file, kept in the results' provenance
    draws       how often uncertain parameters are drawn; 0 gives no ranges
    sample      how many queries of each design are drawn; None for none
    buying      finds the units that designs buy which say `buys`; they are refused without it

    Raises KplanError with every problem found: models, rates, tokens, contexts, draws out of bounds.
    """
    variants = {"": scenarios} if isinstance(scenarios, Scenario) else dict(scenarios)
    parts = []
    for variant, scenario in variants.items():
        own = book[variant] if isinstance(book, Mapping) else book
        parts.append(_Part.of(variant, scenario, own, allow_retired, buying))
    for part in parts:
        part.draw(draws)
        part.sample(sample)
    return _results(parts, options, draws, sample)


Buying = Callable[[Plan, Book], Purchases]
"""From a plan in which all calls are paid for one by one to what its designs buy."""


class _Part:
    """One variant, evaluated."""

    def __init__(self, compiled: Compiled, book: Book, scores: Scores, added: Singles) -> None:
        self.book, self.compiled = book, compiled
        self.plan: Plan = compiled.plan
        values = Decimals(self.plan.graph)
        self.rows: list[LedgerRow] = ledger_of(self.plan, values)
        designs = designs_of(self.plan, values, self.rows)
        self.designs: list[DesignResult] = with_oldest_prices(designs, self.plan, self.rows, book)
        if says_quality(self.plan.scenario):
            from kplan.engine.quality import with_quality

            self.designs = with_quality(self.designs, self.plan, scores, added)
        if self.plan.scenario.latency or self.plan.scenario.targets:
            from kplan.engine.latencies import with_times

            self.designs = with_times(self.designs, self.plan, values, book)
        self.flips: Flips = flips(self.plan, values)
        self.events: list[Event] = _events(compiled)
        self.notes: tuple[str, ...] = (
            *second_pass_notes(self.plan),
            *self.plan.notes,
            *stopped(self.plan, values),
            *self.flips.left_out,
            *unknown_times(self.designs),
        )

    def draw(self, draws: Draws) -> None:
        """Add the ranges that uncertain parameters make; without any, nothing is drawn or imported."""
        if draws.n and self.plan.scenario.uncertain():
            from kplan.engine.uncertainty.ranges import with_ranges

            self.designs, notes = with_ranges(self.plan, self.designs, draws)
            self.notes += notes

    def sample(self, sample: Sample | None) -> None:
        """Add how the designs' queries spread; without a sample nothing is drawn or imported."""
        if sample is not None:
            from kplan.engine.montecarlo.study import with_samples

            self.designs = with_samples(self.compiled, self.designs, sample)

    @classmethod
    def of(
        cls, variant: str, scenario: Scenario, book: Book, allow_retired: bool, buying: Buying | None
    ) -> _Part:
        """Choose the cheapest models, add the one-model designs, see what is bought, compile and evaluate."""
        scores = Scores.of(scenario, book)
        chosen, said = with_cheapest(scenario, scores, book, allow_retired=allow_retired)
        widened, added = with_singles(chosen, book)
        compile_ = partial(
            compile_plan, widened, book, variant=variant, added=added, allow_retired=allow_retired
        )
        compiled = compile_()
        if says_buys(scenario):
            if buying is None:
                raise KplanError("a design buys units, and what they cost is not asked for here")
            compiled = compile_(purchases=buying(compiled.plan, book))
        part = cls(compiled, book, scores, added)
        part.notes = (*said, *part.notes)
        return part


def _events(compiled: Compiled) -> list[Event]:
    users: dict[tuple[str, str, str], dict[str, None]] = {}
    models: dict[str, dict[str, None]] = {}
    for design in compiled.plan.designs:
        for charge in design.charges:
            users.setdefault((charge.model, charge.mode, charge.region), {})[design.id] = None
            models.setdefault(charge.model, {})[design.id] = None
        for bought in (charge for cost in design.fixed for charge in cost.charges):
            users.setdefault((bought.model, bought.mode, bought.region), {})[design.id] = None
            models.setdefault(bought.model, {})[design.id] = None
    held_on = compiled.plan.scenario.prices.freeze
    found = price_events(compiled.changes, {key: tuple(ids) for key, ids in users.items()}, held_on)
    named = {model.ref: model for model in compiled.plan.models.values() if model.ref in models}
    by_model = {ref: tuple(ids) for ref, ids in models.items()}
    found += life_events(named.values(), compiled.horizon, by_model, held_on)
    return sorted(found, key=lambda event: (event.on, event.model))


def _results(
    parts: Sequence[_Part], options: tuple[str, ...], draws: Draws, sample: Sample | None
) -> Results:
    first = parts[0]
    scenario = first.plan.scenario
    designs = tuple(design for part in parts for design in part.designs)
    budgets = {part.plan.scenario.budget_usd_per_month for part in parts}
    return Results(
        provenance=Provenance(
            scenario_name=scenario.name or _file(scenario).removesuffix(".yaml").removesuffix(".kplan"),
            scenario_file=_file(scenario),
            scenario_sha256=scenario.sha256(),
            book_name=", ".join(dict.fromkeys(part.book.name for part in parts)),
            book_as_of=max((part.book.as_of for part in parts if part.book.as_of), default=None),
            book_sha256=hash_of_books(part.book for part in parts),
            kplan_version=__version__,
            options=options,
            draws=draws if any(design.ranges for design in designs) else None,
            sample=sample,
        ),
        plans=tuple(part.plan for part in parts),
        verdict=verdict(designs),
        designs=designs,
        ledger=tuple(row for part in parts for row in part.rows),
        events=tuple(dict.fromkeys(event for part in parts for event in part.events)),
        flips=tuple(flip for part in parts for flip in part.flips.found),
        claims=(),
        not_included=not_included(part.plan for part in parts),
        price_rows=_price_rows(parts),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        tags=dict(scenario.tags),
        budget_usd_per_month=budgets.pop() if len(budgets) == 1 else None,
        make_live=lambda: _live(parts),
    )


def _live(parts: Sequence[_Part]) -> tuple[Plan, ...]:
    from kplan.engine.live.plan import live_plan

    return tuple(live_plan(part.compiled, part.book) for part in parts)


def hash_of_books(books: Iterable[Book]) -> str:
    """What results say of their books: the book's own hash; of several books one over their hashes."""
    hashes = list(dict.fromkeys(book.sha256 for book in books))
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def _file(scenario: Scenario) -> str:
    """The file's name without its folders; empty for a scenario made in memory."""
    mark = scenario.mark(())
    return PurePath(mark.file).name if mark else ""


def _price_rows(parts: Iterable[_Part]) -> tuple[PriceRow, ...]:
    """Every row that prices a line, sorted by its id; rows of one id from two books are two."""
    rows: dict[PriceRow, None] = {}
    for part in parts:
        used = {row.price_row for row in part.rows}
        charges = part.plan.priced()
        rows |= dict.fromkeys(charge.row for charge in charges if charge.row.id in used)
    return tuple(sorted(rows, key=lambda row: row.id))
