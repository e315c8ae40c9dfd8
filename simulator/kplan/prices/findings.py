"""What a look over a price book may find, and what it looks at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Protocol

from msgspec import Struct, field

from kplan.errors import Mark
from kplan.prices.layers import shares_days
from kplan.prices.models import ModelRow
from kplan.prices.rows import PriceRow

ERROR, WARN = "error", "warn"
BATCH, STANDARD = "batch", "standard"


class Placed(Struct, frozen=True):
    """A row and where it stands; a row of kplan's own book stands in no file of the user's."""

    row: PriceRow
    mark: Mark | None = None


class Finding(Struct, frozen=True):
    """One thing that looks wrong, with the rows that it is about."""

    what: str
    places: tuple[Placed, ...] = ()
    """The row at fault first; none where it is about the whole book."""
    lint: str = ""
    severity: str = WARN

    @property
    def mark(self) -> Mark | None:
        """Where the first row stands."""
        return self.places[0].mark if self.places else None


class Reference(Protocol):
    """Another book that a price is held against."""

    def price_of(self, row: PriceRow, on: date) -> PriceRow | None:
        """The row of the very same key in force on the day."""

    def usual(self, row: PriceRow) -> PriceRow | None:
        """The middle price of the meter among the provider's models of a like name; none of a few."""

    def rows(self, provider: str, name: str) -> tuple[PriceRow, ...]:
        """The rows of a model that ever hold; none of one that it does not know."""

    def other_name(self, provider: str, name: str) -> ModelRow | None:
        """The model that has the name as an alias; none where the name is an id, or unknown."""


class LintedBook(Struct, frozen=True):
    """One price book under the eye of the lints."""

    name: str
    rows: tuple[Placed, ...]
    """In the order of the file; two of them may hold at once."""
    models: Mapping[tuple[str, str], ModelRow]
    """Lives of the models of the rows, as far as they are known."""
    reference: Reference
    today: date
    stale_after_days: int
    as_of: date | None = None
    """The day that the whole book describes, if it says so."""
    unconverted: tuple[Placed, ...] = ()
    """Prices in another currency on days without a rate of exchange."""
    _by_model: dict[tuple[str, str], list[Placed]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for placed in self.holding():
            self._by_model[placed.row.provider, placed.row.model].append(placed)

    def holding(self) -> Iterator[Placed]:
        """The rows that ever hold."""
        return (placed for placed in self.rows if placed.row.ever_holds)

    def of_model(self, provider: str, model: str) -> list[Placed]:
        """The rows of a model that ever hold."""
        return self._by_model[provider, model]

    def beside(self, row: PriceRow, meter: str, mode: str) -> list[Placed]:
        """The rows of another meter or mode that price the same requests on some of the row's days.

        Of steps it is the one for requests of the row's size, of windows the same one, else none.
        """
        found = [
            other
            for other in self.of_model(row.provider, row.model)
            if (other.row.meter, other.row.mode, other.row.region) == (meter, mode, row.region)
            and other.row.over_input_tokens <= row.over_input_tokens
            and shares_days(other.row, row)
        ]
        window = (row.weekdays, row.hours, row.tz)
        same = [other for other in found if (other.row.weekdays, other.row.hours, other.row.tz) == window]
        fitting = same or [other for other in found if not other.row.is_windowed]
        step = max((other.row.over_input_tokens for other in fitting), default=0)
        return [other for other in fitting if other.row.over_input_tokens == step]


Lint = Callable[[LintedBook], Iterator[Finding]]
