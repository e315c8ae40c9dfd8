"""Which entry of a map by model names, or globs over them, holds for which model of a scenario."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from kplan.engine.problems import Problems
from kplan.engine.terms import fits
from kplan.errors import KplanError
from kplan.form.numbers import clipped
from kplan.prices.book import Book
from kplan.scenario.flow import choices
from kplan.scenario.names import meant

EVERY = "*"
"""Fits every model that no other entry fits."""


def entries_of(
    section: str, entries: Collection[str], book: Book, problems: Problems, *, is_table: bool = False
) -> Mapping[str, str]:
    """Every model name of the scenario that an entry of this section is for -> that entry.

    is_table   entries may name models of the book that this scenario does not run on

    An entry names models by `provider/model`, by id or as the scenario does, or is a glob over these; of
    two that fit, the one that is no glob holds. Kept as problems are entries that fit no model of the
    scenario, and several that fit one alike.
    """
    if not entries:
        return {}
    scenario = problems.scenario
    named = [ref for _, choice in choices(scenario) for ref in choice.refs()]
    names = {ref: _names(ref, book) for ref in dict.fromkeys([*named, *scenario.considered])}
    fitting = {ref: [entry for entry in entries if _fits(entry, of)] for ref, of in names.items()}
    for entry in entries:
        is_used = any(entry in found for found in fitting.values())
        if not is_used and not (is_table and _is_known(entry, book)):
            what = f"fits no model of the scenario{meant(entry, names)}"
            problems.keep((section, entry), KplanError(what))
    found = {}
    for ref, fit in fitting.items():
        strongest = _strongest(fit, names[ref])
        if len(strongest) > 1:
            listed = " and ".join(f"`{clipped(entry)}`" for entry in strongest)
            what = f"{listed} are both for {ref}; leave one out, or name the model in full"
            problems.keep((section, strongest[-1]), KplanError(what))
        elif strongest:
            found[ref] = strongest[0]
    return found


def _strongest(entries: list[str], names: Iterable[str]) -> list[str]:
    """Names before globs, and globs before the one for all."""
    known = tuple(names)
    return (
        [entry for entry in entries if entry in known]
        or [entry for entry in entries if entry != EVERY]
        or entries
    )


def _is_known(entry: str, book: Book) -> bool:
    try:
        book.find(entry)
    except KplanError:
        return False
    return True


def _names(ref: str, book: Book) -> tuple[str, ...]:
    """As the scenario says it, in full, and without the provider; an unknown model has no other names."""
    try:
        model = book.find(ref)
    except KplanError:
        return (ref,)
    return (ref, model.ref, model.id)


def _fits(entry: str, names: Iterable[str]) -> bool:
    return any(fits(entry, name) for name in names)
