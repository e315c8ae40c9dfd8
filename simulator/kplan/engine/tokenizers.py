"""Which tokenizer factor holds for which model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kplan.engine.problems import Problems
from kplan.engine.terms import fits
from kplan.errors import KplanError
from kplan.form.numbers import clipped
from kplan.prices.book import Book
from kplan.scenario.flow import choices
from kplan.scenario.model import Scenario
from kplan.scenario.names import meant


def tokenizers_of(scenario: Scenario, book: Book, problems: Problems) -> Mapping[str, str]:
    """Every model name of the scenario that an entry of `tokenizers` is for -> that entry.

    An entry names models by `provider/model`, by id or as the scenario does, or is a glob over these; of
    two that fit, the one that is no glob holds. Kept as problems are entries that fit no model of the
    scenario, and several that fit one alike.
    """
    if not scenario.tokenizers:
        return {}
    named = [ref for _, choice in choices(scenario) for ref in choice.refs()]
    names = {ref: _names(ref, book) for ref in dict.fromkeys([*named, *scenario.considered])}
    fitting = {ref: [entry for entry in scenario.tokenizers if _fits(entry, of)] for ref, of in names.items()}
    for entry in scenario.tokenizers:
        if not any(entry in entries for entries in fitting.values()):
            what = f"fits no model of the scenario{meant(entry, names)}"
            problems.keep(("tokenizers", entry), KplanError(what))
    found = {}
    for ref, entries in fitting.items():
        strongest = [entry for entry in entries if entry in names[ref]] or entries
        if len(strongest) > 1:
            listed = " and ".join(f"`{clipped(entry)}`" for entry in strongest)
            what = f"{listed} are both for {ref}; leave one out, or name the model in full"
            problems.keep(("tokenizers", strongest[-1]), KplanError(what))
        elif strongest:
            found[ref] = strongest[0]
    return found


def _names(ref: str, book: Book) -> tuple[str, ...]:
    """As the scenario says it, in full, and without the provider; an unknown model has no other names."""
    try:
        model = book.find(ref)
    except KplanError:
        return (ref,)
    return (ref, model.ref, model.id)


def _fits(entry: str, names: Iterable[str]) -> bool:
    return any(fits(entry, name) for name in names)
