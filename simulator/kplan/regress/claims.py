"""Audits printed figures: does a published number follow from its own inputs and prices?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from kplan.engine.problems import Problems
from kplan.engine.results import ClaimResult, Results
from kplan.errors import KplanError
from kplan.form.constant import constant
from kplan.form.expressions import names
from kplan.money import exact
from kplan.regress.figures import design_of, evaluated, references
from kplan.regress.printed import Printed
from kplan.scenario.claims import Claim
from kplan.scenario.model import Scenario
from kplan.scenario.names import dotted

REPRODUCED = "reproduced"
FOLLOWS = "follows from printed claims"
NOT_REPRODUCED = "not reproduced"

Computed = tuple[str, Decimal]
"""A price book's name, empty for the scenario's own, and the figure under it."""


def audited(results: Results, scenario: Scenario, under: Callable[[str], Results]) -> Results:
    """The results with every claim of the scenario audited.

    under   the results under one of the scenario's named price books; asked more than once for each
    A claim about a variant that exists but is not among the results is left out, and a note says so.
    Raises KplanError for every claim that cannot be read, or names a figure that is not there.
    """
    if not scenario.claims:
        return results
    auditor = _Auditor(scenario, results, under)
    left_out = [claim.id for claim in scenario.claims if auditor.is_elsewhere(claim)]
    told = [(n, claim) for n, claim in enumerate(scenario.claims) if claim.id not in left_out]
    problems = Problems(scenario)
    for book in dict.fromkeys(book for _, claim in told for book in claim.books):
        with problems.at(("books", book)):
            under(book)
    problems.raise_all()
    found: list[ClaimResult] = []
    for n, claim in told:
        with problems.at(("claims", n)):
            found.append(auditor.result(n, claim))
    problems.raise_all()
    notes = (f"claims not audited, about variants not shown: {', '.join(left_out)}",) if left_out else ()
    return replace(results, claims=tuple(found), notes=(*results.notes, *notes))


class _Auditor(Struct, frozen=True):
    scenario: Scenario
    results: Results
    under: Callable[[str], Results]

    def is_elsewhere(self, claim: Claim) -> bool:
        """Whether the claim is about a variant of the scenario that the results do not hold."""
        shown = {design.variant for design in self.results.designs}
        absent = {"", *self.scenario.variants} - shown
        named = (design_of(each) for each in references(claim.figure)) if claim.figure else ()
        return any((name.rpartition("@")[2] if "@" in name else "") in absent for name in named)

    def result(self, index: int, claim: Claim) -> ClaimResult:
        """The verdict on one claim: computed first, then from the other printed claims."""
        with self._at(index, "printed"):
            printed = Printed.of(claim.printed)
        with self._at(index, "figure" if claim.figure else "books"):
            computed = self._computed(claim)
        with self._at(index, "follows"):
            follows = self._follows(claim)
        agreeing = [found for found in computed if printed.agrees(found[1])]
        if agreeing:
            return _said(claim, printed, REPRODUCED, agreeing[0], _under([book for book, _ in agreeing]))
        if follows is not None and printed.agrees(follows):
            rest = "".join(f"; {printed.like(value)} computed" for _, value in computed[:1])
            return _said(claim, printed, FOLLOWS, ("", follows), rest)
        return self._failed(claim, printed, computed, follows)

    def _failed(
        self, claim: Claim, printed: Printed, computed: Sequence[Computed], follows: Decimal | None
    ) -> ClaimResult:
        """What the claim's own sources come to, else the nearest of what was computed."""
        if follows is not None:
            rest = f"; {printed.like(follows)} from printed claims, off by {printed.off(follows)}"
            return _said(claim, printed, NOT_REPRODUCED, ("", follows), rest)
        with exact():
            book, value = min(computed, key=lambda found: abs(found[1] - printed.value))
        nearest = "nearest " if len(computed) > 1 else ""
        rest = f"; {nearest}{printed.like(value)}{_under([book]) or ' computed'}, off by {printed.off(value)}"
        return _said(claim, printed, NOT_REPRODUCED, (book, value), rest)

    def _computed(self, claim: Claim) -> list[Computed]:
        """The figure under each book that the claim tries; none where it names no figure."""
        if claim.figure:
            runs = {book: self.under(book) if book else self.results for book in claim.books or ("",)}
            return [(book, evaluated(claim.figure, results)) for book, results in runs.items()]
        if claim.books:
            raise KplanError("price books to try, but no `figure` to try them on")
        if claim.follows is None:
            raise KplanError("a claim needs `figure` (what it should equal), `follows`, or both")
        return []

    def _follows(self, claim: Claim) -> Decimal | None:
        """What the claim's arithmetic over other printed claims comes to."""
        if claim.follows is None:
            return None
        named = names(claim.follows)
        if not named:
            raise KplanError("this names no other claim; a printed figure follows from printed figures")
        by_id = {each.id: Printed.of(each.printed).value for each in self.scenario.claims if each.id in named}
        return constant(claim.follows, by_id)

    @contextmanager
    def _at(self, index: int, field: str) -> Iterator[None]:
        """Give the place of a claim's field to what goes wrong inside."""
        path = ("claims", index, field)
        try:
            yield
        except KplanError as e:
            raise e.at(self.scenario.mark(path), dotted(path)) from e


def _under(books: Sequence[str]) -> str:
    return f" under {' and '.join(books)}" if any(books) else ""


def _said(claim: Claim, printed: Printed, verdict: str, found: Computed, rest: str) -> ClaimResult:
    book, value = found
    with exact():
        difference = value - printed.value
    return ClaimResult(
        id=claim.id,
        printed=claim.printed,
        verdict=verdict,
        figure=claim.figure,
        computed=value,
        difference=difference,
        book=book,
        source=claim.source,
        text=f"{claim.id}: {claim.printed} {verdict}{rest}",
    )
