"""Audits printed figures: does a published number follow from its own inputs and prices?"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from difflib import get_close_matches

from kplan.engine.problems import Problems
from kplan.engine.results import ClaimResult, DesignResult, Results
from kplan.errors import KplanError
from kplan.form.expressions import Expression, names, parse
from kplan.money import exact, plain, rounded
from kplan.scenario.claims import Claim
from kplan.scenario.model import Scenario
from kplan.scenario.values import constant

REPRODUCED = "reproduced"
FOLLOWS = "follows from printed claims"
NOT_REPRODUCED = "not reproduced"

_PRINTED = re.compile(r"(?P<sign>[-−–+]?)\s*[$€£]?\s*(?P<number>[\d,_ ]*\.?\d+)\s*(?P<percent>%?)")
_REFERENCE = re.compile(r"\[([^\]]+)\]")

_FIGURES: Mapping[str, Callable[[DesignResult], Decimal]] = {
    "per_query": lambda design: design.cost_per_query_usd,
    "per_month": lambda design: design.months[0].cost_usd,
    "total": lambda design: design.total_usd,
    "total_per_query": lambda design: design.total_per_query_usd,
}
"""What `DESIGN.NAME` may name, besides a stage (its cost per query)."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A figure as it was printed: its value, and what its last digit is worth."""

    value: Decimal
    unit: Decimal

    @classmethod
    def of(cls, text: str) -> Printed:
        """From `$0.0023`, `31,125` or `42%`; raises KplanError where there is no number in it."""
        found = _PRINTED.search(text)
        if found is None:
            raise KplanError(f'no number in the printed figure "{text}"')
        number = Decimal(re.sub(r"[,_ ]", "", found["number"]))
        scale = -2 if found["percent"] else 0
        exponent = number.as_tuple().exponent
        assert isinstance(exponent, int)
        sign = -1 if found["sign"] in ("-", "−", "–") and found["sign"] else 1
        return cls(sign * number.scaleb(scale), Decimal(1).scaleb(exponent + scale))

    def agrees(self, value: Decimal) -> bool:
        """Whether the value lies within half a unit of the last printed digit, inclusive."""
        with exact():
            return 2 * abs(value - self.value) <= self.unit


def audited(results: Results, scenario: Scenario, under: Callable[[str], Results]) -> Results:
    """The results with every claim of the scenario audited.

    under   the results under one of the scenario's named price books
    Raises KplanError for a claim that names an unknown figure, book or claim.
    """
    if not scenario.claims:
        return results
    auditor = _Auditor(scenario, results, under)
    problems = Problems(scenario)
    found = []
    for index, claim in enumerate(scenario.claims):
        with problems.at(("claims", index)):
            found.append(auditor.result(claim))
    problems.raise_all()
    return replace(results, claims=tuple(found))


@dataclass
class _Auditor:
    scenario: Scenario
    results: Results
    under: Callable[[str], Results]

    def result(self, claim: Claim) -> ClaimResult:
        """The verdict on one claim: computed first, then from the other printed claims."""
        printed = Printed.of(claim.printed)
        computed = self._computed(claim)
        best = next(((book, value) for book, value in computed if printed.agrees(value)), None)
        follows = self._follows(claim)
        if best is not None:
            return self._said(claim, printed, REPRODUCED, best[1], best[0])
        if follows is not None and printed.agrees(follows):
            return self._said(claim, printed, FOLLOWS, follows, "")
        nearest = self._nearest(printed, computed, follows)
        return self._said(claim, printed, NOT_REPRODUCED, nearest[1], nearest[0])

    def _nearest(
        self, printed: Printed, computed: Sequence[tuple[str, Decimal]], follows: Decimal | None
    ) -> tuple[str, Decimal]:
        """What to show beside a figure that fails: what its own inputs give, else the nearest book."""
        if follows is not None:
            return "", follows
        return min(computed, key=lambda pair: abs(pair[1] - printed.value))

    def _computed(self, claim: Claim) -> list[tuple[str, Decimal]]:
        """The figure under each book that the claim tries; none where it names no figure."""
        if not claim.figure:
            if claim.follows is None:
                raise KplanError("a claim needs `figure` (what it should equal), `follows`, or both")
            return []
        books = claim.books or ("",)
        return [(book, evaluated(claim.figure, self.under(book) if book else self.results)) for book in books]

    def _follows(self, claim: Claim) -> Decimal | None:
        """What the claim's arithmetic over other printed claims comes to."""
        if claim.follows is None:
            return None
        by_id = {each.id: Printed.of(each.printed).value for each in self.scenario.claims}
        unknown = sorted(names(claim.follows) - by_id.keys())
        if unknown:
            raise KplanError(f'no claim "{unknown[0]}"{_near(unknown[0], by_id)}')
        return constant(claim.follows, by_id)

    def _said(self, claim: Claim, printed: Printed, verdict: str, value: Decimal, book: str) -> ClaimResult:
        with exact():
            difference = value - printed.value
        where = f" under {book}" if book else ""
        text = f"{claim.id}: {claim.printed} {verdict}{where}"
        if verdict == NOT_REPRODUCED:
            text += f": {_like(claim.printed, value)} computed, {_like(claim.printed, difference)} off"
        return ClaimResult(
            claim.id, claim.printed, verdict, claim.figure, value, difference, book, claim.source, text
        )


def evaluated(figure: str, results: Results) -> Decimal:
    """A figure by name, `DESIGN.STAGE` or `DESIGN.per_query`, or arithmetic over such names in brackets.

    Raises KplanError for a design, stage or figure that is not there.
    """
    references = _REFERENCE.findall(figure)
    if not references:
        return _figure(figure, results)
    values: dict[str, Decimal] = {}

    def named(found: re.Match[str]) -> str:
        name = f"figure_{len(values)}"
        values[name] = _figure(found[1], results)
        return name

    expression: Expression = parse(_REFERENCE.sub(named, figure))
    return constant(expression, values)


def _figure(reference: str, results: Results) -> Decimal:
    design_id, _, name = reference.strip().rpartition(".")
    designs = {design.id: design for design in results.designs}
    if design_id not in designs:
        raise KplanError(f'no design "{design_id}" in figure "{reference}"{_near(design_id, designs)}')
    design = designs[design_id]
    if name in _FIGURES:
        return _FIGURES[name](design)
    stages = {stage.id: stage.cost_per_query_usd for stage in design.stages}
    if name not in stages:
        raise KplanError(f'no stage or figure "{name}" in {design_id}{_near(name, [*stages, *_FIGURES])}')
    return stages[name]


def _near(name: str, known: Mapping[str, object] | Sequence[str]) -> str:
    near = get_close_matches(name, list(known), 1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"


def _like(printed: str, value: Decimal) -> str:
    """A value in the printed figure's own manner, with two digits more."""
    if "%" in printed:
        with exact():
            return f"{plain(rounded(value * 100, 1))}%"
    exponent = Printed.of(printed).unit.as_tuple().exponent
    assert isinstance(exponent, int)
    money = "$" if "$" in printed else ""
    sign = "-" if value < 0 else ""
    return f"{sign}{money}{abs(rounded(value, 2 - exponent)):,}"
