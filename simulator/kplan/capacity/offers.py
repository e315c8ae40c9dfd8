"""Offers of provisioned throughput: what one unit takes, how units are sold, and what they cost by term."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase
from types import MappingProxyType

from msgspec import Struct, field

from kplan.money import ZERO, quotient
from kplan.prices.meters import chain

HOURS: Mapping[str, Decimal] = MappingProxyType(
    {
        "hour": Decimal(1),
        "day": Decimal(24),
        "week": Decimal(168),
        "month": Decimal(730),
        "year": Decimal(8760),
    }
)
"""What a price may be for [h]; a month is a twelfth of a year."""


class Source(Struct, frozen=True):
    """Who says so, and when it was read."""

    source: str = ""
    source_url: str = ""
    checked_on: date | None = None
    status: str = "own"
    valid_from: date | None = None
    valid_to: date | None = None
    """First day on which it no longer holds."""
    note: str = ""

    def holds_on(self, day: date) -> bool:
        """Whether the day lies in [valid_from, valid_to)."""
        return (self.valid_from or date.min) <= day < (self.valid_to or date.max)

    def shares_days(self, other: Source) -> bool:
        """Whether there is a day on which both hold."""
        return (self.valid_from or date.min) < (other.valid_to or date.max) and (
            other.valid_from or date.min
        ) < (self.valid_to or date.max)


class Throughput(Struct, frozen=True):
    """What one unit takes of one kind of load."""

    amount: Decimal
    """Weighed tokens in `per_s`."""
    per_s: Decimal
    weights: Mapping[str, Decimal]
    """What a token of each meter counts; one that is missing counts as what it is a part of."""
    over_input_tokens: int | None = None
    over_weights: Mapping[str, Decimal] = field(default_factory=dict)
    """Those of a whole call whose input tokens are more than that."""

    @property
    def per_minute(self) -> Decimal:
        """Weighed tokens a minute, to 60 digits."""
        return quotient(self.amount * 60, self.per_s)

    def weighed_as(self, meter: str) -> str | None:
        """The meter whose weight holds: its own or that of what it is a part of; None where none does."""
        return next((each for each in chain(meter) if each in self.weights), None)

    def weight(self, meter: str, input_tokens: Decimal) -> Decimal:
        """What a token of a call counts; 0 where this kind of load has none of it."""
        is_over = self.over_input_tokens is not None and input_tokens > self.over_input_tokens
        weights = self.over_weights if is_over else self.weights
        return next((weights[each] for each in chain(meter) if each in weights), ZERO)


class Offer(Struct, frozen=True):
    """Units of one kind for some models."""

    provider: str
    models: tuple[str, ...]
    """Ids, or globs of ids."""
    deployment: str
    part: str
    """Where input and output are bought apart: which of them; else empty."""
    unit: str
    minimum: int
    increment: int
    throughput: tuple[Throughput, ...]
    """A unit takes all of these at once; none where the vendor does not say."""
    payg: str
    """The model whose prices calls are billed at that find no room; empty where it is the model itself."""
    about: Source

    @property
    def id(self) -> str:
        """Readable: `azure gpt-5.2 global`."""
        return " ".join(filter(None, (self.provider, "|".join(self.models), self.deployment, self.part)))

    def covers(self, model: str) -> bool:
        """Whether it is for the model."""
        return any(fnmatchcase(model, pattern) for pattern in self.models)


class UnitPrice(Struct, frozen=True):
    """What a unit costs on one term."""

    provider: str
    models: tuple[str, ...]
    deployment: str
    part: str
    term: str
    usd: Decimal
    per: str
    about: Source

    @property
    def usd_per_hour(self) -> Decimal:
        """To 60 digits."""
        return quotient(self.usd, HOURS[self.per])

    def is_of(self, offer: Offer, model: str) -> bool:
        """Whether it is what the offer's units for the model cost."""
        return (self.provider, self.deployment, self.part) == (
            offer.provider,
            offer.deployment,
            offer.part,
        ) and any(fnmatchcase(model, pattern) for pattern in self.models)
