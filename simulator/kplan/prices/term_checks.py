"""What is wrong with modifiers and discounts over a book: one without a price, two discounts on a price."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from itertools import combinations

from msgspec.structs import replace

from kplan.errors import Problem
from kplan.prices.meters import METERS
from kplan.prices.rows import PriceRow
from kplan.prices.terms import Term, Terms, both

_MARKED = "\0"
"""A source that no book writes: it tells one term's step from the like step of another."""

RowsOf = Callable[[str], Sequence[PriceRow]]
"""The rows of a model, by `provider/model`, before any term."""


def term_problems(terms: Terms, old: Terms, refs: Sequence[str], rows_of: RowsOf) -> list[Problem]:
    """Every problem of the terms that come after the old ones.

    refs   every model of the book
    A slip in a term must not price at list, and a model that is not priced today is one tomorrow.
    """
    rows = cache(rows_of)
    modifiers, discounts = terms.modifiers[len(old.modifiers) :], terms.discounts[len(old.discounts) :]
    found = [problem for term in modifiers for problem in _idle(term, terms, refs, rows)]
    found += [problem for term in discounts for problem in _idle(term, terms, refs, rows)]
    pairs = [(one, two) for one, two in combinations(terms.discounts, 2) if two in discounts]
    return found + [problem for pair in pairs for problem in _twice(pair, terms, refs, rows)]


def _idle(term: Term, terms: Terms, refs: Sequence[str], rows: RowsOf) -> Iterator[Problem]:
    """A problem for a term that no price is under, or for each of its meters that does not exist."""
    fitting = [ref for ref in refs if term.fits(ref)]
    if not fitting:
        near = get_close_matches(term.models, refs, 1)
        hint = f"; did you mean {near[0]}?" if near else " (write provider/model, as kplan book list does)"
        yield Problem(f'"{term.models}" fits no model of the book{hint}', term.mark)
        return
    own = {row.meter for ref in fitting for row in rows(ref)} if _strange(term, METERS) else set()
    if strange := _strange(term, [*METERS, *own]):
        for name in strange:
            near = get_close_matches(name, METERS, 1)
            yield Problem(f'no meter fits "{name}"{f"; did you mean {near[0]}?" if near else ""}', term.mark)
    elif not any(_touched(term, terms, ref, rows) for ref in fitting):
        what = ", ".join(filter(None, (" ".join(term.meters), term.mode, term.region)))
        said = f'"{term.models}" has no price{f" for {what}" if what else ""} on its days'
        yield Problem(said, term.mark)


def _strange(term: Term, meters: Iterable[str]) -> list[str]:
    """The term's globs that fit none of the meters."""
    known = list(meters)
    return [name for name in term.meters if not any(fnmatchcase(meter, name) for meter in known)]


def _touched(term: Term, terms: Terms, ref: str, rows: RowsOf) -> bool:
    """Whether a price of the model is under the term."""
    marked = replace(term, source=_MARKED)
    modifiers = tuple(marked if each is term else each for each in terms.modifiers)
    found = Terms(modifiers, (marked,) if term in terms.discounts else ()).applied(ref, rows(ref))
    return any(marked.step in row.adjustments for row in found)


def _twice(pair: tuple[Term, Term], terms: Terms, refs: Sequence[str], rows: RowsOf) -> list[Problem]:
    """The first price that two discounts take on the same day."""
    if not pair[0].may_meet(pair[1]):
        return []
    modifiers = Terms(terms.modifiers)
    for ref in (ref for ref in refs if all(term.fits(ref) for term in pair)):
        if problems := both(modifiers.applied(ref, rows(ref)), *pair):
            return problems
    return []
