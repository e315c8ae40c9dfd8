"""Ways that a query may go, each with its chance, and what all of them come to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple, TypeVar

from msgspec import Struct
from msgspec.structs import replace

K = TypeVar("K")

ZERO, ONE = Fraction(0), Fraction(1)


class Block(NamedTuple):
    """A piece of a prompt; the same text is the same block."""

    text: object
    tokens: Fraction


class Prefix(NamedTuple):
    """A prompt cache: its tokens, and how long it is kept, `5m` or `1h`."""

    tokens: Fraction
    ttl: str


class Sent(NamedTuple):
    """One call on the way: its units in disjoint buckets, and the share of them that is billed."""

    stage: str
    model: str
    usage: Mapping[str, Fraction]
    billed: Fraction


class Way(Struct, frozen=True):
    """One way that a query may go, or its beginning.

    contexts  what stands in each context around, as text; the innermost last
    kept      prompts that a model's provider keeps
    """

    chance: Fraction = ONE
    visits: tuple[str, ...] = ()
    calls: tuple[Sent, ...] = ()
    has_failed: bool = False
    contexts: tuple[tuple[Block, ...], ...] = ()
    kept: frozenset[tuple[str, tuple[Block, ...]]] = frozenset()

    def taken(self, chance: Fraction) -> Way:
        """The same where something of this chance has happened."""
        return replace(self, chance=self.chance * chance)

    def grown(self, *blocks: Block) -> Way:
        """The same with more in the innermost context."""
        more = (block for block in blocks if block.tokens)
        return replace(self, contexts=(*self.contexts[:-1], (*self.contexts[-1], *more)))


class Enumerated(Struct, frozen=True):
    """All ways of a query; their chances add up to 1."""

    ways: tuple[Way, ...]

    @property
    def stopped(self) -> Fraction:
        """Chance that the query stops on the way."""
        return sum((way.chance for way in self.ways if way.has_failed), ZERO)

    def visits(self) -> dict[str, Fraction]:
        """Expected visits of each stage."""
        found: dict[str, Fraction] = {}
        for way in self.ways:
            for stage in way.visits:
                found[stage] = found.get(stage, ZERO) + way.chance
        return found

    def calls(self) -> dict[tuple[str, str], Fraction]:
        """Expected calls that are billed, by stage and model."""
        return _summed(self.ways, lambda sent: {(sent.stage, sent.model): ONE})

    def units(self) -> dict[tuple[str, str, str], Fraction]:
        """Expected units that are billed, by stage, model and meter."""
        return _summed(
            self.ways, lambda sent: {(sent.stage, sent.model, m): n for m, n in sent.usage.items()}
        )

    def costs(self, price: Callable[[Sent], Fraction]) -> dict[Fraction, Fraction]:
        """Chance of each cost of a query, cheapest first; `price` is that of a whole call."""
        found: dict[Fraction, Fraction] = {}
        for way in self.ways:
            cost = sum((sent.billed * price(sent) for sent in way.calls), ZERO)
            found[cost] = found.get(cost, ZERO) + way.chance
        return dict(sorted(found.items()))


def _summed(ways: Iterable[Way], amounts: Callable[[Sent], Mapping[K, Fraction]]) -> dict[K, Fraction]:
    """The expected sum of what every call amounts to, as far as it is billed."""
    found: dict[K, Fraction] = {}
    for way in ways:
        for sent in way.calls:
            for key, amount in amounts(sent).items():
                found[key] = found.get(key, ZERO) + way.chance * sent.billed * amount
    return found
