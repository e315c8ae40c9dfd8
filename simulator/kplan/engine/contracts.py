"""What contracts add to a month's sums or give back: fees, allowances, steps, minimums, commitments."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import Struct

from kplan.engine.fixed import stated
from kplan.engine.ledger import Kind
from kplan.engine.plan import Metered, MonthLine
from kplan.engine.problems import Problems
from kplan.engine.terms import WILD, Ladder, Terms, fits
from kplan.errors import KplanError
from kplan.form.graph import Graph, Node, Op
from kplan.form.numbers import clipped
from kplan.money import ONE, ZERO
from kplan.prices.book import Book
from kplan.scenario.model import Scenario
from kplan.scenario.monthly import Contract, step_start
from kplan.scenario.names import dotted, meant
from kplan.scenario.tree import Place

FROM = " from"
"""What the name of a step's first unit ends in; without it, it names the step's part of the price."""


class Contracts(Struct, frozen=True):
    """The terms in force over all designs of a plan."""

    graph: Graph
    n_months: int
    terms: tuple[Terms, ...]

    def covers(self, ref: str) -> bool:
        """Whether a model, `provider/model`, stands under any of them."""
        return any(terms.covers(ref) for terms in self.terms)

    def lines(self, metered: Sequence[Metered]) -> tuple[MonthLine, ...]:
        """The contracts' lines for one design, given what it uses each month.

        An allowance and a step take all units of the meter alike, whatever the model and the day: each is
        worth the month's average price, since nothing tells which units came first. The credit is
        cost x units given back / units, line by line.
        A minimum tops up costs less credits; a commitment counts these and the contract's own top-ups over
        the whole plan and tops up in the last month. Neither counts fees.
        """
        given = {terms.id: list(self._credits(terms, metered)) for terms in self.terms}
        credits_ = [line for lines in given.values() for line in lines]
        found: list[MonthLine] = []
        for terms in self.terms:
            counted: list[Metered | MonthLine] = [m for m in metered if terms.covers(m.model)]
            counted += [line for line in credits_ if terms.covers(line.model)]
            found += [*self._fee(terms), *given[terms.id], *self._top_ups(terms, counted)]
        return tuple(found)

    def _line(self, kind: Kind, label: str, months: Sequence[Node], of: Metered | None = None) -> MonthLine:
        model, meter = (of.model, of.meter) if of else ("", "")
        return MonthLine(kind, label, model, meter, tuple(months), self.graph.sum(months))

    def _fee(self, terms: Terms) -> Iterator[MonthLine]:
        if terms.fee is not None:
            yield self._line(Kind.FEE, terms.label("fee"), [terms.fee] * self.n_months)

    def _credits(self, terms: Terms, metered: Sequence[Metered]) -> Iterator[MonthLine]:
        for meter, ladder in terms.ladders.items():
            held = [m for m in metered if terms.covers(m.model) and m.meter == meter]
            yield from self._given_back(terms.label(f"{meter} {ladder.title}"), ladder, held)

    def _given_back(self, label: str, ladder: Ladder, held: Sequence[Metered]) -> Iterator[MonthLine]:
        graph, zero = self.graph, self.graph.number(ZERO)
        units = [graph.sum(m.units[month] for m in held) for month in range(self.n_months)]
        for m in held:
            months = []
            for n, cost in zip(units, m.months, strict=True):
                worth = graph.apply(Op.MULTIPLY, cost, ladder.given_back(graph, n))
                average = graph.apply(Op.IF, n, graph.apply(Op.DIVIDE, worth, n), zero)
                months.append(graph.apply(Op.SUBTRACT, zero, average))
            yield self._line(Kind.CREDIT, label, months, m)

    def _top_ups(self, terms: Terms, counted: list[Metered | MonthLine]) -> Iterator[MonthLine]:
        if terms.minimum is not None:
            amounts = [
                self._top_up(terms.minimum, [each.months[month] for each in counted])
                for month in range(self.n_months)
            ]
            top_up = self._line(Kind.TRUE_UP, terms.label("minimum"), amounts)
            counted = [*counted, top_up]
            yield top_up
        if terms.commitment is not None:
            last = self._top_up(terms.commitment, [each.total for each in counted])
            none = [self.graph.number(ZERO)] * (self.n_months - 1)
            yield self._line(Kind.TRUE_UP, terms.label("commitment"), [*none, last])

    def _top_up(self, least: Node, costs: Sequence[Node]) -> Node:
        zero = self.graph.number(ZERO)
        return self.graph.apply(Op.MAX, zero, self.graph.apply(Op.SUBTRACT, least, self.graph.sum(costs)))


def contracts_of(
    problems: Problems,
    graph: Graph,
    n_months: int,
    book: Book,
    used: Mapping[str, Collection[str]],
) -> Contracts:
    """The scenario's contracts over the models that it uses.

    used   `provider/model` -> the meters that any design or fixed cost bills of it
    Keeps as problems, with their places: names and globs that no used model fits, meters that none of the
    models bills, and models under two terms of one kind.
    """
    found = []
    for id_, contract in problems.scenario.contracts.items():
        patterns = []
        for n, written in enumerate(contract.models):
            try:
                patterns.append(_pattern(written, book, list(used)))
            except KplanError as error:
                for each in error.problems:
                    _say(problems, ("contracts", id_, "models", n), each.what, at_key=False)
        terms = _terms(graph, problems.scenario, id_, tuple(patterns))
        if len(patterns) == len(contract.models):
            mine = {ref: meters for ref, meters in used.items() if terms.covers(ref)}
            _check_meters(problems, id_, contract, mine)
        found.append(terms)
    _check_overlaps(problems, found, list(used))
    return Contracts(graph, n_months, tuple(found))


def _pattern(written: str, book: Book, used: Sequence[str]) -> str:
    """The full name that is meant, or the glob; raises KplanError where no used model fits."""
    is_glob = any(sign in written for sign in WILD)
    pattern = written if is_glob else book.find(written).ref
    if not any(fits(pattern, ref) for ref in used):
        raise KplanError(f"`{clipped(written)}` fits no model that the scenario uses{meant(written, used)}")
    return pattern


def _say(problems: Problems, path: Place, what: str, *, at_key: bool = True) -> None:
    problems.found[problems.scenario.problem(path, what, at_key=at_key)] = None


def _check_meters(
    problems: Problems, id_: str, contract: Contract, used: Mapping[str, Collection[str]]
) -> None:
    meters = sorted({meter for held in used.values() for meter in held})
    for term in ("included", "steps"):
        for meter in getattr(contract, term):
            if meter not in meters:
                what = f"no model of {clipped(id_)} is used with the meter `{clipped(meter)}`"
                _say(problems, ("contracts", id_, term, meter), f"{what}{meant(meter, meters)}")


def _check_overlaps(problems: Problems, found: Sequence[Terms], used: Sequence[str]) -> None:
    """No model twice under a minimum, a commitment, or the steps of one meter."""
    held: dict[tuple[str, str], str] = {}
    for terms in found:
        kinds = [f"a {kind}" for kind in ("minimum", "commitment") if getattr(terms, kind) is not None]
        kinds += [f"an allowance or steps of {meter}" for meter in terms.ladders]
        for kind in kinds:
            mine = [ref for ref in used if terms.covers(ref)]
            twice = sorted(ref for ref in mine if (kind, ref) in held)
            for other in dict.fromkeys(held[kind, ref] for ref in twice):
                shared = ", ".join(ref for ref in twice if held[kind, ref] == other)
                what = f"{clipped(other)} and {clipped(terms.id)} both set {kind} for {shared}"
                _say(problems, ("contracts", terms.id), what)
            held |= {(kind, ref): terms.id for ref in mine if (kind, ref) not in held}


def _terms(graph: Graph, scenario: Scenario, id_: str, models: tuple[str, ...]) -> Terms:
    contract = scenario.contracts[id_]
    nodes = {
        place: stated(graph, amount, ("contracts", id_, *place), scenario)
        for place, amount in contract.amounts().items()
    }
    zero, one = graph.number(ZERO), graph.number(ONE)
    ladders = {
        meter: Ladder("included", (zero, nodes["included", meter]), (zero, one))
        for meter in contract.included
    }
    for meter, steps in contract.steps.items():
        ordered = sorted(steps, key=step_start)
        starts = tuple(
            graph.leaf(f"{dotted(('contracts', id_, 'steps', meter, start))}{FROM}", step_start(start))
            if step_start(start)
            else zero
            for start in ordered
        )
        parts = tuple(nodes["steps", meter, start] for start in ordered)
        ladders[meter] = Ladder("steps", starts, parts)
    fee, minimum, commitment = (nodes.get((name,)) for name in ("fee", "minimum", "commitment"))
    return Terms(id_, models, fee, minimum, commitment, ladders)
