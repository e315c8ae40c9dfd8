"""Which model a stage calls: one, several by share, or another one for each class of queries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct

from kplan.errors import KplanError
from kplan.form.numbers import clipped, number
from kplan.money import ONE, ZERO, exact, plain

Shares: TypeAlias = tuple[tuple[str, Decimal], ...]
"""Model names with the share of calls each takes; the shares add to 1."""


CHEAPEST = "cheapest"
"""Instead of a model: the cheapest one that clears the stage's floor."""
ANY: Shares = ((CHEAPEST, ONE),)
"""The choice of it for all calls."""


class ModelChoice(Struct, frozen=True):
    """A choice of models; `by_class` is empty where all classes share one."""

    shares: Shares = ()
    by_class: tuple[tuple[str, Shares], ...] = ()

    @classmethod
    def of(cls, written: object) -> ModelChoice:
        """From what a user writes: `model`, `{model: 70%, other: 30%}` or `{class: model or shares}`."""
        if isinstance(written, ModelChoice):
            return written
        if isinstance(written, Mapping) and written and not _are_shares(written):
            return cls(by_class=tuple((str(name), _shares(value)) for name, value in written.items()))
        return cls(shares=_shares(written))

    def for_class(self, class_id: str) -> Shares:
        """The models of a class of queries; empty where the choice says nothing of it."""
        return dict(self.by_class).get(class_id, ()) if self.by_class else self.shares

    def each(self) -> Iterator[Shares]:
        """The models of each class, or those that all share."""
        yield from (shares for shares in (self.shares, *(shares for _, shares in self.by_class)) if shares)

    def refs(self) -> Iterator[str]:
        """Every model name, in the order written."""
        for shares in self.each():
            yield from (ref for ref, _ in shares)


def _shares(written: object) -> Shares:
    if isinstance(written, str) and written.strip():
        return ((written.strip(), ONE),)
    if not isinstance(written, Mapping) or not written:
        raise KplanError("a model name is expected, or shares such as {model-a: 70%, model-b: 30%}")
    shares = tuple((str(ref), _share(value)) for ref, value in written.items())
    with exact():
        total = sum((share for _, share in shares), ZERO)
    if total != ONE:
        raise KplanError(f"the shares of the models add up to {plain(total)}, not 1")
    return shares


def _share(written: object) -> Decimal:
    share = number(str(written))
    if not ZERO <= share <= ONE:
        raise KplanError(f"a share of {clipped(str(written))}; it must lie between 0 and 1 (0% and 100%)")
    return share


def _are_shares(written: Mapping[object, object]) -> bool:
    return any(_is_number(value) for value in written.values())


def _is_number(value: object) -> bool:
    try:
        number(str(value))
    except KplanError:
        return str(value)[:1].isdigit() and str(value).rstrip(" %").replace("_", "").isdigit()
    return True
