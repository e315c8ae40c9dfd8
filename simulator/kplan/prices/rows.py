"""One price: what it is for, when it holds, and where it comes from."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from msgspec import Struct

from kplan.errors import KplanError
from kplan.money import plain, quotient
from kplan.prices.meters import PER_MILLION
from kplan.prices.windows import Windows

MODES = ("standard", "batch", "flex", "priority", "fast")
CANCELLED, CORRECTED = "cancelled", "corrected"
STATUSES = ("effective", "announced", CANCELLED, "estimated", CORRECTED)
"""A corrected row was wrong: it is kept for what was known before its correction was recorded."""
MARGINAL = "marginal"
TIER_SCOPES = ("request", MARGINAL)
US_DOLLAR = "USD"


class Adjustment(Struct, frozen=True):
    """One step from a price as its book lists it to the price that is billed."""

    factor: Decimal
    what: str
    source: str = ""

    def __str__(self) -> str:
        said = f"x {plain(self.factor)} {self.what}".rstrip()
        return f"{said} ({self.source})" if self.source else said


class PriceRow(Struct, frozen=True):
    """The price of one meter of one model, for some dates, hours, mode, region and size of request."""

    provider: str
    model: str
    meter: str
    usd: Decimal
    """US dollars for `per` units, as the vendor writes it."""
    per: int = PER_MILLION
    over_input_tokens: int = 0
    """Holds for requests with more input tokens than this (strictly).

    In marginal steps of a meter that is no input, such as read_unit, it counts the meter's own units.
    """
    tier_scope: str = "request"
    """`request`: the whole request is billed at this row's price; `marginal`: only what lies above."""
    valid_from: date | None = None
    """First day, UTC; None: since ever."""
    valid_to: date | None = None
    """First day, UTC, on which it no longer holds; None: until further notice."""
    weekdays: str = ""
    """`Mon-Fri` or `Sat,Sun`; "": every day."""
    hours: str = ""
    """`01:00-04:00,06:00-10:00`; "": all day."""
    tz: str = "UTC"
    mode: str = "standard"
    region: str = ""
    """"": everywhere."""
    status: str = "effective"
    source: str = ""
    source_url: str = ""
    checked_on: date | None = None
    recorded_on: date | None = None
    note: str = ""
    currency: str = US_DOLLAR
    """What `usd` counts in a book priced in another currency, until its rate of exchange is applied."""
    listed: str = ""
    """What the book lists, where the price is made from it: `3 USD in the book`."""
    adjustments: tuple[Adjustment, ...] = ()
    """What was done to the listed price, in order."""

    @property
    def audit(self) -> tuple[str, ...]:
        """How the price came about, step by step; () for a price that stands in the book as it is."""
        return (self.listed, *map(str, self.adjustments)) if self.listed else ()

    @property
    def id(self) -> str:
        """Readable and unique in a book: `anthropic/claude-haiku-5-5 input >100000 batch @2026-10-14`."""
        parts = [
            f"{self.provider}/{self.model} {self.meter}",
            f">{self.over_input_tokens}" if self.over_input_tokens else "",
            MARGINAL if self.over_input_tokens and self.tier_scope == MARGINAL else "",
            self.mode if self.mode != "standard" else "",
            self.region,
            self.weekdays.replace(" ", ""),
            self.hours.replace(" ", ""),
            self.tz if self.is_windowed and self.tz != "UTC" else "",
            f"@{self.valid_from}" if self.valid_from else "",
            self._dead,
        ]
        return " ".join(filter(None, parts))

    @property
    def _dead(self) -> str:
        if self.status != CORRECTED:
            return CANCELLED if self.status == CANCELLED else ""
        return f"{CORRECTED} recorded {self.recorded_on}" if self.recorded_on else CORRECTED

    @property
    def ever_holds(self) -> bool:
        """Whether it is in force on its days, as far as is known now: not cancelled, nor corrected."""
        return self.status not in (CANCELLED, CORRECTED)

    @property
    def usd_per_unit(self) -> Decimal:
        """US dollars for one unit; raises KplanError where a rate of exchange is missing."""
        self.check_currency()
        return quotient(self.usd, Decimal(self.per))

    def check_currency(self) -> None:
        """Raise KplanError for a price in another currency without a rate of exchange on its days."""
        if self.currency != US_DOLLAR:
            until = f" before {self.valid_to}" if self.valid_to else ""
            raise KplanError(
                f"{self.id} is priced in {self.currency}, and no price book says what that is in {US_DOLLAR}"
                f"{until}; add a rate under currencies:"
            )

    @property
    def key(self) -> tuple[str, str, str, int, str, str, str, str, str]:
        """All that selects the row, but for its dates; a zone selects only where there are hours."""
        return (*self.group, self.weekdays, self.hours, self.tz if self.is_windowed else "")

    @property
    def group(self) -> tuple[str, str, str, int, str, str]:
        """Rows of one group exclude each other by date and hour."""
        return (self.provider, self.model, self.meter, self.over_input_tokens, self.mode, self.region)

    @property
    def is_windowed(self) -> bool:
        """Whether it holds on some weekdays or hours only."""
        return bool(self.weekdays or self.hours)

    @property
    def windows(self) -> Windows:
        """The weekdays and hours on which it holds."""
        return Windows.parse(self.weekdays, self.hours, self.tz)

    def holds_on(self, day: date) -> bool:
        """Whether the day lies in [valid_from, valid_to)."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day < self.valid_to
        )
